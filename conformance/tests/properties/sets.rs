//! The sets of Ingresses that the laws are tried on. Each is made of a list of numbers, so that proptest can shrink it.

use std::collections::BTreeSet;

use gloo_proxy_model::Proxy;
use knative_gloo_conformance::checks::differential::generate::{Case, Choices, case, colluding};
use knative_gloo_translate::{Translation, translate};
use knative_ingress_model::Ingress;
use proptest::collection::vec;
use proptest::prelude::*;

/// How often each law is tried.
pub(crate) fn config() -> ProptestConfig {
    ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() }
}

/// A set, and the numbers that are left for making requests. Debug output shows the set.
#[derive(Clone)]
pub(crate) struct Set(pub(crate) Case, pub(crate) Choices);

impl std::fmt::Debug for Set {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "\n{}", serde_yaml::to_string(&self.0).unwrap())
    }
}

pub(crate) fn sets() -> impl Strategy<Value = Set> {
    vec(any::<u16>(), 0..1500).prop_map(|numbers| {
        let mut choices = Choices::listed(numbers);
        Set(case(&mut choices), choices)
    })
}

/// Sets of any kind; half of them are of colluding tenants.
pub(crate) fn either_sets() -> impl Strategy<Value = Set> {
    let colluding = vec(any::<u16>(), 0..1500).prop_map(|numbers| {
        let mut choices = Choices::listed(numbers);
        Set(colluding(&mut choices), choices)
    });
    prop_oneof![sets(), colluding]
}

/// The hosts of an Ingress, with their short names.
pub(crate) fn names(ingress: &Ingress, domain: &str) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for rule in &ingress.spec.rules {
        if rule.hosts.is_empty() {
            all.insert("*".to_owned());
        }
        for host in &rule.hosts {
            let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
            for suffix in [format!(".{domain}"), format!(".svc.{domain}")] {
                all.extend(host.strip_suffix(&suffix).map(str::to_owned));
            }
            all.insert(host);
        }
    }
    all
}

pub(crate) fn translated(case: &Case) -> Translation {
    translate(&case.ingresses, &case.translate_options())
}

/// A Proxy as JSON.
pub(crate) fn bytes(proxy: &Proxy) -> String {
    serde_json::to_string(proxy).unwrap()
}
