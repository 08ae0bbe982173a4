//! The answers of `ask` on arbitrary sets of Ingresses: each is the simulator's, which the tests of `conformance` hold to a real
//! Envoy, and the field that it names is the one that asks for it.
#![allow(clippy::unwrap_used, reason = "a test stops where its assumption fails")]

use std::collections::BTreeSet;

use knative_gloo_conformance::checks::differential::Sides;
use knative_gloo_conformance::checks::differential::generate::{Choices, case, request};
use knative_gloo_simulator::Verdict;
use knative_ingress_model::{HttpIngressPath, Ingress};

use super::Gateways;
use super::explanation::{Explanation, Host};
use crate::objects::Objects;

#[test]
fn ask_agrees_with_the_simulator_and_names_matching_sources() {
    let (mut sources, mut passed, mut unserved) = (0, 0, 0);
    for seed in 0..300 {
        let mut choices = Choices::seeded(seed);
        let set = case(&mut choices);
        let sides = Sides::new(&set);
        let gateways = Gateways::new(sides.translation().clone());
        let mut objects = Objects::default();
        objects.ingresses.clone_from(&set.ingresses);
        for _ in 0..30 {
            let asked = request(&set, &mut choices);
            let request = asked.request.clone();
            let told = Explanation::new(&gateways, asked.gateway, request, &objects, set.cluster_domain());
            assert_eq!(told.answer, sides.simulate(&asked), "{asked}");
            assert!(told.to_string().starts_with(&asked.to_string()), "{told}");
            unserved += usize::from(!told.is_served());
            let Some(host) = &told.virtual_host else { continue };
            passed += host.passed_over.len();
            for route in &host.passed_over {
                assert!(!route.mismatches.is_empty(), "{asked}: a reason for each");
                assert!(route.route.field.is_some(), "{asked}: {told}");
            }
            let Some(path) = source(host, &set.ingresses) else {
                assert!(!told.is_served(), "{asked}: {told}");
                continue;
            };
            sources += 1;
            // With the dialect `knative` a path is a prefix, and the headers are met.
            assert!(host.path.starts_with(&path.path), "{asked}: {told}");
            for (name, wanted) in path.headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("host")) {
                let name = name.to_ascii_lowercase();
                let found = asked.request.header(&name).any(|value| value == wanted.exact);
                assert!(found || wanted.exact.is_empty(), "{asked}: {told}");
            }
            // Where no Service points elsewhere, its splits are who answers.
            if let (Verdict::Forward(forward), None) = (&told.answer.verdict, &set.services) {
                let splits: BTreeSet<String> = path
                    .splits
                    .iter()
                    .flatten()
                    .map(|split| format!("{}/{}", split.service_namespace, split.service_name))
                    .collect();
                assert!(
                    forward.backends.iter().all(|share| splits.contains(&share.service)),
                    "{asked}: {told}"
                );
            }
        }
    }
    assert!(sources > 1_000 && passed > 500 && unserved > 500, "{sources} {passed} {unserved}");
}

/// The path that the route comes from.
fn source<'a>(host: &Host, ingresses: &'a [Ingress]) -> Option<&'a HttpIngressPath> {
    let field = host.route.as_ref()?.field.unwrap();
    let owner = host.ingress.as_deref().unwrap();
    let ingress = ingresses.iter().rev().find(|ingress| ingress.reference().to_string() == owner).unwrap();
    let rule = ingress.spec.rules.get(field.rule).unwrap();
    rule.http.as_ref().unwrap().paths.as_ref().unwrap().get(field.path)
}
