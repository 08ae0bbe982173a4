//! The committed report against what it speaks of. That its results are right is proven by the tests that run them.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::path::Path;

use knative_gloo_conformance::checks::suite::tests;

/// The first cells of the rows of a section.
fn rows(report: &str, section: &str) -> BTreeSet<String> {
    let section = report.split("\n## ").find(|part| part.starts_with(section)).unwrap();
    let cells = section.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next());
    let headers = ["test", "case", "effect", "entry"];
    cells.filter(|cell| !headers.contains(cell)).map(str::to_owned).collect()
}

fn files(directory: &str, ending: &str) -> BTreeSet<String> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join(directory);
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name());
    entries.filter_map(|name| Some(name.to_string_lossy().strip_suffix(ending)?.to_owned())).collect()
}

/// Proves that no test, case or adversarial entry was added or removed without making the report anew:
/// `cargo run -p knative-gloo-conformance -- report`.
#[test]
fn report_lists_every_test_and_case() {
    let report = include_str!("../report.md");
    assert_eq!(rows(report, "Suite"), tests().iter().map(|test| test.name.to_owned()).collect());
    assert_eq!(rows(report, "Cases"), files("cases", ".yaml"));
    let adversarial = rows(report, "Adversarial entries");
    let inputs = fixtures::files("adversarial", fixtures::INPUT).unwrap();
    let missing: Vec<_> = inputs.iter().filter(|input| !adversarial.contains(&input.name)).collect();
    assert!(missing.is_empty(), "not in the report: {missing:?}");
}
