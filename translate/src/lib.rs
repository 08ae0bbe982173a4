//! Knative's Ingresses translated to Gloo's Proxies.
//!
//! A pure function: Ingresses in; the external Proxy (for everybody), the internal Proxy (for clients inside the cluster) and a
//! report for each Ingress out. Data flows one way, through four stages:
//!
//! ```text
//! Ingress ─admit→ class and validation                ┐ each Ingress by itself
//!         ─lower→ a fragment: claims, virtual hosts   ┘
//! fragment ─resolve→ the virtual hosts, with the domains that the Ingress owns
//!          ─assemble→ external Proxy, internal Proxy
//! ```
//!
//! Each stage is a module of `stages`. Resolve is the only one that asks about other Ingresses. `incremental` keeps a set of Ingresses
//! and its translation up to date: its `host_index` knows who claims which host, its `precedence` who wins.

#![doc = include_str!("../README.md")]

mod check;
mod diagnostics;
mod gateway;
pub mod guide;
mod incremental;
mod inputs;
mod options;
mod probe;
mod report;
mod stages;

pub use diagnostics::{Code, Diagnostic, Severity};
pub use gateway::{EXTERNAL_PROXY, Gateway, Gateways, INTERNAL_PROXY, Scheme};
pub use incremental::{
    Change, JsonTranslation, ListenerChange, ProxyChange, SslConfigChange, Translator, VirtualHostChange,
    translate, translate_to_json,
};
pub use inputs::{SecretRef, SecretVerdict, Secrets, ServiceRef, Services};
pub use options::{AllowedNamespaces, BindPorts, ClassFilter, Dialect, HostPorts, Options, UnknownDialect};
pub use probe::{ExpectedAnswer, Probe, ProbeAnswer, ProbeVerdict};
pub use report::{
    IngressOutcome, IngressReport, Outcome, Readiness, RouteSource, RouteSources, Served, Translation,
};

// The first page of the whole holds an example too.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct WorkspaceReadme;
