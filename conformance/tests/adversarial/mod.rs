//! The adversarial corpus, file by file.

use std::path::Path;
use std::sync::Arc;

use knative_gloo_conformance::checks::adversarial::{Effect, run};
use knative_gloo_translate::Dialect;
use libtest_mimic::{Failed, Trial};
use tokio::runtime::Runtime;

use super::pool;

/// Proves of each file that Envoy accepts what becomes of it, that Gloo has nothing against it either, and that the
/// healthy neighbours are answered by their own backends.
pub(crate) fn trials(runtime: &Arc<Runtime>) -> Vec<Trial> {
    let inputs = fixtures::files("adversarial", fixtures::INPUT).unwrap();
    assert!(inputs.len() > 200, "the adversarial corpus");
    let trial = |fixtures::Fixture { name, path }| {
        let runtime = Arc::clone(runtime);
        Trial::test(format!("adversarial/{name}"), move || runtime.block_on(harmless(&path)))
    };
    inputs.into_iter().map(trial).collect()
}

async fn harmless(file: &Path) -> Result<(), Failed> {
    let cluster = pool::take().await?;
    let result = run(&cluster, Dialect::Knative, file).await?;
    pool::give_back(cluster);
    let effect = result.effect;
    if effect == Effect::Harmless { Ok(()) } else { Err(Failed::from(format!("{effect:?}"))) }
}
