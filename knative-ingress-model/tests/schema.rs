//! The JSON Schema accepts every Ingress that was ever recorded, and the CustomResourceDefinition is one that an
//! API server takes.
#![cfg(feature = "schemars")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use knative_ingress_model::{Ingress, custom_resource_definition};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

fn crd_schema() -> Value {
    let definition = serde_json::to_value(custom_resource_definition()).unwrap();
    let schema = definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"].clone();
    assert!(schema.is_object());
    schema
}

fn refusals(validator: &jsonschema::Validator, object: &Value) -> Vec<String> {
    validator.iter_errors(object).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

#[test]
fn every_recorded_ingress_fits_the_schema() {
    let validator = jsonschema::draft202012::new(schemars::schema_for!(Ingress).as_value()).unwrap();
    for (name, object) in support::every_ingress() {
        assert_eq!(refusals(&validator, &object), Vec::<String>::new(), "{name}");
    }
}

/// And what is written of any Ingress that can be held.
#[test]
fn every_written_ingress_fits_the_schema() {
    let validator = jsonschema::draft202012::new(schemars::schema_for!(Ingress).as_value()).unwrap();
    let mut runner = TestRunner::deterministic();
    for _ in 0..200 {
        let ingress = support::strategies::ingress().new_tree(&mut runner).unwrap().current();
        let object = serde_json::to_value(&ingress).unwrap();
        assert_eq!(refusals(&validator, &object), Vec::<String>::new(), "{object}");
    }
}

/// What can't be read doesn't fit the schema either.
#[test]
fn json_schema_rejects_what_parsing_rejects() {
    let validator = jsonschema::draft202012::new(schemars::schema_for!(Ingress).as_value()).unwrap();
    let in_path = |path: Value| json!({"spec": {"rules": [{"http": {"paths": [path]}}]}});
    let bad = [
        json!([]),
        json!({"apiVersion": "v1"}),
        json!({"kind": "Service"}),
        json!({"spec": []}),
        json!({"spec": {"rules": [{"hosts": "a"}]}}),
        in_path(json!({"timeout": 5})),
        in_path(json!({"timeout": "+-5s"})),
        in_path(json!({"timeout": "5"})),
        in_path(json!({"splits": [{"percent": 33.3}]})),
        in_path(json!({"headers": {"a": "b"}})),
        json!({"status": {"publicLoadBalancer": {"ingress": [{"meshOnly": "yes"}]}}}),
    ];
    for object in bad {
        assert!(Ingress::from_value(&object).is_err(), "{object}");
        assert!(!validator.is_valid(&object), "{object}");
    }
}

/// Every field has its place in the schema: what an Ingress with all its fields set writes, nothing added, is described.
#[test]
fn every_field_is_described() {
    let schema = schemars::generate::SchemaSettings::draft2020_12()
        .with(|settings| settings.inline_subschemas = true)
        .into_generator()
        .into_root_schema_for::<Ingress>();
    let mut seen = 0_usize;
    for (name, object) in support::every_ingress() {
        for part in ["spec", "status"] {
            let written = serde_json::to_value(Ingress::from_value(&object).expect(&name)).unwrap();
            seen =
                seen.saturating_add(described(&schema.as_value()["properties"][part], &written[part], &name));
        }
    }
    assert!(seen > 10_000, "only {seen} fields were looked up");
}

/// How many fields `value` has; stops at one that `schema` doesn't describe.
fn described(schema: &Value, value: &Value, name: &str) -> usize {
    let schema = match schema.get("anyOf").and_then(Value::as_array) {
        Some(alternatives) => alternatives.iter().find(|schema| schema["type"] != "null").unwrap(),
        None => schema,
    };
    match value {
        Value::Object(fields) => {
            let inner = fields.iter().map(|(field, value)| match schema.get("additionalProperties") {
                Some(every) => described(every, value, name),
                None => {
                    let property = schema["properties"].get(field);
                    described(property.unwrap_or_else(|| panic!("{name}: {field} in {schema}")), value, name)
                }
            });
            inner.sum::<usize>().saturating_add(fields.len())
        }
        Value::Array(elements) => {
            elements.iter().map(|element| described(&schema["items"], element, name)).sum()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

/// By the rules of the API server for structural schemas.
#[test]
fn crd_schema_is_structural() {
    check_structural(&crd_schema(), "openAPIV3Schema");
}

fn check_structural(schema: &Value, at: &str) {
    let object = schema.as_object().expect(at);
    if object.contains_key("x-kubernetes-int-or-string") {
        let ports =
            json!({"anyOf": [{"type": "integer"}, {"type": "string"}], "x-kubernetes-int-or-string": true});
        assert_eq!(*schema, ports, "{at}: the one form of alternatives that may name types");
        return;
    }
    let keywords = ["type", "format", "properties", "additionalProperties", "items", "required"];
    for keyword in object.keys() {
        assert!(keywords.contains(&keyword.as_str()), "{at}: {keyword}");
    }
    let kind = schema["type"].as_str().unwrap_or_else(|| panic!("{at}: every level has one type"));
    assert!(["object", "array", "string", "integer", "boolean"].contains(&kind), "{at}: {kind}");
    assert_eq!(kind == "array", object.contains_key("items"), "{at}: lists have items, others don't");
    assert!(
        !(object.contains_key("properties") && object.contains_key("additionalProperties")),
        "{at}: properties and additionalProperties exclude each other"
    );
    for required in schema["required"].as_array().into_iter().flatten() {
        assert!(schema["properties"].get(required.as_str().unwrap()).is_some(), "{at}: {required}");
    }
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        check_structural(property, &format!("{at}.{name}"));
    }
    for inner in ["items", "additionalProperties"].iter().filter_map(|inner| object.get(*inner)) {
        check_structural(inner, &format!("{at}[]"));
    }
}

/// What Knative requires and stores today, field by field.
#[test]
fn crd_matches_the_current_release() {
    let schema = crd_schema();
    let http = &schema["properties"]["spec"]["properties"]["rules"]["items"]["properties"]["http"];
    let path = &http["properties"]["paths"]["items"];
    let split = &path["properties"]["splits"]["items"];
    let names =
        |schema: &Value| schema["properties"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&schema["properties"]["spec"]), ["httpOption", "rules", "tls"]);
    assert_eq!(names(path), ["appendHeaders", "headers", "path", "rewriteHost", "splits"]);
    let status = &schema["properties"]["status"];
    let fields =
        ["annotations", "conditions", "observedGeneration", "privateLoadBalancer", "publicLoadBalancer"];
    assert_eq!(names(status), fields);
    assert_eq!(http["required"], json!(["paths"]));
    assert_eq!(path["required"], json!(["splits"]));
    assert_eq!(path["properties"]["headers"]["additionalProperties"]["required"], json!(["exact"]));
    assert_eq!(split["required"], json!(["serviceName", "serviceNamespace", "servicePort"]));
    assert_eq!(status["properties"]["conditions"]["items"]["required"], json!(["status", "type"]));
}

/// What Knative's own code finds good after defaulting can be stored.
#[test]
fn crd_accepts_what_knative_accepts() {
    let validator = jsonschema::draft202012::new(&crd_schema()).unwrap();
    let (mut good, mut bad) = (0, 0);
    for line in support::knative() {
        let object = json!({"spec": line["defaulted"]});
        if line["validate"].as_array().unwrap().is_empty() {
            assert_eq!(refusals(&validator, &object), Vec::<String>::new());
            good += 1;
        } else if !validator.is_valid(&object) {
            bad += 1;
        }
    }
    assert!(good > 100 && bad > 0, "{good} good, {bad} refused");
}
