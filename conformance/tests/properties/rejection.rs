//! A rejected Ingress is served nowhere and keeps its hosts.

use std::collections::BTreeMap;

use knative_gloo_conformance::checks::differential::Sides;
use knative_gloo_conformance::http_model::GatewayRequest;
use knative_gloo_simulator::{Transport, Verdict};
use knative_gloo_translate::{Gateway, Outcome, Scheme, Translation};
use knative_ingress_model::{GoDuration, IngressRef};
use proptest::prelude::*;

use crate::sets::{Set, config, either_sets, names, translated};

/// Who serves each domain of each listener.
fn domains(translation: &Translation) -> BTreeMap<(Gateway, Scheme, String), IngressRef> {
    let mut all = BTreeMap::new();
    for report in &translation.reports {
        for served in &report.served {
            for gateway in served.gateways.iter() {
                for domain in &served.virtual_host.domains {
                    all.insert((gateway, served.scheme, domain.clone()), report.ingress.clone());
                }
            }
        }
    }
    all
}

proptest! {
    #![proptest_config(config())]

    /// Deleting a rejected Ingress takes no domain from the others. They gain only hosts that it lists.
    #[test]
    fn rejected_ingress_reserves_only_its_own_hosts(set in either_sets()) {
        let Set(case, _) = set;
        let before = translated(&case);
        for report in before.reports.iter().filter(|report| report.outcome == Outcome::Rejected) {
            prop_assert!(report.served.is_empty(), "{}", report);
            let after = translated(&case.without(&report.ingress));
            let (served, now) = (domains(&before), domains(&after));
            for (place, owner) in &served {
                prop_assert_eq!(now.get(place), Some(owner), "{:?}", place);
            }
            let listed = names(case.latest(&report.ingress), case.cluster_domain());
            for (place, _) in now.iter().filter(|(place, _)| !served.contains_key(place)) {
                let (_, _, domain) = place;
                let name = domain.split(':').next().unwrap();
                prop_assert!(listed.contains(name), "{} is none of {:?}", domain, listed);
            }
        }
    }

    /// An Ingress that becomes invalid keeps its hosts: what the others serve stays the same.
    #[test]
    fn error_in_an_ingress_does_not_release_its_hosts(set in either_sets(), which in any::<prop::sample::Index>()) {
        let Set(case, _) = set;
        let mut broken = case.clone();
        let place = which.index(case.ingresses.len());
        let ingress = &mut broken.ingresses[place];
        let mut paths = ingress.spec.rules.iter_mut()
            .filter_map(|rule| rule.http.as_mut()?.paths.as_mut()).flatten();
        let Some(path) = paths.next() else { return Ok(()) };
        path.timeout = Some(GoDuration::from_nanos(-1));
        let reference = ingress.reference();
        let (before, after) = (translated(&case), translated(&broken));
        for (report, now) in before.reports.iter().zip(&after.reports) {
            prop_assert_eq!(&report.ingress, &now.ingress);
            if report.ingress != reference {
                prop_assert_eq!(&report.served, &now.served);
                prop_assert_eq!(report.outcome, now.outcome);
            }
        }
    }

    /// A host that a rejected Ingress owns is not served over `http` or `https`, not even by the owner of a
    /// wildcard that covers it.
    #[test]
    fn nobody_is_served_on_the_hosts_of_a_rejected_ingress(set in either_sets()) {
        let Set(case, _) = set;
        let sides = Sides::new(&case);
        for reserved in sides.translation().reports.iter().flat_map(|report| &report.reserved) {
            for host in reserved.virtual_host.domains.iter().filter(|host| !host.contains('*')) {
                let name = host.split(':').next().unwrap_or_default().to_owned();
                for gateway in reserved.gateways.iter() {
                    for transport in [Transport::Plain, Transport::Tls { sni: Some(name.clone()) }] {
                        let mut request = GatewayRequest::get(gateway, host, "/");
                        request.request.transport = transport;
                        if request.scheme() == reserved.scheme {
                            let answer = sides.simulate(&request);
                            prop_assert!(matches!(answer.verdict, Verdict::NotServed(_)), "{}: {}", request, answer);
                        }
                    }
                }
            }
        }
    }
}
