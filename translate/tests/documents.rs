//! The pages that are made from the code. `REGENERATE=1` makes them anew.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where its assumption fails"
)]

use std::{collections::BTreeSet, fmt::Write as _, fs, path::Path};

use knative_gloo_translate::{Code, Severity};

#[test]
fn the_page_of_diagnostics_is_what_the_code_says() {
    let mut page = String::from(
        "# Diagnostics\n\n\
         What a report says of an Ingress, code by code. The codes are stable. Printed as\n\
         `error: namespace/name: field.path: message [code]`.\n\n\
         An **error** leaves the Ingress out of both Proxies; a **warning** leaves it in; an **info** says that the\n\
         Ingress is not ours. Made from `translate/src/code.rs`; to make it anew:\n\
         `REGENERATE=1 cargo test -p knative-gloo-translate --test documents`.\n",
    );
    for severity in [Severity::Error, Severity::Warning, Severity::Info] {
        write!(page, "\n## {}\n", ["Errors", "Warnings", "Infos"][severity as usize]).unwrap();
        for code in Code::ALL.iter().filter(|code| code.severity() == severity) {
            write!(page, "\n### `{code}`\n\n").unwrap();
            for line in code.explanation().lines() {
                writeln!(page, "{}", line.trim()).unwrap();
            }
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/diagnostics.md");
    if std::env::var_os("REGENERATE").is_some_and(|value| value == "1") {
        fs::write(&path, &page).unwrap();
    }
    assert!(
        fs::read_to_string(&path).unwrap_or_default() == page,
        "docs/diagnostics.md is not what the code says"
    );
}

#[test]
fn codes_have_words_of_their_own() {
    let words: BTreeSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(words.len(), Code::ALL.len());
}
