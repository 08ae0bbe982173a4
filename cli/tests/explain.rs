//! `knative-gloo explain`: leaving Gloo's translator, case by case, is what the clients of each recorded case see change.
#![allow(clippy::unwrap_used, reason = "a test stops where its assumption fails")]

mod support;

use serde::Deserialize;
use serde_json::json;
use support::{Outcome, file, repository, run};

#[derive(Deserialize)]
struct Recorded {
    ingresses: Vec<serde_json::Value>,
}

/// The recorded cases: a name, and the Ingresses as a List.
fn cases() -> Vec<(String, String)> {
    let directory = repository("fixtures/recorded/translate");
    let mut files: Vec<_> =
        std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let read = |path: std::path::PathBuf| {
        let mut recorded: Recorded = serde_yaml::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        for ingress in &mut recorded.ingresses {
            let fields = ingress.as_object_mut().unwrap();
            fields.entry("apiVersion").or_insert(json!("networking.internal.knative.dev/v1alpha1"));
            fields.entry("kind").or_insert(json!("Ingress"));
        }
        let list = json!({"apiVersion": "v1", "kind": "List", "items": recorded.ingresses});
        (path.file_stem().unwrap().to_string_lossy().into_owned(), list.to_string())
    };
    files.into_iter().map(read).collect()
}

/// What changes between two dialects.
fn explain(list: &str, from: &str, to: &str) -> String {
    let Outcome { status, stdout, stderr } =
        run(&["explain", "--from", from, "--to", to, "-"], list.as_bytes());
    assert_eq!(status, 0, "{stderr}");
    stdout
}

/// What leaving Gloo 1.22 changes in each recorded case is what its snapshot says. `cargo xtask regenerate` writes them anew.
#[test]
fn explain_dialects_matches_the_snapshots() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("explain");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for (name, list) in cases() {
            insta::assert_snapshot!(format!("{name}.txt"), explain(&list, "gloo-1.22", "knative"));
        }
    });
}

/// Equal Proxies are no change, in whatever dialect, and it is said over how many requests.
#[test]
fn equal_proxies_have_no_differences() {
    for (name, list) in cases() {
        for dialect in ["knative", "gloo-1.3", "gloo-1.22"] {
            let text = explain(&list, dialect, dialect);
            assert!(text.contains("no difference found over "), "{name}: {text}");
        }
    }
}

/// A change is found whichever way it goes.
#[test]
fn differences_are_found_in_both_directions() {
    let mut changed = 0;
    for (name, list) in cases() {
        let first = |text: String| text.lines().find(|line| line.contains(" requests")).unwrap().to_owned();
        let there = first(explain(&list, "gloo-1.3", "knative"));
        assert_eq!(there, first(explain(&list, "knative", "gloo-1.3")), "{name}");
        changed += usize::from(there.contains("answered differently"));
    }
    assert!(changed > 10, "{changed}");
}

/// Two files of Proxies give what their dialects give.
#[test]
fn proxies_from_two_files_are_compared() {
    let (name, list) = cases().remove(0);
    let proxies = |dialect: &str| {
        let outcome = run(&["translate", "--dialect", dialect, "-"], list.as_bytes());
        assert_eq!(outcome.status, 0, "{name}: {}", outcome.stderr);
        file(&format!("explain-{dialect}.yaml"), &outcome.stdout)
    };
    let outcome = run(&["explain", &proxies("gloo-1.22"), &proxies("knative")], b"");
    assert_eq!(outcome.stdout, explain(&list, "gloo-1.22", "knative"));
}

#[test]
fn incomparable_inputs_are_named() {
    let options = file("explain-options.yaml", "apiVersion: v1\nkind: ConfigMap\n");
    let ingresses = repository("fixtures/translate/helloworld.in.yaml");
    for (arguments, error) in [
        (&[&*ingresses][..], "expected --from or --to with files of Ingresses, or two files with Proxies"),
        (&[&*options, &*options], &format!("{options}: no Proxy")),
        (&["--from", "gloo-1.3", "no-such-file.yaml"], "no-such-file.yaml: "),
        (
            &["--from-options", &*options, &*ingresses],
            &format!("{options}: document 1, line 1: invalid kind ConfigMap: expected TranslateOptions"),
        ),
    ] {
        let outcome = run(&[&["explain"], arguments].concat(), b"");
        assert_eq!((outcome.status, outcome.stdout.as_str()), (2, ""));
        let last = outcome.stderr.lines().last().unwrap();
        assert!(last.starts_with(&format!("error: {error}")), "{last}");
    }
}
