use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use k8s_openapi::api::core::v1::Service as KubeService;
use knative_gloo_translate::{Gateway, Options};
use knative_ingress_model::Ingress;
use serde::Deserialize;
use serde_json::Value;

/// A case.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Case {
    /// What it shows, in one sentence.
    pub title: String,
    /// Who got it wrong, or what says how it should be.
    #[serde(default)]
    pub source: String,
    /// How the Ingresses are translated; the class does not count unless one is named here, and expressions may be as large as the
    /// cluster takes them.
    #[serde(default)]
    pub(super) options: Options,
    /// The Ingresses that are there at the start.
    #[serde(default)]
    pub(super) ingresses: Vec<Ingress>,
    /// Services that are more than a port with an echo behind it.
    #[serde(default)]
    pub(super) services: Vec<KubeService>,
    /// Backends that are more than an echo. Every other destination is an echo that says `<namespace>/<Service>`.
    #[serde(default)]
    pub(super) backends: Vec<BackendSpec>,
    /// Services and Secrets (`namespace/name`) that do not exist.
    #[serde(default)]
    pub(super) missing: Vec<String>,
    /// What happens, in this order.
    pub(super) steps: Vec<Step>,
}

/// A backend that is more than an echo.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct BackendSpec {
    /// `namespace/name`.
    pub(super) service: String,
    pub(super) port: i32,
    /// The port's name.
    pub(super) name: Option<String>,
    pub(super) app_protocol: Option<String>,
    #[serde(default)]
    pub(super) kind: BackendKind,
    /// Whether it speaks TLS; the gateway then trusts its authority alone.
    #[serde(default)]
    pub(super) tls: bool,
}

/// What a backend does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum BackendKind {
    #[default]
    Echo,
    /// Waits as the query says.
    Timeout,
    /// 503 once, then 200.
    Retry,
    /// Echoes text messages with ` pong` behind them.
    WebSocket,
    /// `ping.PingService`, with ` pong` behind each message.
    Grpc,
}

/// One thing that happens.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Step {
    /// A request and its answer.
    Request(Box<RequestStep>),
    /// A WebSocket conversation.
    Websocket(Conversation),
    /// A stream of pings.
    Grpc(Conversation),
    /// Ingresses are created or updated.
    Apply(Vec<Ingress>),
    /// An Ingress (`namespace/name`) is deleted.
    Remove(String),
    /// What the reports say of Ingresses: `translated`, `rejected` or `skipped`.
    Outcome(BTreeMap<String, String>),
}

/// A request and its answer.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct RequestStep {
    /// Scheme, host with a port or without, path and query. The port is what the client writes, not where it dials.
    pub(super) url: String,
    #[serde(default)]
    pub(super) via: Via,
    #[serde(default = "get")]
    pub(super) method: String,
    /// Names and values; several values are several headers.
    #[serde(default)]
    pub(super) headers: BTreeMap<String, OneOrMany>,
    /// Whether the client speaks HTTP/2.
    #[serde(default)]
    pub(super) http2: bool,
    /// The name in the TLS handshake, where it is another than the URL's.
    pub(super) server_name: Option<String>,
    /// The Secret (`namespace/name`) whose authority is trusted; anyone's unless it is named.
    pub(super) trust: Option<String>,
    /// How often it is sent, for `shares`.
    pub(super) repeat: Option<usize>,
    pub(super) expect: Expect,
}

/// Which gateway.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Via {
    #[default]
    Public,
    Private,
}

impl Via {
    pub(super) fn gateway(self) -> Gateway {
        match self {
            Self::Public => Gateway::External,
            Self::Private => Gateway::Internal,
        }
    }
}

/// A value, or several.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(super) enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    pub(super) fn values(&self) -> &[String] {
        match self {
            Self::One(value) => std::slice::from_ref(value),
            Self::Many(values) => values,
        }
    }
}

/// What an answer must be. What is not said does not matter, but for the status, which is 200.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Expect {
    pub(super) status: Option<u16>,
    /// 404, or no connection at all.
    #[serde(default)]
    pub(super) unreachable: bool,
    /// The TLS handshake or the connection fails.
    #[serde(default)]
    pub(super) handshake_fails: bool,
    /// Who answers: `namespace/name` of the Service.
    pub(super) backend: Option<String>,
    /// The host that the backend sees.
    pub(super) host: Option<String>,
    /// Path and query that the backend sees.
    pub(super) uri: Option<String>,
    /// The major version of HTTP that the backend is asked over.
    pub(super) http: Option<u8>,
    /// Headers that the backend sees, all values of each; none: it does not see it.
    #[serde(default)]
    pub(super) headers: BTreeMap<String, Option<OneOrMany>>,
    /// The answer's `Location`.
    pub(super) location: Option<String>,
    /// Backends and their percentages; 0 is never. Within ten points, as in the suite.
    #[serde(default)]
    pub(super) shares: BTreeMap<String, i64>,
}

/// Messages with a backend that puts ` pong` behind each.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Conversation {
    /// The host, with a port or without.
    pub(super) host: String,
    #[serde(default)]
    pub(super) via: Via,
}

fn get() -> String {
    "GET".to_owned()
}

/// A case cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{}: {reason}", path.display())]
pub struct UnreadableCase {
    path: PathBuf,
    reason: String,
}

impl Case {
    /// All cases of a directory with their names, in the order of the names.
    ///
    /// # Errors
    /// Names the file that cannot be read.
    pub fn all(directory: &Path) -> Result<Vec<(String, Self)>, UnreadableCase> {
        let failed = |path: &Path, reason: String| UnreadableCase { path: path.to_owned(), reason };
        let entries = std::fs::read_dir(directory).map_err(|error| failed(directory, error.to_string()))?;
        let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
        paths.sort();
        let read = |path: PathBuf| {
            let text = std::fs::read_to_string(&path).map_err(|error| failed(&path, error.to_string()))?;
            // By way of JSON, in which a step is an object of one field rather than a YAML tag.
            let value: Value =
                serde_yaml::from_str(&text).map_err(|error| failed(&path, error.to_string()))?;
            let case =
                serde_path_to_error::deserialize(value).map_err(|error| failed(&path, error.to_string()))?;
            Ok((path.file_stem().unwrap_or_default().to_string_lossy().into_owned(), case))
        };
        paths.into_iter().map(read).collect()
    }
}
