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
fn every_recorded_ingress_survives() {
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

/// YAML gives the same Ingress as JSON, also when it is read without a value between.
#[test]
fn yaml_reads_as_json_does() {
    for (name, json) in support::every_ingress() {
        let yaml = serde_yaml::to_string(&json).unwrap();
        let typed: Ingress = serde_yaml::from_str(&yaml).expect(&name);
        assert_eq!(typed, Ingress::from_value(&json).unwrap(), "{name}");
    }
}
