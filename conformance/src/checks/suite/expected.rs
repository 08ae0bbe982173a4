use std::collections::BTreeMap;

use knative_gloo_translate::Dialect;
use serde::Deserialize;

/// Which tests fail with which dialect, and through an API server, and why: `expected-failures.yaml`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct ExpectedFailures(BTreeMap<String, BTreeMap<String, String>>);

/// The list cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("expected-failures.yaml: {0}")]
pub struct UnreadableExpectation(#[from] serde_yaml::Error);

impl ExpectedFailures {
    /// The list of this crate.
    ///
    /// # Errors
    /// When the file is not what it should be.
    pub fn load() -> Result<Self, UnreadableExpectation> {
        Ok(serde_yaml::from_str(include_str!("../../../expected-failures.yaml"))?)
    }

    /// Why a test fails with a dialect; nothing when it passes.
    pub fn reason(&self, dialect: Dialect, test: &str) -> Option<&str> {
        self.0.get(&dialect.to_string())?.get(test).map(String::as_str)
    }

    /// Why a test fails through an API server, with the controller as its program; nothing when it passes.
    pub fn reason_through_api_server(&self, test: &str) -> Option<&str> {
        self.0.get("through an API server")?.get(test).map(String::as_str)
    }
}
