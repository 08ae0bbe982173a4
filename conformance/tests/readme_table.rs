//! The table of the suite on the first page. `cargo xtask regenerate` writes it anew.
//!
//! It is made of the list of expected failures, to which the tests on the real Envoy hold every test and dialect, and the
//! controller's test `cluster` every test through an API server: a test that fails unlisted is an error, and so is one that is
//! listed and passes.
#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    reason = "a test stops where its assumption fails"
)]

use std::fmt::Write;
use std::path::Path;

use knative_gloo_conformance::checks::suite::{ExpectedFailures, Stage, tests};
use knative_gloo_translate::Dialect;

#[test]
fn readme_has_the_conformance_table() {
    let expected = ExpectedFailures::load().unwrap();
    let of_today = || tests().iter().filter(|test| test.stage != Stage::January2020);
    let in_memory = |dialect: Dialect, name: &str| expected.reason(dialect, name).is_none();
    let through_api_server = |name: &str| expected.reason_through_api_server(name).is_none();
    // Whether a test passes, column by column.
    let passes = |name: &str| {
        let mut columns = Dialect::ALL.map(|dialect| in_memory(dialect, name)).to_vec();
        columns.push(through_api_server(name));
        columns
    };

    let mut table = String::from("\n| test |");
    Dialect::ALL.iter().for_each(|dialect| write!(table, " in memory, `{dialect}` |").unwrap());
    table.push_str(" through an API server, `knative` |\n|---|:-:|:-:|:-:|:-:|\n");
    let mut counts = [0; Dialect::ALL.len() + 1];
    for test in of_today() {
        write!(table, "| {} |", test.name).unwrap();
        for (count, passes) in counts.iter_mut().zip(passes(test.name)) {
            *count += usize::from(passes);
            table.push_str(if passes { " ✓ |" } else { " – |" });
        }
        table.push('\n');
    }
    write!(table, "| **of {}** |", of_today().count()).unwrap();
    counts.iter().for_each(|count| write!(table, " **{count}** |").unwrap());
    table.push_str("\n\n");

    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once("<!-- suite: ").unwrap();
    let (command, rest) = rest.split_once("-->\n").unwrap();
    let (current, after) = rest.split_once("<!-- /suite -->").unwrap();
    if std::env::var_os("INSTA_UPDATE").is_some_and(|value| value == "force") {
        let page = format!("{before}<!-- suite: {command}-->\n{table}<!-- /suite -->{after}");
        std::fs::write(&path, page).unwrap();
    } else {
        assert_eq!(current, table, "README.md: {command}");
    }
}
