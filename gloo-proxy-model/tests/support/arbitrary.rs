//! Arbitrary Proxies, as JSON: made from the JSON Schema of the model, so that no field can be forgotten.

#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::wildcard_enum_match_arm
)]
use gloo_proxy_model::{ProtoDuration, Proxy};
use proptest::prelude::*;
use proptest::sample::subsequence;
use serde_json::{Map, Value, json};

/// How deep arbitrary messages are nested: deep enough for every message there is.
const DEPTH: usize = 16;

/// The JSON of arbitrary Proxies, all of them readable.
pub fn proxy() -> BoxedStrategy<Value> {
    let schema: &'static Value = Box::leak(Box::new(schemars_value()));
    of(schema, schema, DEPTH)
}

/// The JSON of arbitrary Proxies in which some value has been replaced by any other.
pub fn damaged_proxy() -> BoxedStrategy<Value> {
    (proxy(), any::<prop::sample::Index>(), anything())
        .prop_map(|(mut proxy, index, replacement)| {
            damage(&mut proxy, index, replacement);
            proxy
        })
        .boxed()
}

/// Replaces some value within `value`, or all of it.
pub fn damage(value: &mut Value, index: prop::sample::Index, replacement: Value) {
    let mut pointers = Vec::new();
    collect_pointers(value, String::new(), &mut pointers);
    *value.pointer_mut(index.get::<String>(&pointers)).unwrap() = replacement;
}

/// Any JSON.
pub fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text().prop_map(Value::from),
        duration(),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(text(), inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// The model's schema; a Proxy's own metadata belongs to Kubernetes and stays small here.
fn schemars_value() -> Value {
    let mut schema = serde_json::to_value(schemars::schema_for!(Proxy)).unwrap();
    let texts = json!({"type": "object", "additionalProperties": {"type": "string"}});
    schema["properties"]["metadata"] = json!({"type": "object", "properties": {
        "name": {"type": "string"}, "namespace": {"type": "string"}, "labels": texts, "annotations": texts
    }});
    schema
}

fn collect_pointers(value: &Value, at: String, pointers: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                collect_pointers(
                    value,
                    format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")),
                    pointers,
                );
            }
        }
        Value::Array(elements) => {
            for (index, value) in elements.iter().enumerate() {
                collect_pointers(value, format!("{at}/{index}"), pointers);
            }
        }
        _ => {}
    }
    pointers.push(at);
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{0,3}",
        "[a-zA-Z0-9*./%\\\\(){}+|: é\"<\n-]{0,8}",
        prop::sample::select(vec![
            "*",
            "a.com",
            "A.com",
            "*.a.com",
            "/",
            ".*",
            "host",
            "%REQ(x)%",
            "::",
            "127.0.0.1"
        ])
        .prop_map(str::to_owned),
    ]
}

fn duration() -> BoxedStrategy<Value> {
    prop_oneof![any::<i64>(), (0..100_i64).prop_map(|seconds| seconds * 1_000_000_000)]
        .prop_map(|nanos| Value::from(ProtoDuration::from_nanos(nanos).to_string()))
        .boxed()
}

/// A value that a schema allows.
fn of(schema: &'static Value, root: &'static Value, depth: usize) -> BoxedStrategy<Value> {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        return of(root.pointer(reference.trim_start_matches('#')).unwrap(), root, depth);
    }
    if let Some(value) = schema.get("const") {
        return Just(value.clone()).boxed();
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        return prop::sample::select(values.as_slice()).boxed();
    }
    if let Some(choices) = schema.get("anyOf").and_then(Value::as_array) {
        // The first way of writing is the usual one.
        let weighted = choices
            .iter()
            .enumerate()
            .map(|(i, choice)| (if i == 0 { 9 } else { 1 }, of(choice, root, depth)));
        return prop::strategy::Union::new_weighted(weighted.collect()).boxed();
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("null") => Just(Value::Null).boxed(),
        Some("boolean") => any::<bool>().prop_map(Value::from).boxed(),
        Some("integer") if schema["minimum"] == json!(0) => any::<u32>().prop_map(Value::from).boxed(),
        Some("integer") => any::<i64>().prop_map(Value::from).boxed(),
        Some("string") => match schema.get("pattern").and_then(Value::as_str) {
            None => text().prop_map(Value::from).boxed(),
            Some(pattern) if pattern.contains("ms") => duration(),
            Some(_) => any::<u32>().prop_map(|number| Value::from(number.to_string())).boxed(),
        },
        Some("array") if depth == 0 => Just(json!([])).boxed(),
        Some("array") => {
            let items = &schema["items"];
            prop_oneof![1 => Just(0_usize), 5 => Just(1), 2 => Just(2)]
                .prop_flat_map(move |count| {
                    (0..count).map(|_| of(items, root, depth - 1)).collect::<Vec<_>>()
                })
                .prop_map(Value::from)
                .boxed()
        }
        Some("object") => object(schema, root, depth),
        other => panic!("no values for {other:?}: {schema}"),
    }
}

fn object(schema: &'static Value, root: &'static Value, depth: usize) -> BoxedStrategy<Value> {
    if let Some(values) = schema.get("additionalProperties").filter(|values| values.is_object()) {
        let entry = (text(), of(values, root, depth.saturating_sub(1)));
        return prop::collection::btree_map(entry.0, entry.1, 0..3)
            .prop_map(|entries| Value::Object(entries.into_iter().collect()))
            .boxed();
    }
    let closed = schema.get("additionalProperties") == Some(&json!(false));
    let Some(properties) = schema.get("properties").and_then(Value::as_object).filter(|_| depth > 0) else {
        return if closed || depth == 0 { Just(json!({})).boxed() } else { open() };
    };
    let names: Vec<_> = properties.keys().collect();
    let most = names.len();
    let fields = subsequence(names, most.min(1)..=most.min(8)).prop_flat_map(move |names| {
        names
            .into_iter()
            .map(|name| (Just(name.clone()), of(&properties[name], root, depth - 1)))
            .collect::<Vec<_>>()
    });
    (fields, open())
        .prop_map(move |(fields, unknown)| {
            let mut message: Map<String, Value> = fields.into_iter().collect();
            keep_one_of_each(&mut message, schema);
            for (name, value) in unknown.as_object().unwrap() {
                message.insert(format!("x-{name}"), value.clone());
            }
            Value::Object(message)
        })
        .boxed()
}

/// An object of any kind, most often an empty one.
fn open() -> BoxedStrategy<Value> {
    prop_oneof![
        4 => Just(json!({})),
        1 => prop::collection::btree_map(text(), anything(), 0..3)
            .prop_map(|members| Value::Object(members.into_iter().collect())),
    ]
    .boxed()
}

/// Drops members of a oneof until there is one at most: the schema names the pairs that exclude each other.
fn keep_one_of_each(message: &mut Map<String, Value>, schema: &Value) {
    let pairs = schema.pointer("/not/anyOf").and_then(Value::as_array).into_iter().flatten();
    for pair in pairs {
        let names: Vec<_> = pair["required"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        let proto_name = |name: &str| -> String {
            name.chars()
                .flat_map(|c| {
                    c.is_ascii_uppercase().then_some('_').into_iter().chain([c.to_ascii_lowercase()])
                })
                .collect()
        };
        let is_set = |name: &str| message.contains_key(name) || message.contains_key(&proto_name(name));
        if names.iter().all(|name| is_set(name)) {
            message.remove(names[0]);
            message.remove(&proto_name(names[0]));
        }
    }
}
