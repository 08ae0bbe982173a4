use std::path::{Path, PathBuf};

use futures_util::future::try_join_all;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use knative_gloo_translate::{Dialect, Outcome};
use serde_json::Value;

use super::{
    AdversarialRow, CaseRow, DifferentialRow, Progress, Recordings, Report, ReportError, Sources, TestRow,
};
use crate::checks::Failure;
use crate::checks::adversarial::{self, AdversarialResult};
use crate::checks::cases::{self, Case};
use crate::checks::differential::cluster as compared;
use crate::checks::recordings::{EnvoyConfigRecording, GlooVerdict};
use crate::checks::suite::{self, ExpectedFailures};
use crate::envoy_config;
use crate::testbed::backend::Certificate;
use crate::testbed::cluster::Cluster;
use crate::testbed::envoy::{self, Verdict};

/// Runs everything that the report tells of.
///
/// # Errors
/// When Envoy cannot be run, or a file cannot be read.
pub async fn collect(
    binary: &Path,
    sources: Sources<'_>,
    progress: impl Fn(Progress) + Sync,
) -> Result<Report, ReportError> {
    let tests = tests(binary, &progress).await?;
    let cases = cases(binary, &sources.conformance.join("cases"), &progress).await?;
    let recordings = recordings(binary, &sources.fixtures.join("recorded").join("lower")).await?;
    progress(Progress::Recordings { all: recordings.all });
    let adversarial = corpus_rows(binary, &sources.fixtures.join("adversarial"), &progress).await?;
    let differential = differential(binary).await?;
    progress(Progress::Differential { all: differential.sets });
    Ok(Report { envoy: envoy::version(binary)?, tests, cases, recordings, adversarial, differential })
}

async fn differential(binary: &Path) -> Result<DifferentialRow, ReportError> {
    let (sets, requests) = (compared::SETS, compared::REQUESTS);
    // Four clusters, each with every fourth set.
    let quarter = |first: u64| async move {
        let cluster = Cluster::start(binary, Dialect::Knative).await?;
        let mut differences = Vec::new();
        for seed in (first..sets).step_by(4) {
            differences.extend(compared::run(&cluster, seed, requests).await.err());
        }
        Ok::<_, ReportError>(differences)
    };
    let differences = try_join_all((0..4).map(quarter)).await?.into_iter().flatten().collect();
    Ok(DifferentialRow { sets: usize::try_from(sets).unwrap_or_default(), requests, differences })
}

async fn tests(binary: &Path, progress: &(impl Fn(Progress) + Sync)) -> Result<Vec<TestRow>, ReportError> {
    let expected = ExpectedFailures::load()?;
    let run = |dialect: Dialect| {
        suite::run(binary, dialect, suite::tests(), move |finished| {
            let (name, passes) = (finished.name.to_owned(), finished.result.is_ok());
            progress(Progress::Test { dialect: dialect.to_string(), name, passes });
        })
    };
    let runs = try_join_all(Dialect::ALL.map(run)).await?;
    // What the list says is the reason; what a run says may speak of chance.
    let failure = |dialect: Dialect, index: usize, run: &[suite::Finished]| {
        let finished = run.get(index)?;
        let failure = finished.result.as_ref().err()?;
        Some(expected.reason(dialect, finished.name).map_or_else(|| failure.to_string(), str::to_owned))
    };
    let row = |(index, test): (usize, &suite::ConformanceTest)| TestRow {
        name: test.name,
        stage: test.stage,
        failures: Dialect::ALL
            .into_iter()
            .zip(&runs)
            .map(|(dialect, run)| failure(dialect, index, run))
            .collect(),
    };
    Ok(suite::tests().iter().enumerate().map(row).collect())
}

async fn cases(
    binary: &Path,
    directory: &Path,
    progress: &(impl Fn(Progress) + Sync),
) -> Result<Vec<CaseRow>, ReportError> {
    let run = |(name, case): (String, Case)| async move {
        let cluster = Cluster::start(binary, Dialect::Knative).await?;
        let failure = cases::run(&cluster, &case).await.err();
        progress(Progress::Case { name: name.clone(), passes: failure.is_none() });
        let Case { title, source, .. } = case;
        Ok::<_, ReportError>(CaseRow { name, title, source, failure })
    };
    stream::iter(Case::all(directory)?).map(run).buffered(4).try_collect().await
}

async fn recordings(binary: &Path, directory: &Path) -> Result<Recordings, ReportError> {
    let recordings = EnvoyConfigRecording::all(directory)?;
    let words = crate::envoy_config::TlsSecret {
        certificate: "CERTIFICATE".to_owned(),
        private_key: "PRIVATE KEY".to_owned(),
        root_ca: None,
        ocsp_staple: None,
    };
    let certificate = Certificate::for_names(&["one.example.com".to_owned()]).map_err(Failure::from)?;
    let mut counts = Recordings { all: recordings.len(), ..Recordings::default() };
    for (_, recording) in recordings {
        let config = envoy_config::build(&recording.proxy, &recording.environment(&words));
        let same = without_solos_filter(&recording.listeners) == config.listeners
            && recording.routes == config.routes
            && recording.clusters == config.clusters
            && recording.gloo == GlooVerdict::of(&config.reports);
        counts.equal = counts.equal.saturating_add(usize::from(same));
        let config = envoy_config::build(&recording.proxy, &recording.environment(&certificate.secret));
        let bootstrap = envoy::standalone(&config.listeners, &config.routes, &config.clusters);
        let accepted = envoy::validate(binary, &bootstrap).await? == Verdict::Accepted;
        counts.verdicts = counts.verdicts.saturating_add(usize::from(accepted == recording.envoy_accepts));
    }
    Ok(counts)
}

fn without_solos_filter(listeners: &[Value]) -> Vec<Value> {
    let mut listeners = listeners.to_vec();
    envoy::for_each_manager(&mut listeners, |manager| {
        if let Some(filters) = manager.get_mut("httpFilters").and_then(Value::as_array_mut) {
            filters.retain(|filter| filter.get("name").is_none_or(|name| name != "io.solo.transformation"));
        }
    });
    listeners
}

async fn corpus_rows(
    binary: &Path,
    directory: &Path,
    progress: &(impl Fn(Progress) + Sync),
) -> Result<Vec<AdversarialRow>, ReportError> {
    let mut files = Vec::new();
    for subject in std::fs::read_dir(directory)? {
        for entry in std::fs::read_dir(subject?.path())? {
            files.push(entry?.path());
        }
    }
    files.retain(|path| path.to_string_lossy().ends_with(".in.yaml"));
    files.sort();
    let [knative, gloo] =
        [Dialect::Knative, Dialect::Gloo1_22].map(|dialect| corpus(binary, dialect, &files, progress));
    let (knative, gloo) = futures_util::future::try_join(knative, gloo).await?;
    let row = |((file, knative), gloo): ((&PathBuf, AdversarialResult), AdversarialResult)| {
        let below = file.strip_prefix(directory).unwrap_or(file).to_string_lossy().replace('\\', "/");
        let name = below.trim_end_matches(".in.yaml").to_owned();
        let rejected = knative.culprits.iter().any(|(outcome, _)| *outcome == Outcome::Rejected);
        let outcome = if rejected { Outcome::Rejected } else { Outcome::Translated };
        AdversarialRow { name, knative: knative.effect, gloo: gloo.effect, outcome: outcome.to_string() }
    };
    Ok(files.iter().zip(knative).zip(gloo).map(row).collect())
}

/// The files one after the other in each of two clusters.
async fn corpus(
    binary: &Path,
    dialect: Dialect,
    files: &[PathBuf],
    progress: &(impl Fn(Progress) + Sync),
) -> Result<Vec<AdversarialResult>, ReportError> {
    let all = files.len();
    let done = std::sync::atomic::AtomicUsize::new(0);
    let half = |files: Vec<PathBuf>| {
        let done = &done;
        async move {
            let cluster = Cluster::start(binary, dialect).await?;
            let mut adversarial_count = Vec::with_capacity(files.len());
            for file in files {
                let name = file.display().to_string();
                let failed = |failure: Failure| Failure::because(format!("{name}: {failure}"));
                adversarial_count.push(adversarial::run(&cluster, dialect, &file).await.map_err(failed)?);
                let done = done.fetch_add(1, std::sync::atomic::Ordering::Relaxed).saturating_add(1);
                if done.checked_rem(50) == Some(0) || done == all {
                    progress(Progress::Adversarial { dialect: dialect.to_string(), done, all });
                }
            }
            Ok::<_, ReportError>(adversarial_count)
        }
    };
    let middle = all.checked_div(2).unwrap_or_default();
    let (first, second) = files.split_at_checked(middle).unwrap_or((files, &[]));
    let (first, second) = futures_util::future::try_join(half(first.to_vec()), half(second.to_vec())).await?;
    Ok(first.into_iter().chain(second).collect())
}
