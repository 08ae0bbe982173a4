//! Where the seeds come from: what the fixtures hold, as the targets read it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use fixtures::{Fixture, INPUT, OUTPUT, contents};
use gloo_proxy_model::Proxy;
use knative_gloo_conformance::checks::differential::generate::{Choices, case};
use knative_gloo_manifests::{Limits, read};
use knative_gloo_translate::translate;
use serde_json::{Value, json};

use fuzz::set::Set;

/// A seed is a text of at most so many bytes: long ones are slow and say little more.
const LONGEST: usize = 6_000;

/// What a text reaches: a field with a kind of value, a diagnostic, a rule that is broken.
pub(crate) type Features = BTreeSet<String>;

pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// What a target's seeds are made of.
pub(crate) struct Source {
    pub(crate) target: &'static str,
    /// Texts that it can be given, all of them.
    pub(crate) texts: Vec<String>,
    /// What such a text reaches.
    pub(crate) reached: fn(&str) -> Features,
}

/// One for each target.
pub(crate) fn sources() -> [Source; 6] {
    let sets = sets();
    let ingresses = sets.iter().filter_map(|set| set.get("ingresses")?.as_array()).flatten();
    let ingresses = ingresses.map(Value::to_string).collect();
    let proxies = compact(proxies());
    let patterns = recorded("gloo-proxy-model/tests/re2-program-sizes.jsonl", "pattern");
    let durations = recorded("gloo-proxy-model/tests/go-durations.jsonl", "text");
    let with_steps = compact(sets.iter().cloned().map(with_steps).collect());
    [
        Source { target: "ingress", texts: ingresses, reached: of_ingress },
        Source { target: "proxy", texts: [proxies.clone(), patterns].concat(), reached: of_proxy },
        Source { target: "lowering", texts: proxies, reached: of_proxy },
        Source { target: "updates", texts: with_steps, reached: of_set },
        Source { target: "translate", texts: compact(sets), reached: of_set },
        Source { target: "durations", texts: durations, reached: of_text },
    ]
}

impl Source {
    /// The shortest first; each that reaches something which none before it does.
    pub(crate) fn chosen(mut self) -> Vec<String> {
        self.texts.retain(|text| text.len() <= LONGEST);
        self.texts.sort_by(|one, other| (one.len(), one).cmp(&(other.len(), other)));
        let mut reached = Features::new();
        self.texts.retain(|text| {
            let before = reached.len();
            reached.extend((self.reached)(text));
            reached.len() > before
        });
        self.texts
    }
}

fn compact(values: Vec<Value>) -> Vec<String> {
    values.iter().map(Value::to_string).collect()
}

/// Every file below the fixtures' `folder` whose name ends with `suffix`, sorted.
fn files(folder: &str, suffix: &str) -> Vec<Fixture> {
    fixtures::files(folder, suffix).expect("the folder is read")
}

fn documents(file: &Fixture) -> Vec<Value> {
    let bytes = fs::read(&file.path).expect("the file is read");
    let documents = read(&file.name, &bytes, &Limits::default());
    documents.into_iter().filter_map(|document| Some(document.ok()?.into_value())).collect()
}

/// What the fixtures for the translator ask, what Gloo was asked, and what the explorer makes.
fn sets() -> Vec<Value> {
    let inputs = ["translate", "adversarial"].map(|folder| files(folder, INPUT)).concat();
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
            // A seed says nothing of Secrets.
            Some("Secret") => {}
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
    for file in files("translate", OUTPUT) {
        let snapshot = contents(&file.path).expect("the snapshot is read");
        let mut dialects: Value = serde_yaml::from_str(&snapshot).expect("a snapshot is YAML");
        for section in dialects.as_object_mut().expect("by dialect").values_mut() {
            proxies.extend(["external", "internal"].map(|gateway| section[gateway].take()));
        }
    }
    for file in files("recorded/lower", ".yaml") {
        let text = fs::read_to_string(&file.path).expect("the recording is read");
        // No Kubernetes object, so it has no kind and is no document: it gets one.
        let text = format!("apiVersion: recorded/v1\nkind: Recording\n{text}");
        let recordings = read(&file.name, text.as_bytes(), &Limits::default());
        for recording in recordings {
            proxies.push(recording.expect("it is read").into_value()["proxy"].take());
        }
    }
    proxies.retain(Value::is_object);
    proxies
}

fn recorded(file: &str, field: &str) -> Vec<String> {
    let lines = fs::read_to_string(repository().join(file)).expect("the recordings are read");
    let recordings = lines.lines().map(|line| serde_json::from_str(line).expect("a recording is JSON"));
    recordings.map(|recording: Value| recording[field].as_str().expect("it is text").to_owned()).collect()
}

/// The pairs of characters that follow each other; digits are alike.
fn of_text(text: &str) -> Features {
    let alike: Vec<char> = text.chars().map(|one| if one.is_ascii_digit() { '0' } else { one }).collect();
    alike.windows(2).map(String::from_iter).collect()
}

/// The signs in it, each with the letter or sign after it where that has a meaning.
fn of_pattern(text: &str) -> Features {
    let escaped = text.split('\\').skip(1).filter_map(|after| after.chars().next());
    let signs = text.chars().filter(|one| !one.is_alphanumeric()).map(String::from);
    escaped.map(|one| format!("\\{one}")).chain(signs).collect()
}

fn of_value(value: &Value) -> Features {
    let mut features = Features::new();
    fields(value, "", &mut features);
    features
}

fn of_ingress(text: &str) -> Features {
    of_value(&serde_json::from_str(text).expect("it is JSON"))
}

fn of_proxy(text: &str) -> Features {
    let Ok(proxy) = Proxy::from_json(text.as_bytes()) else { return of_pattern(text) };
    let mut features = of_value(&serde_json::from_str(text).expect("it is JSON"));
    features.extend(proxy.validate().into_iter().map(|violation| violation.kind.to_string()));
    features
}

fn of_set(text: &str) -> Features {
    let value: Value = serde_json::from_str(text).expect("it is JSON");
    let mut features = of_value(&value["options"]);
    let set = Set::read(text.as_bytes());
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
