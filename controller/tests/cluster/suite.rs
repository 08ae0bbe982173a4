//! Knative's suite, all tests at once, through the API server.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use knative_gloo_conformance::checks::suite::{ExpectedFailures, Finished, Stage, run_in, tests};
use knative_gloo_translate::Dialect;

use crate::rig::Rig;

/// All 25 pass, but for those that `expected-failures.yaml` lists: what is Ready answers the next request, without a second try.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a kube-apiserver, which takes minutes to build"]
async fn the_suite_passes() {
    let failed = failures(&[]).await;
    let expected = ExpectedFailures::load().unwrap();
    let listed = |name: &&str| expected.reason_through_api_server(name).is_some();
    let listed: BTreeSet<_> = tests().iter().map(|test| test.name).filter(listed).collect();
    assert_eq!(failed.keys().copied().collect::<BTreeSet<_>>(), listed, "{failed:#?}");
}

/// Runs the suite of today with further arguments of the controller, and says what failed.
async fn failures(arguments: &[&str]) -> BTreeMap<&'static str, String> {
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
    let failed: BTreeMap<_, _> = finished
        .into_iter()
        .filter_map(|finished| Some((finished.name, finished.result.err()?.to_string())))
        .collect();
    let log = cluster.controller_log().unwrap_or_else(|error| panic!("{error}"));
    if !failed.is_empty() {
        println!("the controller's log:\n{log}");
    }
    failed
}
