//! A set of Ingresses translated in every dialect.

use std::collections::BTreeMap;

use gloo_proxy_model::{ListenerType, Proxy, SslSecrets};
use knative_gloo_conformance::envoy_config::{
    self, Environment, References, ReportKind, ServicePort, TlsSecret, UpstreamProtocol, references,
};
use knative_gloo_simulator::Simulator;
use knative_gloo_translate::{Code, Dialect, Gateway, Translation, translate};
use knative_ingress_model::{Ingress, IngressRef};

use crate::set::Set;

/// The same set gives the same bytes in any order; each Ingress has one report; in Knative's dialect neither Gloo nor Envoy
/// has anything against what comes out, and making Envoy's configuration reports nothing.
pub fn check(data: &[u8]) {
    let set = Set::read(data);
    let latest: BTreeMap<IngressRef, &Ingress> =
        set.ingresses.iter().map(|ingress| (ingress.reference(), ingress)).collect();
    for dialect in Dialect::ALL {
        let options = set.options.clone().with_dialect(dialect);
        let given = translate(latest.values().copied(), &options);
        assert_same(&given, &translate(latest.values().rev().copied(), &options), "backwards");
        let half = latest.len() / 2;
        let turned = latest.values().skip(half).chain(latest.values().take(half));
        assert_same(&given, &translate(turned.copied(), &options), "turned");
        let mut with_replaced = translate(&set.ingresses, &options);
        for report in &mut with_replaced.reports {
            report.diagnostics.retain(|diagnostic| diagnostic.code != Code::Replaced);
        }
        assert_same(&given, &with_replaced, "of one name the later counts");
        assert!(given.reports.iter().map(|report| &report.ingress).eq(latest.keys()), "a report for each");
        for report in &given.reports {
            assert!(!report.to_string().is_empty());
        }
        for gateway in Gateway::ALL {
            let proxy = given.proxy(gateway);
            let written = serde_json::to_vec(proxy).expect("a Proxy is written");
            assert_eq!(&Proxy::from_json(&written).expect("what was written is read"), proxy);
            match dialect {
                Dialect::Knative => is_taken(proxy, &set),
                // What they emit is what Gloo emitted, and that was not always taken.
                Dialect::Gloo1_3 | Dialect::Gloo1_22 => {}
            }
        }
    }
}

/// Equal, down to the bytes.
pub(crate) fn assert_same(one: &Translation, other: &Translation, why: &str) {
    assert_eq!(one, other, "{why}");
    for gateway in Gateway::ALL {
        let text = |translation: &Translation| serde_json::to_string(translation.proxy(gateway)).ok();
        assert_eq!(text(one), text(other), "{why}");
    }
}

fn is_taken(proxy: &Proxy, set: &Set) {
    assert_eq!(proxy.validate_with(&set.limits()), Vec::new());
    for listener in &proxy.spec.listeners {
        assert!(matches!(listener.listener_type, Some(ListenerType::Http(_))));
        for config in &listener.ssl_configurations {
            assert!(matches!(config.secrets, Some(SslSecrets::SecretRef(_))));
        }
    }
    let environment = environment(proxy, Some(set.options.regex_max_program_size));
    let mut reports = envoy_config::build(proxy, &environment).reports;
    // What this module leaves out is not Gloo's word.
    reports.retain(|report| report.kind != ReportKind::Unsupported);
    assert_eq!(reports, Vec::new());
    assert_eq!(Simulator::new(proxy).refusals(), Vec::<String>::new());
}

/// A cluster in which everything exists that the Proxy names.
pub(crate) fn environment(proxy: &Proxy, regex_max_program_size: Option<u32>) -> Environment {
    let References { services, secrets } = references(proxy);
    let mut environment = Environment { regex_max_program_size, ..Environment::default() };
    for (service, port) in services {
        environment.services.entry(service).or_default().push(ServicePort {
            port,
            protocol: UpstreamProtocol::Http1,
            endpoints: vec![([127, 0, 0, 1], 9).into()],
            upstream_ca: None,
        });
    }
    let secret = TlsSecret {
        certificate: "CERTIFICATE".to_owned(),
        private_key: "PRIVATE KEY".to_owned(),
        root_ca: None,
        ocsp_staple: None,
    };
    environment.secrets = secrets.into_keys().map(|name| (name, secret.clone())).collect();
    environment
}
