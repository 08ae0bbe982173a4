//! Asking the gateways whether they serve an Ingress: `gateway` knows where they are, `client` sends one request,
//! `prober` asks until all have answered, and `target` keeps what is still to be answered.

mod client;
mod gateway;
mod prober;
mod target;

use std::{fmt, future::Future, net::SocketAddr, sync::Arc, time::Duration};

use knative_gloo_translate::{Gateway, Probe, Scheme};

pub(crate) use client::Client;
pub(crate) use gateway::{Endpoints, ObservedGateway};
pub(crate) use prober::Prober;
pub(crate) use target::{Event, Progress};

/// How the gateways are asked whether they serve an Ingress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProbeSettings {
    /// How many requests are under way at a time, at most half of them to one endpoint, and of these at most half for the
    /// Ingresses of one namespace. Default 16.
    pub parallel: usize,
    /// How long an answer may take, connection included. Default 1 s.
    pub timeout: Duration,
    /// How long to wait before an endpoint that doesn't serve an Ingress yet is asked for it again; twice as long each time.
    /// Default 50 ms.
    pub first_pause: Duration,
    /// How long to wait at most. Default 1 s.
    pub longest_pause: Duration,
}

impl Default for ProbeSettings {
    fn default() -> Self {
        Self {
            parallel: 16,
            timeout: Duration::from_secs(1),
            first_pause: Duration::from_millis(50),
            longest_pause: Duration::from_secs(1),
        }
    }
}

/// Requests that were sent to a gateway.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ProbeCounts {
    /// That were answered, or not within the time.
    pub(crate) sent: u64,
    /// Of these, that did not show that the Ingress is served.
    pub(crate) failed: u64,
}

/// A socket of a gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Endpoint {
    pub(crate) gateway: Gateway,
    pub(crate) scheme: Scheme,
    pub(crate) address: SocketAddr,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { gateway, scheme, address } = self;
        write!(f, "{address} ({gateway}, {scheme})")
    }
}

/// Why a probe doesn't show that the Ingress is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Nothing listens there, or no connection is made in time.
    Unreachable(String),
    /// There is a connection, and no answer within this time: the backend hangs, or the gateway does.
    Silent(Duration),
    /// The connection is refused by TLS, or broken off.
    Broken(String),
    /// There is an answer, and it is not the one that is waited for.
    Answer {
        status: u16,
        /// The hash, if it is another version's.
        other_hash: Option<String>,
    },
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(why) | Self::Broken(why) => f.write_str(why),
            Self::Silent(time) => write!(f, "no answer within {time:?}"),
            Self::Answer { status, other_hash: None } => write!(f, "status {status}"),
            Self::Answer { status, other_hash: Some(hash) } => {
                write!(f, "status {status} with the hash of another version, {}", hash.escape_debug())
            }
        }
    }
}

/// What sends probes.
pub(crate) trait Ask: Send + Sync + 'static {
    /// Sends `probe` to `endpoint`, and waits for the answer within a time of its own.
    fn ask(&self, endpoint: Endpoint, probe: Arc<Probe>) -> impl Future<Output = Result<(), Failure>> + Send;
}
