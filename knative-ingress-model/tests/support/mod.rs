//! The recorded Ingresses, and what Go makes of an object when it writes it again.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

pub(crate) mod strategies;

use std::fs;
use std::path::{Path, PathBuf};

use knative_ingress_model::GoDuration;
use serde_json::{Map, Value};

/// A line of `knative.jsonl`.
pub(crate) fn knative() -> Vec<Value> {
    json_lines("knative.jsonl")
}

/// Every Ingress that was ever recorded, with where it stands.
pub(crate) fn every_ingress() -> Vec<(String, Value)> {
    let mut all = Vec::new();
    for (number, line) in knative().iter().enumerate() {
        all.push((format!("knative.jsonl:{}", number.saturating_add(1)), line["ingress"].clone()));
    }
    let sets = json_lines("translate-random.jsonl").into_iter().enumerate();
    let mut sets: Vec<_> = sets
        .map(|(number, set)| (format!("translate-random.jsonl:{}", number.saturating_add(1)), set))
        .collect();
    let mut files: Vec<_> =
        fs::read_dir(recorded().join("translate")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        sets.push((
            file.file_name().unwrap().to_string_lossy().into_owned(),
            serde_yaml::from_str(&text).unwrap(),
        ));
    }
    for (name, set) in sets {
        for (number, ingress) in set["ingresses"].as_array().expect(&name).iter().enumerate() {
            all.push((format!("{name} ingresses[{number}]"), ingress.clone()));
        }
    }
    assert_eq!(all.len(), 829, "recordings that are no longer found");
    all
}

fn json_lines(name: &str) -> Vec<Value> {
    let text = fs::read_to_string(recorded().join(name)).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn recorded() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/recorded")
}

/// As Go would write it again: without what its decoder takes for unset (`null`, `""`, `0`, `false`, and what is
/// empty when those are gone), and with durations in canonical form.
pub(crate) fn as_go_writes(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let kept = map.iter().map(|(key, value)| match (key.as_str(), value.as_str()) {
                ("timeout" | "perTryTimeout", Some(text)) => {
                    (key.clone(), text.parse::<GoDuration>().unwrap().to_string().into())
                }
                _ => (key.clone(), as_go_writes(value)),
            });
            Value::Object(kept.filter(|(_, value)| !is_zero(value)).collect::<Map<_, _>>())
        }
        // Elements of a list keep their places.
        Value::Array(list) => Value::Array(list.iter().map(as_go_writes).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(number) => number.as_i64() == Some(0),
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
    }
}
