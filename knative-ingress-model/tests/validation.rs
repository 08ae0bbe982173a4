//! Validation rule by rule: those that the recordings don't reach, how errors are gathered, and what isn't looked at.
#![allow(clippy::unwrap_used)]

use knative_ingress_model::{FieldError, FieldErrorKind, HttpOption, Ingress};
use serde_json::{Value, json};

fn ingress(spec: Value) -> Ingress {
    Ingress::from_value(&json!({"metadata": {"namespace": "ns", "name": "n"}, "spec": spec})).unwrap()
}

fn with_splits(splits: Value) -> Ingress {
    ingress(json!({"rules": [{"hosts": ["a"], "http": {"paths": [{"path": "/a", "splits": splits}]}}]}))
}

fn good(percent: i64) -> Value {
    json!({"serviceNamespace": "ns", "serviceName": "s", "servicePort": 80, "percent": percent})
}

fn printed(errors: &[FieldError]) -> Vec<String> {
    errors.iter().map(ToString::to_string).collect()
}

const SPLITS: &str = "spec.rules[0].http.paths[0].splits";

#[test]
fn empty_fields_are_missing() {
    let table = [
        (json!({"rules": []}), "spec"),
        (json!({"generation": 3, "visibility": "ExternalIP", "unheard": 1}), "spec"),
        (json!({"httpOption": "Enabled"}), "spec.rules"),
        (json!({"rules": [{}]}), "spec.rules[0]"),
        (json!({"rules": [{"hosts": []}]}), "spec.rules[0]"),
        (json!({"rules": [{"visibility": "ExternalIP"}]}), "spec.rules[0].http"),
        (json!({"rules": [{"http": {}}]}), "spec.rules[0].http.paths"),
        (json!({"rules": [{"http": {"paths": [{"splits": []}]}}]}), "spec.rules[0].http.paths[0]"),
        (json!({"rules": [{"http": {"paths": [{"timeout": "5s"}]}}]}), "spec.rules[0].http.paths[0]"),
        (json!({"rules": [{"http": {"paths": [{"rewriteHost": "a"}]}}]}), SPLITS),
        (
            json!({"rules": [{"http": {"paths": [{"splits": [good(100)]}]}}], "tls": [{"hosts": []}]}),
            "spec.tls[0]",
        ),
    ];
    for (spec, path) in table {
        let errors = ingress(spec.clone()).validate();
        assert_eq!(printed(&errors), [format!("missing field(s): {path}")], "{spec}");
    }
}

/// After defaulting no rule is empty, for it has a visibility.
#[test]
fn empty_rule_lacks_only_http_after_defaulting() {
    let errors = ingress(json!({"rules": [{}]})).validate_defaulted();
    assert_eq!(printed(&errors), ["missing field(s): spec.rules[0].http"]);
}

/// To Go an empty word is none at all.
#[test]
fn empty_http_option_is_unset() {
    let mut ingress = with_splits(json!([good(100)]));
    ingress.spec.http_option = Some(HttpOption::Unknown(String::new()));
    assert_eq!(ingress.validate(), []);
    ingress.spec.http_option = Some(HttpOption::Unknown("x".to_owned()));
    assert_eq!(printed(&ingress.validate()), ["invalid value: x: spec.httpOption"]);
}

#[test]
fn backends() {
    let table = [
        (json!([{}]), vec![format!("missing field(s): {SPLITS}[0]")]),
        (json!([{"percent": 100}]), vec![format!("missing field(s): {SPLITS}[0]")]),
        (
            json!([{"percent": 199, "appendHeaders": {"a": "b"}}]),
            vec![
                format!("invalid value: 199: {SPLITS}[0].percent"),
                format!("missing field(s): {SPLITS}[0]"),
            ],
        ),
        (
            json!([{"serviceName": "s", "percent": -1}]),
            vec![
                format!("invalid value: -1: {SPLITS}[0].percent"),
                format!("missing field(s): {SPLITS}[0].serviceNamespace, {SPLITS}[0].servicePort"),
            ],
        ),
        (
            json!([{"serviceNamespace": "other", "servicePort": "http"}]),
            vec![
                format!("missing field(s): {SPLITS}[0].serviceName"),
                format!("service namespace must match ingress namespace: {SPLITS}[0].serviceNamespace"),
            ],
        ),
        // The first bad split hides the later ones and the sum.
        (
            json!([good(10), {"serviceName": "s", "serviceNamespace": "ns"}, {"percent": 500}]),
            vec![format!("missing field(s): {SPLITS}[1].servicePort")],
        ),
        (
            json!([good(60), good(60)]),
            vec![format!("traffic split percentage must total to 100, but was 120: {SPLITS}")],
        ),
        (
            json!([good(0), good(0)]),
            vec![format!("traffic split percentage must total to 100, but was 0: {SPLITS}")],
        ),
        (
            json!([good(99)]),
            vec![format!("traffic split percentage must total to 100, but was 99: {SPLITS}")],
        ),
        (json!([good(0)]), vec![]),
        (json!([good(0), good(100)]), vec![]),
        // An empty port name is not the port 0, and a port of 70000 is a number: both pass, as in Knative.
        (
            json!([
                {"serviceNamespace": "ns", "serviceName": "s", "servicePort": "", "percent": 50},
                {"serviceNamespace": "ns", "serviceName": "s", "servicePort": 70_000, "percent": 50},
            ]),
            vec![],
        ),
    ];
    for (splits, errors) in table {
        assert_eq!(printed(&with_splits(splits.clone()).validate()), errors, "{splits}");
    }
}

/// One error for each message, its paths sorted as text, the errors sorted by message.
#[test]
fn errors_are_gathered_by_message() {
    let rules: Vec<_> = (0..11).map(|_| json!({"hosts": ["a"]})).collect();
    let errors =
        ingress(json!({"rules": rules, "tls": [{"hosts": ["a"]}], "httpOption": "enabled"})).validate();
    assert_eq!(errors.len(), 2);
    let [invalid, missing] = errors.try_into().unwrap();
    assert_eq!(invalid.kind, FieldErrorKind::InvalidValue("enabled".to_owned()));
    assert_eq!(invalid.paths, ["spec.httpOption"]);
    assert_eq!(missing.kind, FieldErrorKind::Missing);
    let first: Vec<_> = missing.paths.iter().take(3).collect();
    assert_eq!(first, ["spec.rules[0].http", "spec.rules[10].http", "spec.rules[1].http"]);
    assert_eq!(missing.paths.last().unwrap(), "spec.tls[0].secretNamespace");
}
