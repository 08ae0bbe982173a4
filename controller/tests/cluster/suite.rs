//! Knative's suite, all tests at once, through the API server.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use knative_gloo_conformance::checks::suite::{
    ConformanceTest, ExpectedFailures, Finished, Stage, run_in, tests,
};
use knative_gloo_conformance::testbed::kubernetes::Deployment;
use knative_gloo_translate::Dialect;

use crate::rig::{Rig, deployment};

/// All 25 pass, but for those that `expected-failures.yaml` lists: what is Ready answers the next request, without a second try.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a kube-apiserver, which takes minutes to build"]
async fn conformance_suite_passes() {
    let failed = failures(deployment(), &[], |_| true).await;
    let expected = ExpectedFailures::load().unwrap();
    let listed = |name: &&str| expected.reason_through_api_server(name).is_some();
    let listed: BTreeSet<_> = tests().iter().map(|test| test.name).filter(listed).collect();
    assert_eq!(failed.keys().copied().collect::<BTreeSet<_>>(), listed, "{failed:#?}");
}

/// Without probing the hash is never answered. One that does not wait for endpoints either, and so calls an Ingress ready when its Proxies
/// are stored, fails most tests: this cluster is as hard as a real one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a kube-apiserver, which takes minutes to build"]
async fn suite_fails_without_probing() {
    let unprobed = || deployment().with_option("probe: false");
    let failed = failures(unprobed(), &[], |test| test.name != "update").await;
    assert!(failed.contains_key("headers/probe"), "{failed:#?}");
    let failed = failures(unprobed(), &["--settle", "0"], |test| test.name != "update").await;
    assert!(failed.len() > 12, "{failed:#?}");
}

/// Gloo finds the endpoints of a new Service up to two seconds after the Service. A controller that doesn't wait for that when it
/// moves a host loses requests.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a kube-apiserver, which takes minutes to build"]
async fn suite_loses_requests_without_settle_time() {
    for settle in ["0", "500"] {
        let failed = failures(deployment(), &["--settle", settle], |test| test.name == "update").await;
        let failure = failed.get("update").map(String::as_str).unwrap_or_default();
        assert!(failure.contains("a request was lost"), "--settle {settle}: {failed:?}");
    }
}

/// Runs tests of today's suite with further arguments of the controller, and says which failed.
async fn failures(
    deployment: Deployment,
    arguments: &[&str],
    is_run: impl Fn(&ConformanceTest) -> bool,
) -> BTreeMap<&'static str, String> {
    let Rig { cluster, turn: _turn } = Rig::start_with("serving-tests", deployment, arguments).await;
    let cluster = Arc::new(cluster);
    let of_today = tests().iter().filter(|test| test.stage != Stage::January2020);
    let run: Vec<_> = of_today.filter(|test| is_run(test)).copied().collect();
    let progress = |finished: &Finished| {
        let Finished { name, result, took } = finished;
        let said = result.as_ref().err().map_or("ok", |failure| &failure.0);
        println!("{name}: {said} ({:.1} s)", took.as_secs_f64());
    };
    let finished = run_in(cluster.clone(), Dialect::Knative, &run, progress).await;
    assert_eq!(finished.len(), run.len());
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
