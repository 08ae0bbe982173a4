use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use knative_gloo_translate::Dialect;

use super::{ClusterUnderTest, ConformanceTest, Context, TestResult};
use crate::checks::Failure;
use crate::testbed::cluster::{Cluster, ClusterError};

/// A test that was run.
#[derive(Clone, Debug)]
pub struct Finished {
    /// Its name.
    pub name: &'static str,
    /// What it came to.
    pub result: TestResult,
    /// How long it took.
    pub took: Duration,
}

/// Runs tests at once in one cluster of its own, as the suite does. `progress` is called as each ends.
///
/// # Errors
/// When Envoy cannot be run.
pub async fn run(
    envoy: &Path,
    dialect: Dialect,
    tests: &[ConformanceTest],
    progress: impl Fn(&Finished) + Sync,
) -> Result<Vec<Finished>, ClusterError> {
    Ok(run_in(Arc::new(Cluster::start(envoy, dialect).await?), dialect, tests, progress).await)
}

/// Runs tests at once in a cluster. `progress` is called as each ends.
pub async fn run_in(
    cluster: Arc<dyn ClusterUnderTest>,
    dialect: Dialect,
    tests: &[ConformanceTest],
    progress: impl Fn(&Finished) + Sync,
) -> Vec<Finished> {
    let one = |test: &ConformanceTest| {
        let (cluster, test, progress) = (Arc::clone(&cluster), *test, &progress);
        async move {
            let finished = run_one(cluster, dialect, test).await;
            progress(&finished);
            finished
        }
    };
    join_all(tests.iter().map(one)).await
}

/// Runs one test in a cluster.
pub async fn run_one(
    cluster: Arc<dyn ClusterUnderTest>,
    dialect: Dialect,
    test: ConformanceTest,
) -> Finished {
    let started = Instant::now();
    let context = Context::new(cluster, dialect, test.name);
    // In a task of its own, so that a panic fails this test alone.
    let result = match tokio::spawn((test.body)(context)).await {
        Ok(result) => result,
        Err(error) => Err(Failure::from(error)),
    };
    Finished { name: test.name, result, took: started.elapsed() }
}
