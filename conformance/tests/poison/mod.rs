//! The corpus of poison, file by file.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use knative_gloo_conformance::cluster::Cluster;
use knative_gloo_conformance::poison::{Effect, run};
use knative_gloo_translate::Dialect;
use libtest_mimic::{Failed, Trial};
use tokio::runtime::Runtime;
use tokio::sync::Semaphore;

/// Clusters that no test uses at the moment.
static IDLE: Mutex<Vec<Cluster>> = Mutex::new(Vec::new());

/// How many clusters there are at most.
static CLUSTERS: Semaphore = Semaphore::const_new(4);

/// Ends the clusters.
pub(crate) fn stop() {
    IDLE.lock().unwrap().clear();
}

/// Proves of each file that Envoy accepts what becomes of it, that Gloo has nothing against it either, and that the
/// healthy neighbours are answered by their own backends.
pub(crate) fn trials(runtime: &Arc<Runtime>) -> Vec<Trial> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/poison");
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        entries.filter(|path| path.to_string_lossy().ends_with(".in.yaml")).collect();
    files.sort();
    assert!(files.len() > 200, "the corpus of poison");
    let trial = |file: PathBuf| {
        let runtime = Arc::clone(runtime);
        let name = file.file_name().unwrap().to_string_lossy().trim_end_matches(".in.yaml").to_owned();
        Trial::test(format!("poison/{name}"), move || runtime.block_on(harmless(&file)))
    };
    files.into_iter().map(trial).collect()
}

async fn harmless(file: &Path) -> Result<(), Failed> {
    let _permit = CLUSTERS.acquire().await?;
    let idle = IDLE.lock().unwrap().pop();
    let cluster = match idle {
        Some(cluster) => cluster,
        None => Cluster::start(super::binary()?, Dialect::Knative).await?,
    };
    let poisoned = run(&cluster, Dialect::Knative, file).await?;
    IDLE.lock().unwrap().push(cluster);
    match poisoned.effect {
        Effect::Harmless => Ok(()),
        effect => Err(Failed::from(format!("{effect:?}"))),
    }
}
