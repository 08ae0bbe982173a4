//! The adversarial corpus, file by file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use knative_gloo_conformance::checks::adversarial::{Effect, run};
use knative_gloo_translate::Dialect;
use libtest_mimic::{Failed, Trial};
use tokio::runtime::Runtime;

use super::pool;

/// Proves of each file that Envoy accepts what becomes of it, that Gloo has nothing against it either, and that the
/// healthy neighbours are answered by their own backends.
pub(crate) fn trials(runtime: &Arc<Runtime>) -> Vec<Trial> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/poison");
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        entries.filter(|path| path.to_string_lossy().ends_with(".in.yaml")).collect();
    files.sort();
    assert!(files.len() > 200, "the adversarial corpus");
    let trial = |file: PathBuf| {
        let runtime = Arc::clone(runtime);
        let name = file.file_name().unwrap().to_string_lossy().trim_end_matches(".in.yaml").to_owned();
        Trial::test(format!("adversarial/{name}"), move || runtime.block_on(harmless(&file)))
    };
    files.into_iter().map(trial).collect()
}

async fn harmless(file: &Path) -> Result<(), Failed> {
    let cluster = pool::take().await?;
    let result = run(&cluster, Dialect::Knative, file).await?;
    pool::give_back(cluster);
    let effect = result.effect;
    if effect == Effect::Harmless { Ok(()) } else { Err(Failed::from(format!("{effect:?}"))) }
}
