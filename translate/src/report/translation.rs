use gloo_proxy_model::Proxy;

use crate::{Gateway, IngressReport, Outcome};

/// The translation of a set of Ingresses.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Translation {
    /// The Proxy that serves everybody, `knative-external-proxy`.
    pub external: Proxy,
    /// The Proxy that serves clients inside the cluster, `knative-internal-proxy`.
    pub internal: Proxy,
    /// The report of each Ingress, sorted by namespace and name.
    pub reports: Vec<IngressReport>,
}

impl Translation {
    /// The Proxy of `gateway`.
    pub const fn proxy(&self, gateway: Gateway) -> &Proxy {
        match gateway {
            Gateway::External => &self.external,
            Gateway::Internal => &self.internal,
        }
    }

    /// Whether any Ingress has been rejected.
    pub fn has_rejected(&self) -> bool {
        self.reports.iter().any(|report| report.outcome == Outcome::Rejected)
    }
}
