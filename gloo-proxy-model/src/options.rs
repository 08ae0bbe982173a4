use crate::message::{message, oneof};
use crate::{HeaderManipulation, ProtoDuration, ProtocolUpgrade, UnknownFields};

/// How a route forwards: `options` of a route. What is not listed here (`cors`, `faults`, `tracing`, `shadowing`, `lbHash`,
/// transformations, authentication, rate limits …) is in `unknown`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RouteOptions {
    /// Time limit of a request; unset is Envoy's 15 s, `0s` is none.
    pub timeout: Option<ProtoDuration>,
    /// Retries.
    pub retries: Option<Box<RetryPolicy>>,
    /// What the matched prefix becomes. Empty is written as it is, and does nothing.
    pub prefix_rewrite: Option<String>,
    /// What of the path is replaced. Since 1.7.
    pub regex_rewrite: Option<Box<RegexRewrite>>,
    /// The host that the backend sees: oneof `host_rewrite_type`.
    pub host_rewrite: Option<HostRewrite>,
    /// Whether a rewritten host is kept in `x-forwarded-host`. Since 1.15.
    pub append_x_forwarded_host: Option<bool>,
    /// Headers set or removed.
    pub header_manipulation: Option<Box<HeaderManipulation>>,
    /// Upgrades that this route allows or forbids, whatever the listener says.
    pub upgrades: Vec<ProtocolUpgrade>,
    /// Time limit of a stream. Since 1.13.
    pub max_stream_duration: Option<Box<MaxStreamDuration>>,
    /// Time limit of a stream without traffic. Since 1.14.
    pub idle_timeout: Option<ProtoDuration>,
    /// Fields that this crate has no name for.
    pub unknown: UnknownFields,
}

message!(RouteOptions {
    timeout: "timeout",
    retries: "retries",
    prefix_rewrite: "prefixRewrite",
    regex_rewrite: "regexRewrite",
    host_rewrite: oneof HostRewrite,
    append_x_forwarded_host: "appendXForwardedHost",
    header_manipulation: "headerManipulation",
    upgrades: "upgrades",
    max_stream_duration: "maxStreamDuration",
    idle_timeout: "idleTimeout",
});

/// The host that a backend sees: oneof `host_rewrite_type`.
#[derive(Clone, Debug, PartialEq)]
pub enum HostRewrite {
    /// `hostRewrite`: this text.
    Literal(String),
    /// `autoHostRewrite`: whether it is the backend's own name.
    Auto(bool),
    /// `hostRewritePathRegex`: what the expression makes of the path. Since 1.14.
    PathRegex(Box<RegexRewrite>),
    /// `hostRewriteHeader`: the value of this request header. Since 1.16.16.
    Header(String),
}

oneof!(HostRewrite as "host_rewrite_type" {
    Literal(value): "hostRewrite" "host_rewrite",
    Auto(value): "autoHostRewrite" "auto_host_rewrite",
    PathRegex(value): "hostRewritePathRegex" "host_rewrite_path_regex",
    Header(value): "hostRewriteHeader" "host_rewrite_header",
});

/// A replacement by an RE2 expression: `regexRewrite`, `hostRewritePathRegex`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegexRewrite {
    /// What is replaced.
    pub pattern: Option<RegexPattern>,
    /// By what; `\1` is the first group.
    pub substitution: String,
    /// Fields that this crate has no name for.
    pub unknown: UnknownFields,
}

message!(RegexRewrite { pattern: "pattern", substitution: "substitution" });

/// An RE2 expression: `pattern`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegexPattern {
    /// The expression.
    pub regex: String,
    /// Its limit.
    pub google_re2: Option<GoogleRe2>,
    /// Fields that this crate has no name for.
    pub unknown: UnknownFields,
}

message!(RegexPattern { regex: "regex", google_re2: "googleRe2" });

/// How RE2 compiles an expression: `googleRe2`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GoogleRe2 {
    /// How many instructions its program may have at most.
    pub max_program_size: Option<u32>,
    /// Fields that this crate has no name for.
    pub unknown: UnknownFields,
}

message!(GoogleRe2 { max_program_size: "maxProgramSize" });

/// Time limits of a stream: `maxStreamDuration`. Since 1.13.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MaxStreamDuration {
    /// For every stream.
    pub max_stream_duration: Option<ProtoDuration>,
    /// At most this of what a gRPC client asks for.
    pub grpc_timeout_header_max: Option<ProtoDuration>,
    /// Taken off what a gRPC client asks for.
    pub grpc_timeout_header_offset: Option<ProtoDuration>,
    /// Fields that this crate has no name for.
    pub unknown: UnknownFields,
}

message!(MaxStreamDuration {
    max_stream_duration: "maxStreamDuration",
    grpc_timeout_header_max: "grpcTimeoutHeaderMax",
    grpc_timeout_header_offset: "grpcTimeoutHeaderOffset",
});

/// Retries of a request: `retries`. `rateLimitedRetryBackOff` (1.20) is in `unknown`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Which failures, as Envoy's `x-envoy-retry-on` names them; empty retries nothing.
    pub retry_on: String,
    /// How often; 0 counts as 1.
    pub num_retries: u32,
    /// Time limit of each try.
    pub per_try_timeout: Option<ProtoDuration>,
    /// How long to wait between tries. Since 1.13.
    pub retry_back_off: Option<Box<RetryBackOff>>,
    /// Where to try next: oneof `priority_predicate`. Since 1.17.
    pub priority_predicate: Option<PriorityPredicate>,
    /// Statuses that `retriable-status-codes` in `retry_on` stands for. Since 1.18.
    pub retriable_status_codes: Vec<u32>,
    /// Fields that this crate has no name for.
    pub unknown: UnknownFields,
}

message!(RetryPolicy {
    retry_on: "retryOn",
    num_retries: "numRetries",
    per_try_timeout: "perTryTimeout",
    retry_back_off: "retryBackOff",
    priority_predicate: oneof PriorityPredicate,
    retriable_status_codes: "retriableStatusCodes",
});

/// The wait between tries: `retryBackOff`. Since 1.13.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RetryBackOff {
    /// The first wait; doubled at every try.
    pub base_interval: Option<ProtoDuration>,
    /// The longest wait.
    pub max_interval: Option<ProtoDuration>,
    /// Fields that this crate has no name for.
    pub unknown: UnknownFields,
}

message!(RetryBackOff { base_interval: "baseInterval", max_interval: "maxInterval" });

/// Which priority of endpoints a retry goes to: oneof `priority_predicate`. Since 1.17.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PriorityPredicate {
    /// `previousPriorities`: one not tried yet.
    PreviousPriorities(Box<PreviousPriorities>),
}

oneof!(PriorityPredicate as "priority_predicate" {
    PreviousPriorities(value): "previousPriorities" "previous_priorities",
});

/// Retrying where it was not tried yet: `previousPriorities`. Since 1.17.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PreviousPriorities {
    /// After how many tries the load is shared out anew.
    pub update_frequency: Option<u32>,
    /// Fields that this crate has no name for.
    pub unknown: UnknownFields,
}

message!(PreviousPriorities { update_frequency: "updateFrequency" });

/// Options of a virtual host. `cors`, `stats`, `csrf`, transformations and what the Enterprise edition adds are in `unknown`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VirtualHostOptions {
    /// Retries of routes that have none of their own.
    pub retries: Option<Box<RetryPolicy>>,
    /// Headers set or removed.
    pub header_manipulation: Option<Box<HeaderManipulation>>,
    /// Whether the backend learns the number of the try (`x-envoy-attempt-count`).
    pub include_request_attempt_count: Option<bool>,
    /// Whether the client does.
    pub include_attempt_count_in_response: Option<bool>,
    /// Fields that this crate has no name for.
    pub unknown: UnknownFields,
}

message!(VirtualHostOptions {
    retries: "retries",
    header_manipulation: "headerManipulation",
    include_request_attempt_count: "includeRequestAttemptCount",
    include_attempt_count_in_response: "includeAttemptCountInResponse",
});
