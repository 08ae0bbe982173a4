//! What can't be read names the field, what was found and what is expected.
#![allow(clippy::unwrap_used, clippy::panic)]

use knative_ingress_model::{Ingress, IngressList, ParseIngressError};
use serde_json::{Value, json};

/// An Ingress with `value` in place of the one split's or path's or whatever `pointer` names.
fn with(pointer: &str, value: Value) -> Value {
    let mut object = json!({
        "apiVersion": "networking.internal.knative.dev/v1alpha1",
        "kind": "Ingress",
        "metadata": {"annotations": {"a": "b"}},
        "spec": {
            "generation": 1,
            "tls": [{"hosts": ["a"], "secretName": "a"}],
            "rules": [
                {},
                {"hosts": ["a"], "http": {"paths": [{
                    "path": "/",
                    "headers": {"H": {"exact": "x"}},
                    "splits": [{"serviceNamespace": "n", "serviceName": "s", "servicePort": 80, "percent": 100}],
                    "appendHeaders": {"A": "b"},
                    "timeout": "10m0s",
                    "retries": {"attempts": 3, "perTryTimeout": "1s"},
                }]}},
            ],
            "visibility": "ExternalIP",
            "httpOption": "Enabled",
        },
        "status": {
            "annotations": {"a": "b"},
            "observedGeneration": 1,
            "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"}],
            "publicLoadBalancer": {"ingress": [{"meshOnly": true}]},
        },
    });
    *object.pointer_mut(pointer).unwrap() = value;
    object
}

const PATH: &str = "/spec/rules/1/http/paths/0";

#[test]
fn field_of_the_wrong_type_is_named() {
    let duration = "a duration such as \"10m0s\"";
    let table = [
        ("", json!([]), ".", "list", "an object".to_owned()),
        ("", json!("x"), ".", "string \"x\"", "an object".to_owned()),
        (
            "/apiVersion",
            json!("v1"),
            "apiVersion",
            "string \"v1\"",
            "networking.internal.knative.dev/v1alpha1".to_owned(),
        ),
        ("/apiVersion", json!(1), "apiVersion", "integer `1`", "a string".to_owned()),
        ("/kind", json!("Service"), "kind", "string \"Service\"", "Ingress or ClusterIngress".to_owned()),
        ("/metadata", json!([]), "metadata", "list", "ObjectMeta".to_owned()),
        ("/metadata/annotations/a", json!(1), "metadata.annotations.a", "integer `1`", "a string".to_owned()),
        ("/spec", json!([]), "spec", "list", "an object".to_owned()),
        ("/spec", json!(true), "spec", "boolean `true`", "an object".to_owned()),
        ("/spec/generation", json!("1"), "spec.generation", "string \"1\"", "a 64-bit integer".to_owned()),
        ("/spec/tls", json!({}), "spec.tls", "object", "a list".to_owned()),
        ("/spec/tls/0", json!([]), "spec.tls[0]", "list", "an object".to_owned()),
        ("/spec/tls/0/hosts", json!("a"), "spec.tls[0].hosts", "string \"a\"", "a list".to_owned()),
        ("/spec/tls/0/hosts/0", json!(1), "spec.tls[0].hosts[0]", "integer `1`", "a string".to_owned()),
        ("/spec/tls/0/secretName", json!({}), "spec.tls[0].secretName", "object", "a string".to_owned()),
        ("/spec/rules", json!({"0": {}}), "spec.rules", "object", "a list".to_owned()),
        ("/spec/rules/0", json!("x"), "spec.rules[0]", "string \"x\"", "an object".to_owned()),
        ("/spec/rules/1/http", json!([]), "spec.rules[1].http", "list", "an object".to_owned()),
        ("/spec/visibility", json!(true), "spec.visibility", "boolean `true`", "a string".to_owned()),
        ("/spec/httpOption", json!(1.5), "spec.httpOption", "floating point `1.5`", "a string".to_owned()),
        ("/status", json!([]), "status", "list", "an object".to_owned()),
        ("/status/annotations", json!([]), "status.annotations", "list", "an object".to_owned()),
        (
            "/status/observedGeneration",
            json!(0.5),
            "status.observedGeneration",
            "floating point `0.5`",
            "a 64-bit integer".to_owned(),
        ),
        (
            "/status/conditions/0/status",
            json!(true),
            "status.conditions[0].status",
            "boolean `true`",
            "a string".to_owned(),
        ),
        (
            "/status/publicLoadBalancer/ingress/0/meshOnly",
            json!("yes"),
            "status.publicLoadBalancer.ingress[0].meshOnly",
            "string \"yes\"",
            "a boolean".to_owned(),
        ),
    ];
    for (pointer, value, path, found, expected) in table {
        check(with(pointer, value), path, found, &expected);
    }
    let in_path = [
        ("/path", json!(["/"]), ".path", "list", "a string".to_owned()),
        ("/headers", json!([]), ".headers", "list", "an object".to_owned()),
        ("/headers/H", json!("x"), ".headers.H", "string \"x\"", "an object".to_owned()),
        ("/headers/H/exact", json!(1), ".headers.H.exact", "integer `1`", "a string".to_owned()),
        ("/splits", json!({}), ".splits", "object", "a list".to_owned()),
        (
            "/splits/0/percent",
            json!(33.3),
            ".splits[0].percent",
            "floating point `33.3`",
            "a 64-bit integer".to_owned(),
        ),
        (
            "/splits/0/percent",
            json!("100"),
            ".splits[0].percent",
            "string \"100\"",
            "a 64-bit integer".to_owned(),
        ),
        (
            "/splits/0/percent",
            json!(u64::MAX),
            ".splits[0].percent",
            "integer `18446744073709551615`",
            "a 64-bit integer".to_owned(),
        ),
        (
            "/splits/0/servicePort",
            json!(80.5),
            ".splits[0].servicePort",
            "floating point `80.5`",
            "a 32-bit integer or a string".to_owned(),
        ),
        (
            "/splits/0/servicePort",
            json!(2_147_483_648_i64),
            ".splits[0].servicePort",
            "integer `2147483648`",
            "a 32-bit integer or a string".to_owned(),
        ),
        (
            "/splits/0/servicePort",
            json!(-2_147_483_649_i64),
            ".splits[0].servicePort",
            "integer `-2147483649`",
            "a 32-bit integer or a string".to_owned(),
        ),
        (
            "/splits/0/servicePort",
            json!({}),
            ".splits[0].servicePort",
            "object",
            "a 32-bit integer or a string".to_owned(),
        ),
        ("/appendHeaders/A", json!(1), ".appendHeaders.A", "integer `1`", "a string".to_owned()),
        ("/timeout", json!(600), ".timeout", "integer `600`", duration.to_owned()),
        (
            "/timeout",
            json!("+-5s"),
            ".timeout",
            "string \"+-5s\"",
            format!("{duration} (expected a number before each unit)"),
        ),
        (
            "/timeout",
            json!("600"),
            ".timeout",
            "string \"600\"",
            format!("{duration} (expected a unit after each number)"),
        ),
        (
            "/timeout",
            json!(""),
            ".timeout",
            "string \"\"",
            format!("{duration} (expected a number before each unit)"),
        ),
        (
            "/timeout",
            json!("5d"),
            ".timeout",
            "string \"5d\"",
            format!("{duration} (invalid unit \"d\": expected ns, us, ms, s, m or h)"),
        ),
        ("/retries", json!([]), ".retries", "list", "an object".to_owned()),
        ("/retries/attempts", json!("3"), ".retries.attempts", "string \"3\"", "a 64-bit integer".to_owned()),
        (
            "/retries/perTryTimeout",
            json!("3000000h"),
            ".retries.perTryTimeout",
            "string \"3000000h\"",
            format!("{duration} (expected at most 2562047h47m16.854775807s)"),
        ),
    ];
    for (pointer, value, path, found, expected) in in_path {
        let path = format!("spec.rules[1].http.paths[0]{path}");
        check(with(&format!("{PATH}{pointer}"), value), &path, found, &expected);
    }
}

/// From a value and from bytes alike.
fn check(object: Value, path: &str, found: &str, expected: &str) {
    let error = ParseIngressError::Field {
        path: path.to_owned(),
        found: found.to_owned(),
        expected: expected.to_owned(),
    };
    assert_eq!(Ingress::from_value(&object).unwrap_err(), error);
    assert_eq!(Ingress::from_json(&serde_json::to_vec(&object).unwrap()).unwrap_err(), error);
}

/// A time is read by another crate, which has its own words.
#[test]
fn invalid_timestamp_is_named() {
    let object = with("/status/conditions/0/lastTransitionTime", json!("yesterday"));
    let error = Ingress::from_value(&object).unwrap_err();
    assert_eq!(error.path(), Some("status.conditions[0].lastTransitionTime"));
}

#[test]
fn json_syntax_errors_have_a_position() {
    let table: [(&[u8], usize, usize); 6] = [
        (b"", 1, 0),
        (b"{", 1, 1),
        (b"{}\n}", 2, 1),
        (b"{\"spec\": {},}", 1, 13),
        (b"\xff", 1, 1),
        (b"{\"spec\": {\"rules\": [{\n\"visibility\": \"\xff\"}]}}", 2, 16),
    ];
    for (json, line, column) in table {
        match Ingress::from_json(json) {
            Err(ParseIngressError::Syntax { line: found_line, column: found_column, .. }) => {
                assert_eq!((found_line, found_column), (line, column), "{}", String::from_utf8_lossy(json));
            }
            other => panic!("{other:?}"),
        }
    }
    // What isn't an object at all may be YAML.
    for (json, has_hint) in [("rules: []", true), ("[1", false), (" {\"a\" 1}", false)] {
        let reason = Ingress::from_json(json.as_bytes()).unwrap_err().to_string();
        assert_eq!(reason.contains("knative-gloo-manifests"), has_hint, "{json}: {reason}");
    }
    // Deeper than any stack should have to follow.
    let deep = format!("{{\"x\": {}", "[".repeat(100_000));
    assert!(matches!(Ingress::from_json(deep.as_bytes()), Err(ParseIngressError::Syntax { .. })));
}

/// `null` is the zero value, wherever Go's decoder takes it so.
#[test]
fn null_is_unset() {
    let path = json!({
        "path": null, "rewriteHost": null, "headers": {"H": null}, "splits": [null, {
            "serviceNamespace": null, "serviceName": null, "servicePort": null, "percent": null, "appendHeaders": null,
        }],
        "appendHeaders": {"A": null}, "timeout": null, "retries": {"attempts": null, "perTryTimeout": null},
    });
    let nulls = json!({
        "apiVersion": null, "kind": null, "metadata": null,
        "spec": {
            "generation": null, "visibility": null, "httpOption": null,
            "tls": [null, {"hosts": [null], "secretName": null}],
            "rules": [null, {"hosts": null, "visibility": null, "http": null}, {"http": {"paths": [null, path]}}],
        },
        "status": {"conditions": [null, {"status": null, "lastTransitionTime": null}], "loadBalancer": null},
    });
    let split = json!({"serviceNamespace": "", "serviceName": "", "servicePort": 0});
    let written = json!({
        "apiVersion": "networking.internal.knative.dev/v1alpha1", "kind": "Ingress", "metadata": {},
        "spec": {
            "tls": [{}, {"hosts": [""]}],
            "rules": [{}, {}, {"http": {"paths": [
                {"splits": null},
                {
                    "headers": {"H": {"exact": ""}}, "splits": [split, split], "appendHeaders": {"A": ""},
                    "retries": {"attempts": 0, "perTryTimeout": null},
                },
            ]}}],
        },
        "status": {"conditions": [{"type": "", "status": ""}, {"type": "", "status": ""}]},
    });
    assert_eq!(serde_json::to_value(Ingress::from_value(&nulls).unwrap()).unwrap(), written);
    let whole = json!({"spec": null, "status": null});
    assert_eq!(Ingress::from_value(&whole).unwrap(), Ingress::default());
}

#[test]
fn unknown_fields_and_words_survive() {
    let object = json!({
        "apiVersion": "networking.internal.knative.dev/v1alpha1", "kind": "ClusterIngress", "metadata": {},
        "spec": {
            "rules": [{
                "visibility": "Galactic",
                "http": {
                    "paths": [{"splits": [{
                        "serviceNamespace": "", "serviceName": "", "servicePort": "", "weight": 7,
                    }], "timout": "5s"}],
                    "grpc": [],
                },
            }],
            "httpOption": "Sometimes",
        },
        "status": {"conditions": [{"type": "Ready", "status": "Maybe", "since": null}]},
        "extra": {"null": null, "half": 0.5, "big": 18_446_744_073_709_551_615_u64},
    });
    assert_eq!(serde_json::to_value(Ingress::from_value(&object).unwrap()).unwrap(), object);
}

#[test]
fn ingress_lists_are_read() {
    let items = json!([{"metadata": {"name": "a"}}, {"kind": "Ingress", "metadata": {"name": "b"}}]);
    let list: IngressList = serde_json::from_value(json!({"items": items})).unwrap();
    let written = serde_json::to_value(&list).unwrap();
    assert_eq!(written.get("kind"), Some(&json!("IngressList")));
    assert_eq!(written.get("apiVersion"), Some(&json!("networking.internal.knative.dev/v1alpha1")));
    let again: IngressList = serde_json::from_value(written).unwrap();
    assert_eq!(again, list);
    let names: Vec<_> = again.items.iter().map(Ingress::name).collect();
    assert_eq!(names, ["a", "b"]);

    let another = json!({"kind": "PodList", "items": []});
    assert!(serde_json::from_value::<IngressList>(another).is_err());
}
