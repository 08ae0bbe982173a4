//! Every object of the golden fixtures is valid by the JSON Schema of its model.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where its assumption fails"
)]

use std::fs;

use fixtures::{Fixture, INPUT, OUTPUT, contents, files};
use gloo_proxy_model::Proxy;
use jsonschema::Validator;
use knative_gloo_manifests::{Limits, read};
use knative_ingress_model::Ingress;
use schemars::schema_for;
use serde_json::Value;

fn validator(schema: &schemars::Schema) -> Validator {
    jsonschema::validator_for(schema.as_value()).unwrap()
}

fn check(validator: &Validator, value: &Value, fixture: &Fixture) {
    if let Some(error) = validator.iter_errors(value).next() {
        panic!("{}: {} at {}", fixture.name, error, error.instance_path());
    }
}

#[test]
fn fixture_ingresses_match_the_schema() {
    let ingress = validator(&schema_for!(Ingress));
    let mut count = 0;
    for folder in ["translate", "adversarial"] {
        for fixture in files(folder, INPUT).unwrap() {
            for document in read("-", &fs::read(&fixture.path).unwrap(), &Limits::default()) {
                let document = document.unwrap();
                if matches!(document.kind(), "Ingress" | "ClusterIngress") {
                    check(&ingress, &document.into_value(), &fixture);
                    count += 1;
                }
            }
        }
    }
    assert!(count > 500, "{count} Ingresses");
}

#[test]
fn fixture_proxies_match_the_schema() {
    let proxy = validator(&schema_for!(Proxy));
    let mut count = 0;
    for fixture in files("translate", OUTPUT).unwrap() {
        let output: Value = serde_yaml::from_str(&contents(&fixture.path).unwrap()).unwrap();
        for section in output.as_object().unwrap().values() {
            for gateway in ["external", "internal"] {
                check(&proxy, &section[gateway], &fixture);
                count += 1;
            }
        }
    }
    assert!(count > 300, "{count} Proxies");
}
