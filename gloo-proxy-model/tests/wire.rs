//! What is read and written is proto3 JSON as Gloo speaks it, and what can't be read is told with its path.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use gloo_proxy_model::{ParseProtoDurationError, ParseProxyError, ProtoDuration, Proxy};
use serde_json::{Value, json};

fn listener(listener: Value) -> Value {
    json!({"apiVersion": "gloo.solo.io/v1", "kind": "Proxy", "metadata": {}, "spec": {"listeners": [listener]}})
}

fn route(route: Value) -> Value {
    listener(json!({"httpListener": {"virtualHosts": [{"routes": [route]}]}}))
}

fn rewritten(proxy: &Value) -> Value {
    serde_json::to_value(Proxy::from_value(proxy).unwrap_or_else(|error| panic!("{proxy}: {error}"))).unwrap()
}

#[test]
fn alternative_json_forms_are_read() {
    let options = |options: Value| route(json!({"options": options}));
    let weight =
        |weight: Value| route(json!({"routeAction": {"multi": {"destinations": [{"weight": weight}]}}}));
    let redirect = |redirect: Value| route(json!({"redirectAction": redirect}));
    let source = |source: Value| listener(json!({"metadataStatic": {"sources": [source]}}));
    let cases = [
        (
            "proto names",
            listener(json!({"bind_port": 1, "http_listener": {}})),
            listener(json!({"bindPort": 1, "httpListener": {}})),
        ),
        (
            "JSON names win",
            listener(json!({"bindPort": 1, "bind_port": 2})),
            listener(json!({"bindPort": 1})),
        ),
        ("even before", listener(json!({"bind_port": 2, "bindPort": 1})), listener(json!({"bindPort": 1}))),
        ("even if null", listener(json!({"bind_port": 2, "bindPort": null})), listener(json!({}))),
        ("quoted numbers", listener(json!({"bindPort": "80"})), listener(json!({"bindPort": 80}))),
        (
            "quoted 64-bit numbers",
            source(json!({"observedGeneration": "9007199254740993"})),
            source(json!({"observedGeneration": "9007199254740993"})),
        ),
        (
            "bare 64-bit numbers",
            source(json!({"observedGeneration": 7})),
            source(json!({"observedGeneration": "7"})),
        ),
        (
            "negative 64-bit numbers",
            source(json!({"observedGeneration": -7})),
            source(json!({"observedGeneration": "-7"})),
        ),
        ("a 64-bit 0 is left out", source(json!({"observedGeneration": 0})), source(json!({}))),
        (
            "enums by number",
            redirect(json!({"responseCode": 3})),
            redirect(json!({"responseCode": "TEMPORARY_REDIRECT"})),
        ),
        (
            "default enums are left out",
            redirect(json!({"responseCode": "MOVED_PERMANENTLY"})),
            redirect(json!({})),
        ),
        (
            "null is unset",
            listener(json!({"name": null, "sslConfigurations": null, "httpListener": null})),
            listener(json!({})),
        ),
        (
            "null in a oneof",
            route(json!({"matchers": [{"prefix": "/", "exact": null}]})),
            route(json!({"matchers": [{"prefix": "/"}]})),
        ),
        (
            "set member without a value",
            route(json!({"matchers": [{"regex": ""}]})),
            route(json!({"matchers": [{"regex": ""}]})),
        ),
        (
            "member without fields",
            route(json!({"matchers": [{"connect_matcher": {}}]})),
            route(json!({"matchers": [{"connectMatcher": {}}]})),
        ),
        ("wrapped 0", weight(json!(0)), weight(json!(0))),
        (
            "wrapped false",
            listener(json!({"useProxyProto": false})),
            listener(json!({"useProxyProto": false})),
        ),
        (
            "wrapped false in a oneof",
            options(json!({"autoHostRewrite": false})),
            options(json!({"autoHostRewrite": false})),
        ),
        ("empty messages", options(json!({})), options(json!({}))),
        ("Go's durations", options(json!({"timeout": "1h0m0.5s"})), options(json!({"timeout": "3600.500s"}))),
        (
            "unknown fields",
            route(json!({"options": {"cors": {"b": [1.5, null]}}, "x": null})),
            route(json!({"options": {"cors": {"b": [1.5, null]}}, "x": null})),
        ),
    ];
    for (what, given, written) in cases {
        assert_eq!(rewritten(&given), written, "{what}");
    }
}

/// As in Go. A JSON value can't have a name twice, so this is about text.
#[test]
fn last_of_several_values_of_one_name_is_read() {
    let cases = [
        (r#"{"bindPort": 1, "bindPort": 2}"#, json!({"bindPort": 2})),
        (r#"{"bind_port": 1, "bind_port": 2}"#, json!({"bindPort": 1})),
        (
            r#"{"tcpListener": {}, "tcpListener": {"statPrefix": "a"}}"#,
            json!({"tcpListener": {"statPrefix": "a"}}),
        ),
        (
            r#"{"tcp_listener": {}, "tcp_listener": {"statPrefix": "a"}}"#,
            json!({"tcpListener": {"statPrefix": "a"}}),
        ),
        (r#"{"tcpListener": {}, "tcp_listener": {"statPrefix": "a"}}"#, json!({"tcpListener": {}})),
        (
            r#"{"tcp_listener": {}, "tcpListener": {"statPrefix": "a"}}"#,
            json!({"tcpListener": {"statPrefix": "a"}}),
        ),
    ];
    for (text, read) in cases {
        let text = format!(r#"{{"spec": {{"listeners": [{text}]}}}}"#);
        let proxy = Proxy::from_json(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(serde_json::to_value(&proxy.spec.listeners[0]).unwrap(), read, "{text}");
    }
}

#[test]
fn api_version_and_kind_are_written_and_may_be_missing() {
    let whole = json!({"apiVersion": "gloo.solo.io/v1", "kind": "Proxy", "metadata": {}, "spec": {}});
    for given in [json!({}), json!({"spec": {}}), json!({"spec": null, "metadata": null}), whole.clone()] {
        assert_eq!(rewritten(&given), whole);
    }
}

#[test]
fn status_of_old_and_new_gloo_is_kept() {
    let of = |status: Value| json!({"apiVersion": "gloo.solo.io/v1", "kind": "Proxy", "metadata": {}, "spec": {}, "status": status});
    let old = of(json!({
        "state": 2, "reason": "bad", "reported_by": "gloo",
        "subresource_statuses": {"*v1.Upstream.gloo-system.a": {"state": 1, "reported_by": "gloo"}}
    }));
    let new = of(json!({"statuses": {"gloo-system": {
        "state": 3, "reason": "odd", "reportedBy": "gloo", "subresourceStatuses": {"x": {"state": 1}},
        "details": {"a": 1}, "Messages": ["m"]
    }}}));
    for status in [old, new, of(json!({}))] {
        assert_eq!(rewritten(&status), status);
    }
    // By name, and 0 is left out.
    assert_eq!(rewritten(&of(json!({"state": "Accepted"}))), of(json!({"state": 1})));
    assert_eq!(rewritten(&of(json!({"state": 0}))), of(json!({})));
}

#[test]
fn parse_errors_name_path_found_and_expected() {
    let u32 = "a whole number from 0 to 4294967295";
    let at = "spec.listeners[0]";
    let route_at = "spec.listeners[0].httpListener.virtualHosts[0].routes[0]";
    let cases = [
        (json!([]), ".".to_owned(), "list", "an object (Proxy)"),
        (json!({"kind": "Ingress"}), "kind".to_owned(), "string \"Ingress\"", "Proxy"),
        (json!({"apiVersion": "v1"}), "apiVersion".to_owned(), "string \"v1\"", "gloo.solo.io/v1"),
        (json!({"spec": []}), "spec".to_owned(), "list", "an object (ProxySpec)"),
        (json!({"spec": {"listeners": {}}}), "spec.listeners".to_owned(), "object", "a list"),
        (listener(json!(null)), at.to_owned(), "null", "an object (Listener)"),
        (listener(json!({"name": 5})), format!("{at}.name"), "integer `5`", "a string"),
        (listener(json!({"bindPort": -1})), format!("{at}.bindPort"), "`-1`", u32),
        (listener(json!({"bindPort": 4_294_967_296_u64})), format!("{at}.bindPort"), "`4294967296`", u32),
        (listener(json!({"bindPort": 1.5})), format!("{at}.bindPort"), "floating point `1.5`", u32),
        (listener(json!({"bindPort": "080"})), format!("{at}.bindPort"), "string \"080\"", u32),
        (listener(json!({"bindPort": true})), format!("{at}.bindPort"), "boolean `true`", u32),
        (
            listener(json!({"useProxyProto": "true"})),
            format!("{at}.useProxyProto"),
            "string \"true\"",
            "a boolean",
        ),
        (
            listener(json!({"httpListener": {}, "tcp_listener": {}})),
            at.to_owned(),
            "`httpListener` and `tcpListener`",
            "one member of the oneof `ListenerType`",
        ),
        (
            route(json!({"matchers": [{"prefix": "/", "regex": ""}]})),
            format!("{route_at}.matchers[0]"),
            "`prefix` and `regex`",
            "one member of the oneof `path_specifier`",
        ),
        (
            route(json!({"matchers": [{"connectMatcher": {"x": 1}}]})),
            format!("{route_at}.matchers[0].connectMatcher"),
            "field `x`",
            "an empty object",
        ),
        (
            route(json!({"matchers": [{"connectMatcher": 1}]})),
            format!("{route_at}.matchers[0].connectMatcher"),
            "integer `1`",
            "an empty object",
        ),
        (
            listener(json!({"metadata": {}, "metadataStatic": {}})),
            at.to_owned(),
            "`metadata` and `metadataStatic`",
            "one member of the oneof `opaque_metadata`",
        ),
        (listener(json!({"metadata": []})), format!("{at}.metadata"), "list", "an object"),
        (
            route(json!({"routeAction": {"single": {"subset": {"values": []}}}})),
            format!("{route_at}.routeAction.single.subset.values"),
            "list",
            "an object",
        ),
        (
            route(json!({"redirectAction": {"responseCode": "SEE"}})),
            format!("{route_at}.redirectAction.responseCode"),
            "string \"SEE\"",
            "one of MOVED_PERMANENTLY, FOUND, SEE_OTHER, TEMPORARY_REDIRECT, PERMANENT_REDIRECT or its number",
        ),
        (
            route(json!({"redirectAction": {"responseCode": 5}})),
            format!("{route_at}.redirectAction.responseCode"),
            "integer `5`",
            "one of MOVED_PERMANENTLY, FOUND, SEE_OTHER, TEMPORARY_REDIRECT, PERMANENT_REDIRECT or its number",
        ),
        (
            route(json!({"options": {"timeout": "5"}})),
            format!("{route_at}.options.timeout"),
            "string \"5\"",
            "a duration such as \"600s\" (expected a unit after each number)",
        ),
        (
            route(json!({"options": {"timeout": 5}})),
            format!("{route_at}.options.timeout"),
            "integer `5`",
            "a duration such as \"600s\"",
        ),
        (
            json!({"metadata": {"labels": {"a": 1}}}),
            "metadata.labels.a".to_owned(),
            "integer `1`",
            "a string",
        ),
        (
            json!({"status": {"state": 4}}),
            "status.state".to_owned(),
            "integer `4`",
            "one of Pending, Accepted, Rejected, Warning or its number",
        ),
    ];
    for (given, path, found, expected) in cases {
        let (found, expected) = (found.to_owned(), expected.to_owned());
        let wanted = ParseProxyError::Field { path: path.clone(), found, expected };
        let error = Proxy::from_value(&given).unwrap_err();
        assert_eq!(error.path(), Some(path.as_str()), "{given}");
        assert_eq!(error, wanted, "{given}");
        assert_eq!(Proxy::from_json(given.to_string().as_bytes()), Err(wanted), "{given}");
    }
    for text in ["", "{", "{\"spec\": {}} x", "\u{0}"] {
        let error = Proxy::from_json(text.as_bytes()).unwrap_err();
        assert!(matches!(error, ParseProxyError::Syntax { .. }), "{text:?}: {error}");
        assert_eq!(error.path(), None);
    }
}

/// `go-durations.jsonl` is what Go 1.26.8's `time.ParseDuration` said of each text: nanoseconds, or null.
#[test]
fn durations_are_read_as_go_reads_them() {
    #[derive(serde::Deserialize)]
    struct Recorded {
        text: String,
        nanos: Option<i64>,
    }
    let recorded: Vec<Recorded> =
        include_str!("go-durations.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(recorded.iter().filter(|recorded| recorded.nanos.is_some()).count() > 200);
    for Recorded { text, nanos } in recorded {
        assert_eq!(text.parse().ok(), nanos.map(ProtoDuration::from_nanos), "{text:?}");
    }
}

#[test]
fn invalid_durations_are_explained_and_valid_ones_written_like_proto3() {
    let refused = [
        ("", ParseProtoDurationError::MissingNumber),
        ("-", ParseProtoDurationError::MissingNumber),
        ("+-5s", ParseProtoDurationError::MissingNumber),
        ("s", ParseProtoDurationError::MissingNumber),
        (".s", ParseProtoDurationError::MissingNumber),
        ("5", ParseProtoDurationError::MissingUnit),
        ("5.", ParseProtoDurationError::MissingUnit),
        ("1h5", ParseProtoDurationError::MissingUnit),
        ("5 s", ParseProtoDurationError::UnknownUnit(" s".to_owned())),
        ("5S", ParseProtoDurationError::UnknownUnit("S".to_owned())),
        ("1d", ParseProtoDurationError::UnknownUnit("d".to_owned())),
        ("9223372036854775808ns", ParseProtoDurationError::OutOfRange),
        ("2562048h", ParseProtoDurationError::OutOfRange),
        ("99999999999999999999s", ParseProtoDurationError::OutOfRange),
    ];
    for (text, why) in refused {
        assert_eq!(text.parse::<ProtoDuration>(), Err(why), "{text}");
    }
    let written = [
        (0, "0s"),
        (600_000_000_000, "600s"),
        (250_000_000, "0.250s"),
        (-500_000_000, "-0.500s"),
        (1_000_001_000, "1.000001s"),
        (1, "0.000000001s"),
        (i64::MIN, "-9223372036.854775808s"),
    ];
    for (nanos, text) in written {
        assert_eq!(ProtoDuration::from_nanos(nanos).to_string(), text);
    }
}

#[test]
fn names_before_1_0_are_read() {
    let old = listener(json!({"plugins": {}, "httpListener": {"listenerPlugins": {}, "virtualHosts": [{
        "virtualHostPlugins": {"retries": {}},
        "routes": [{
            "matcher": {"exact": "/"},
            "routePlugins": {"hostRewrite": {"hostRewrite": "h"}, "prefixRewrite": {"prefixRewrite": ""}},
            "routeAction": {"multi": {"destinations": [
                {"weighedDestinationPlugins": {}}, {"weighted_destination_plugins": {}}
            ]}}
        }]
    }]}}));
    let new = listener(json!({"options": {}, "httpListener": {"options": {}, "virtualHosts": [{
        "options": {"retries": {}},
        "routes": [{
            "matchers": [{"exact": "/"}],
            "options": {"hostRewrite": "h", "prefixRewrite": ""},
            "routeAction": {"multi": {"destinations": [{"options": {}}, {"options": {}}]}}
        }]
    }]}}));
    let read = Proxy::from_legacy_json(old.to_string().as_bytes()).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), new);
    assert_eq!(Proxy::from_legacy_json(new.to_string().as_bytes()).unwrap(), read);
    // Read as of today, they are kept as they are.
    assert_eq!(rewritten(&old), old);
}

#[test]
fn proxy_list_round_trip() {
    let list = json!({
        "apiVersion": "gloo.solo.io/v1", "kind": "ProxyList", "metadata": {"resourceVersion": "7"},
        "items": [{"metadata": {"name": "a"}, "spec": {}}]
    });
    let read: gloo_proxy_model::ProxyList = serde_json::from_value(list.clone()).unwrap();
    assert_eq!(read.items[0].metadata.name.as_deref(), Some("a"));
    let mut written = serde_json::to_value(&read).unwrap();
    let item = written["items"][0].as_object_mut().unwrap();
    assert_eq!(
        (item.remove("apiVersion"), item.remove("kind")),
        (Some(json!("gloo.solo.io/v1")), Some(json!("Proxy")))
    );
    assert_eq!(written, list);
}

/// What is generic over Kubernetes' objects reaches the metadata.
#[test]
fn proxy_is_a_kubernetes_object() {
    use k8s_openapi::Metadata;
    let mut proxy = Proxy::from_value(&json!({"metadata": {"name": "a"}})).unwrap();
    assert_eq!(Metadata::metadata(&proxy).name.as_deref(), Some("a"));
    Metadata::metadata_mut(&mut proxy).name = Some("b".to_owned());
    assert_eq!(proxy.metadata.name.as_deref(), Some("b"));
}
