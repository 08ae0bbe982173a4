//! Everything that needs the real Envoy, listed at run time: one test for each recording, conformance test, case and
//! adversarial entry. Without an Envoy they fail; only an environment variable leaves them out, and the last line says so.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod adversarial;
mod cases;
mod command;
mod differential;
mod gateway;
mod pool;
mod recordings;
mod secrets;
mod suite;

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use knative_gloo_conformance::testbed::envoy;
use libtest_mimic::{Arguments, Failed};
use tokio::runtime::Builder;

fn main() {
    let mut arguments = Arguments::from_args();
    // Most tests wait for something: far more of them run at once than there are processors.
    arguments.test_threads.get_or_insert(64);
    let runtime = Arc::new(Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap());
    let mut trials = recordings::trials(&runtime);
    trials.extend(gateway::trials(&runtime));
    trials.extend(suite::trials(&runtime));
    trials.extend(cases::trials(&runtime));
    trials.extend(command::trials(&runtime));
    trials.extend(differential::trials(&runtime));
    trials.extend(adversarial::trials(&runtime));
    trials.extend(secrets::trials(&runtime));
    if envoy::left_out() {
        trials = trials.into_iter().map(|trial| trial.with_ignored_flag(true)).collect();
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    if envoy::left_out() {
        let left_out = conclusion.num_ignored;
        println!("LEFT OUT: {left_out} tests that need Envoy, because {} is set", envoy::WITHOUT_ENVOY);
    }
    // Ends the gateways that tests share: nothing static is dropped by itself.
    suite::stop();
    pool::stop();
    drop(runtime);
    conclusion.exit();
}

/// The Envoy to run, found or installed once.
fn binary() -> Result<&'static Path, Failed> {
    static BINARY: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let found = BINARY.get_or_init(|| envoy::find().map_err(|error| error.to_string()));
    found.as_deref().map_err(|error| Failed::from(error.clone()))
}
