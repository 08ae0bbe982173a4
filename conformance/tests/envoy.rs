//! Everything that needs the real Envoy, listed at run time: one test for each recording, conformance test, case and
//! poison. Without an Envoy they fail; only an environment variable leaves them out, and the last line says so.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod gateway;

use std::path::Path;
use std::sync::{Arc, OnceLock};

use knative_gloo_conformance::backend::Certificate;
use knative_gloo_conformance::envoy::{self, Verdict};
use knative_gloo_conformance::lower::lower;
use knative_gloo_conformance::recorded::LowerRecording;
use libtest_mimic::{Arguments, Failed, Trial};
use tokio::runtime::{Builder, Runtime};

fn main() {
    let mut arguments = Arguments::from_args();
    // Most tests wait for something: far more of them run at once than there are processors.
    arguments.test_threads.get_or_insert(32);
    let runtime = Arc::new(Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap());
    let mut trials = recordings(&runtime);
    trials.extend(gateway::trials(&runtime));
    if envoy::left_out() {
        trials = trials.into_iter().map(|trial| trial.with_ignored_flag(true)).collect();
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    if envoy::left_out() {
        println!(
            "LEFT OUT: {} tests that need Envoy, because {} is set",
            conclusion.num_ignored,
            envoy::WITHOUT_ENVOY
        );
    }
    drop(runtime);
    conclusion.exit();
}

/// The Envoy to run, found or installed once.
fn binary() -> Result<&'static Path, Failed> {
    static BINARY: OnceLock<Result<std::path::PathBuf, String>> = OnceLock::new();
    let found = BINARY.get_or_init(|| envoy::find().map_err(|error| error.to_string()));
    found.as_deref().map_err(|error| Failed::from(error.clone()))
}

/// Proves of each recording that the real Envoy gives our lowering the verdict that it gave Gloo's.
fn recordings(runtime: &Arc<Runtime>) -> Vec<Trial> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/recorded/lower");
    let certificate = Certificate::for_names(&["one.example.com".to_owned()]).unwrap();
    let trial = |(name, recording): (String, LowerRecording)| {
        let (runtime, secret) = (Arc::clone(runtime), certificate.secret.clone());
        Trial::test(format!("recording/{name}"), move || {
            let lowered = lower(&recording.proxy, &recording.environment(&secret));
            let bootstrap = envoy::standalone(&lowered.listeners, &lowered.routes, &lowered.clusters);
            let verdict = runtime.block_on(envoy::validate(binary()?, &bootstrap))?;
            match (verdict, recording.envoy_accepts) {
                (Verdict::Accepted, true) | (Verdict::Rejected(_), false) => Ok(()),
                (Verdict::Accepted, false) => Err(Failed::from("Envoy accepts what it refused from Gloo")),
                (Verdict::Rejected(reason), true) => Err(Failed::from(reason)),
            }
        })
    };
    LowerRecording::all(&directory).unwrap().into_iter().map(trial).collect()
}
