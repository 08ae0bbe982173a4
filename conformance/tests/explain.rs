//! Leaving Gloo's translator, case by case: what the clients of each recorded case see change.
#![allow(clippy::unwrap_used)]

use std::fmt::Write;
use std::path::Path;

use knative_gloo_conformance::explain::{Pair, explain};
use knative_gloo_translate::{ClassFilter, Dialect, Options, translate};
use knative_ingress_model::Ingress;
use serde::Deserialize;

#[derive(Deserialize)]
struct Recorded {
    ingresses: Vec<serde_json::Value>,
}

fn cases() -> Vec<(String, Vec<Ingress>)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/recorded/translate");
    let mut files: Vec<_> =
        std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let read = |path: std::path::PathBuf| {
        let recorded: Recorded = serde_yaml::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let ingresses = recorded.ingresses.iter().map(|value| Ingress::from_value(value).unwrap()).collect();
        (path.file_stem().unwrap().to_string_lossy().into_owned(), ingresses)
    };
    files.into_iter().map(read).collect()
}

fn pair(ingresses: &[Ingress], dialect: Dialect) -> Pair {
    let options = Options::default().with_class(ClassFilter::Any).with_dialect(dialect);
    Pair::from(&translate(ingresses, &options))
}

/// What leaving Gloo 1.22 changes in the recorded cases is what the fixture says. `REGENERATE=1` writes it anew.
#[test]
fn leaving_gloo_changes_what_the_fixture_says() {
    let mut text = String::from(
        "# What the clients of the recorded cases see change from Gloo 1.22's translator to the Knative dialect.\n\
         # Regenerate: REGENERATE=1 cargo test -p knative-gloo-conformance --test explain\n",
    );
    for (name, ingresses) in cases() {
        let explanation = explain(&pair(&ingresses, Dialect::Gloo1_22), &pair(&ingresses, Dialect::Knative));
        writeln!(text, "\n== {name}\n\n{explanation}").unwrap();
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/explored/gloo-1.22-to-knative.txt");
    if std::env::var_os("REGENERATE").is_some_and(|value| value == "1") {
        std::fs::write(&file, &text).unwrap();
    }
    assert_eq!(text, std::fs::read_to_string(&file).unwrap());
}

/// Equal Proxies are no change, in whatever dialect, and it is said over how many requests.
#[test]
fn equal_proxies_have_no_difference() {
    for (name, ingresses) in cases() {
        for dialect in Dialect::ALL {
            let side = pair(&ingresses, dialect);
            let explanation = explain(&side, &side);
            let text = explanation.to_string();
            assert!(
                text.contains(&format!("no difference found over {} requests", explanation.requests)),
                "{name}"
            );
        }
    }
}

/// A change is found whichever way it goes.
#[test]
fn a_change_is_found_both_ways() {
    for (name, ingresses) in cases() {
        let (old, new) = (pair(&ingresses, Dialect::Gloo1_3), pair(&ingresses, Dialect::Knative));
        let count =
            |a: &Pair, b: &Pair| explain(a, b).groups.iter().map(|group| group.requests).sum::<usize>();
        assert_eq!(count(&old, &new), count(&new, &old), "{name}");
    }
}
