use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use crate::{GoDuration, Headers, UnknownFields};

/// The desired state of an Ingress: `spec`.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(rename_all = "camelCase", transform = crate::schema::as_read::<IngressSpec>))]
pub struct IngressSpec {
    /// A counter that releases up to 0.18 maintained; nothing uses it. `0` is unset.
    pub generation: i64,
    /// Certificates for port 443, chosen by SNI.
    pub tls: Vec<IngressTls>,
    /// The host rules. At least one is required.
    pub rules: Vec<IngressRule>,
    /// Visibility of the whole Ingress, written by releases up to 0.25; now each rule has its own.
    pub visibility: Option<Visibility>,
    /// Whether plain HTTP is served or redirected to HTTPS. It has no default. Since networking 0.20.
    pub http_option: Option<HttpOption>,
    /// Unknown fields.
    #[cfg_attr(feature = "schemars", schemars(skip))]
    pub unknown: UnknownFields,
}

/// Who may reach a rule: `spec.rules[].visibility`, or in Knative up to 0.25 `spec.visibility`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Visibility {
    /// `ExternalIP`: everybody, through the public gateway. The default.
    ExternalIp,
    /// `ClusterLocal`: only clients inside the cluster, through the private gateway.
    ClusterLocal,
    /// Any other value, kept as it is. Knative accepts it and doesn't serve the rule.
    Unknown(String),
}

/// How plain HTTP is answered: `spec.httpOption`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HttpOption {
    /// `Enabled`: plain HTTP is served.
    Enabled,
    /// `Redirected`: plain HTTP is redirected to HTTPS.
    Redirected,
    /// Any other value, kept as it is. Validation refuses it.
    Unknown(String),
}

/// A certificate and its hosts: `spec.tls[]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(rename_all = "camelCase", transform = crate::schema::as_read::<IngressTls>))]
pub struct IngressTls {
    /// The hosts that the certificate is for; empty means all.
    pub hosts: Vec<String>,
    /// The Secret's name. Required.
    pub secret_name: String,
    /// The Secret's namespace. Required by validation since 0.2, although the API documentation calls it optional.
    pub secret_namespace: String,
    /// File name of the certificate inside the Secret (`tls.crt`). Up to 0.23; defaulting clears it since 0.12.
    pub server_certificate: String,
    /// File name of the key inside the Secret (`tls.key`). Up to 0.23; defaulting clears it since 0.12.
    pub private_key: String,
    /// Unknown fields.
    #[cfg_attr(feature = "schemars", schemars(skip))]
    pub unknown: UnknownFields,
}

/// Hosts and the paths that they serve: `spec.rules[]`.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(rename_all = "camelCase", transform = crate::schema::as_read::<IngressRule>))]
pub struct IngressRule {
    /// Domain names without ports. Empty means any host.
    pub hosts: Vec<String>,
    /// Who may reach this rule; unset means everybody. Since 0.8.
    pub visibility: Option<Visibility>,
    /// The paths. Required by validation.
    pub http: Option<HttpIngressRuleValue>,
    /// Unknown fields.
    #[cfg_attr(feature = "schemars", schemars(skip))]
    pub unknown: UnknownFields,
}

/// The paths of a rule: `spec.rules[].http`.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(rename_all = "camelCase", transform = crate::schema::as_read::<HttpIngressRuleValue>))]
pub struct HttpIngressRuleValue {
    /// The paths; the first one that matches a request serves it. `None` is written as `null` and `[]` as `[]`, which
    /// matters only for the hash.
    pub paths: Option<Vec<HttpIngressPath>>,
    /// Unknown fields.
    #[cfg_attr(feature = "schemars", schemars(skip))]
    pub unknown: UnknownFields,
}

/// Which requests match, and where they go: `spec.rules[].http.paths[]`.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(rename_all = "camelCase", transform = crate::schema::as_read::<HttpIngressPath>))]
pub struct HttpIngressPath {
    /// A literal path prefix; empty means every path. Up to networking 0.21 a regular expression.
    pub path: String,
    /// The host that the backend sees instead of the client's. Since 0.16.
    pub rewrite_host: String,
    /// Request headers that must all match. Since 0.16.
    pub headers: Headers<HeaderMatch>,
    /// The backends and their percentages. `None` is written as `null`, see [`HttpIngressRuleValue::paths`].
    pub splits: Option<Vec<IngressBackendSplit>>,
    /// Request headers to set, not to append, despite the name.
    pub append_headers: Headers,
    /// Time limit of a request. Up to networking 0.25.
    pub timeout: Option<GoDuration>,
    /// Retries of a request. Up to networking 0.25.
    pub retries: Option<HttpRetry>,
    /// Unknown fields.
    #[cfg_attr(feature = "schemars", schemars(skip))]
    pub unknown: UnknownFields,
}

/// How a header must match: `headers.<name>`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(rename_all = "camelCase", transform = crate::schema::as_read::<HeaderMatch>))]
pub struct HeaderMatch {
    /// The value that the header must have. Empty means that the header is present and empty.
    pub exact: String,
    /// Unknown fields.
    #[cfg_attr(feature = "schemars", schemars(skip))]
    pub unknown: UnknownFields,
}

/// A backend and its percentage: `splits[]`.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(rename_all = "camelCase", transform = crate::schema::as_read::<IngressBackendSplit>))]
pub struct IngressBackendSplit {
    /// The Service's namespace; since 0.13 it must be that of the Ingress.
    pub service_namespace: String,
    /// The Service's name.
    pub service_name: String,
    /// The Service's port, by number or by name.
    pub service_port: IntOrString,
    /// The percentage of requests. `0` is unset; for a single split the default is 100.
    pub percent: i64,
    /// Request headers to set for this backend. Since 0.6.
    pub append_headers: Headers,
    /// Unknown fields.
    #[cfg_attr(feature = "schemars", schemars(skip))]
    pub unknown: UnknownFields,
}

/// Retries: `paths[].retries`, up to networking 0.25.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(rename_all = "camelCase", transform = crate::schema::as_read::<HttpRetry>))]
pub struct HttpRetry {
    /// The number of retries; 0 means none.
    pub attempts: i64,
    /// Time limit of each attempt.
    pub per_try_timeout: Option<GoDuration>,
    /// Unknown fields.
    #[cfg_attr(feature = "schemars", schemars(skip))]
    pub unknown: UnknownFields,
}
