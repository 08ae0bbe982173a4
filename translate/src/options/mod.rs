//! The options of a translation.

pub(crate) mod dialect;
mod document;
pub(crate) mod settings;

use std::{collections::BTreeSet, convert::Infallible, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{Secrets, ServiceRef, Services};
pub use dialect::{Dialect, UnknownDialect};

/// What a translation depends on beside the Ingresses. [`Options::default`] is today's Knative contract on a cluster
/// with the usual names.
///
/// serde reads and writes them as the document `kind: TranslateOptions`, whose fields are these in camelCase, but for the
/// Services and Secrets. What a document does not say is the default; an unknown field is an error.
///
/// ```
/// use knative_gloo_translate::{BindPorts, Options};
///
/// let options: Options = serde_json::from_str(r#"{
///     "apiVersion": "knative-gloo-translate/v1",
///     "kind": "TranslateOptions",
///     "bindPorts": {"http": 8080, "https": 8443},
///     "regexMaxProgramSize": 1024
/// }"#)?;
/// assert_eq!(options.bind_ports, Some(BindPorts { http: 8080, https: 8443 }));
/// assert_eq!(options.cluster_domain, "cluster.local");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[non_exhaustive]
pub struct Options {
    pub(crate) api_version: document::ApiVersion,
    pub(crate) kind: document::Kind,
    /// The contract that the output follows. Default [`Dialect::Knative`]. In a document it may be a list, of which the first
    /// counts.
    #[serde(deserialize_with = "document::first_dialect")]
    pub dialect: Dialect,
    /// Which Ingresses are translated; `None` leaves it to the dialect: `Knative` takes those of
    /// [`ClassFilter::GLOO`], the two Gloo dialects take all, as Gloo did.
    pub class: Option<ClassFilter>,
    /// The cluster's DNS domain. Default `cluster.local`.
    pub cluster_domain: String,
    /// Namespace of both Proxies. Default `gloo-system`.
    pub proxy_namespace: String,
    /// Ports that clients write after a host name. Default [`HostPorts::Standard`]. The Gloo dialects write the ports
    /// that they bind, whatever stands here.
    pub host_ports: HostPorts,
    /// Ports that the listeners bind; `None` leaves it to the dialect (80 and 443, or 8080 and 8443).
    pub bind_ports: Option<BindPorts>,
    /// Whether each path also gets a route that answers Knative's readiness probe with the Ingress's hash
    /// (networking `pkg/http/probe`, `InsertProbe`). Default no. Only the `Knative` dialect reads it.
    pub probe: bool,
    /// The gateways' own Services. An ExternalName Service that points at one of them is what Knative's placeholder
    /// Services are, and becomes a destination on it. `None`, the default: those that Gloo's installation names after the
    /// Proxies, `knative-external-proxy` and `knative-internal-proxy`, in [`proxy_namespace`](Self::proxy_namespace).
    pub gateways: Option<Vec<ServiceRef>>,
    /// Kubernetes Services, for what an Ingress can't hold: the number of a named port, the target of an ExternalName.
    /// Default `None`: what needs them is an error.
    #[serde(skip)]
    pub services: Option<Services>,
    /// TLS Secrets, as far as a gateway can serve with them. Where the first certificate of a host is of a Secret that is
    /// missing or unusable, the host has no `https`; without that, one such Secret can keep Envoy from taking any change of the
    /// listener. Default `None`: every Secret is taken for usable. Only the `Knative` dialect reads it.
    #[serde(skip)]
    pub secrets: Option<Secrets>,
    /// The largest RE2 program that Envoy takes. Default 100, Envoy's own; Gloo's Helm chart raises it to 1024
    /// (`settings.gloo.regexMaxProgramSize`). Matters to paths that can only be written as an expression.
    pub regex_max_program_size: u32,
    /// Whether a backend may be in another namespace than its Ingress. Default no. Opens: any tenant sends requests to
    /// any other tenant's Services.
    pub allow_foreign_backends: bool,
    /// Whether a certificate may be in another namespace than its Ingress. Default no. Opens: any tenant serves with
    /// any other tenant's certificate and key.
    pub allow_foreign_secrets: bool,
    /// Whether an Ingress may list, or by `rewriteHost` send requests to, in-cluster names of other namespaces.
    /// Default no. Opens: any tenant answers in another's name, and reaches another's private services.
    pub allow_foreign_cluster_hosts: bool,
    /// Which namespaces may have rules without hosts, which are for every host that nobody else has. Default
    /// [`AllowedNamespaces::Nobody`]: Knative Serving writes no such rule. Opens: whoever is allowed receives what is sent to
    /// names with a trailing dot or an unusual port, whosever they are, on `https` under their owner's certificate.
    pub allow_catch_all: AllowedNamespaces,
    /// The most bytes of JSON that one Ingress may come to in a Proxy. Default 786,432, half of what etcd takes for the
    /// whole of it. Only the `Knative` dialect reads it.
    pub max_output_bytes: usize,
}

/// Namespaces to which something is allowed. Written as `true`, `false`, or a list of namespaces.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "document::Allowed", into = "document::Allowed")]
pub enum AllowedNamespaces {
    /// None of them.
    #[default]
    Nobody,
    /// All of them.
    All,
    /// These.
    Only(BTreeSet<String>),
}

impl AllowedNamespaces {
    /// These namespaces.
    pub fn only(namespaces: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::Only(namespaces.into_iter().map(Into::into).collect())
    }

    /// Whether it is allowed to `namespace`.
    ///
    /// ```
    /// use knative_gloo_translate::AllowedNamespaces;
    ///
    /// assert!(AllowedNamespaces::only(["team-a"]).allows("team-a"));
    /// assert!(!AllowedNamespaces::only(["team-a"]).allows("team-b"));
    /// ```
    pub fn allows(&self, namespace: &str) -> bool {
        match self {
            Self::Nobody => false,
            Self::All => true,
            Self::Only(namespaces) => namespaces.contains(namespace),
        }
    }
}

/// Which Ingresses are translated, by their annotation `networking.knative.dev/ingress.class`. Written as `any`, or the class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum ClassFilter {
    /// All of them, whatever their class.
    Any,
    /// Those whose class is exactly this. An Ingress without the annotation has no class and is skipped.
    Named(String),
}

impl ClassFilter {
    /// The class that Knative's installation with Gloo sets.
    pub const GLOO: &str = "gloo.ingress.networking.knative.dev";

    /// The filter for one class.
    pub fn named(class: impl Into<String>) -> Self {
        Self::Named(class.into())
    }
}

impl FromStr for ClassFilter {
    type Err = Infallible;

    /// `any` is every class, anything else the class of that name.
    fn from_str(class: &str) -> Result<Self, Infallible> {
        Ok(class.to_owned().into())
    }
}

/// Which ports a client may write after a host (`Host: a.example.com:80`). Written as `standard`, `any`, or
/// `{http: PORT, https: PORT}`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    rename_all = "camelCase",
    deny_unknown_fields,
    expecting = "`standard`, `any`, or `{http: PORT, https: PORT}`"
)]
pub enum HostPorts {
    /// 80 on `http`, 443 on `https`: what gRPC clients and some proxies write.
    #[default]
    Standard,
    /// Any port (`host:*`), as behind a NodePort. Wildcard hosts, for which Envoy has no such form, get the standard one alone.
    Any,
    /// These.
    #[serde(untagged)]
    Fixed {
        /// The port on `http`.
        http: u16,
        /// The port on `https`.
        https: u16,
    },
}

/// The ports that the listeners bind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BindPorts {
    /// Port of the listener `http`.
    pub http: u16,
    /// Port of the listener `https`.
    pub https: u16,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            api_version: document::ApiVersion::V1,
            kind: document::Kind::TranslateOptions,
            dialect: Dialect::default(),
            class: None,
            cluster_domain: "cluster.local".to_owned(),
            proxy_namespace: "gloo-system".to_owned(),
            host_ports: HostPorts::default(),
            bind_ports: None,
            probe: false,
            gateways: None,
            services: None,
            secrets: None,
            regex_max_program_size: 100,
            allow_foreign_backends: false,
            allow_foreign_secrets: false,
            allow_foreign_cluster_hosts: false,
            allow_catch_all: AllowedNamespaces::default(),
            max_output_bytes: 768 << 10,
        }
    }
}

impl Options {
    /// `apiVersion` of the document. It may be left out.
    pub const API_VERSION: &str = "knative-gloo-translate/v1";
    /// `kind` of the document. It may be left out.
    pub const KIND: &str = "TranslateOptions";

    /// Sets [`dialect`](Self::dialect).
    #[must_use]
    pub fn with_dialect(self, dialect: Dialect) -> Self {
        Self { dialect, ..self }
    }

    /// Sets [`class`](Self::class).
    #[must_use]
    pub fn with_class(self, class: ClassFilter) -> Self {
        Self { class: Some(class), ..self }
    }

    /// Sets [`cluster_domain`](Self::cluster_domain).
    #[must_use]
    pub fn with_cluster_domain(self, cluster_domain: impl Into<String>) -> Self {
        Self { cluster_domain: cluster_domain.into(), ..self }
    }

    /// Sets [`proxy_namespace`](Self::proxy_namespace).
    #[must_use]
    pub fn with_proxy_namespace(self, proxy_namespace: impl Into<String>) -> Self {
        Self { proxy_namespace: proxy_namespace.into(), ..self }
    }

    /// Sets [`host_ports`](Self::host_ports).
    #[must_use]
    pub fn with_host_ports(self, host_ports: HostPorts) -> Self {
        Self { host_ports, ..self }
    }

    /// Sets [`bind_ports`](Self::bind_ports).
    #[must_use]
    pub fn with_bind_ports(self, bind_ports: BindPorts) -> Self {
        Self { bind_ports: Some(bind_ports), ..self }
    }

    /// Sets [`probe`](Self::probe).
    #[must_use]
    pub fn with_probe(self, probe: bool) -> Self {
        Self { probe, ..self }
    }

    /// Sets [`gateways`](Self::gateways).
    #[must_use]
    pub fn with_gateways(self, gateways: impl IntoIterator<Item = ServiceRef>) -> Self {
        Self { gateways: Some(gateways.into_iter().collect()), ..self }
    }

    /// Sets [`services`](Self::services).
    #[must_use]
    pub fn with_services(self, services: Services) -> Self {
        Self { services: Some(services), ..self }
    }

    /// Sets [`secrets`](Self::secrets).
    #[must_use]
    pub fn with_secrets(self, secrets: Secrets) -> Self {
        Self { secrets: Some(secrets), ..self }
    }

    /// Sets [`regex_max_program_size`](Self::regex_max_program_size).
    #[must_use]
    pub fn with_regex_max_program_size(self, regex_max_program_size: u32) -> Self {
        Self { regex_max_program_size, ..self }
    }

    /// Sets [`allow_foreign_backends`](Self::allow_foreign_backends).
    #[must_use]
    pub fn with_allow_foreign_backends(self, allow: bool) -> Self {
        Self { allow_foreign_backends: allow, ..self }
    }

    /// Sets [`allow_foreign_secrets`](Self::allow_foreign_secrets).
    #[must_use]
    pub fn with_allow_foreign_secrets(self, allow: bool) -> Self {
        Self { allow_foreign_secrets: allow, ..self }
    }

    /// Sets [`allow_foreign_cluster_hosts`](Self::allow_foreign_cluster_hosts).
    #[must_use]
    pub fn with_allow_foreign_cluster_hosts(self, allow: bool) -> Self {
        Self { allow_foreign_cluster_hosts: allow, ..self }
    }

    /// Sets [`allow_catch_all`](Self::allow_catch_all).
    #[must_use]
    pub fn with_allow_catch_all(self, allow: AllowedNamespaces) -> Self {
        Self { allow_catch_all: allow, ..self }
    }

    /// Sets [`max_output_bytes`](Self::max_output_bytes).
    #[must_use]
    pub fn with_max_output_bytes(self, max_output_bytes: usize) -> Self {
        Self { max_output_bytes, ..self }
    }
}
