//! Knative's Ingresses translated to Gloo's Proxies.
//!
//! A pure function: Ingresses in; the Proxy for everybody, the Proxy for clients inside the cluster, and a report for each
//! Ingress out. Data flows one way:
//!
//! ```text
//! Ingress ─admit→ class, validation                     ┐ each Ingress by itself
//!         ─lower→ a fragment: virtual hosts, hosts      ┘
//! fragments ─resolve→ who owns which domain               the only step that sees several
//!           ─assemble→ external Proxy, internal Proxy, reports
//! ```

#![doc = include_str!("../README.md")]

mod admit;
mod assemble;
mod change;
mod changes;
mod check;
mod code;
mod dependents;
mod diagnostic;
mod dialect;
mod fragment;
mod gateway;
pub mod guide;
mod held;
mod lower;
mod options;
mod options_document;
mod path;
mod probe;
#[cfg(feature = "json")]
mod proxy_json;
mod publish;
mod quoted;
mod report;
mod resolve;
mod route_source;
mod secrets;
mod serialize;
mod services;
mod settings;
mod source;
mod status;
mod translation;
mod translator;
#[cfg(feature = "x509")]
mod x509;

pub use change::{Change, ListenerChange, ProxyChange, SslConfigChange, VirtualHostChange};
pub use code::Code;
pub use diagnostic::{Diagnostic, Severity};
pub use dialect::{Dialect, UnknownDialect};
pub use gateway::{EXTERNAL_PROXY, Gateway, Gateways, INTERNAL_PROXY, Scheme};
pub use options::{AllowedNamespaces, BindPorts, ClassFilter, HostPorts, Options, ServiceRef};
pub use options_document::OptionsDocument;
pub use probe::{ExpectedAnswer, Probe, ProbeAnswer, ProbeVerdict};
#[cfg(feature = "json")]
pub use proxy_json::ProxyJson;
pub use report::{IngressReport, Outcome, Served};
pub use route_source::{RouteSource, RouteSources};
pub use secrets::{SecretRef, SecretVerdict, Secrets};
pub use services::Services;
pub use status::Readiness;
pub use translation::{Translation, translate};
pub use translator::Translator;

// The first page of the whole holds an example too.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct WorkspaceReadme;
