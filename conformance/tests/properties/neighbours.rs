//! An Ingress does not affect others that share no host with it.

use knative_gloo_conformance::checks::differential::Sides;
use knative_gloo_conformance::checks::differential::generate::ingress;
use knative_gloo_conformance::http_model::GatewayRequest;
use knative_gloo_simulator::Transport;
use knative_gloo_translate::{Gateway, Outcome};
use proptest::prelude::*;

use crate::sets::{Set, bytes, config, names, sets, translated};
use crate::walk;

proptest! {
    #![proptest_config(config())]

    /// Removing an Ingress of another class changes no byte of the Proxies and no other report.
    #[test]
    fn removing_a_skipped_ingress_changes_nothing(set in sets()) {
        let Set(case, _) = set;
        let before = translated(&case);
        for report in before.reports.iter().filter(|report| report.outcome == Outcome::Skipped) {
            let after = translated(&case.without(&report.ingress));
            prop_assert_eq!(bytes(&before.external), bytes(&after.external));
            prop_assert_eq!(bytes(&before.internal), bytes(&after.internal));
            let others: Vec<_> = before.reports.iter().filter(|other| other.ingress != report.ingress).collect();
            prop_assert_eq!(others, after.reports.iter().collect::<Vec<_>>());
        }
    }

    /// Adding an Ingress that lists no host of the others does not change their virtual hosts and certificates.
    #[test]
    fn ingress_without_common_domains_does_not_affect_others(set in sets()) {
        let Set(mut case, mut choices) = set;
        let extra = ingress(&mut choices, case.cluster_domain());
        case.ingresses.retain(|ingress| ingress.reference() != extra.reference());
        let of_extra = names(&extra, case.cluster_domain());
        // Remove only the Ingresses that share a host with it: discarding the whole set would leave too few.
        let domain = case.cluster_domain().to_owned();
        case.ingresses.retain(|other| names(other, &domain).is_disjoint(&of_extra));
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
            for (name, _) in walk::certificates(before.translation().proxy(gateway)) {
                if exact(&name.as_str()) {
                    let transport = Transport::Tls { sni: Some(name.clone()) };
                    let mut request = GatewayRequest::get(gateway, name, "/");
                    request.request.transport = transport;
                    prop_assert_eq!(before.simulate(&request), after.simulate(&request));
                }
            }
        }
    }
}
