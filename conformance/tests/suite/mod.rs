//! Knative's suite, test by test, with every dialect.

use std::sync::{Arc, Mutex};

use knative_gloo_conformance::checks::suite::{ConformanceTest, ExpectedFailures, run_one, tests};
use knative_gloo_conformance::testbed::cluster::Cluster;
use knative_gloo_translate::Dialect;
use libtest_mimic::{Failed, Trial};
use tokio::runtime::Runtime;

/// One cluster for each dialect, which all its tests share, as the suite's do.
static CLUSTERS: Mutex<Vec<(Dialect, Arc<Cluster>)>> = Mutex::new(Vec::new());

/// Ends the clusters.
pub(crate) fn stop() {
    CLUSTERS.lock().unwrap().clear();
}

/// Proves of each dialect that exactly the tests of its list of expected failures fail, and of `Knative` that all pass.
pub(crate) fn trials(runtime: &Arc<Runtime>) -> Vec<Trial> {
    let expected = Arc::new(ExpectedFailures::load().unwrap());
    let trial = |dialect: Dialect, test: &ConformanceTest| {
        let (runtime, expected, test) = (Arc::clone(runtime), Arc::clone(&expected), *test);
        Trial::test(format!("suite/{dialect}/{}", test.name), move || {
            let finished = runtime.block_on(run_one(cluster(&runtime, dialect)?, dialect, test));
            match (finished.result, expected.reason(dialect, test.name)) {
                (Ok(()), None) | (Err(_), Some(_)) => Ok(()),
                (Err(failure), None) => Err(Failed::from(failure)),
                (Ok(()), Some(reason)) => {
                    Err(Failed::from(format!("it passes, but the list says: {reason}")))
                }
            }
        })
    };
    // The slow ones first, so that they wait beside the others.
    let mut order: Vec<_> = tests().iter().collect();
    order.sort_by_key(|test| !matches!(test.name, "timeout" | "update" | "2020/timeout" | "2020/retry"));
    order.iter().flat_map(|test| Dialect::ALL.map(|dialect| trial(dialect, test))).collect()
}

fn cluster(runtime: &Runtime, dialect: Dialect) -> Result<Arc<Cluster>, Failed> {
    let mut clusters = CLUSTERS.lock().map_err(|_| Failed::from("a cluster could not be started"))?;
    if let Some((_, cluster)) = clusters.iter().find(|(known, _)| *known == dialect) {
        return Ok(Arc::clone(cluster));
    }
    let cluster = Arc::new(runtime.block_on(Cluster::start(super::binary()?, dialect))?);
    clusters.push((dialect, Arc::clone(&cluster)));
    Ok(cluster)
}
