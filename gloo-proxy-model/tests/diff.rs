//! `diff` is empty for equal meaning and names each part that differs.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use gloo_proxy_model::{Proxy, diff};
use serde_json::{Value, json};

fn proxy(listeners: Value) -> Proxy {
    Proxy::from_value(&json!({"spec": {"listeners": listeners}})).unwrap()
}

fn with_hosts(hosts: Value) -> Proxy {
    proxy(json!([{"name": "http", "httpListener": {"virtualHosts": hosts}}]))
}

fn with_routes(routes: Value) -> Proxy {
    with_hosts(json!([{"name": "v", "domains": ["a"], "routes": routes}]))
}

fn with_certificates(configs: Value) -> Proxy {
    proxy(json!([{"name": "https", "httpListener": {}, "sslConfigurations": configs}]))
}

fn lines(old: &Proxy, new: &Proxy) -> Vec<String> {
    diff(old, new).to_string().lines().map(str::to_owned).collect()
}

#[test]
fn recorded_proxy_has_no_diff_to_itself() {
    for (name, recorded) in support::proxies() {
        let proxy = Proxy::from_value(&recorded).unwrap();
        let copy = Proxy::from_value(&recorded).unwrap();
        assert!(diff(&proxy, &copy).is_empty(), "{name}");
    }
}

#[test]
fn recorded_proxies_with_different_specs_have_a_diff() {
    let proxies = support::proxies();
    let mut different = 0;
    for pair in proxies.windows(2) {
        let (old, new) = (Proxy::from_value(&pair[0].1).unwrap(), Proxy::from_value(&pair[1].1).unwrap());
        let there = diff(&old, &new);
        let back = diff(&new, &old);
        assert_eq!(there.is_empty(), back.is_empty(), "{} {}", pair[0].0, pair[1].0);
        if old.spec == new.spec {
            assert!(there.is_empty());
        } else if !there.is_empty() {
            different += 1;
        }
    }
    assert!(different > 600, "{different}");
}

#[test]
fn equal_meaning_has_no_diff() {
    let route = |options: Value| with_routes(json!([{"matchers": [{"prefix": "/"}], "options": options}]));
    let multi = |weight: Value| {
        let destination =
            json!({"destination": {"kube": {"ref": {"name": "a", "namespace": "b"}, "port": 80}}});
        let mut other = destination.clone();
        other["weight"] = weight;
        with_routes(json!([{"routeAction": {"multi": {"destinations": [destination, other]}}}]))
    };
    let added = |append: Value| json!({"headerManipulation": {"requestHeadersToAdd": [{"header": {"key": "k", "value": "v"}, "append": append}]}});
    let secret = |name: &str, names: Value| json!({"secretRef": {"name": name, "namespace": "n"}, "sniDomains": names});
    let host = |options: Value| with_hosts(json!([{"name": "v", "options": options}]));
    let answered = |append: Value| json!({"headerManipulation": {"responseHeadersToAdd": [{"header": {"key": "k", "value": "v"}, "append": append}]}});
    let switched = |switch: &str, value: Value| {
        let mut certificate = secret("s", json!([]));
        certificate[switch] = value;
        with_certificates(json!([certificate]))
    };
    let listener = |options: Value| proxy(json!([{"name": "a", "routeOptions": options}]));
    let equal = [
        (
            proxy(json!([{"name": "a", "bindPort": 1}, {"name": "b", "bindPort": 2}])),
            proxy(json!([{"name": "b", "bindPort": 2}, {"name": "a", "bindPort": 1}])),
        ),
        (
            with_hosts(json!([{"name": "a", "domains": ["x", "y"]}, {"name": "b"}])),
            with_hosts(json!([{"name": "b", "domains": ["*"]}, {"name": "a", "domains": ["y", "x"]}])),
        ),
        (
            with_routes(json!([{}])),
            with_routes(json!([{"matchers": [{"prefix": "/", "caseSensitive": true}], "options": {}}])),
        ),
        (with_routes(json!([{"metadata": {"a": 1}}])), with_routes(json!([{}]))),
        (route(added(json!(null))), route(added(json!(true)))),
        (
            route(json!({"retries": {"retryOn": "5xx"}})),
            route(json!({"retries": {"retryOn": "5xx", "numRetries": 1}})),
        ),
        (multi(json!(0)), multi(json!(null))),
        (route(answered(json!(null))), route(answered(json!(true)))),
        (host(answered(json!(null))), host(answered(json!(true)))),
        (host(json!({"retries": {}})), host(json!({"retries": {"numRetries": 1}}))),
        (host(json!({})), host(json!(null))),
        (listener(json!({})), listener(json!({"mostSpecificHeaderMutationsWins": false}))),
        (switched("oneWayTls", json!(null)), switched("oneWayTls", json!(false))),
        (
            switched("disableTlsSessionResumption", json!(null)),
            switched("disableTlsSessionResumption", json!(false)),
        ),
        (proxy(json!([{"name": "a", "useProxyProto": false}])), proxy(json!([{"name": "a"}]))),
        (
            with_certificates(json!([
                secret("s", json!(["a"])),
                secret("t", json!([])),
                secret("s", json!(["b"]))
            ])),
            with_certificates(json!([secret("t", json!([])), secret("s", json!(["b", "a"]))])),
        ),
        (
            with_certificates(json!([secret("s", json!(["a"])), secret("s", json!([]))])),
            with_certificates(json!([secret("s", json!([]))])),
        ),
    ];
    for (old, new) in equal {
        assert_eq!(lines(&old, &new), [""; 0]);
    }
}

#[test]
fn diff_names_every_changed_part() {
    let secret = |name: &str, names: Value| json!({"secretRef": {"name": name, "namespace": "n"}, "sniDomains": names});
    let cases = [
        (proxy(json!([{"name": "a"}])), proxy(json!([{"name": "b"}])), vec!["- listener a", "+ listener b"]),
        (
            proxy(json!([{"name": "a", "bindPort": 1}])),
            proxy(json!([{"name": "a", "bindPort": 2, "tcpListener": {}}])),
            vec!["~ listener a: bindPort, listenerType"],
        ),
        (
            proxy(json!([{"name": "a", "httpListener": {}}])),
            proxy(json!([{"name": "a", "tcpListener": {}}])),
            vec!["~ listener a: listenerType"],
        ),
        (
            with_hosts(json!([{"name": "v"}])),
            with_hosts(json!([{"name": "v"}, {"name": "v", "domains": ["a"]}])),
            vec!["+ listener http: virtual host v#2"],
        ),
        (
            with_routes(json!([{"name": "r", "redirectAction": {}}, {"matchers": [{"exact": "/a"}]}])),
            with_routes(json!([{"name": "r", "redirectAction": {"httpsRedirect": true}}])),
            vec![
                "~ listener http: virtual host v: route r: action",
                "- listener http: virtual host v: route [{\"exact\":\"/a\"}]",
            ],
        ),
        (
            with_routes(json!([{"name": "r"}, {"name": "s"}, {"name": "t"}])),
            with_routes(json!([{"name": "u"}, {"name": "s"}, {"name": "r"}])),
            vec![
                "~ listener http: virtual host v: order of routes",
                "- listener http: virtual host v: route t",
                "+ listener http: virtual host v: route u",
            ],
        ),
        (
            with_certificates(json!([secret("s", json!(["a"])), secret("t", json!(["b"]))])),
            with_certificates(json!([secret("s", json!(["c"])), secret("u", json!(["b"]))])),
            vec![
                "~ listener https: certificate n/s: sniDomains",
                "- listener https: certificate n/t",
                "+ listener https: certificate n/u",
            ],
        ),
    ];
    for (old, new, expected) in cases {
        assert_eq!(lines(&old, &new), expected);
    }
}
