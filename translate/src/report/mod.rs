//! The outcome of a translation: a report for each Ingress, its status, and all of it as data.

mod route_source;
mod serialize;
mod status;
mod translation;

use std::{fmt, sync::Arc};

use gloo_proxy_model::VirtualHost;
use knative_ingress_model::IngressRef;

use crate::{Diagnostic, Gateway, Gateways, Scheme};
pub use route_source::{RouteSource, RouteSources};
pub use status::Readiness;
pub use translation::Translation;

/// The outcome for one Ingress.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct IngressReport {
    /// The Ingress.
    pub ingress: IngressRef,
    /// Whether it is translated, rejected or skipped.
    pub outcome: Outcome,
    /// The virtual hosts that serve it, with the domains that it won.
    pub served: Vec<Served>,
    /// If it is rejected: the virtual hosts without routes that hold the hosts it owns, so that a request for one of them gets 404
    /// and does not get to the owner of a wildcard above it. They are on a listener that serves anybody.
    pub reserved: Vec<Served>,
    /// The hash that its probe routes answer with, if [`Options::probe`](crate::Options::probe) is set.
    pub probe_hash: Option<String>,
    /// What its author should know: errors, then warnings, those about lost domains first; at most a hundred, and then one
    /// that says how many more there are ([`Code::MoreDiagnostics`](crate::Code::MoreDiagnostics)).
    pub diagnostics: Vec<Diagnostic>,
}

/// The outcome for one Ingress: its [`IngressReport`] without what serves it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct IngressOutcome {
    /// The Ingress.
    pub ingress: IngressRef,
    /// Whether it is translated, rejected or skipped.
    pub outcome: Outcome,
    /// The hash that its probe routes answer with, if [`Options::probe`](crate::Options::probe) is set.
    pub probe_hash: Option<String>,
    /// What its author should know, as in the report.
    pub diagnostics: Vec<Diagnostic>,
}

/// Whether an Ingress is translated, rejected or skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// It is in the Proxies, less the domains that another Ingress owns.
    Translated,
    /// It has an error and is served nowhere. Its hosts stay reserved: nobody else is served on them.
    Rejected,
    /// It is of another class and in neither Proxy.
    Skipped,
}

/// A virtual host of an Ingress. The Proxies share it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Served {
    /// The Proxies that hold it.
    pub gateways: Gateways,
    /// The listener that holds it.
    pub scheme: Scheme,
    /// The virtual host.
    pub virtual_host: Arc<VirtualHost>,
    /// The path of the Ingress that each of its routes comes from.
    pub sources: RouteSources,
}

impl Served {
    /// Whether it is the same virtual host on the same listener; nearly always one and the same allocation.
    pub(crate) fn is_same_host(&self, other: &Self) -> bool {
        let Self { gateways: _, scheme, virtual_host, sources: _ } = self;
        *scheme == other.scheme
            && (Arc::ptr_eq(virtual_host, &other.virtual_host) || *virtual_host == other.virtual_host)
    }
}

impl PartialEq for Served {
    fn eq(&self, other: &Self) -> bool {
        self.gateways == other.gateways && self.sources == other.sources && self.is_same_host(other)
    }
}

impl IngressReport {
    /// The domains by which `gateway` serves the Ingress on the listener of `scheme`, without their twins with a port.
    pub fn domains(&self, gateway: Gateway, scheme: Scheme) -> impl Iterator<Item = &str> {
        self.served
            .iter()
            .filter(move |served| served.scheme == scheme && served.gateways.contains(gateway))
            .flat_map(|served| served.virtual_host.domains.iter())
            .map(String::as_str)
            .filter(|domain| !domain.contains(':'))
    }

    /// Whether any domain of the Ingress is served by `gateway`.
    pub fn is_served(&self, gateway: Gateway) -> bool {
        self.served.iter().any(|served| served.gateways.contains(gateway))
    }
}

/// A name that may be none: nobody gets to write a line about another Ingress.
struct OneLine<'a>(&'a IngressRef);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.to_string().escape_debug())
    }
}

impl Outcome {
    /// Its word: `translated`, `rejected`, `skipped`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Translated => "translated",
            Self::Rejected => "rejected",
            Self::Skipped => "skipped",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for IngressReport {
    /// One line per diagnostic, `error: team-a/shop: spec.rules[0]…: message [code]`, or one that says what became of it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { ingress, outcome, served: _, reserved: _, probe_hash: _, diagnostics } = self;
        if diagnostics.is_empty() {
            return write!(f, "{outcome}: {}", OneLine(ingress));
        }
        for (index, diagnostic) in diagnostics.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{}: {}: {diagnostic}", diagnostic.severity, OneLine(ingress))?;
        }
        Ok(())
    }
}
