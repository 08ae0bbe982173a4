//! Deliberate faults, one at a time, that the tests must notice: `conformance/faults.toml`.

use std::fs;
use std::path::Path;
use std::process::Output;

use serde::Deserialize;
use walkdir::WalkDir;

use crate::process::{Failure, cargo, root};

/// The laws first: they catch most, and fastest.
const TESTS: [&[&str]; 3] = [
    &[
        "-p",
        "knative-gloo-conformance",
        "--no-default-features",
        "--features",
        "simulator",
        "--test",
        "properties",
    ],
    &["-p", "knative-gloo-translate", "--all-features"],
    &["-p", "fixtures"],
];

#[derive(Deserialize)]
struct Faults {
    mutant: Vec<Fault>,
}

#[derive(Deserialize)]
struct Fault {
    name: String,
    /// Below translate/src.
    file: String,
    /// Stands exactly once in the file.
    find: String,
    put: String,
}

/// Prints each fault as it is caught, and fails with those that survived.
pub(crate) fn run(words: &[String]) -> Result<(), Failure> {
    let list = fs::read_to_string(root().join("conformance/faults.toml"))?;
    let Faults { mutant: mut faults } =
        toml::from_str(&list).map_err(|error| Failure::Told(format!("conformance/faults.toml: {error}")))?;
    faults.retain(|fault| words.iter().all(|word| fault.name.contains(word)));
    let source = Path::new("translate/src");
    for Fault { name, file, find, put: _ } in &faults {
        let count = fs::read_to_string(root().join(source).join(file))?.matches(find).count();
        if count != 1 {
            return Err(Failure::Told(format!("{name}: stands {count} times in {file}, expected once")));
        }
    }
    let copy = tempfile::tempdir()?;
    copy_sources(&copy.path().join("tree"))?;
    for arguments in TESTS {
        let Output { status, stdout, stderr } = test(copy.path(), arguments)?;
        if !status.success() {
            let [stdout, stderr] = [stdout, stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            return Err(Failure::Told(format!("the tests fail without any fault:\n{stdout}{stderr}")));
        }
    }
    let mut survivors = Vec::new();
    for Fault { name, file, find, put } in &faults {
        let file = copy.path().join("tree").join(source).join(file);
        let whole = fs::read_to_string(&file)?;
        fs::write(&file, whole.replace(find, put))?;
        let mut survived = true;
        for arguments in TESTS {
            let Output { status, stdout, stderr } = test(copy.path(), arguments)?;
            if String::from_utf8_lossy(&stderr).contains("could not compile") {
                survivors.push(format!("{name} (does not compile)"));
                survived = false;
                break;
            }
            if !status.success() {
                let noticed_by = failed_tests(&String::from_utf8_lossy(&stdout));
                println!("caught: {name} ({}: {})", arguments.join(" "), noticed_by.join(", "));
                survived = false;
                break;
            }
        }
        if survived {
            println!("SURVIVED: {name}");
            survivors.push(name.clone());
        }
        fs::write(&file, whole)?;
    }
    println!("{} of {} faults caught", faults.len().saturating_sub(survivors.len()), faults.len());
    if survivors.is_empty() {
        Ok(())
    } else {
        Err(Failure::Told(format!("survived: {}", survivors.join(", "))))
    }
}

/// The names in the list that a test program ends with.
fn failed_tests(stdout: &str) -> Vec<String> {
    let list = stdout.rsplit_once("\nfailures:\n").map_or("", |(_, list)| list);
    list.lines().map_while(|line| line.strip_prefix("    ")).map(str::to_owned).collect()
}

fn test(copy: &Path, arguments: &[&str]) -> Result<Output, Failure> {
    let mut command = cargo();
    command
        .args(["test", "-q"])
        .args(arguments)
        .current_dir(copy.join("tree"))
        // Never a used one: cargo would take what was built from another copy for this one's.
        .env("CARGO_TARGET_DIR", copy.join("target"))
        .env("INSTA_UPDATE", "no")
        // A shrunken counterexample is of no use here.
        .env("PROPTEST_MAX_SHRINK_ITERS", "0");
    Ok(command.output()?)
}

fn copy_sources(to: &Path) -> Result<(), Failure> {
    let kept = |name: &std::ffi::OsStr| name != "target" && name != ".git";
    for entry in WalkDir::new(root()).into_iter().filter_entry(|entry| kept(entry.file_name())) {
        let entry = entry.map_err(|error| Failure::Told(error.to_string()))?;
        let below = entry.path().strip_prefix(root()).unwrap_or(entry.path());
        if entry.file_type().is_dir() {
            fs::create_dir_all(to.join(below))?;
        } else {
            fs::copy(entry.path(), to.join(below))?;
        }
    }
    Ok(())
}
