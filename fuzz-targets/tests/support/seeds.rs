//! The seeds: what the fixtures hold, as the targets read it, without what says nothing new.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use gloo_proxy_model::Proxy;
use knative_gloo_conformance::explore::{Choices, case};
use knative_gloo_manifests::{Limits, read};
use knative_gloo_translate::translate;
use serde_json::{Value, json};

use fuzz_targets::set::Set;

/// A seed is a text of at most so many bytes: long ones are slow and say little more.
const LONGEST: usize = 6_000;

/// What a seed reaches: a field with a kind of value, a diagnostic, a rule that is broken.
type Features = BTreeSet<String>;

pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The seeds of each target, by its name.
pub(crate) fn all() -> BTreeMap<&'static str, Vec<String>> {
    let sets = sets();
    let ingresses = sets.iter().filter_map(|set| set.get("ingresses")?.as_array()).flatten().cloned();
    let mut proxies = proxies();
    let ingresses = compact(chosen(ingresses.collect(), of_value));
    proxies = chosen(proxies, of_proxy);
    let sets = chosen(sets, of_set);
    BTreeMap::from([
        ("ingress", ingresses),
        ("proxy", [compact(proxies.clone()), patterns()].concat()),
        ("lowering", compact(proxies)),
        ("updates", compact(sets.iter().cloned().map(with_steps).collect())),
        ("translate", compact(sets)),
        ("durations", durations()),
    ])
}

fn compact(values: Vec<Value>) -> Vec<String> {
    values.iter().map(Value::to_string).collect()
}

/// Every file below `folder` whose name ends with `suffix`, sorted.
fn files(folder: &str, suffix: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(repository().join(folder)).expect("the folder is there");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("it is read").path()).collect();
    files.retain(|file| file.to_string_lossy().ends_with(suffix));
    files.sort();
    files
}

fn documents(file: &Path) -> Vec<Value> {
    let bytes = fs::read(file).expect("the file is read");
    let documents = read(&file.to_string_lossy(), &bytes, &Limits::default());
    documents.into_iter().filter_map(|document| Some(document.ok()?.into_value())).collect()
}

/// What the fixtures for the translator ask, what Gloo was asked, and what the explorer makes.
fn sets() -> Vec<Value> {
    let inputs = ["fixtures/translate", "fixtures/poison"].map(|folder| files(folder, ".in.yaml")).concat();
    let mut sets: Vec<Value> = inputs.iter().map(|file| set_of(documents(file))).collect();
    let lines = fs::read_to_string(repository().join("fixtures/recorded/translate-random.jsonl"));
    for line in lines.expect("the recordings are read").lines() {
        let recording: Value = serde_json::from_str(line).expect("a recording is JSON");
        sets.push(json!({"ingresses": recording["ingresses"], "options": {"dialect": "gloo-1.22"}}));
    }
    let made = (0..60).map(|seed| case(&mut Choices::seeded(seed)));
    sets.extend(made.map(|made| json!({"ingresses": made.ingresses, "services": made.services})));
    sets
}

fn set_of(documents: Vec<Value>) -> Value {
    let mut set = json!({"ingresses": []});
    for document in documents {
        match document["kind"].as_str() {
            Some("TranslateOptions") => set["options"] = document,
            Some("Service") => match set["services"].as_array_mut() {
                Some(services) => services.push(document),
                None => set["services"] = json!([document]),
            },
            _ => set["ingresses"].as_array_mut().expect("it is a list").push(document),
        }
    }
    set
}

/// Everything comes, each changes places with the next, one is edited, Services come and go, and all goes.
fn with_steps(mut set: Value) -> Value {
    let count = |name: &str| set[name].as_array().map_or(0, |list| u16::try_from(list.len()).unwrap_or(0));
    let (ingresses, services) = (count("ingresses").min(6), count("services").min(4));
    let call = |call: u16| move |which: u16| which * 16 + call;
    let mut steps: Vec<u16> = (0..ingresses).map(call(0)).collect();
    steps.extend((0..services).map(call(13)));
    steps.extend([call(7)(16), call(7)(1), call(0)(1), call(12)(1)]);
    steps.extend((0..services).map(call(15)));
    steps.extend((0..ingresses).map(|_| call(9)(0)));
    set["steps"] = json!(steps);
    set
}

/// What the translator makes of the fixtures, what Gloo was given, and what is no Proxy of ours.
fn proxies() -> Vec<Value> {
    let mut proxies = Vec::new();
    for file in files("fixtures/translate", ".out.yaml") {
        for section in
            documents(&file).iter_mut().filter_map(Value::as_object_mut).flat_map(|map| map.values_mut())
        {
            proxies.extend(["external", "internal"].map(|gateway| section[gateway].take()));
        }
    }
    for file in files("fixtures/recorded/lower", ".yaml") {
        let text = fs::read_to_string(&file).expect("the recording is read");
        // No Kubernetes object, so it has no kind and is no document: it gets one.
        let text = format!("apiVersion: recorded/v1\nkind: Recording\n{text}");
        let recordings = read(&file.to_string_lossy(), text.as_bytes(), &Limits::default());
        for recording in recordings {
            proxies.push(recording.expect("it is read").into_value()["proxy"].take());
        }
    }
    proxies.retain(Value::is_object);
    proxies
}

fn patterns() -> Vec<String> {
    recorded("gloo-proxy-model/tests/re2-program-sizes.jsonl", "pattern")
}

fn durations() -> Vec<String> {
    recorded("gloo-proxy-model/tests/go-durations.jsonl", "text")
}

/// One text of each shape among the recorded ones: letters and digits are alike.
fn recorded(file: &str, field: &str) -> Vec<String> {
    let lines = fs::read_to_string(repository().join(file)).expect("the recordings are read");
    let mut shapes = BTreeMap::new();
    for line in lines.lines() {
        let recording: Value = serde_json::from_str(line).expect("a recording is JSON");
        let text = recording[field].as_str().expect("it is text").to_owned();
        let mut shape: Vec<char> =
            text.chars().map(|one| if one.is_ascii_digit() { '0' } else { one }).collect();
        shape.sort_unstable();
        shape.dedup();
        shapes.entry(shape).or_insert(text);
    }
    let mut texts: Vec<String> = shapes.into_values().collect();
    texts.sort_by(|one, other| (one.len(), one).cmp(&(other.len(), other)));
    texts.truncate(150);
    texts
}

/// The shortest first; each that reaches something which none before it does.
fn chosen(values: Vec<Value>, features: fn(&Value) -> Features) -> Vec<Value> {
    let mut values: Vec<(String, Value)> =
        values.into_iter().map(|value| (value.to_string(), value)).collect();
    values.retain(|(text, _)| text.len() <= LONGEST);
    values.sort_by(|(one, _), (other, _)| (one.len(), one).cmp(&(other.len(), other)));
    let mut reached = Features::new();
    values.retain(|(_, value)| {
        let before = reached.len();
        reached.extend(features(value));
        reached.len() > before
    });
    values.into_iter().map(|(_, value)| value).collect()
}

fn of_value(value: &Value) -> Features {
    let mut features = Features::new();
    fields(value, "", &mut features);
    features
}

fn of_proxy(value: &Value) -> Features {
    let mut features = of_value(value);
    let proxy = Proxy::from_value(value).expect("it is a Proxy");
    features.extend(proxy.validate().into_iter().map(|violation| violation.kind.to_string()));
    features
}

fn of_set(value: &Value) -> Features {
    let mut features = of_value(&value["options"]);
    let set = Set::read(value.to_string().as_bytes());
    for report in translate(&set.ingresses, &set.options).reports {
        features.extend(report.diagnostics.iter().map(|diagnostic| {
            let field: String = diagnostic.path.chars().filter(|one| !one.is_ascii_digit()).collect();
            format!("{} {}", diagnostic.code, field.split('{').next().unwrap_or_default())
        }));
        features.insert(format!("{} {}", report.outcome, report.served.len().min(3)));
    }
    features
}

/// The fields with their kinds of values; names that are no field names, as those of headers, are alike.
fn fields(value: &Value, path: &str, features: &mut Features) {
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(text) if text.is_empty() => "empty",
        Value::String(_) => "text",
        Value::Array(items) => {
            items.iter().for_each(|item| fields(item, &format!("{path}[]"), features));
            "list"
        }
        Value::Object(members) => {
            for (name, member) in members {
                let is_field = name.chars().all(|one| one.is_ascii_alphanumeric())
                    && name.starts_with(|first: char| first.is_ascii_lowercase());
                fields(member, &format!("{path}.{}", if is_field { name } else { "*" }), features);
            }
            "object"
        }
    };
    features.insert(format!("{path} {kind}"));
}
