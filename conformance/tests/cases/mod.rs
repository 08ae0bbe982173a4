//! The cases of `conformance/cases`, with the `Knative` dialect.

use std::path::Path;
use std::sync::Arc;

use knative_gloo_conformance::checks::cases::{Case, run};
use libtest_mimic::{Failed, Trial};
use tokio::runtime::Runtime;

use super::pool;

/// Proves of each case that every step of it comes out as it says.
pub(crate) fn trials(runtime: &Arc<Runtime>) -> Vec<Trial> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    let trial = |(name, case): (String, Case)| {
        let runtime = Arc::clone(runtime);
        Trial::test(format!("case/{name}"), move || {
            runtime.block_on(async {
                let cluster = pool::take().await?;
                run(&cluster, &case).await?;
                pool::give_back(cluster);
                Ok::<_, Failed>(())
            })
        })
    };
    Case::all(&directory).unwrap().into_iter().map(trial).collect()
}
