//! The report: what passes with which dialect, and why the rest does not. Nothing in it depends on time, machine or chance, so that a change of the report is a change of a result.

mod collect;
mod markdown;
mod progress;

use std::path::Path;

use knative_gloo_translate::Dialect;

pub use collect::collect;
pub use markdown::markdown;
pub use progress::Progress;

use crate::checks::Failure;
use crate::checks::adversarial::Effect;
use crate::checks::cases::UnreadableCase;
use crate::checks::recordings::UnreadableRecording;
use crate::checks::suite::{Stage, UnreadableExpectation};
use crate::testbed::cluster::ClusterError;

/// Everything that the report tells.
#[derive(Clone, Debug)]
pub struct Report {
    /// Envoy's version.
    pub envoy: String,
    /// The suite, test by test, with every dialect.
    pub tests: Vec<TestRow>,
    /// The cases, with the `Knative` dialect.
    pub cases: Vec<CaseRow>,
    /// The recordings of Gloo's own Envoy configurations.
    pub recordings: Recordings,
    /// The adversarial corpus, file by file.
    pub adversarial: Vec<AdversarialRow>,
    /// The simulator against Envoy.
    pub differential: DifferentialRow,
}

/// The simulator against Envoy, over random sets of Ingresses.
#[derive(Clone, Debug, Default)]
pub struct DifferentialRow {
    /// How many sets.
    pub sets: usize,
    /// How many requests near the edges of each.
    pub requests: usize,
    /// Where they differ; one for each set that they differ on.
    pub differences: Vec<Failure>,
}

/// A test of the suite.
#[derive(Clone, Debug)]
pub struct TestRow {
    /// Its name.
    pub name: &'static str,
    /// How settled it is.
    pub stage: Stage,
    /// With each dialect of [`Dialect::ALL`]: nothing when it passes, or why it fails.
    pub failures: Vec<Option<String>>,
}

/// A case.
#[derive(Clone, Debug)]
pub struct CaseRow {
    /// Its file's name.
    pub name: String,
    /// What it shows.
    pub title: String,
    /// Where it comes from.
    pub source: String,
    /// Why it fails.
    pub failure: Option<Failure>,
}

/// The recordings of Gloo's own Envoy configurations.
#[derive(Clone, Copy, Debug, Default)]
pub struct Recordings {
    /// How many there are.
    pub all: usize,
    /// How many ours equals.
    pub equal: usize,
    /// With how many Envoy's verdict is the recorded one.
    pub verdicts: usize,
}

/// A file of the corpus.
#[derive(Clone, Debug)]
pub struct AdversarialRow {
    /// Its name.
    pub name: String,
    /// What it does with the `Knative` dialect.
    pub knative: Effect,
    /// What it did with the last Gloo.
    pub gloo: Effect,
    /// What the `Knative` dialect made of the entry: `translated` or `rejected`.
    pub outcome: String,
}

/// The report cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A gateway ended.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// Something could not be looked at.
    #[error(transparent)]
    Failure(#[from] Failure),
    /// A recording cannot be read.
    #[error(transparent)]
    Recording(#[from] UnreadableRecording),
    /// A case cannot be read.
    #[error(transparent)]
    Case(#[from] UnreadableCase),
    /// The list of expected failures cannot be read.
    #[error(transparent)]
    Expectation(#[from] UnreadableExpectation),
    /// Envoy cannot be run.
    #[error(transparent)]
    Envoy(#[from] crate::testbed::envoy::EnvoyError),
    /// A directory cannot be read.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// Where the report looks: this crate's directory and the fixtures'.
#[derive(Clone, Copy, Debug)]
pub struct Sources<'a> {
    /// Holds `cases`.
    pub conformance: &'a Path,
    /// Holds `recorded/lower` and `adversarial`.
    pub fixtures: &'a Path,
}

impl Report {
    /// Of the suite's own tests, how many pass with each dialect, and how many there are.
    pub fn passed(&self) -> (Vec<usize>, usize) {
        let own: Vec<&TestRow> = self.tests.iter().filter(|test| test.stage != Stage::January2020).collect();
        let passed = |index: usize| {
            let passes = |test: &&&TestRow| test.failures.get(index).is_some_and(Option::is_none);
            own.iter().filter(passes).count()
        };
        ((0..Dialect::ALL.len()).map(passed).collect(), own.len())
    }

    /// How many files of the corpus have this effect: with the `Knative` dialect, with the last Gloo.
    pub fn adversarial_count(&self, effect: impl Fn(&Effect) -> bool) -> (usize, usize) {
        let count = |of: fn(&AdversarialRow) -> &Effect| {
            self.adversarial.iter().filter(|row| effect(of(row))).count()
        };
        (count(|row| &row.knative), count(|row| &row.gloo))
    }

    /// Whether everything is as it should be with the `Knative` dialect.
    pub fn is_good(&self) -> bool {
        let (passed, all) = self.passed();
        passed.first() == Some(&all)
            && self.cases.iter().all(|case| case.failure.is_none())
            && self.recordings.all == self.recordings.equal
            && self.recordings.all == self.recordings.verdicts
            && self.adversarial.iter().all(|row| row.knative == Effect::Harmless)
            && self.differential.differences.is_empty()
    }
}
