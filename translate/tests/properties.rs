//! What holds for every set of Ingresses, in every dialect and with all options.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where its assumption fails"
)]

mod support;

use std::collections::BTreeSet;

use gloo_proxy_model::{Proxy, SslSecrets};
use knative_gloo_translate::{
    ClassFilter, Code, Dialect, Gateway, Outcome, Scheme, SecretRef, SecretVerdict, Secrets, Translation,
    translate,
};
use proptest::prelude::*;
use support::{contender, ingress, ingresses, options, secret};

fn bytes(translation: &Translation) -> (String, String) {
    (
        serde_json::to_string(&translation.external).unwrap(),
        serde_json::to_string(&translation.internal).unwrap(),
    )
}

/// The Secrets that a Proxy names.
fn named(proxy: &Proxy) -> BTreeSet<SecretRef> {
    let configurations = proxy.spec.listeners.iter().flat_map(|listener| &listener.ssl_configurations);
    let reference = |secrets: &Option<SslSecrets>| match secrets {
        Some(SslSecrets::SecretRef(secret)) => SecretRef::new(&secret.namespace, &secret.name),
        Some(SslSecrets::Files(_) | SslSecrets::Sds(_)) | None => panic!("no Secret: {secrets:?}"),
    };
    configurations.map(|configuration| reference(&configuration.secrets)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn translation_does_not_depend_on_input_order(
        options in options(),
        (given, shuffled) in ingresses(0..6).prop_flat_map(|given| (Just(given.clone()), Just(given).prop_shuffle())),
    ) {
        let (first, second) = (translate(&given, &options), translate(&shuffled, &options));
        prop_assert_eq!(bytes(&first), bytes(&second));
        prop_assert_eq!(first.reports, second.reports);
    }

    /// Also of Ingresses that want each other's hosts, of those given twice, and of those rejected.
    #[test]
    fn translate_to_json_equals_serialized_translation(
        options in options(),
        given in proptest::collection::vec(prop_oneof![ingress(), contender(), contender()], 0..8),
    ) {
        let translation = translate(&given, &options);
        let json = knative_gloo_translate::translate_to_json(&given, &options).unwrap();
        let (external, internal) = bytes(&translation);
        prop_assert_eq!(String::from_utf8(json.to_vec(Gateway::External)).unwrap(), external);
        let mut written = Vec::new();
        json.write(Gateway::Internal, &mut written).unwrap();
        prop_assert_eq!(String::from_utf8(written).unwrap(), internal);
        prop_assert_eq!(json.outcomes.len(), translation.reports.len());
        for (outcome, report) in json.outcomes.iter().zip(&translation.reports) {
            prop_assert_eq!(&outcome.ingress, &report.ingress);
            prop_assert_eq!(outcome.outcome, report.outcome);
            prop_assert_eq!(&outcome.probe_hash, &report.probe_hash);
            prop_assert_eq!(&outcome.diagnostics, &report.diagnostics);
        }
    }

    /// No domain twice on a listener, however many hosts a rule has.
    #[test]
    fn domains_are_unique(
        options in options(),
        given in proptest::collection::vec(ingress(), 0..4),
        doubled in proptest::collection::vec(proptest::sample::select(vec!["a", "b", "c", "d"]), 17..40),
    ) {
        let options = options
            .with_dialect(Dialect::Knative)
            .with_class(ClassFilter::Any)
            .with_max_output_bytes(usize::MAX);
        let mut given = given;
        for rule in given.iter_mut().flat_map(|ingress| &mut ingress.spec.rules) {
            let many = (0..18).map(|number| format!("h{number}.example.org"));
            rule.hosts.extend(many.chain(doubled.iter().map(|name| format!("{name}.example.org"))));
        }
        let translation = translate(&given, &options);
        for gateway in Gateway::ALL {
            prop_assert_eq!(translation.proxy(gateway).validate(), Vec::new());
        }
    }

    #[test]
    fn no_input_panics_and_every_ingress_has_a_report(
        options in options(),
        given in proptest::collection::vec(ingress(), 0..6),
    ) {
        let translation = translate(&given, &options);
        for ingress in &given {
            prop_assert!(translation.reports.iter().any(|report| report.ingress == ingress.reference()));
        }
        for report in &translation.reports {
            prop_assert!(!report.to_string().is_empty());
        }
    }

    /// One Secret that goes bad: what its Ingresses serve on `https` goes, and nothing else changes.
    #[test]
    fn unusable_secret_does_not_affect_other_ingresses(
        options in options(),
        given in ingresses(1..6),
        known in proptest::collection::vec(secret(), 0..6),
        (damaged, _) in secret(),
    ) {
        // Without a limit, below which less `https` could bring an Ingress.
        let options = options.with_dialect(Dialect::Knative).with_max_output_bytes(usize::MAX);
        let mut secrets: Secrets = known.into_iter().collect();
        secrets.insert(damaged.clone(), SecretVerdict::Usable);
        let before = translate(&given, &options.clone().with_secrets(secrets.clone()));
        secrets.insert(damaged.clone(), SecretVerdict::unusable("tls.key: garbage"));
        let after = translate(&given, &options.with_secrets(secrets.clone()));
        // With its https an Ingress may be too large.
        let outcomes = |translation: &Translation| translation.reports.iter().map(|report| report.outcome).collect::<Vec<_>>();
        prop_assume!(outcomes(&before) == outcomes(&after));
        for gateway in Gateway::ALL {
            let (was, is) = (named(before.proxy(gateway)), named(after.proxy(gateway)));
            prop_assert!(is.iter().all(|secret| secrets.get(secret) == Some(&SecretVerdict::Usable)));
            let left: BTreeSet<_> = was.into_iter().filter(|secret| *secret != damaged).collect();
            prop_assert_eq!(is, left);
        }
        for (was, is) in before.reports.iter().zip(&after.reports) {
            let names_it = |path: &str| {
                is.diagnostics.iter().any(|known| known.code == Code::UnusableSecret && known.path == path)
                    && was.diagnostics.iter().all(|known| known.code != Code::UnusableSecret || known.path != path)
            };
            let is_hit = is.diagnostics.iter().any(|known| names_it(&known.path));
            if is_hit {
                prop_assert_eq!(is.outcome, Outcome::Translated);
                let hosts = |report: &knative_gloo_translate::IngressReport, scheme| {
                    let of = report.served.iter().filter(|served| served.scheme == scheme);
                    of.flat_map(|served| {
                        let gateways: Vec<_> = served.gateways.iter().collect();
                        let domains = served.virtual_host.domains.clone();
                        gateways.into_iter().flat_map(move |gateway| domains.clone().into_iter().map(move |domain| (gateway, domain)))
                    }).collect::<BTreeSet<_>>()
                };
                prop_assert_eq!(hosts(was, Scheme::Http), hosts(is, Scheme::Http), "plain HTTP keeps all hosts");
                let (https_was, https_is) = (hosts(was, Scheme::Https), hosts(is, Scheme::Https));
                prop_assert!(https_is.is_subset(&https_was) && https_is != https_was || https_was.is_empty());
            } else {
                prop_assert_eq!(was, is);
            }
        }
    }
}
