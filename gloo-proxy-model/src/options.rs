use crate::message::{message, oneof};
use crate::{HeaderManipulation, ProtoDuration, ProtocolUpgrade, UnknownFields};

/// Options of a route: `options`. Others (`cors`, `faults`, `tracing`, `shadowing`, `lbHash`,
/// transformations, authentication, rate limits …) are in `unknown`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RouteOptions {
    /// Time limit of a request; unset is Envoy's 15 s, `0s` is none.
    pub timeout: Option<ProtoDuration>,
    /// Retries.
    pub retries: Option<Box<RetryPolicy>>,
    /// Replaces the matched prefix. An empty one is written but has no effect.
    pub prefix_rewrite: Option<String>,
    /// Replaces a part of the path. Since 1.7.
    pub regex_rewrite: Option<Box<RegexRewrite>>,
    /// The host that the backend sees: oneof `host_rewrite_type`.
    pub host_rewrite: Option<HostRewrite>,
    /// Whether a rewritten host is kept in `x-forwarded-host`. Since 1.15.
    pub append_x_forwarded_host: Option<bool>,
    /// Headers to set or remove.
    pub header_manipulation: Option<Box<HeaderManipulation>>,
    /// Upgrades that this route allows or forbids, overriding the listener.
    pub upgrades: Vec<ProtocolUpgrade>,
    /// Time limit of a stream. Since 1.13.
    pub max_stream_duration: Option<Box<MaxStreamDuration>>,
    /// Time limit of a stream without traffic. Since 1.14.
    pub idle_timeout: Option<ProtoDuration>,
    /// Unknown fields.
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
    /// `hostRewrite`: this host.
    Literal(String),
    /// `autoHostRewrite`: whether it is the name of the backend.
    Auto(bool),
    /// `hostRewritePathRegex`: the path with what the expression matches replaced. Since 1.14.
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

/// A replacement with an RE2 expression: `regexRewrite`, `hostRewritePathRegex`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegexRewrite {
    /// What is replaced.
    pub pattern: Option<RegexPattern>,
    /// The replacement; `\1` is the first group.
    pub substitution: String,
    /// Unknown fields.
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
    /// Unknown fields.
    pub unknown: UnknownFields,
}

message!(RegexPattern { regex: "regex", google_re2: "googleRe2" });

/// How RE2 compiles an expression: `googleRe2`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GoogleRe2 {
    /// The maximum number of instructions of its program.
    pub max_program_size: Option<u32>,
    /// Unknown fields.
    pub unknown: UnknownFields,
}

message!(GoogleRe2 { max_program_size: "maxProgramSize" });

/// Time limits of a stream: `maxStreamDuration`. Since 1.13.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MaxStreamDuration {
    /// For every stream.
    pub max_stream_duration: Option<ProtoDuration>,
    /// The maximum of the timeout that a gRPC client sends.
    pub grpc_timeout_header_max: Option<ProtoDuration>,
    /// Subtracted from the timeout that a gRPC client sends.
    pub grpc_timeout_header_offset: Option<ProtoDuration>,
    /// Unknown fields.
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
    /// The failures to retry, in the format of Envoy's `x-envoy-retry-on`; empty means none.
    pub retry_on: String,
    /// The number of retries; 0 means 1.
    pub num_retries: u32,
    /// Time limit of each attempt.
    pub per_try_timeout: Option<ProtoDuration>,
    /// The wait between attempts. Since 1.13.
    pub retry_back_off: Option<Box<RetryBackOff>>,
    /// The endpoints of the next attempt: oneof `priority_predicate`. Since 1.17.
    pub priority_predicate: Option<PriorityPredicate>,
    /// The statuses for `retriable-status-codes` in `retry_on`. Since 1.18.
    pub retriable_status_codes: Vec<u32>,
    /// Unknown fields.
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

/// The wait between attempts: `retryBackOff`. Since 1.13.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RetryBackOff {
    /// The first wait; doubled after each attempt.
    pub base_interval: Option<ProtoDuration>,
    /// The longest wait.
    pub max_interval: Option<ProtoDuration>,
    /// Unknown fields.
    pub unknown: UnknownFields,
}

message!(RetryBackOff { base_interval: "baseInterval", max_interval: "maxInterval" });

/// Which priority of endpoints a retry goes to: oneof `priority_predicate`. Since 1.17.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PriorityPredicate {
    /// `previousPriorities`: a priority that hasn't been tried.
    PreviousPriorities(Box<PreviousPriorities>),
}

oneof!(PriorityPredicate as "priority_predicate" {
    PreviousPriorities(value): "previousPriorities" "previous_priorities",
});

/// Retries with priorities that haven't been tried: `previousPriorities`. Since 1.17.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PreviousPriorities {
    /// The number of attempts after which the priorities are updated.
    pub update_frequency: Option<u32>,
    /// Unknown fields.
    pub unknown: UnknownFields,
}

message!(PreviousPriorities { update_frequency: "updateFrequency" });

/// Options of a virtual host. `cors`, `stats`, `csrf`, transformations and options of the Enterprise edition are in `unknown`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VirtualHostOptions {
    /// Retries of routes that have none of their own.
    pub retries: Option<Box<RetryPolicy>>,
    /// Headers to set or remove.
    pub header_manipulation: Option<Box<HeaderManipulation>>,
    /// Whether the number of the attempt is sent to the backend (`x-envoy-attempt-count`).
    pub include_request_attempt_count: Option<bool>,
    /// Whether it is sent to the client.
    pub include_attempt_count_in_response: Option<bool>,
    /// Unknown fields.
    pub unknown: UnknownFields,
}

message!(VirtualHostOptions {
    retries: "retries",
    header_manipulation: "headerManipulation",
    include_request_attempt_count: "includeRequestAttemptCount",
    include_attempt_count_in_response: "includeAttemptCountInResponse",
});
