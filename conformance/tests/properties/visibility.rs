//! Cluster-local rules and the external gateway.

use std::collections::BTreeSet;

use knative_gloo_conformance::checks::differential::{Sides, generate::request};
use knative_gloo_conformance::http_model::GatewayRequest;
use knative_gloo_translate::Gateway;
use knative_ingress_model::Visibility;
use proptest::prelude::*;

use crate::sets::{Set, config, sets};

proptest! {
    #![proptest_config(config())]

    /// Removing the cluster-local rules does not change what the external gateway answers.
    #[test]
    fn cluster_local_rules_do_not_affect_the_external_gateway(set in sets()) {
        let Set(mut case, mut choices) = set;
        // The probe hash covers all rules.
        case.options.probe = false;
        let mut public = case.clone();
        for ingress in &mut public.ingresses {
            let whole = ingress.spec.visibility.clone();
            ingress.spec.rules.retain(|rule| {
                rule.visibility.as_ref().or(whole.as_ref()) != Some(&Visibility::ClusterLocal)
            });
        }
        let (all, public) = (Sides::new(&case), Sides::new(&public));
        // Removing rules may also remove an error, or leave an Ingress without rules.
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
