//! Reading an Ingress and writing it again loses nothing.
//!
//! "Nothing" but what Go's own encoder leaves out as well: a field with its zero value written out
//! (`percent: 0`, `hosts: []`, `path: ""`) and `null`. Both mean the same as the field's absence.
//! And durations come out in canonical form, `1us` as `1µs`.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use knative_ingress_model::Ingress;

/// write ∘ parse is the identity on every recorded Ingress, and a second round changes no byte.
#[test]
fn recorded_ingresses_round_trip() {
    for (name, json) in support::every_ingress() {
        let ingress = Ingress::from_value(&json).expect(&name);
        let written = serde_json::to_value(&ingress).unwrap();
        assert_eq!(support::as_go_writes(&written), support::as_go_writes(&json), "{name}");

        let bytes = serde_json::to_vec(&ingress).unwrap();
        let again = Ingress::from_json(&bytes).expect(&name);
        assert_eq!(again, ingress, "{name}");
        assert_eq!(serde_json::to_vec(&again).unwrap(), bytes, "{name}");
    }
}

/// An empty status is left out, and one that has only fields that no release knows is not.
#[test]
fn empty_status_is_left_out() {
    let written = |ingress: &Ingress| serde_json::to_value(ingress).unwrap().get("status").cloned();
    let mut ingress = Ingress::default();
    assert_eq!(written(&ingress), None);
    let unknown = serde_json::json!({"later": 1});
    ingress.status = serde_json::from_value(unknown.clone()).unwrap();
    assert_eq!(written(&ingress), Some(unknown));
}

/// An Ingress that is made of an owned value is that of a borrowed one.
#[test]
fn owned_values_read_as_borrowed_ones() {
    for (name, json) in support::every_ingress() {
        let borrowed = Ingress::from_value(&json).expect(&name);
        assert_eq!(serde_json::from_value::<Ingress>(json).expect(&name), borrowed, "{name}");
    }
}

/// YAML gives the same Ingress as JSON, also when it is read without a value between.
#[test]
fn yaml_reads_as_json_does() {
    for (name, json) in support::every_ingress() {
        let yaml = serde_yaml::to_string(&json).unwrap();
        let typed: Ingress = serde_yaml::from_str(&yaml).expect(&name);
        assert_eq!(typed, Ingress::from_value(&json).unwrap(), "{name}");
    }
}
