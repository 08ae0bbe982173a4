use crate::{HeaderManipulation, ProtoDuration};

/// How a route forwards: `options` of a route.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RouteOptions {
    /// Time limit of a request; unset is Envoy's 15 s, `0s` is none.
    pub timeout: Option<ProtoDuration>,
    /// Retries.
    pub retries: Option<RetryPolicy>,
    /// The host that the backend sees: oneof `host_rewrite_type`.
    pub host_rewrite: Option<HostRewrite>,
    /// Headers set or removed.
    pub header_manipulation: Option<HeaderManipulation>,
}

/// The host that a backend sees: oneof `host_rewrite_type`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum HostRewrite {
    /// `hostRewrite`: this text.
    Literal(String),
    /// `autoHostRewrite`: whether it is the backend's own name.
    Auto(bool),
}

/// Retries of a request: `retries`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RetryPolicy {
    /// Which failures, as Envoy's `x-envoy-retry-on` names them; empty retries nothing.
    pub retry_on: String,
    /// How often; 0 counts as 1.
    pub num_retries: u32,
    /// Time limit of each try.
    pub per_try_timeout: Option<ProtoDuration>,
}
