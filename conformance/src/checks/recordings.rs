//! What the real Gloo printed, as `fixtures/recorded` keeps it.

use std::collections::BTreeSet;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use gloo_proxy_model::{Proxy, ResourceRef};
use serde::Deserialize;
use serde_json::Value;

use crate::envoy_config::{
    ConfigReport, Environment, References, ServicePort, TlsSecret, UpstreamProtocol, references,
};

/// A Proxy, what Gloo 1.22 made of it, and whether Envoy takes that.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EnvoyConfigRecording {
    /// The Proxy.
    pub proxy: Proxy,
    /// What Gloo said of it.
    pub gloo: GlooVerdict,
    /// Whether Envoy 1.40 accepts the result, with everything in line.
    pub envoy_accepts: bool,
    /// Why not, in a few words.
    #[serde(default)]
    pub envoy_refuses_because: Option<String>,
    /// Envoy's listeners.
    #[serde(default)]
    pub listeners: Vec<Value>,
    /// Envoy's route configurations.
    #[serde(default)]
    pub routes: Vec<Value>,
    /// Envoy's clusters.
    #[serde(default)]
    pub clusters: Vec<Value>,
}

/// The kinds of what Gloo said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct GlooVerdict {
    /// Errors.
    pub errors: Vec<String>,
    /// Warnings.
    pub warnings: Vec<String>,
}

/// A recording cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{}: {reason}", path.display())]
pub struct UnreadableRecording {
    path: PathBuf,
    reason: String,
}

impl GlooVerdict {
    /// The kinds among these reports, as the recordings list them.
    pub fn of(reports: &[ConfigReport]) -> Self {
        let kinds = |errors: bool| {
            let kinds = reports.iter().filter(|report| report.kind.is_error() == errors);
            kinds.map(|report| report.kind.name().to_owned()).collect::<BTreeSet<_>>().into_iter().collect()
        };
        Self { errors: kinds(true), warnings: kinds(false) }
    }
}

impl EnvoyConfigRecording {
    /// All recordings of a directory with their names, in the order of the names.
    ///
    /// # Errors
    /// Names the file that cannot be read.
    pub fn all(directory: &Path) -> Result<Vec<(String, Self)>, UnreadableRecording> {
        let failed = |path: &Path, reason: String| UnreadableRecording { path: path.to_owned(), reason };
        let entries = fs::read_dir(directory).map_err(|error| failed(directory, error.to_string()))?;
        let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
        paths.sort();
        let read = |path: PathBuf| {
            let text = fs::read_to_string(&path).map_err(|error| failed(&path, error.to_string()))?;
            let recording = serde_yaml::from_str(&text).map_err(|error| failed(&path, error.to_string()))?;
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            Ok((name, recording))
        };
        paths.into_iter().map(read).collect()
    }

    /// The surroundings of the recording: every Service and Secret that the Proxy names exists, but for those with
    /// `missing` in their names. Every backend is port 9 of loopback; port 81 is Knative's `http2`.
    ///
    /// `certificate` stands for every Secret; the recordings have words in its place.
    pub fn environment(&self, certificate: &TlsSecret) -> Environment {
        let References { services, secrets } = references(&self.proxy);
        let exists = |name: &ResourceRef| !name.name.contains("missing");
        let mut environment = Environment::default();
        for (service, port) in services.into_iter().filter(|(service, _)| exists(service)) {
            environment.services.entry(service).or_default().push(ServicePort {
                port,
                protocol: if port == 81 { UpstreamProtocol::Http2 } else { UpstreamProtocol::Http1 },
                endpoints: vec![SocketAddr::from(([127, 0, 0, 1], 9))],
                upstream_ca: None,
            });
        }
        let secrets = secrets.into_keys().filter(exists);
        environment.secrets = secrets.map(|secret| (secret, certificate.clone())).collect();
        environment
    }
}
