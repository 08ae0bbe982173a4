//! What `validate` says is what the real Gloo 1.22 and the real Envoy 1.40 say, on `fixtures/recorded/lower/`.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::arithmetic_side_effects)]

mod support;

use std::collections::BTreeSet;

use gloo_proxy_model::{Proxy, RefusedBy, ValidationLimits, Violation};
use serde_json::{Value, json};

fn texts(list: &Value) -> BTreeSet<&str> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

#[test]
fn errors_are_those_of_gloo_and_nothing_that_envoy_refuses_passes() {
    let cases = support::lowered();
    assert_eq!(cases.len(), 79);
    let (mut refused_by_gloo, mut refused_by_envoy) = (0, 0);
    for support::Lowered { name, case } in &cases {
        let proxy = Proxy::from_value(&case["proxy"]).unwrap();
        let violations = proxy.validate();

        let by_gloo = |violation: &&Violation| violation.kind.refused_by() == RefusedBy::Gloo;
        let errors: BTreeSet<_> =
            violations.iter().filter(by_gloo).map(|violation| violation.kind.name()).collect();
        assert_eq!(errors, texts(&case["gloo"]["errors"]), "{name}: {violations:?}");
        refused_by_gloo += usize::from(!errors.is_empty());

        // Gloo's warnings are about Services and Secrets that are not there, which a Proxy does not tell.
        let warnings = texts(&case["gloo"]["warnings"]);
        assert!(warnings.is_empty() || name.contains("missing"), "{name}: {warnings:?}");

        let accepted = case["envoyAccepts"].as_bool().unwrap();
        let because = case["envoyRefusesBecause"].as_str().unwrap_or_default();
        if !accepted && !because.starts_with("the cluster does not exist") {
            assert!(!violations.is_empty(), "{name}: Envoy refuses it because {because}");
            refused_by_envoy += 1;
        }
        if accepted && errors.is_empty() {
            assert_eq!(violations, [], "{name} is accepted by both");
        }
    }
    assert!(refused_by_gloo >= 15 && refused_by_envoy >= 15, "{refused_by_gloo}, {refused_by_envoy}");
}

/// A Proxy with one listener, one virtual host and one route; `route` is merged into the route.
fn with_route(route: Value) -> Value {
    let mut whole = json!({"matchers": [{"prefix": "/"}], "directResponseAction": {"status": 200}});
    for (name, value) in route.as_object().unwrap() {
        if name.ends_with("Action") {
            whole.as_object_mut().unwrap().remove("directResponseAction");
        }
        whole[name] = value.clone();
    }
    with_hosts(json!([{"name": "v", "domains": ["a.com"], "routes": [whole]}]))
}

fn with_hosts(hosts: Value) -> Value {
    with_listener(json!({"httpListener": {"virtualHosts": hosts}}))
}

fn with_listener(listener: Value) -> Value {
    let mut whole = json!({"name": "http", "bindAddress": "::", "bindPort": 80});
    for (name, value) in listener.as_object().unwrap() {
        whole[name] = value.clone();
    }
    json!({"metadata": {}, "spec": {"listeners": [whole]}})
}

fn with_header(key: &str, value: &str) -> Value {
    let header = json!({"header": {"key": key, "value": value}});
    with_route(json!({"options": {"headerManipulation": {"requestHeadersToAdd": [header]}}}))
}

fn with_names(names: Value) -> Value {
    let config = |(index, names): (usize, &Value)| json!({"secretRef": {"name": format!("s{index}"), "namespace": "x"}, "sniDomains": names});
    let configs: Vec<_> = names.as_array().unwrap().iter().enumerate().map(config).collect();
    with_listener(json!({"httpListener": {"virtualHosts": [{"name": "v"}]}, "sslConfigurations": configs}))
}

fn violations(proxy: &Value) -> Vec<String> {
    let violations = Proxy::from_value(proxy).unwrap().validate();
    for Violation { message, .. } in &violations {
        let begins_well = message.starts_with("invalid ") || message.starts_with("missing ");
        assert!(begins_well && message.contains(": "), "{message}");
    }
    violations.iter().map(|violation| format!("{} {}", violation.kind, violation.path)).collect()
}

#[test]
fn validate_names_every_entry_that_envoy_rejects() {
    const ROUTE: &str = "spec.listeners[0].httpListener.virtualHosts[0].routes[0]";
    let multi = |weights: &[Option<u32>]| {
        let destination = |weight: &Option<u32>| {
            let kube = json!({"kube": {"ref": {"name": "a", "namespace": "x"}, "port": 80}});
            match weight {
                Some(weight) => json!({"destination": kube, "weight": weight}),
                None => json!({"destination": kube}),
            }
        };
        let destinations: Vec<_> = weights.iter().map(destination).collect();
        with_route(json!({"routeAction": {"multi": {"destinations": destinations}}}))
    };
    let key = format!("{ROUTE}.options.headerManipulation.requestHeadersToAdd[0].header.key");
    let value = format!("{ROUTE}.options.headerManipulation.requestHeadersToAdd[0].header.value");
    let domains = "spec.listeners[0].httpListener.virtualHosts[0].domains";
    let sum = format!("{ROUTE}.routeAction.multi.destinations");
    let host = |domains: Value| with_hosts(json!([{"name": "v", "domains": domains}]));
    let cases = [
        (host(json!(["a.com", "A.com"])), format!("DuplicateDomain {domains}[1]")),
        (host(json!(["a.com", "a.com:80", "a.com"])), format!("DomainsNotUniqueError {domains}[2]")),
        (host(json!(["a.com", "a.com"])), format!("DomainsNotUniqueError {domains}[1]")),
        (host(json!(["*", "*"])), format!("DomainsNotUniqueError {domains}[1]")),
        (host(json!(["a.com", ""])), format!("EmptyDomainError {domains}[1]")),
        (host(json!(["a\nb"])), format!("InvalidText {domains}[0]")),
        (host(json!(["a\0b"])), format!("InvalidText {domains}[0]")),
        (with_header("x", "100%"), format!("HeaderFormat {value}")),
        (with_header("x", "a\r"), format!("InvalidText {value}")),
        (with_header("x", &"v".repeat(16_385)), format!("InvalidText {value}")),
        (with_header(&"k".repeat(16_385), "v"), format!("InvalidText {key}")),
        (with_header("hOST", "v"), format!("ProcessingError {key}")),
        (with_header(":path", "v"), format!("ProcessingError {key}")),
        (with_header("", "v"), format!("MissingValue {key}")),
        (
            with_route(json!({"matchers": [{"regex": "("}]})),
            format!("InvalidRegex {ROUTE}.matchers[0].regex"),
        ),
        (with_route(json!({"matchers": [{"regex": ""}]})), format!("InvalidRegex {ROUTE}.matchers[0].regex")),
        (
            with_route(json!({"matchers": [{"regex": "a".repeat(97)}]})),
            format!("InvalidRegex {ROUTE}.matchers[0].regex"),
        ),
        (with_route(json!({"matchers": [{}]})), format!("InvalidMatcherError {ROUTE}.matchers[0]")),
        (
            with_route(json!({"matchers": [{"prefix": "/a//b"}]})),
            format!("ProcessingError {ROUTE}.matchers[0].prefix"),
        ),
        (
            with_route(json!({"matchers": [{"exact": "/a%2"}]})),
            format!("ProcessingError {ROUTE}.matchers[0].exact"),
        ),
        (
            with_route(json!({"redirectAction": {"pathRedirect": "/a b"}})),
            format!("ProcessingError {ROUTE}.redirectAction.pathRedirect"),
        ),
        (
            with_route(json!({"redirectAction": {"hostRedirect": "a\n"}})),
            format!("InvalidText {ROUTE}.redirectAction.hostRedirect"),
        ),
        (
            with_route(json!({"options": {"hostRewrite": "a\n"}})),
            format!("InvalidText {ROUTE}.options.hostRewrite"),
        ),
        (
            with_route(json!({"options": {"timeout": "-1s"}})),
            format!("InvalidNumber {ROUTE}.options.timeout"),
        ),
        (
            with_route(json!({"directResponseAction": {"status": 99}})),
            format!("InvalidNumber {ROUTE}.directResponseAction.status"),
        ),
        (multi(&[None]), format!("ProcessingError {sum}")),
        (multi(&[Some(u32::MAX), Some(1)]), format!("InvalidNumber {sum}")),
        (with_hosts(json!([{"name": "v", "routes": [{}]}])), format!("MissingValue {ROUTE}")),
        (
            with_listener(json!({"bindAddress": "localhost", "tcpListener": {}})),
            "ProcessingError spec.listeners[0].bindAddress".to_owned(),
        ),
        (
            with_listener(json!({"bindAddress": "::1", "tcpListener": {}})),
            "BindAddress spec.listeners[0].bindAddress".to_owned(),
        ),
        (
            with_listener(json!({"bindPort": 65536, "tcpListener": {}})),
            "InvalidNumber spec.listeners[0].bindPort".to_owned(),
        ),
        (
            with_names(json!([["*"]])),
            "ServerNames spec.listeners[0].sslConfigurations[0].sniDomains[0]".to_owned(),
        ),
        (
            with_names(json!([["a.*.com"]])),
            "ServerNames spec.listeners[0].sslConfigurations[0].sniDomains[0]".to_owned(),
        ),
        (
            with_names(json!([["a", "b"], ["b"]])),
            "ServerNames spec.listeners[0].sslConfigurations[1]".to_owned(),
        ),
        (with_names(json!([["a"], ["A"]])), "ServerNames spec.listeners[0].sslConfigurations[1]".to_owned()),
        (with_names(json!([[""], []])), "ServerNames spec.listeners[0].sslConfigurations[1]".to_owned()),
    ];
    for (proxy, expected) in cases {
        assert_eq!(violations(&proxy), [expected], "{proxy}");
    }
}

#[test]
fn duplicate_domains_in_any_case_are_named() {
    let domains = "spec.listeners[0].httpListener.virtualHosts[0].domains";
    let proxy = with_hosts(json!([{"name": "v", "domains": ["a.com", "A.com", "a.com", "A.com"]}]));
    assert_eq!(
        violations(&proxy),
        [
            format!("DuplicateDomain {domains}[1]"),
            format!("DomainsNotUniqueError {domains}[2]"),
            format!("DomainsNotUniqueError {domains}[3]"),
        ]
    );
}

#[test]
fn validate_accepts_what_envoy_accepts() {
    let accepted = [
        with_hosts(
            json!([{"name": "v", "domains": ["a.com"]}, {"name": "v", "domains": ["a.com:80", "*.a.com", "a*", "*"]}]),
        ),
        with_header("x", "%%"),
        with_header("x", &"v".repeat(16_384)),
        with_header("x", "%REQ(:path)%"),
        with_route(json!({"matchers": [{"regex": "a".repeat(96)}]})),
        with_route(json!({"matchers": [{"prefix": ""}, {"prefix": "no-slash"}, {"prefix": "/a%20b"}]})),
        with_route(json!({"options": {"timeout": "0s", "hostRewrite": "a b"}})),
        with_names(json!([["a.com", "*.a.com"], ["b.com"], []])),
        with_names(json!([])),
    ];
    for proxy in accepted {
        assert_eq!(violations(&proxy), [""; 0], "{proxy}");
    }
}

#[test]
fn max_program_size_is_configurable() {
    let proxy = Proxy::from_value(&with_route(json!({"matchers": [{"regex": "a".repeat(1020)}]}))).unwrap();
    assert_eq!(proxy.validate().len(), 1);
    assert_eq!(proxy.validate_with(&ValidationLimits::default().with_max_program_size(1024)), []);
}

#[test]
fn parts_of_hybrid_aggregate_and_tcp_listeners_are_checked() {
    let host = json!({"name": "v", "domains": ["a.com"], "routes": [{}]});
    let proxy = with_listener(json!({"hybridListener": {"matchedListeners": [
        {"httpListener": {"virtualHosts": [host]}},
        {"tcpListener": {"tcpHosts": [{"name": "t"}]}}
    ]}}));
    let hybrid = "spec.listeners[0].hybridListener.matchedListeners";
    assert_eq!(
        violations(&proxy),
        [
            format!("MissingValue {hybrid}[0].httpListener.virtualHosts[0].routes[0]"),
            format!("MissingValue {hybrid}[1].tcpListener.tcpHosts[0].destination"),
            format!("Conflict {hybrid}[1]"),
        ]
    );
    let proxy = with_listener(json!({"aggregateListener": {
        "httpResources": {"virtualHosts": {"one": host, "two": {"name": "w", "domains": ["a.com"]}}},
        "httpFilterChains": [{"virtualHostRefs": ["one", "two"]}]
    }}));
    let aggregate = "spec.listeners[0].aggregateListener";
    assert_eq!(
        violations(&proxy),
        [
            format!("MissingValue {aggregate}.httpResources.virtualHosts.one.routes[0]"),
            format!("DomainsNotUniqueError {aggregate}.httpFilterChains[0].virtualHostRefs[1]"),
        ]
    );
}
