//! Single rules of `validate`: what just passes, and what just doesn't.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops where its assumption fails")]

use gloo_proxy_model::Proxy;
use serde_json::{Value, json};

const LISTENER: &str = "spec.listeners[0]";
const HOST: &str = "spec.listeners[0].httpListener.virtualHosts[0]";
const ROUTE: &str = "spec.listeners[0].httpListener.virtualHosts[0].routes[0]";

/// A Proxy whose only listener has these fields.
fn with_listener(fields: Value) -> Value {
    let mut listener = json!({"name": "one", "bindAddress": "::", "bindPort": 80});
    listener.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    json!({"metadata": {}, "spec": {"listeners": [listener]}})
}

/// A Proxy whose only virtual host has these fields.
fn with_host(fields: Value) -> Value {
    let mut host = json!({"name": "v", "domains": ["a.com"]});
    host.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    with_listener(json!({"httpListener": {"virtualHosts": [host]}}))
}

/// A Proxy whose only route has these fields.
fn with_route(fields: Value) -> Value {
    let mut route = json!({"matchers": [{"prefix": "/"}]});
    route.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    if !fields.as_object().unwrap().keys().any(|key| key.ends_with("Action")) {
        route["directResponseAction"] = json!({"status": 200});
    }
    with_host(json!({"routes": [route]}))
}

fn with_options(options: Value) -> Value {
    with_route(json!({"options": options}))
}

fn destination() -> Value {
    json!({"kube": {"ref": {"name": "a", "namespace": "x"}, "port": 80}})
}

/// Each violation as `kind path`.
fn violations(proxy: &Value) -> Vec<String> {
    let violations = Proxy::from_value(proxy).unwrap().validate();
    for violation in &violations {
        let text = violation.to_string();
        assert!(text.starts_with(&format!("{}: {}: ", violation.path, violation.kind)), "{text}");
    }
    violations.iter().map(|violation| format!("{} {}", violation.kind, violation.path)).collect()
}

fn check(cases: Vec<(Value, &[&str])>) {
    for (proxy, expected) in cases {
        assert_eq!(violations(&proxy), expected, "{proxy}");
    }
}

#[test]
fn durations_up_to_what_envoy_counts_pass() {
    let timeout = format!("InvalidNumber {ROUTE}.options.timeout");
    check(vec![
        (with_options(json!({"timeout": "9223372035.999999999s"})), &[]),
        (with_options(json!({"timeout": "9223372036s"})), &[&*timeout]),
        (with_options(json!({"timeout": "-0.000000001s"})), &[&*timeout]),
    ]);
}

#[test]
fn every_destination_needs_a_backend() {
    let single = format!("ProcessingError {ROUTE}.routeAction.single");
    let multi = format!("ProcessingError {ROUTE}.routeAction.multi.destinations[0].destination");
    let tcp = format!("{LISTENER}.tcpListener.tcpHosts[0].destination");
    let (missing, no_backend) = (format!("MissingValue {tcp}"), format!("ProcessingError {tcp}.single"));
    let tcp_host = |destination: Value| {
        with_listener(json!({"tcpListener": {"tcpHosts": [{"name": "t", "destination": destination}]}}))
    };
    let weighted = |destination: Value| json!({"destination": destination, "weight": u32::MAX});
    let with_multi = |destination: Value| {
        with_route(json!({"routeAction": {"multi": {"destinations": [weighted(destination)]}}}))
    };
    check(vec![
        (with_route(json!({"routeAction": {"single": destination()}})), &[]),
        (with_route(json!({"routeAction": {"single": {}}})), &[&*single]),
        (with_multi(destination()), &[]),
        (with_multi(json!({})), &[&*multi]),
        (tcp_host(json!({"single": destination()})), &[]),
        (tcp_host(json!({"single": {}})), &[&*no_backend]),
        (tcp_host(json!({})), &[&*missing]),
    ]);
}

#[test]
fn commands_in_header_values_need_valid_parameters() {
    let value = |text: &str| {
        let header = json!({"header": {"key": "x", "value": text}});
        with_options(json!({"headerManipulation": {"requestHeadersToAdd": [header]}}))
    };
    let at = format!("HeaderFormat {ROUTE}.options.headerManipulation.requestHeadersToAdd[0].header.value");
    for good in [
        "%REQ(:path?x-path)%",
        "%REQ(x):7%",
        "%PATH:7%",
        "%FILTER_STATE(a)%",
        "%FILTER_STATE(a:PLAIN)%",
        "%FILTER_STATE(a:TYPED):7%",
    ] {
        assert_eq!(violations(&value(good)), [""; 0], "{good}");
    }
    for bad in [
        "%REQ(a b)%",
        "%REQ(:)%",
        "%REQ(?a)%",
        "%REQ(a?b?c)%",
        "%REQ(x)7%",
        "%REQ(x):%",
        "%REQ(x):a%",
        "%FILTER_STATE(:PLAIN)%",
        "%FILTER_STATE(a:OTHER)%",
    ] {
        assert_eq!(violations(&value(bad)), [&*at], "{bad}");
    }
}

#[test]
fn headers_are_counted_and_named_within_limits() {
    let at = format!("{ROUTE}.options.headerManipulation");
    let with = |manipulation: Value| with_options(json!({"headerManipulation": manipulation}));
    let added = |key: &str| json!({"header": {"key": key, "value": "v"}});
    let many = |count: usize| (0..count).map(|number| added(&format!("x-{number}"))).collect::<Vec<_>>();
    for list in ["requestHeadersToAdd", "responseHeadersToAdd"] {
        let (too_many, no_name) =
            (format!("InvalidNumber {at}.{list}"), format!("ProcessingError {at}.{list}[0].header.key"));
        check(vec![
            (with(json!({list: many(1_000)})), &[]),
            (with(json!({list: many(1_001)})), &[&*too_many]),
            (with(json!({list: [added("a b")]})), &[&*no_name]),
        ]);
    }
    for list in ["requestHeadersToRemove", "responseHeadersToRemove"] {
        let [protected, missing, text] =
            ["ProtectedHeader", "MissingValue", "InvalidText"].map(|kind| format!("{kind} {at}.{list}[0]"));
        check(vec![
            (with(json!({list: ["x"]})), &[]),
            (with(json!({list: ["Host"]})), &[&*protected]),
            (with(json!({list: [":path"]})), &[&*protected]),
            (with(json!({list: [""]})), &[&*missing]),
            (with(json!({list: ["a\n"]})), &[&*text]),
        ]);
    }
}

#[test]
fn values_to_match_are_expressions_only_where_they_say_so() {
    for list in ["headers", "queryParameters"] {
        let matcher = |value: &str, regex: bool| {
            with_route(
                json!({"matchers": [{"prefix": "/", list: [{"name": "x", "value": value, "regex": regex}]}]}),
            )
        };
        let invalid = format!("InvalidRegex {ROUTE}.matchers[0].{list}[0].value");
        check(vec![
            (matcher("(", false), &[]),
            (matcher("", true), &[]),
            (matcher("a+", true), &[]),
            (matcher("(", true), &[&*invalid]),
        ]);
    }
}

#[test]
fn rewrites_exclude_each_other_and_need_a_pattern() {
    let at = format!("{ROUTE}.options");
    let rewrite = json!({"pattern": {"regex": "a"}, "substitution": "b"});
    let pattern = |pattern: Value| with_options(json!({"regexRewrite": {"pattern": pattern}}));
    let (both, missing, invalid) = (
        format!("Conflict {at}"),
        format!("MissingValue {at}.regexRewrite"),
        format!("InvalidRegex {at}.regexRewrite.pattern.regex"),
    );
    let long = "a".repeat(97);
    check(vec![
        (with_options(json!({"regexRewrite": rewrite})), &[]),
        (with_options(json!({"prefixRewrite": "/"})), &[]),
        (with_options(json!({"prefixRewrite": "", "regexRewrite": rewrite})), &[]),
        (with_options(json!({"prefixRewrite": "/", "regexRewrite": rewrite})), &[&*both]),
        (with_options(json!({"regexRewrite": {"substitution": "b"}})), &[&*missing]),
        (pattern(json!({"regex": "("})), &[&*invalid]),
        (pattern(json!({"regex": long})), &[&*invalid]),
        (pattern(json!({"regex": long, "googleRe2": {"maxProgramSize": 200}})), &[]),
    ]);
}

#[test]
fn waits_between_retries_grow() {
    for (proxy, at) in [
        (with_options as fn(Value) -> Value, format!("{ROUTE}.options.retries.retryBackOff")),
        (|options| with_host(json!({"options": options})), format!("{HOST}.options.retries.retryBackOff")),
    ] {
        let wait = |base: &str, max: &str| {
            proxy(json!({"retries": {"retryBackOff": {"baseInterval": base, "maxInterval": max}}}))
        };
        let (base, max) =
            (format!("InvalidNumber {at}.baseInterval"), format!("InvalidNumber {at}.maxInterval"));
        check(vec![
            (wait("2s", "3s"), &[]),
            (wait("2s", "2s"), &[]),
            (wait("2s", "1s"), &[&*max]),
            (wait("0s", "1s"), &[&*base]),
            (wait("0s", "0s"), &[&*base, &*max]),
        ]);
    }
}

#[test]
fn settings_of_http_listeners_are_checked() {
    let at = format!("{LISTENER}.httpListener.options.httpConnectionManagerSettings");
    let with = |settings: Value| {
        let options = json!({"httpConnectionManagerSettings": settings});
        with_listener(json!({"httpListener": {"virtualHosts": [{"name": "v"}], "options": options}}))
    };
    let (negative, twice) =
        (format!("InvalidNumber {at}.streamIdleTimeout"), format!("Conflict {at}.upgrades[1]"));
    check(vec![
        (with(json!({"streamIdleTimeout": "1s"})), &[]),
        (with(json!({"streamIdleTimeout": "-1s"})), &[&*negative]),
        (with(json!({"upgrades": [{"websocket": {}}, {"connect": {}}]})), &[]),
        (with(json!({"upgrades": [{"websocket": {}}, {"websocket": {}}]})), &[&*twice]),
    ]);
}

#[test]
fn listener_without_virtual_hosts_is_not_looked_at() {
    let (address, port) =
        (format!("ProcessingError {LISTENER}.bindAddress"), format!("InvalidNumber {LISTENER}.bindPort"));
    let hosts = json!({"virtualHosts": [{"name": "v"}]});
    check(vec![
        (with_listener(json!({"bindAddress": "nowhere", "httpListener": {}})), &[]),
        (with_listener(json!({"bindAddress": "nowhere", "httpListener": hosts})), &[&*address]),
        (with_listener(json!({"bindPort": 65_535, "httpListener": hosts})), &[]),
        (with_listener(json!({"bindPort": 65_536, "httpListener": hosts})), &[&*port]),
    ]);
}

#[test]
fn filter_chains_differ_in_their_matchers() {
    let matched = |names: &[&str]| json!({"matcher": {"sslConfig": {"sniDomains": names}}});
    let hybrid = |chains: &[Value]| with_listener(json!({"hybridListener": {"matchedListeners": chains}}));
    let at = format!("{LISTENER}.hybridListener.matchedListeners");
    let (name, same) =
        (format!("ServerNames {at}[0].matcher.sslConfig.sniDomains[0]"), format!("Conflict {at}[1]"));
    check(vec![
        (hybrid(&[matched(&["a.com"]), matched(&["b.com"])]), &[]),
        (hybrid(&[matched(&["a.com"]), matched(&["a.com"])]), &[&*same]),
        (hybrid(&[matched(&["*"])]), &[&*name]),
    ]);
}

#[test]
fn certificate_of_a_secret_needs_its_name_and_namespace() {
    let with = |secret: Value| {
        with_listener(json!({
            "httpListener": {"virtualHosts": [{"name": "v"}]},
            "sslConfigurations": [{"secretRef": secret}],
        }))
    };
    let incomplete = format!("SSLConfigError {LISTENER}.sslConfigurations[0].secretRef");
    check(vec![
        (with(json!({"name": "s", "namespace": "x"})), &[]),
        (with(json!({"name": "s", "namespace": ""})), &[&*incomplete]),
        (with(json!({"name": "", "namespace": "x"})), &[&*incomplete]),
    ]);
}

/// Configurations that differ in their names alone are one certificate for all of them; for every name, if one has none.
#[test]
fn names_of_one_certificate_are_merged() {
    let with = |configurations: &[(&str, &[&str])]| {
        let configurations: Vec<Value> = configurations
            .iter()
            .map(|(name, names)| json!({"secretRef": {"name": name, "namespace": "x"}, "sniDomains": names}))
            .collect();
        with_listener(json!({
            "httpListener": {"virtualHosts": [{"name": "v"}]},
            "sslConfigurations": configurations,
        }))
    };
    let [second, third] = [1, 2].map(|index| format!("ServerNames {LISTENER}.sslConfigurations[{index}]"));
    check(vec![
        (with(&[("one", &["a"]), ("one", &["a", "b"])]), &[]),
        (with(&[("one", &["a"]), ("two", &["a", "b"])]), &[&*second]),
        (with(&[("one", &["a"]), ("one", &["b"]), ("two", &["b"])]), &[&*third]),
        (with(&[("one", &["a"]), ("one", &["b"]), ("two", &[])]), &[]),
        (with(&[("one", &["a"]), ("one", &[]), ("two", &["a"])]), &[]),
        (with(&[("one", &[]), ("one", &["a"]), ("two", &["a"])]), &[]),
    ]);
}

#[test]
fn tcp_hosts_are_chosen_by_different_names() {
    let host = |names: &[&str]| json!({"name": "t", "sslConfig": {"sniDomains": names}, "destination": {"single": destination()}});
    let tcp = |hosts: &[Value]| with_listener(json!({"tcpListener": {"tcpHosts": hosts}}));
    let same = format!("ServerNames {LISTENER}.tcpListener.tcpHosts[1]");
    check(vec![
        (tcp(&[host(&["a.com"]), host(&["b.com"])]), &[]),
        (tcp(&[host(&["a.com"]), host(&["b.com", "a.com"])]), &[&*same]),
    ]);
}

#[test]
fn virtual_host_without_domains_is_for_all() {
    let hosts = |domains: &[&str]| {
        let hosts = json!([{"name": "v", "domains": ["*"]}, {"name": "w", "domains": domains}]);
        with_listener(json!({"httpListener": {"virtualHosts": hosts}}))
    };
    let at = format!("{LISTENER}.httpListener.virtualHosts[1].domains[0]");
    let (empty, twice) = (format!("EmptyDomainError {at}"), format!("DomainsNotUniqueError {at}"));
    check(vec![(hosts(&["a.com"]), &[]), (hosts(&[]), &[&*twice]), (hosts(&[""]), &[&*empty, &*twice])]);
}
