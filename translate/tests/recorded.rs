//! Both Gloo dialects against what the real Gloo printed, case by case. No exceptions.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where its assumption fails"
)]

use std::{fs, path::Path};

use gloo_proxy_model::Proxy;
use knative_gloo_translate::{Dialect, Gateway, Options, Outcome, Severity, Translation, translate};
use knative_ingress_model::Ingress;
use serde_json::Value;

const DIALECTS: [Dialect; 2] = [Dialect::Gloo1_3, Dialect::Gloo1_22];

/// A set of Ingresses and what Gloo made of it.
struct Case {
    name: String,
    recorded: Value,
}

fn recorded() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/recorded"))
}

fn named_cases() -> Vec<Case> {
    let mut files: Vec<_> =
        fs::read_dir(recorded().join("translate")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
        .into_iter()
        .map(|file| Case {
            name: file.file_stem().unwrap().to_string_lossy().into_owned(),
            recorded: serde_yaml::from_slice(&fs::read(&file).unwrap()).unwrap(),
        })
        .collect()
}

fn random_cases() -> Vec<Case> {
    let lines = fs::read_to_string(recorded().join("translate-random.jsonl")).unwrap();
    lines
        .lines()
        .enumerate()
        .map(|(index, line)| Case {
            name: format!("random set {index}"),
            recorded: serde_json::from_str(line).unwrap(),
        })
        .collect()
}

fn ingresses(case: &Case) -> Vec<Ingress> {
    case.recorded["ingresses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|value| Ingress::from_value(value).unwrap())
        .collect()
}

fn as_value(proxy: &Proxy) -> Value {
    serde_json::to_value(proxy).unwrap()
}

/// Whether the translation is what Gloo gave, or if Gloo gave nothing, whether it says why.
fn check(case: &Case, dialect: Dialect) {
    let name = &case.name;
    let ingresses = ingresses(case);
    let translation = translate(&ingresses, &Options::default().with_dialect(dialect));
    let expected = &case.recorded[dialect.as_str()];
    if expected.get("error").is_some() {
        return check_error(case, dialect, &ingresses, &translation);
    }
    for gateway in Gateway::ALL {
        let (found, wanted) = (as_value(translation.proxy(gateway)), &expected[gateway.as_str()]);
        assert!(found == *wanted, "{name}, {dialect}, {gateway}:\nfound  {found}\nwanted {wanted}");
    }
    assert!(!translation.has_rejected(), "{name}, {dialect}: Gloo took every Ingress of it");
}

/// Gloo itself gave nothing: the Ingress with the empty path is named, and all others are translated as if it weren't there.
fn check_error(case: &Case, dialect: Dialect, ingresses: &[Ingress], translation: &Translation) {
    let name = &case.name;
    let empty_path = |ingress: &&Ingress| {
        ingress.spec.rules.iter().filter_map(|rule| rule.http.as_ref()).any(|http| {
            http.paths.iter().flatten().any(|path| path.splits.as_ref().is_none_or(Vec::is_empty))
        })
    };
    let (bad, good): (Vec<&Ingress>, Vec<&Ingress>) = ingresses.iter().partition(empty_path);
    assert!(!bad.is_empty(), "{name}, {dialect}: no path is empty");
    for ingress in bad {
        let report = translation.reports.iter().find(|report| report.ingress == ingress.reference()).unwrap();
        assert_eq!(report.outcome, Outcome::Rejected, "{name}, {dialect}: {report}");
        let named = report.diagnostics.iter().any(|diagnostic| {
            diagnostic.severity == Severity::Error
                && diagnostic.path.starts_with("spec.rules[")
                && diagnostic.path.ends_with("].splits")
        });
        assert!(named, "{name}, {dialect}: {report}");
    }
    let without = translate(good, &Options::default().with_dialect(dialect));
    for gateway in Gateway::ALL {
        assert_eq!(translation.proxy(gateway), without.proxy(gateway), "{name}, {dialect}, {gateway}");
    }
}

#[test]
fn named_cases_equal_recorded_gloo_output() {
    let cases = named_cases();
    assert_eq!(cases.len(), 49);
    for case in &cases {
        DIALECTS.into_iter().for_each(|dialect| check(case, dialect));
    }
}

#[test]
fn random_sets_equal_recorded_gloo_output() {
    let cases = random_cases();
    assert_eq!(cases.len(), 150);
    for case in &cases {
        DIALECTS.into_iter().for_each(|dialect| check(case, dialect));
    }
}
