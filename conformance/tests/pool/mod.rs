//! Clusters of the `Knative` dialect that tests use one after the other.

use std::sync::Mutex;

use knative_gloo_conformance::testbed::cluster::Cluster;
use knative_gloo_translate::Dialect;
use libtest_mimic::Failed;
use tokio::sync::{Semaphore, SemaphorePermit};

/// Clusters that no test uses at the moment.
static IDLE: Mutex<Vec<Cluster>> = Mutex::new(Vec::new());

/// How many are in use at most.
static IN_USE: Semaphore = Semaphore::const_new(4);

/// A cluster that is in use.
pub(crate) struct Taken {
    cluster: Cluster,
    _permit: SemaphorePermit<'static>,
}

impl std::ops::Deref for Taken {
    type Target = Cluster;

    fn deref(&self) -> &Cluster {
        &self.cluster
    }
}

/// A cluster for one test.
pub(crate) async fn take() -> Result<Taken, Failed> {
    let permit = IN_USE.acquire().await?;
    let idle = IDLE.lock().unwrap().pop();
    let cluster = match idle {
        Some(cluster) => cluster,
        None => Cluster::start(super::binary()?, Dialect::Knative).await?,
    };
    Ok(Taken { cluster, _permit: permit })
}

/// Leaves the cluster to the next test. One whose test failed is not given back: it may be in any state.
pub(crate) fn give_back(taken: Taken) {
    IDLE.lock().unwrap().push(taken.cluster);
}

/// Ends the clusters.
pub(crate) fn stop() {
    IDLE.lock().unwrap().clear();
}
