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
    attempts_before: u64,
    log_before: usize,
    rejected_before: u64,
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
        let (attempts_before, rejected_before) = self.counters(process).await?;
        Ok(Pending { attempts_before, rejected_before, log_before: process.log().len() })
    }

    /// Waits for Envoy's answer to what was written after [`prepare`](Self::prepare).
    pub(crate) async fn answer(
        &mut self,
        resources: Vec<Value>,
        pending: Pending,
        process: &mut Process,
    ) -> Result<Verdict, EnvoyError> {
        let give_up = deadline();
        let Pending { attempts_before, rejected_before, log_before } = pending;
        let rejected = loop {
            process.check(give_up, "an answer to a configuration")?;
            let (attempts, rejected) = self.counters(process).await?;
            if attempts > attempts_before {
                break rejected > rejected_before;
            }
            tokio::time::sleep(POLL).await;
        };
        let verdict =
            if rejected { Verdict::Rejected(reason(process, log_before).await) } else { Verdict::Accepted };
        self.last = Some((resources, verdict.clone()));
        Ok(verdict)
    }

    /// Forgets what was written: the subscription ends with its listener.
    pub(crate) fn forget(&mut self) {
        self.last = None;
    }

    async fn counters(&self, process: &Process) -> Result<(u64, u64), EnvoyError> {
        let name = &self.stats;
        let stats =
            admin::stats(process.admin(), &format!("^{name}.update_(success|rejected|failure)$")).await?;
        let of = |outcome: &str| stats.get(&format!("{name}.update_{outcome}")).copied().unwrap_or_default();
        let refused = of("rejected").saturating_add(of("failure"));
        Ok((of("success").saturating_add(refused), refused))
    }
}

fn with_type(resource: &Value, type_url: &str) -> Value {
    let mut resource = resource.clone();
    if let Some(fields) = resource.as_object_mut() {
        fields.insert("@type".to_owned(), json!(type_url));
    }
    resource
}

/// Envoy writes the reason to its log; the counter may be seen before the line has come through the pipe.
async fn reason(process: &mut Process, seen: usize) -> String {
    let give_up = deadline();
    loop {
        let said: Vec<String> = process
            .log()
            .since(seen)
            .into_iter()
            .filter(|line| line.contains("rejected") || line.contains("failure"))
            .collect();
        if !said.is_empty() {
            return said.join("; ");
        }
        if process.check(give_up, "the reason of a refusal").is_err() {
            return "no reason given".to_owned();
        }
        tokio::time::sleep(POLL).await;
    }
}
