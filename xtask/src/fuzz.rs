//! A fuzzer on one of the targets of `fuzz`.

use std::fs;

use crate::process::{self, Failure, cargo, root};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// One of the folders of fuzz/seeds.
    target: String,
    /// Options of libFuzzer, such as -max_total_time=60.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    options: Vec<String>,
}

/// What it finds goes into fuzz/libfuzzer/artifacts/TARGET; fix it and keep the file in fuzz/regressions/TARGET, where the
/// tests read it. No sanitizer, and so no nightly compiler: the libraries have no unsafe code for one to watch.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let Arguments { target, options } = arguments;
    let seeds = root().join("fuzz/seeds").join(target);
    if !seeds.is_dir() {
        let mut targets = Vec::new();
        for entry in fs::read_dir(root().join("fuzz/seeds"))? {
            targets.push(entry?.file_name().to_string_lossy().into_owned());
        }
        targets.sort();
        return Err(Failure::Told(format!("no target {target}: expected one of {}", targets.join(", "))));
    }
    if !cargo().args(["fuzz", "--version"]).output()?.status.success() {
        return Err(Failure::Missing("cargo-fuzz is missing: cargo install cargo-fuzz".to_owned()));
    }
    let corpus = root().join("fuzz/libfuzzer/corpus").join(target);
    fs::create_dir_all(&corpus)?;
    process::run(
        cargo()
            .args(["fuzz", "run", "--fuzz-dir", "fuzz/libfuzzer", "--sanitizer", "none", target])
            .arg(corpus)
            .arg(seeds)
            .args(["--", "-max_len=16384", "-rss_limit_mb=2048", "-timeout=20"])
            .args(options),
    )
}
