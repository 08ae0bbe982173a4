//! cargo-mutants: whatever it changes in the translator or a model must be noticed by a test, or be accepted with a reason.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use serde::Deserialize;

use crate::process::{Failure, cargo, root};

/// The packages, each with those whose tests must notice: the definitions of both models are compared in `fixtures`, and much
/// of what the models are for is tested by the translation.
const PACKAGES: [(&str, &[&str]); 3] = [
    ("gloo-proxy-model", &["gloo-proxy-model", "knative-gloo-translate", "fixtures"]),
    ("knative-ingress-model", &["knative-ingress-model", "knative-gloo-translate", "fixtures"]),
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
    /// How many of this name there are, as when a function has the same operator twice.
    #[serde(default = "one")]
    count: usize,
    reason: String,
}

fn one() -> usize {
    1
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
    let mut survivors = BTreeMap::<String, usize>::new();
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
            // The tests of the READMEs build other crates with cargo, for minutes.
            .args(["--", "--", "--skip", "readme"])
            // A backtrace and a shrunken counterexample are of no use here.
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .env("PROPTEST_MAX_SHRINK_ITERS", "0")
            .env("INSTA_UPDATE", "no");
        // 2: some were missed. 3: some ran into the time limit, which is to be noticed by a test.
        let status = command.status()?.code();
        if !matches!(status, Some(0 | 2 | 3)) {
            return Err(Failure::Told(format!("cargo mutants of {package} ended with status {status:?}")));
        }
        for mutant in missed(&output.join("mutants.out/missed.txt"))? {
            let survived = survivors.entry(mutant).or_default();
            *survived = survived.saturating_add(1);
        }
    }
    // Only a whole run says of an accepted one that a test notices it by now.
    let whole = packages.is_empty() && files.is_empty() && shard.is_none();
    let names: BTreeSet<&String> = survivors.keys().chain(accepted.keys()).collect();
    let (mut new, mut stale) = (0_usize, 0_usize);
    for name in names {
        let survived = survivors.get(name).copied().unwrap_or_default();
        let (allowed, reason) =
            accepted.get(name).map_or((0, ""), |Accepted { mutant: _, count, reason }| (*count, reason));
        if survived > allowed {
            new = new.saturating_add(survived.saturating_sub(allowed));
            println!("SURVIVED: {name} ({survived} of this name, {allowed} accepted)");
        } else if whole && survived < allowed {
            stale = stale.saturating_add(allowed.saturating_sub(survived));
            println!("no longer survives: {name} ({survived} of this name, {allowed} accepted)");
        } else if survived > 0 {
            println!("accepted: {name}: {reason}");
        }
    }
    if new == 0 && stale == 0 {
        return Ok(());
    }
    Err(Failure::Told(format!(
        "{new} mutants survived that xtask/accepted-mutants.toml does not accept, {stale} that it accepts no longer survive"
    )))
}

/// The accepted mutants, by name.
fn accepted() -> Result<BTreeMap<String, Accepted>, Failure> {
    let list = fs::read_to_string(root().join("xtask/accepted-mutants.toml"))?;
    let List { accepted } = toml::from_str(&list)
        .map_err(|error| Failure::Told(format!("xtask/accepted-mutants.toml: {error}")))?;
    let mut by_name = BTreeMap::new();
    for one in accepted {
        let name = one.mutant.clone();
        if by_name.insert(name.clone(), one).is_some() {
            return Err(Failure::Told(format!(
                "xtask/accepted-mutants.toml: {name} is there twice: expected a count"
            )));
        }
    }
    Ok(by_name)
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
