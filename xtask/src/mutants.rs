//! cargo-mutants: whatever it changes in the translator or a model must be noticed by a test, or be accepted with a reason.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use serde::Deserialize;

use crate::process::{Failure, cargo, root};

/// The packages, each with those whose tests must notice.
const PACKAGES: [(&str, &[&str]); 3] = [
    ("gloo-proxy-model", &["gloo-proxy-model"]),
    ("knative-ingress-model", &["knative-ingress-model"]),
    ("knative-gloo-translate", &["knative-gloo-translate", "fixtures"]),
];

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Only these packages. Default: the translator and both models.
    #[arg(long)]
    package: Vec<String>,
    /// Only files that match one of these globs.
    #[arg(long)]
    file: Vec<String>,
    /// Only one part of all mutants, such as 0/8.
    #[arg(long)]
    shard: Option<String>,
    /// How many are built and tested at once.
    #[arg(long, default_value = "1")]
    jobs: String,
}

#[derive(Deserialize)]
struct List {
    accepted: Vec<Accepted>,
}

#[derive(Deserialize)]
struct Accepted {
    /// As cargo-mutants names it, without line and column.
    mutant: String,
    reason: String,
}

/// Prints what survived, and fails if any of it is not accepted; or if what is accepted no longer survives.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let Arguments { package: packages, file: files, shard, jobs } = arguments;
    let accepted = accepted()?;
    if !cargo().args(["mutants", "--version"]).output()?.status.success() {
        return Err(Failure::Missing(
            "cargo-mutants is missing: cargo install cargo-mutants --locked".to_owned(),
        ));
    }
    let mut survivors = BTreeSet::new();
    for (package, tests) in PACKAGES {
        if !packages.is_empty() && !packages.iter().any(|wanted| wanted == package) {
            continue;
        }
        let output = root().join("target/mutants").join(package);
        fs::create_dir_all(&output)?;
        let mut command = cargo();
        command
            .args(["mutants", "--no-shuffle", "--all-features", "--jobs", jobs, "--package", package])
            .arg("--output")
            .arg(&output)
            .args(tests.iter().flat_map(|test| ["--test-package", test]))
            .args(files.iter().flat_map(|file| ["--file", file]))
            .args(shard.iter().flat_map(|shard| ["--shard", shard]))
            // A backtrace and a shrunken counterexample are of no use here.
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .env("PROPTEST_MAX_SHRINK_ITERS", "0")
            .env("INSTA_UPDATE", "no");
        // 2: some were missed. 3: some ran into the time limit, which is to be noticed by a test.
        let status = command.status()?.code();
        if !matches!(status, Some(0 | 2 | 3)) {
            return Err(Failure::Told(format!("cargo mutants of {package} ended with status {status:?}")));
        }
        survivors.extend(missed(&output.join("mutants.out/missed.txt"))?);
    }
    let new: Vec<&String> = survivors.iter().filter(|mutant| !accepted.contains_key(*mutant)).collect();
    for mutant in &survivors {
        if let Some(reason) = accepted.get(mutant) {
            println!("accepted: {mutant}: {reason}");
        }
    }
    for mutant in &new {
        println!("SURVIVED: {mutant}");
    }
    // Only a whole run says of an accepted one that a test notices it by now.
    let whole = packages.is_empty() && files.is_empty() && shard.is_none();
    let stale: Vec<&String> =
        accepted.keys().filter(|mutant| whole && !survivors.contains(*mutant)).collect();
    for mutant in &stale {
        println!("no longer survives, remove it from xtask/mutants.toml: {mutant}");
    }
    if new.is_empty() && stale.is_empty() {
        return Ok(());
    }
    Err(Failure::Told(format!(
        "{} mutants survived that are not accepted, {} accepted ones no longer survive",
        new.len(),
        stale.len()
    )))
}

fn accepted() -> Result<BTreeMap<String, String>, Failure> {
    let list = fs::read_to_string(root().join("xtask/mutants.toml"))?;
    let List { accepted } =
        toml::from_str(&list).map_err(|error| Failure::Told(format!("xtask/mutants.toml: {error}")))?;
    Ok(accepted.into_iter().map(|Accepted { mutant, reason }| (mutant, reason)).collect())
}

/// The mutants in one of cargo-mutants' lists, without line and column: these change with every edit above them.
fn missed(file: &Path) -> Result<Vec<String>, Failure> {
    let text = match fs::read_to_string(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        text => text?,
    };
    let without_place = |line: &str| {
        let (place, change) = line.split_once(": ")?;
        Some(format!("{}: {change}", place.split(':').next()?))
    };
    Ok(text.lines().filter_map(without_place).collect())
}
