use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::bootstrap::RESOURCE_FILE;
use super::process::{POLL, Process, deadline};
use super::{EnvoyError, Verdict, admin};

/// One file that Envoy follows, with the counters that say what Envoy made of it.
pub(crate) struct Subscription {
    directory: PathBuf,
    /// What stands before `.update_success` in the names of its counters.
    stats: String,
    type_url: &'static str,
    version: u64,
    last: Option<(Vec<Value>, Verdict)>,
}

/// A file written, not yet answered.
pub(crate) struct Pending {
    refused_before: u64,
    log_before: usize,
}

impl Subscription {
    pub(crate) fn new(
        parent: &Path,
        name: &str,
        stats: &str,
        type_url: &'static str,
    ) -> Result<Self, EnvoyError> {
        let directory = parent.join(name);
        fs::create_dir_all(&directory).map_err(EnvoyError::Io)?;
        Ok(Self { directory, stats: stats.to_owned(), type_url, version: 0, last: None })
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Envoy's verdict on these resources if they are the ones that it has.
    pub(crate) fn known(&self, resources: &[Value]) -> Option<Verdict> {
        self.last.as_ref().filter(|(known, _)| known == resources).map(|(_, verdict)| verdict.clone())
    }

    /// The resources that were written last.
    pub(crate) fn current(&self) -> &[Value] {
        self.last.as_ref().map(|(resources, _)| resources.as_slice()).unwrap_or_default()
    }

    /// Moves the resources into place. Written beside the watched directory, so that Envoy sees one move and no more.
    pub(crate) fn write(&mut self, resources: &[Value]) -> Result<(), EnvoyError> {
        self.version = self.version.saturating_add(1);
        let typed: Vec<Value> = resources.iter().map(|resource| with_type(resource, self.type_url)).collect();
        let response =
            json!({ "versionInfo": self.version.to_string(), "typeUrl": self.type_url, "resources": typed });
        let staging = self.directory.with_extension("next");
        fs::write(&staging, response.to_string()).map_err(EnvoyError::Io)?;
        fs::rename(&staging, self.directory.join(RESOURCE_FILE)).map_err(EnvoyError::Io)
    }

    /// Looks at the counters before a [`write`](Self::write).
    pub(crate) async fn prepare(&self, process: &Process) -> Result<Pending, EnvoyError> {
        let (_, refused_before) = self.state(process).await?;
        Ok(Pending { refused_before, log_before: process.log().len() })
    }

    /// Waits for Envoy's answer to what was written after [`prepare`](Self::prepare): its own word for the version
    /// that it serves, or one more refusal. The counters of routes start anew with each listener, so that a refusal
    /// may also show in the log alone.
    pub(crate) async fn answer(
        &mut self,
        resources: Vec<Value>,
        pending: Pending,
        process: &mut Process,
    ) -> Result<Verdict, EnvoyError> {
        let give_up = deadline();
        let Pending { refused_before, log_before } = pending;
        let wanted = self.version.to_string();
        let verdict = loop {
            process.check(give_up, "an answer to a configuration")?;
            let (version, refused) = self.state(process).await?;
            if version == wanted {
                break Verdict::Accepted;
            }
            let reasons = refusals(process, log_before);
            if !reasons.is_empty() && (refused != refused_before || refused > 0) {
                break Verdict::Rejected(reasons.join("; "));
            }
            tokio::time::sleep(POLL).await;
        };
        self.last = Some((resources, verdict.clone()));
        Ok(verdict)
    }

    /// Forgets what was written: the subscription ends with its listener.
    pub(crate) fn forget(&mut self) {
        self.last = None;
    }

    /// The version that Envoy serves, and how often it has refused one.
    async fn state(&self, process: &Process) -> Result<(String, u64), EnvoyError> {
        let name = &self.stats;
        let filter = format!("^{name}.(version_text|update_rejected|update_failure)$");
        let stats = admin::stats(process.admin(), &filter).await?;
        let of = |name: String| stats.get(&name);
        let count =
            |outcome: &str| of(format!("{name}.{outcome}")).and_then(Value::as_u64).unwrap_or_default();
        let version = of(format!("{name}.version_text")).and_then(Value::as_str).unwrap_or_default();
        Ok((version.to_owned(), count("update_rejected").saturating_add(count("update_failure"))))
    }
}

fn with_type(resource: &Value, type_url: &str) -> Value {
    let mut resource = resource.clone();
    if let Some(fields) = resource.as_object_mut() {
        fields.insert("@type".to_owned(), json!(type_url));
    }
    resource
}

/// What Envoy has written of refusals since a line of its log.
fn refusals(process: &Process, seen: usize) -> Vec<String> {
    let lines = process.log().since(seen).into_iter();
    lines.filter(|line| line.contains("update rejected") || line.contains("update failure")).collect()
}
