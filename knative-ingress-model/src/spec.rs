use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use crate::{GoDuration, Headers, UnknownFields};

/// What an Ingress asks for: `spec`.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(rename_all = "camelCase", transform = crate::schema::as_read::<IngressSpec>))]
pub struct IngressSpec {
    /// A counter that releases up to 0.18 kept by hand; unused. `0` is unset.
    pub generation: i64,
    /// Certificates for port 443, chosen by SNI.
    pub tls: Vec<IngressTls>,
    /// The host rules. At least one is required.
    pub rules: Vec<IngressRule>,
    /// Visibility of the whole Ingress, written by releases up to 0.25; today each rule has its own.
    pub visibility: Option<Visibility>,
    /// Whether plain HTTP is served or redirected to HTTPS. Unset is not defaulted. Since networking 0.20.
    pub http_option: Option<HttpOption>,
    /// Fields without a name here.
    #[cfg_attr(feature = "schemars", schemars(skip))]
    pub unknown: UnknownFields,
}

/// Who may reach a rule: `spec.rules[].visibility`, or in Knative up to 0.25 `spec.visibility`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Visibility {
    /// `ExternalIP`: everybody, through the public gateway. What an unset visibility means.
    ExternalIp,
    /// `ClusterLocal`: only clients inside the cluster, through the private gateway.
    ClusterLocal,
    /// Any other word, kept as it was written. Knative accepts it and serves such a rule nowhere.
    Unknown(String),
}

/// What plain HTTP answers: `spec.httpOption`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HttpOption {
    /// `Enabled`: plain HTTP is served.
    Enabled,
    /// `Redirected`: plain HTTP answers a redirect to HTTPS.
    Redirected,
    /// Any other word, kept as it was written; validation refuses it.
    Unknown(String),
}

/// A certificate and the hosts it is for: `spec.tls[]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(rename_all = "camelCase", transform = crate::schema::as_read::<IngressTls>))]
pub struct IngressTls {
    /// The names that the certificate covers; empty means all.
    pub hosts: Vec<String>,
    /// The Secret's name. Required.
    pub secret_name: String,
    /// The Secret's namespace. Required by validation since 0.2, although the API documentation calls it optional.
    pub secret_namespace: String,
    /// File name of the certificate inside the Secret (`tls.crt`). Up to 0.23; blanked by defaulting since 0.12.
    pub server_certificate: String,
    /// File name of the key inside the Secret (`tls.key`). Up to 0.23; blanked by defaulting since 0.12.
    pub private_key: String,
    /// Fields without a name here.
    #[cfg_attr(feature = "schemars", schemars(skip))]
    pub unknown: UnknownFields,
}

/// Hosts and what they serve: `spec.rules[]`.
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
    /// Fields without a name here.
    #[cfg_attr(feature = "schemars", schemars(skip))]
    pub unknown: UnknownFields,
}

/// The paths of a rule: `spec.rules[].http`.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(rename_all = "camelCase", transform = crate::schema::as_read::<HttpIngressRuleValue>))]
pub struct HttpIngressRuleValue {
    /// The paths; the first that matches a request serves it. `None` is written as `null` and `[]` as `[]`,
    /// which makes a difference to the hash alone.
    pub paths: Option<Vec<HttpIngressPath>>,
    /// Fields without a name here.
    #[cfg_attr(feature = "schemars", schemars(skip))]
    pub unknown: UnknownFields,
}

/// Which requests, and where they go: `spec.rules[].http.paths[]`.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(rename_all = "camelCase", transform = crate::schema::as_read::<HttpIngressPath>))]
pub struct HttpIngressPath {
    /// A literal path prefix; empty means every path. Up to networking 0.21 a regular expression.
    pub path: String,
    /// Host that the backend sees instead of the client's. Since 0.16.
    pub rewrite_host: String,
    /// Request headers that must all match. Since 0.16.
    pub headers: Headers<HeaderMatch>,
    /// The backends and their shares. `None` is written as `null`, see [`HttpIngressRuleValue::paths`].
    pub splits: Option<Vec<IngressBackendSplit>>,
    /// Request headers that are set (since 0.12 for certain; not appended, whatever the name says).
    pub append_headers: Headers,
    /// Time limit of a request. Up to networking 0.25.
    pub timeout: Option<GoDuration>,
    /// Retries of a request. Up to networking 0.25.
    pub retries: Option<HttpRetry>,
    /// Fields without a name here.
    #[cfg_attr(feature = "schemars", schemars(skip))]
    pub unknown: UnknownFields,
}

/// How a header must look: `headers.<name>`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(rename_all = "camelCase", transform = crate::schema::as_read::<HeaderMatch>))]
pub struct HeaderMatch {
    /// The header's value must be equal to this. Empty means: present and empty.
    pub exact: String,
    /// Fields without a name here.
    #[cfg_attr(feature = "schemars", schemars(skip))]
    pub unknown: UnknownFields,
}

/// A backend and its share: `splits[]`.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(rename_all = "camelCase", transform = crate::schema::as_read::<IngressBackendSplit>))]
pub struct IngressBackendSplit {
    /// The Service's namespace; since 0.13 it must be the Ingress's own.
    pub service_namespace: String,
    /// The Service's name.
    pub service_name: String,
    /// The Service's port, by number or by name.
    pub service_port: IntOrString,
    /// Share of the requests in percent. A single split of 0 is defaulted to 100. `0` is unset.
    pub percent: i64,
    /// Request headers that are set for this backend. Since 0.6.
    pub append_headers: Headers,
    /// Fields without a name here.
    #[cfg_attr(feature = "schemars", schemars(skip))]
    pub unknown: UnknownFields,
}

/// Retries: `paths[].retries`, up to networking 0.25.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(rename_all = "camelCase", transform = crate::schema::as_read::<HttpRetry>))]
pub struct HttpRetry {
    /// How often to try again; 0 is never.
    pub attempts: i64,
    /// Time limit of each try.
    pub per_try_timeout: Option<GoDuration>,
    /// Fields without a name here.
    #[cfg_attr(feature = "schemars", schemars(skip))]
    pub unknown: UnknownFields,
}
