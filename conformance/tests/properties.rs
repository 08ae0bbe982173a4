//! Properties that hold for every set of Ingresses. Each set is made of a list of numbers, so that proptest shrinks it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use gloo_proxy_model::{Limits, ListenerType, Proxy};
use knative_gloo_conformance::checks::differential::generate::{Case, Choices, case, ingress, request};
use knative_gloo_conformance::checks::differential::{Explored, Sides, explore, shrink};
use knative_gloo_conformance::http_model::GatewayRequest;
use knative_gloo_simulator::Transport;
use knative_gloo_translate::{Gateway, Outcome, Translation, translate};
use knative_ingress_model::{Ingress, IngressRef, Visibility};
use proptest::collection::vec;
use proptest::prelude::*;
use support::walk::{Text, texts};

/// A set, and the numbers that are left for requests. Shown as the set it is.
#[derive(Clone)]
struct Set(Case, Choices);

impl std::fmt::Debug for Set {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "\n{}", serde_yaml::to_string(&self.0).unwrap())
    }
}

fn sets() -> impl Strategy<Value = Set> {
    vec(any::<u16>(), 0..1500).prop_map(|numbers| {
        let mut choices = Choices::listed(numbers);
        Set(case(&mut choices), choices)
    })
}

fn translated(case: &Case) -> Translation {
    translate(&case.ingresses, &case.translate_options())
}

fn bytes(proxy: &Proxy) -> String {
    serde_json::to_string(proxy).unwrap()
}

fn tenant(case: &Case, reference: &IngressRef) -> String {
    let found = case.ingresses.iter().rev().find(|ingress| ingress.reference() == *reference).unwrap();
    let label =
        found.metadata.labels.as_ref().and_then(|labels| labels.get("serving.knative.dev/routeNamespace"));
    label.cloned().unwrap_or_else(|| reference.namespace.clone())
}

/// The namespace that an in-cluster name belongs to, if it is one.
fn belongs<'a>(name: &'a str, domain: &str) -> Option<&'a str> {
    let name = name.strip_suffix(&format!(".svc.{domain}")).or(name.strip_suffix(".svc"))?;
    Some(name.rsplit('.').next().unwrap())
}

/// Many sets of one seed, each asked many requests.
#[test]
fn the_proxies_answer_as_the_contract_says() {
    let exploration = explore(20_000, 1, |_| {});
    if let Some((case, difference)) = &exploration.difference {
        panic!("{difference}\n{}", serde_yaml::to_string(&Explored::of(case, difference)).unwrap());
    }
    // Of the questions put, enough must reach something: else they prove nothing.
    let [forwarded, redirected, refused] = exploration.tally;
    assert!(forwarded > 5_000 && redirected > 100 && refused > 2_000, "{:?}", exploration.tally);
}

/// The same seed asks the same questions.
#[test]
fn an_exploration_is_reproducible() {
    let [one, other] = [7, 7].map(|seed| explore(1_000, seed, |_| {}));
    assert_eq!((one.sets, one.tally), (other.sets, other.tally));
    assert_ne!(one.tally, explore(1_000, 1_007, |_| {}).tally);
}

/// What once went wrong stays right.
#[test]
fn every_explored_fixture_holds() {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/explored");
    let mut count = 0;
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            let fixture: Explored = serde_yaml::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
            assert_eq!(fixture.failures(), Vec::<String>::new(), "{}", path.display());
            count += 1;
        }
    }
    assert!(count > 0, "no fixtures in {directory}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn contract_and_proxies_agree_on_arbitrary_sets(set in sets()) {
        let Set(case, mut choices) = set;
        let sides = Sides::new(&case);
        let requests: Vec<GatewayRequest> = (0..20).map(|_| request(&case, &mut choices)).collect();
        let found = sides.differ_at_once().or_else(|| requests.iter().find_map(|request| sides.differ(request)));
        if let Some(found) = found {
            let (case, found) = shrink(&case, &found);
            let fixture = serde_yaml::to_string(&Explored::of(&case, &found)).unwrap();
            prop_assert!(false, "{found}\n{fixture}");
        }
    }

    /// An Ingress with an error is as if it were not there: every byte of the rest stays the same.
    #[test]
    fn taking_a_rejected_ingress_away_changes_nothing(set in sets()) {
        let Set(case, _) = set;
        let before = translated(&case);
        for report in before.reports.iter().filter(|report| report.outcome != Outcome::Translated) {
            let mut rest = case.clone();
            rest.ingresses.retain(|ingress| ingress.reference() != report.ingress);
            let after = translated(&rest);
            prop_assert_eq!(bytes(&before.external), bytes(&after.external));
            prop_assert_eq!(bytes(&before.internal), bytes(&after.internal));
            let others: Vec<_> = before.reports.iter().filter(|other| other.ingress != report.ingress).collect();
            prop_assert_eq!(others, after.reports.iter().collect::<Vec<_>>());
        }
    }

    /// One more Ingress, whatever it is, that shares no domain with the others leaves their virtual hosts and certificates alone.
    #[test]
    fn a_neighbour_without_a_common_domain_changes_nothing(set in sets()) {
        let Set(mut case, mut choices) = set;
        let extra = ingress(&mut choices, case.cluster_domain());
        case.ingresses.retain(|ingress| ingress.reference() != extra.reference());
        let options = case.translate_options();
        let domains = |ingress: &Ingress| -> BTreeSet<(Gateway, String)> {
            let alone = translate([ingress], &options);
            let served = alone.reports.iter().flat_map(|report| &report.served);
            served.flat_map(|served| served.gateways.iter().flat_map(|gateway| {
                served.virtual_host.domains.iter().map(move |domain| (gateway, domain.clone()))
            })).collect()
        };
        let of_extra = domains(&extra);
        // Take what shares a domain away, not the whole set.
        case.ingresses.retain(|other| domains(other).is_disjoint(&of_extra));
        let mut grown = case.clone();
        grown.ingresses.push(extra.clone());
        let (before, after) = (Sides::new(&case), Sides::new(&grown));
        for report in &before.translation().reports {
            let now = after.translation().reports.iter().find(|now| now.ingress == report.ingress).unwrap();
            prop_assert_eq!(&report.served, &now.served);
        }
        for gateway in Gateway::ALL {
            let exact = |host: &&str| !host.contains('*');
            for host in before.oracle().owners(gateway).map(|(host, _)| host).filter(exact) {
                let request = GatewayRequest::get(gateway, host, "/");
                prop_assert_eq!(before.simulate(&request), after.simulate(&request));
            }
            for (name, _) in support::walk::certificates(before.translation().proxy(gateway)) {
                if exact(&name.as_str()) {
                    let transport = Transport::Tls { sni: Some(name.clone()) };
                    let mut request = GatewayRequest::get(gateway, name, "/");
                    request.request.transport = transport;
                    prop_assert_eq!(before.simulate(&request), after.simulate(&request));
                }
            }
        }
    }

    /// The output is one of the set, not of the order in which it is given.
    #[test]
    fn order_does_not_matter(set in sets(), shift in 0_usize..5) {
        let Set(mut case, _) = set;
        // Of two objects of one name the later counts: that is the one order that matters.
        let latest: BTreeMap<IngressRef, Ingress> =
            case.ingresses.iter().map(|ingress| (ingress.reference(), ingress.clone())).collect();
        case.ingresses = latest.into_values().collect();
        let one = translated(&case);
        case.ingresses.reverse();
        let length = case.ingresses.len();
        case.ingresses.rotate_left(shift.min(length));
        let other = translated(&case);
        prop_assert_eq!(bytes(&one.external), bytes(&other.external));
        prop_assert_eq!(bytes(&one.internal), bytes(&other.internal));
        prop_assert_eq!(one.reports, other.reports);
    }

    /// Neither Gloo nor Envoy has anything against what comes out.
    #[test]
    fn nothing_invalid_comes_out(set in sets()) {
        let Set(case, _) = set;
        let limits = Limits::default().with_max_program_size(case.translate_options().regex_max_program_size);
        let translation = translated(&case);
        for gateway in Gateway::ALL {
            prop_assert_eq!(translation.proxy(gateway).validate_with(&limits), Vec::new());
        }
    }

    /// No value reaches Envoy's formatter, no header that routing depends on is set, no text breaks a line.
    #[test]
    fn nothing_is_evaluated_or_smuggled(set in sets()) {
        let translation = translated(&set.0);
        for gateway in Gateway::ALL {
            for text in texts(translation.proxy(gateway)) {
                match text {
                    Text::Header { name, value } => {
                        prop_assert!(!value.replace("%%", "").contains('%'), "{name}: {value}");
                        prop_assert!(!name.starts_with(':') && !name.eq_ignore_ascii_case("host"), "{name}");
                    }
                    Text::Any(text) => prop_assert!(!text.contains(['\r', '\n', '\0']), "{text:?}"),
                }
            }
        }
    }

    /// Nobody holds another tenant's in-cluster name, backend or certificate, nor sends requests on in its name.
    #[test]
    fn tenants_keep_to_themselves(set in sets()) {
        let Set(mut case, _) = set;
        case.options.foreign_backends = false;
        case.options.foreign_secrets = false;
        case.options.foreign_cluster_hosts = false;
        let translation = translated(&case);
        let domain = case.cluster_domain();
        let mut owners = BTreeMap::new();
        for report in &translation.reports {
            let tenant = tenant(&case, &report.ingress);
            for served in &report.served {
                for name in &served.virtual_host.domains {
                    let name = name.split(':').next().unwrap();
                    prop_assert_eq!(belongs(name, domain).unwrap_or(&tenant), &tenant, "{}", name);
                    owners.insert((served.gateways.external, name.to_owned()), tenant.clone());
                    owners.insert((!served.gateways.internal, name.to_owned()), tenant.clone());
                }
                for (namespace, rewrite) in support::walk::destinations(&served.virtual_host) {
                    prop_assert!(namespace == tenant || namespace == "gloo-system", "{}", namespace);
                    if let Some(rewrite) = rewrite {
                        prop_assert_eq!(belongs(&rewrite, domain).unwrap_or(&tenant), &tenant, "{}", rewrite);
                    } else {
                        prop_assert_eq!(namespace, tenant.clone());
                    }
                }
            }
        }
        for gateway in Gateway::ALL {
            for (name, secret) in support::walk::certificates(translation.proxy(gateway)) {
                prop_assert_eq!(&owners[&(gateway == Gateway::External, name)], &secret.namespace);
            }
        }
    }

    /// What only the cluster may see changes nothing outside.
    #[test]
    fn private_rules_stay_inside(set in sets()) {
        let Set(mut case, mut choices) = set;
        // The hash speaks of all rules, wherever they are.
        case.options.probe = false;
        let mut public = case.clone();
        for ingress in &mut public.ingresses {
            let whole = ingress.spec.visibility.clone();
            ingress.spec.rules.retain(|rule| {
                rule.visibility.as_ref().or(whole.as_ref()) != Some(&Visibility::ClusterLocal)
            });
        }
        let (all, public) = (Sides::new(&case), Sides::new(&public));
        // Rules that go may take an error with them, or leave none.
        let comes = |sides: &Sides| {
            let reports = sides.translation().reports.iter();
            reports.filter(|report| report.served.iter().any(|served| served.gateways.external))
                .map(|report| report.ingress.clone()).collect::<BTreeSet<_>>()
        };
        prop_assume!(comes(&all) == comes(&public));
        for _ in 0..20 {
            let request = GatewayRequest { gateway: Gateway::External, ..request(&case, &mut choices) };
            prop_assert_eq!(all.simulate(&request), public.simulate(&request));
        }
    }
}

/// The properties above look at something: sets hold rejected Ingresses, certificates, redirects, conflicts.
#[test]
fn the_sets_are_worth_looking_at() {
    let (mut rejected, mut certificates, mut lost) = (0, 0, 0);
    for seed in 0..300 {
        let set = case(&mut Choices::seeded(seed));
        let translation = translated(&set);
        rejected += translation.reports.iter().filter(|report| report.outcome == Outcome::Rejected).count();
        lost += translation
            .reports
            .iter()
            .filter(|report| report.to_string().contains("domain-conflict"))
            .count();
        let listeners = &translation.internal.spec.listeners;
        certificates += listeners.iter().filter(|listener| !listener.ssl_configurations.is_empty()).count();
        for listener in listeners {
            assert!(matches!(listener.listener_type, Some(ListenerType::Http(_))));
        }
    }
    assert!(rejected > 60 && certificates > 60 && lost > 60, "{rejected} {certificates} {lost}");
}
