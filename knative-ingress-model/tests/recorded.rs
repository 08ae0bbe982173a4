//! What Knative's own code says of 378 Ingresses, whole and damaged, is what this crate says of them. No exceptions.
//!
//! Where Knative's code panics or refuses (a rule without `http`), an error names that rule's field.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use knative_ingress_model::{FieldError, FieldErrorKind, Ingress, expanded_hosts};
use serde_json::Value;

/// Calls `check` with each recorded Ingress and what Knative said of it.
fn each(mut check: impl FnMut(&str, &Ingress, &Value)) {
    let lines = support::knative();
    assert_eq!(lines.len(), 378);
    for (index, line) in lines.iter().enumerate() {
        let name = format!("knative.jsonl:{}", index.saturating_add(1));
        check(&name, &Ingress::from_value(&line["ingress"]).expect(&name), line);
    }
}

/// The errors as Knative prints them, in the order of the recordings: as text, `was 10: …` before `was 1: …`.
fn printed(errors: &[FieldError]) -> Value {
    let mut lines: Vec<_> = errors.iter().map(ToString::to_string).collect();
    lines.sort();
    lines.into()
}

/// The error about the first rule without `http`.
fn first_missing_http(ingress: &Ingress) -> FieldError {
    let rule = ingress.spec.rules.iter().position(|rule| rule.http.is_none()).unwrap();
    FieldError { kind: FieldErrorKind::Missing, paths: vec![format!("spec.rules[{rule}].http")] }
}

/// The spec of today's API, as JSON: the recordings don't hold the fields that Knative has lost since.
fn spec_of_today(ingress: &Ingress) -> Value {
    let mut spec = serde_json::to_value(&ingress.spec).unwrap();
    let early = ["generation", "visibility"];
    early.iter().for_each(|field| drop(spec.as_object_mut().unwrap().remove(*field)));
    for tls in spec.get_mut("tls").and_then(Value::as_array_mut).into_iter().flatten() {
        ["serverCertificate", "privateKey"]
            .iter()
            .for_each(|field| drop(tls.as_object_mut().unwrap().remove(*field)));
    }
    for rule in spec.get_mut("rules").and_then(Value::as_array_mut).into_iter().flatten() {
        for path in rule.pointer_mut("/http/paths").and_then(Value::as_array_mut).into_iter().flatten() {
            ["timeout", "retries"]
                .iter()
                .for_each(|field| drop(path.as_object_mut().unwrap().remove(*field)));
        }
    }
    spec
}

#[test]
fn set_defaults_equals_knatives() {
    let mut panics = 0;
    each(|name, ingress, said| {
        let mut defaulted = ingress.clone();
        defaulted.set_defaults();
        if said["defaulted"].get("panic").is_some() {
            panics += 1;
            let error = first_missing_http(ingress);
            let errors = ingress.validate_defaulted();
            assert!(
                errors.iter().any(|found| found.kind == error.kind && found.paths.contains(&error.paths[0])),
                "{name}: {errors:?}"
            );
        } else {
            assert_eq!(spec_of_today(&defaulted), said["defaulted"], "{name}");
        }
    });
    assert_eq!(panics, 17, "Ingresses on which Knative's defaulting panics");
}

#[test]
fn validate_equals_knatives() {
    each(|name, ingress, said| {
        assert_eq!(printed(&ingress.validate_defaulted()), said["validate"], "{name}");
        assert_eq!(printed(&ingress.validate()), said["validateAsIs"], "{name}");

        let mut defaulted = ingress.clone();
        defaulted.set_defaults();
        assert_eq!(ingress.validate_defaulted(), defaulted.validate(), "{name}");
    });
}

#[test]
fn hash_equals_knatives() {
    each(|name, ingress, said| assert_eq!(ingress.hash(), said["hash"], "{name}"));
}

#[test]
fn insert_probe_equals_knatives() {
    each(|name, ingress, said| match ingress.insert_probe() {
        Ok((probed, hash)) => {
            assert_eq!(hash, said["probe"]["hash"], "{name}");
            assert_eq!(spec_of_today(&probed), said["probe"]["spec"], "{name}");
        }
        Err(error) => {
            assert!(said["probe"].get("error").is_some(), "{name}: {error}");
            assert_eq!(error, first_missing_http(ingress), "{name}");
        }
    });
}

#[test]
fn expanded_hosts_equal_knatives() {
    each(|name, ingress, said| {
        let rules = ingress.spec.rules.iter();
        let hosts: Vec<_> = rules
            .map(|rule| expanded_hosts(rule.hosts.iter().map(String::as_str), "cluster.local"))
            .collect();
        // Go prints the empty list of an Ingress without rules as null.
        let expected = said["expandedHosts"].as_array().cloned().unwrap_or_default();
        assert_eq!(serde_json::to_value(hosts).unwrap(), Value::Array(expected), "{name}");
    });
}

#[test]
fn is_ready_equals_knatives() {
    each(|name, ingress, said| assert_eq!(ingress.is_ready(), said["ready"], "{name}"));
}
