//! The CustomResourceDefinition is one that an API server takes, and its schema takes what the model reads.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops where its assumption fails"
)]

mod support;

use gloo_proxy_model::{Proxy, custom_resource_definition};
use serde_json::{Value, json};

const KEEPS_UNKNOWN: &str = "x-kubernetes-preserve-unknown-fields";
const INT_OR_STRING: &str = "x-kubernetes-int-or-string";

fn schema() -> Value {
    let definition = serde_json::to_value(custom_resource_definition()).unwrap();
    definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"].clone()
}

/// By the rules of the API server for structural schemas.
#[test]
fn crd_schema_is_structural() {
    let levels = check_structural(&schema(), "openAPIV3Schema");
    assert!(levels > 500, "only {levels} levels");
}

fn check_structural(schema: &Value, at: &str) -> usize {
    let object = schema.as_object().expect(at);
    if object.contains_key(INT_OR_STRING) {
        assert!(!object.contains_key("type"), "{at}: alternatives of types have none themselves");
        if let Some(types) = object.get("anyOf") {
            assert_eq!(*types, json!([{"type": "integer"}, {"type": "string"}]), "{at}");
        }
        return 1;
    }
    let kind = schema["type"].as_str().unwrap_or_else(|| panic!("{at}: every level has one type"));
    assert!(["object", "array", "string", "integer", "boolean"].contains(&kind), "{at}: {kind}");
    assert_eq!(kind == "array", object.contains_key("items"), "{at}: lists have items, others don't");
    assert!(
        !(object.contains_key("properties") && object.contains_key("additionalProperties")),
        "{at}: properties and additionalProperties exclude each other"
    );
    for keyword in ["anyOf", "$ref", "nullable"] {
        assert!(!object.contains_key(keyword), "{at}: {keyword}");
    }
    for pair in schema["not"]["anyOf"].as_array().into_iter().flatten() {
        assert_eq!(pair.as_object().unwrap().len(), 1, "{at}: only `required` can stand within `not`");
        for member in pair["required"].as_array().unwrap() {
            assert!(schema["properties"].get(member.as_str().unwrap()).is_some(), "{at}: {pair}");
        }
    }
    let properties = schema["properties"].as_object().into_iter().flatten();
    let inner = properties.map(|(name, property)| (property, format!("{at}.{name}")));
    let every = ["items", "additionalProperties"].iter().filter_map(|inner| object.get(*inner));
    inner
        .chain(every.map(|every| (every, format!("{at}[]"))))
        .map(|(schema, at)| check_structural(schema, &at))
        .sum::<usize>()
        .saturating_add(1)
}

/// Nothing else would be kept by an API server; and what is closed has a reason: it is a map, or holds nothing.
#[test]
fn crd_preserves_unknown_fields() {
    let (mut messages, mut empty) = (0, 0);
    walk(&schema(), &mut |schema| {
        if schema["type"] == "object" && schema.get("additionalProperties").is_none() {
            if schema.get(KEEPS_UNKNOWN).is_some() {
                messages += 1;
            } else {
                assert!(schema.get("properties").is_none(), "{schema}");
                empty += 1;
            }
        }
    });
    assert!(messages > 50 && empty > 0, "{messages} messages, {empty} without fields");
}

fn walk(schema: &Value, see: &mut impl FnMut(&Value)) {
    see(schema);
    for (_, property) in schema["properties"].as_object().into_iter().flatten() {
        walk(property, see);
    }
    for inner in ["items", "additionalProperties"].iter().filter_map(|inner| schema.get(inner)) {
        walk(inner, see);
    }
}

/// The name that is written of each field, and only that one.
#[test]
fn crd_field_names_equal_serialized_names() {
    let json_schema = schemars::schema_for!(Proxy);
    let messages = &json_schema.as_value()["$defs"];
    let spec = &json_schema.as_value()["properties"]["spec"];
    let fields = same_fields(spec, messages, &schema()["properties"]["spec"]);
    assert!(fields > 300, "only {fields} fields");
}

fn same_fields(json_schema: &Value, messages: &Value, definition: &Value) -> usize {
    let value = json_schema["anyOf"].as_array().map_or(json_schema, |alternatives| &alternatives[0]);
    let name = value["$ref"].as_str().and_then(|reference| reference.strip_prefix("#/$defs/"));
    let json_schema = name.map_or(value, |name| &messages[name]);
    let mut count = 0_usize;
    if let Some(properties) = json_schema["properties"].as_object() {
        let written = properties.iter().filter(|(_, schema)| schema.get("deprecated").is_none());
        let written: Vec<_> = written.collect();
        let defined = definition["properties"].as_object().unwrap();
        let names =
            |names: Vec<&String>| names.into_iter().cloned().collect::<std::collections::BTreeSet<_>>();
        assert_eq!(
            names(written.iter().map(|(name, _)| *name).collect()),
            names(defined.keys().collect()),
            "{json_schema}"
        );
        count = count.saturating_add(written.len());
        for (name, schema) in written {
            count = count.saturating_add(same_fields(schema, messages, &defined[name]));
        }
    }
    for inner in ["items", "additionalProperties"] {
        if let Some(schema) = json_schema.get(inner).filter(|schema| schema.is_object()) {
            count = count.saturating_add(same_fields(schema, messages, &definition[inner]));
        }
    }
    count
}

#[test]
fn crd_accepts_every_recorded_proxy() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let mut count = 0;
    for (name, proxy) in support::proxies() {
        let errors: Vec<_> = validator.iter_errors(&proxy).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{name}: {errors:?}");
        count += 1;
    }
    assert!(count > 300, "{count} Proxies");
}

#[test]
fn crd_rejects_what_the_model_rejects() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let route =
        |route| json!({"spec": {"listeners": [{"httpListener": {"virtualHosts": [{"routes": [route]}]}}]}});
    let refused = [
        json!({"spec": []}),
        json!({"spec": {"listeners": {}}}),
        json!({"spec": {"listeners": [{"bindPort": -1}]}}),
        json!({"spec": {"listeners": [{"bindPort": "x"}]}}),
        json!({"spec": {"listeners": [{"httpListener": {}, "tcpListener": {}}]}}),
        route(json!({"matchers": [{"prefix": "/", "exact": "/"}]})),
        route(json!({"options": {"timeout": "5"}})),
        route(json!({"redirectAction": {"responseCode": "SEE"}})),
        json!({"status": {"state": 4}}),
    ];
    for proxy in refused {
        assert!(!validator.is_valid(&proxy), "{proxy}");
        assert!(Proxy::from_value(&proxy).is_err(), "{proxy}");
    }
    let taken = [
        json!({"spec": {"listeners": [{"bindPort": "80", "httpListener": {}, "x": 1}]}}),
        json!({"spec": {"listeners": [{"bind_port": 80, "http_listener": {"x": [null]}}]}}),
        route(json!({"options": {"timeout": "1h0.5s"}, "redirectAction": {"responseCode": 3}})),
        json!({"status": {"state": 1, "subresource_statuses": {"a": {"state": "Rejected"}}}}),
    ];
    for proxy in taken {
        assert!(validator.is_valid(&proxy), "{proxy}");
        assert!(Proxy::from_value(&proxy).is_ok(), "{proxy}");
    }
}
