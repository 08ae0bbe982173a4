//! Knative's suite, all tests at once, through the API server.

use std::sync::Arc;

use knative_gloo_conformance::checks::suite::{Finished, Stage, run_in, tests};
use knative_gloo_translate::Dialect;

use crate::rig::Rig;

/// All 25 pass: what is Ready answers the next request, without a second try.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a kube-apiserver, which takes minutes to build"]
async fn the_suite_passes() {
    let failed = failures(&[]).await;
    assert!(failed.is_empty(), "{} of 25 failed:\n{}", failed.len(), failed.join("\n"));
}

/// Runs the suite of today with further arguments of the controller, and says what failed.
async fn failures(arguments: &[&str]) -> Vec<String> {
    let Rig { cluster, turn: _turn } = Rig::start("serving-tests", arguments).await;
    let cluster = Arc::new(cluster);
    let of_today: Vec<_> = tests().iter().copied().filter(|test| test.stage != Stage::January2020).collect();
    let progress = |finished: &Finished| {
        let Finished { name, result, took } = finished;
        let said = result.as_ref().err().map_or("ok", |failure| &failure.0);
        println!("{name}: {said} ({:.1} s)", took.as_secs_f64());
    };
    let finished = run_in(cluster.clone(), Dialect::Knative, &of_today, progress).await;
    assert_eq!(finished.len(), 25);
    let failed: Vec<_> = finished
        .into_iter()
        .filter_map(|finished| finished.result.err().map(|failure| format!("{}: {failure}", finished.name)))
        .collect();
    let log = cluster.controller_log().unwrap_or_else(|error| panic!("{error}"));
    if !failed.is_empty() {
        println!("the controller's log:\n{log}");
    }
    failed
}
