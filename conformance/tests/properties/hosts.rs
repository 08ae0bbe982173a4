//! Which virtual host and which certificate a host name leads to.

use knative_gloo_conformance::checks::differential::Sides;
use knative_gloo_conformance::http_model::GatewayRequest;
use knative_gloo_simulator::{Transport, Verdict};
use knative_gloo_translate::Gateway;
use proptest::prelude::*;

use crate::sets::{Set, config, either_sets, sets};
use crate::walk;

proptest! {
    #![proptest_config(config())]

    /// Without a catch-all, `host.` and a host with another port than the listener's are not served.
    #[test]
    fn trailing_dots_and_other_ports_are_not_served(set in either_sets()) {
        let Set(mut case, _) = set;
        case.options.catch_all = Vec::new();
        case.options.any_host_port = false;
        let sides = Sides::new(&case);
        for gateway in Gateway::ALL {
            let hosts: Vec<&str> =
                sides.oracle().owners(gateway).map(|(host, _)| host).filter(|host| !host.contains('*')).collect();
            for host in hosts {
                for odd in [format!("{host}."), format!("{host}:1"), format!("{host}.:80"), format!("{host}:65535")] {
                    for transport in [Transport::Plain, Transport::Tls { sni: Some(host.to_owned()) }] {
                        let mut request = GatewayRequest::get(gateway, &odd, "/");
                        request.request.transport = transport;
                        let answer = sides.simulate(&request);
                        prop_assert!(matches!(answer.verdict, Verdict::NotServed(_)), "{}: {}", request, answer);
                    }
                }
            }
        }
    }

    /// Over TLS the server name (SNI) alone chooses the certificate, and the authority alone the virtual host.
    #[test]
    fn authority_chooses_the_virtual_host_and_sni_the_certificate(set in sets()) {
        let Set(case, _) = set;
        let sides = Sides::new(&case);
        for gateway in Gateway::ALL {
            let names = walk::certificates(sides.translation().proxy(gateway));
            let exact: Vec<String> =
                names.into_iter().map(|(name, _)| name).filter(|name| !name.contains('*')).take(5).collect();
            let ask = |sni: &str, authority: &str| {
                let transport = Transport::Tls { sni: Some(sni.to_owned()) };
                let mut request = GatewayRequest::get(gateway, authority, "/");
                request.request.transport = transport;
                sides.simulate(&request)
            };
            for authority in &exact {
                let own = ask(authority, authority);
                for sni in &exact {
                    let other = ask(sni, authority);
                    prop_assert_eq!(&own.verdict, &other.verdict);
                    prop_assert_eq!(&ask(sni, sni).certificate, &other.certificate);
                }
            }
        }
    }
}
