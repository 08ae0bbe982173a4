//! Golden files: what is as it should be passes, whatever is not is told, all of it, and `REGENERATE=1` mends it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where its assumption fails")]

use std::convert::Infallible;
use std::fs;
use std::path::{Path, PathBuf};

use knative_gloo_manifests::snapshots::{Failure, Failures, Input, Mode, Snapshots};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// Says what the input holds.
fn echo(input: &Input) -> Result<Value, Infallible> {
    Ok(
        json!({"name": input.name(), "lines": String::from_utf8_lossy(input.bytes()).lines().collect::<Vec<_>>()}),
    )
}

fn check(folder: &Path, mode: Mode) -> Result<(), Failures> {
    Snapshots::of(folder).with_mode(mode).made_by("an echo", "the command").check(echo)
}

fn text(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

const A_OUT: &str =
    "# Made from a.in.yaml by an echo. To make it anew: the command\nlines:\n- one\n- two\nname: a\n";

#[test]
fn what_is_as_it_should_be_passes_and_leaves_nothing_behind() {
    let folder = folder(&[("a.in.yaml", "one\ntwo\n"), ("a.out.yaml", A_OUT), ("README.md", "words")]);
    assert_eq!(check(folder.path(), Mode::Compare), Ok(()));
    assert_eq!(names(folder.path()), ["README.md", "a.in.yaml", "a.out.yaml"]);
    let inputs = Snapshots::of(folder.path()).inputs().unwrap();
    assert_eq!(
        inputs.iter().map(|input| (input.name(), input.bytes())).collect::<Vec<_>>(),
        [("a", &b"one\ntwo\n"[..])]
    );
    // A checkout on Windows is the same, and what an earlier run left is no longer true.
    fs::write(folder.path().join("a.out.yaml"), A_OUT.replace('\n', "\r\n")).unwrap();
    fs::write(folder.path().join("a.out.yaml.new"), "stale").unwrap();
    assert_eq!(check(folder.path(), Mode::Compare), Ok(()));
    assert_eq!(names(folder.path()), ["README.md", "a.in.yaml", "a.out.yaml"]);
}

#[test]
fn everything_that_is_wrong_is_told_at_once_in_order() {
    let folder = folder(&[
        ("c.in.yaml", "three\n"),
        ("a.in.yaml", "one\n2\n"),
        ("a.out.yaml", A_OUT),
        ("b.in.yaml", "- 5"),
        ("gone.out.yaml", ""),
        ("gone.out.yaml.new", ""),
    ]);
    let failures = Snapshots::of(folder.path())
        .with_mode(Mode::Compare)
        .made_by("an echo", "the command")
        .check(|input| match input.name() {
            "b" => input
                .documents()
                .into_iter()
                .collect::<Result<Vec<_>, _>>()
                .map(|_| Value::Null)
                .map_err(|e| e.to_string()),
            _ => echo(input).map_err(|never| match never {}),
        })
        .unwrap_err();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let (a, b, c) = (at("a.out.yaml"), at("b.in.yaml"), at("c.out.yaml"));
    let expected = format!(
        "
{a}: changed
  --- {a}
  +++ {a}.new
  @@ -1,5 +1,5 @@
   # Made from a.in.yaml by an echo. To make it anew: the command
   lines:
   - one
  -- two
  +- \"2\"
   name: a
  To accept it: mv {a}.new {a}

{b}: document 1, item 1, line 1: expected an object, found a number

{c}: missing
  To accept it: mv {c}.new {c}

{gone}: has no input; delete it

{gone}.new: has no input; delete it

5 failures. To make all outputs anew: the command",
        gone = at("gone.out.yaml"),
    );
    assert_eq!(format!("{failures:?}"), expected);
    assert_eq!(text(folder.path(), "a.out.yaml"), A_OUT, "nothing is rewritten unasked");
    assert_eq!(text(folder.path(), "a.out.yaml.new"), A_OUT.replace("two", "\"2\""));

    // What is accepted by its name passes.
    for name in ["a.out.yaml", "c.out.yaml"] {
        fs::rename(folder.path().join(format!("{name}.new")), folder.path().join(name)).unwrap();
    }
    for name in ["b.in.yaml", "gone.out.yaml", "gone.out.yaml.new"] {
        fs::remove_file(folder.path().join(name)).unwrap();
    }
    assert_eq!(check(folder.path(), Mode::Compare), Ok(()));
}

#[test]
fn regenerating_writes_what_is_wrong_and_deletes_nothing_of_somebody_else() {
    let folder = folder(&[
        ("a.in.yaml", "one\ntwo\n"),
        ("a.out.yaml", "old"),
        ("a.out.yaml.new", "older"),
        ("b.in.yaml", ""),
        ("gone.out.yaml", "kept"),
    ]);
    let Failures { failures, .. } = check(folder.path(), Mode::Regenerate).unwrap_err();
    assert_eq!(failures, [Failure::Orphaned { path: folder.path().join("gone.out.yaml") }]);
    assert_eq!(text(folder.path(), "a.out.yaml"), A_OUT);
    assert_eq!(text(folder.path(), "gone.out.yaml"), "kept");
    assert_eq!(names(folder.path()), ["a.in.yaml", "a.out.yaml", "b.in.yaml", "b.out.yaml", "gone.out.yaml"]);
    fs::remove_file(folder.path().join("gone.out.yaml")).unwrap();
    assert_eq!(check(folder.path(), Mode::Compare), Ok(()));
}

#[test]
fn a_folder_that_proves_nothing_fails() {
    let empty = folder(&[("a.yaml", "")]);
    let Failures { failures, .. } = check(empty.path(), Mode::Compare).unwrap_err();
    assert_eq!(failures, [Failure::NoInputs { folder: empty.path().to_owned() }]);
    assert_eq!(Snapshots::of(empty.path()).inputs().unwrap_err().failures, failures);
    let missing: PathBuf = empty.path().join("none");
    let Failures { failures, .. } = check(&missing, Mode::Compare).unwrap_err();
    assert!(matches!(&failures[..], [Failure::File { path, .. }] if *path == missing), "{failures:?}");
    assert_eq!(Snapshots::of(&missing).inputs().unwrap_err().failures, failures);
}

#[test]
fn a_long_diff_is_cut_and_says_so() {
    let lines = |word: &str| (0..500).map(|number| format!("{word} {number}\n")).collect::<String>();
    let folder = folder(&[("a.in.yaml", &lines("old"))]);
    check(folder.path(), Mode::Regenerate).unwrap();
    fs::write(folder.path().join("a.in.yaml"), lines("new")).unwrap();
    let failures = check(folder.path(), Mode::Compare).unwrap_err().to_string();
    // Two file names, one place, the first line and `lines:`, 500 lines on each side, `name: a`.
    assert!(failures.contains(&format!("  … and {} lines more\n", 3 + 2 + 1000 + 1 - 80)), "{failures}");
}
