//! Bytes read as a Proxy, config to Envoy's configuration and asked requests.

use gloo_proxy_model::{ListenerType, PathSpecifier, Proxy, VirtualHost};
use knative_gloo_conformance::envoy_config::{self, Environment};
use knative_gloo_simulator::{Request, Simulator, Transport};

use crate::translate::environment;

/// How many virtual hosts and routes are asked.
const ASKED: usize = 4;

/// Any Proxy can be config and asked, whether what it names exists or not; one that `validate` finds nothing wrong with is
/// config without an error.
pub fn check(data: &[u8]) {
    let Ok(proxy) = Proxy::from_json(data) else { return };
    drop(envoy_config::build(&proxy, &Environment::default()));
    let config = envoy_config::build(&proxy, &environment(&proxy, None));
    assert_eq!(envoy_config::build(&proxy, &environment(&proxy, None)), config, "the same each time");
    assert!(config.listeners.len() == config.routes.len());
    let simulator = Simulator::new(&proxy);
    for request in requests(&proxy) {
        let answer = simulator.answer(&request);
        assert_eq!(answer, simulator.answer(&request), "the same each time");
        assert!(!answer.to_string().is_empty());
    }
    if proxy.validate().is_empty() {
        let errors: Vec<_> = config.reports.iter().filter(|report| report.kind.is_error()).collect();
        assert!(errors.is_empty(), "nothing is wrong with it, and {errors:?}");
        assert!(simulator.refusals().is_empty(), "nothing is wrong with it, and {:?}", simulator.refusals());
    }
}

fn requests(proxy: &Proxy) -> Vec<Request> {
    let mut all = vec![Request::get("", "/")];
    for listener in &proxy.spec.listeners {
        let Some(ListenerType::Http(http)) = &listener.listener_type else { continue };
        for host in http.virtual_hosts.iter().take(ASKED) {
            ask(host, &mut all);
        }
    }
    all
}

fn ask(host: &VirtualHost, all: &mut Vec<Request>) {
    for domain in host.domains.iter().take(ASKED) {
        let authority = domain.replace('*', "x");
        for matcher in host.routes.iter().take(ASKED).flat_map(|route| &route.matchers) {
            let path = match &matcher.path {
                Some(
                    PathSpecifier::Prefix(path) | PathSpecifier::Exact(path) | PathSpecifier::Regex(path),
                ) => path,
                Some(PathSpecifier::Connect) | None => "/",
            };
            let headers =
                matcher.headers.iter().map(|header| (header.name.clone(), header.value.clone())).collect();
            let plain = Request { headers, ..Request::get(&*authority, path) };
            let transport = Transport::Tls { sni: Some(authority.clone()) };
            all.push(Request { transport, ..plain.clone() });
            all.push(plain);
        }
    }
}
