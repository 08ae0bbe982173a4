//! The simulator against the real Envoy.

use std::sync::Arc;

use knative_gloo_conformance::checks::differential::cluster::{REQUESTS, SETS, run};
use libtest_mimic::{Failed, Trial};
use tokio::runtime::Runtime;

use super::pool;

/// Proves of random sets that the simulator and Envoy give the same answers: who answers, with which host, path and
/// headers, which redirect, which certificate, which refusal.
pub(crate) fn trials(runtime: &Arc<Runtime>) -> Vec<Trial> {
    let trial = |seed: u64| {
        let runtime = Arc::clone(runtime);
        Trial::test(format!("differential/{seed}"), move || {
            runtime.block_on(async {
                let cluster = pool::take().await?;
                let summary = run(&cluster, seed, REQUESTS).await?;
                pool::give_back(cluster);
                assert!(summary.equal > summary.skipped, "{summary:?}");
                Ok::<_, Failed>(())
            })
        })
    };
    (0..SETS).map(trial).collect()
}
