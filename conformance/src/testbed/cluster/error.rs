use knative_ingress_model::IngressRef;

use crate::testbed::envoy::EnvoyError;

/// What can go wrong in the cluster itself, or with an Ingress that should have become ready.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// A gateway could not be run.
    #[error(transparent)]
    Envoy(#[from] EnvoyError),
    /// The translation breaks a rule of Gloo's: never with the `Knative` dialect.
    #[error("Gloo would not take the Proxy: {0}")]
    InvalidProxy(String),
    /// The Ingress was refused, and why.
    #[error("{ingress} is not served: {reason}")]
    NotServed {
        /// Which.
        ingress: IngressRef,
        /// Why.
        reason: String,
    },
    /// The API server refuses something, or is not there.
    #[error("API server: {0}")]
    ApiServer(String),
    /// The gateways' answers to probes never became right.
    #[error("{ingress} did not become ready: {last}")]
    NotReady {
        /// Which.
        ingress: IngressRef,
        /// What the last probe found.
        last: String,
    },
}
