use std::sync::Arc;

use gloo_proxy_model::{SslConfig, VirtualHost};
use knative_ingress_model::IngressRef;

use crate::{Gateway, IngressReport, Scheme};

/// What a call to a [`Translator`](crate::Translator) changed: all of it, and nothing that stayed as it was.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Change {
    /// In the Proxy for everybody.
    pub external: ProxyChange,
    /// In the Proxy for clients inside the cluster.
    pub internal: ProxyChange,
    /// The reports that are new or say something else now, sorted by namespace and name.
    pub reports: Vec<IngressReport>,
    /// The Ingresses that were removed, sorted.
    pub removed: Vec<IngressRef>,
}

/// What changed in one Proxy.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ProxyChange {
    /// Listeners that were added or removed. What they hold is listed as well.
    pub listeners: Vec<ListenerChange>,
    /// Virtual hosts that were added, removed or changed, sorted by listener and name.
    pub virtual_hosts: Vec<VirtualHostChange>,
    /// SSL configurations that were added, removed or changed, sorted by Secret.
    pub ssl_configurations: Vec<SslConfigChange>,
}

/// A listener that was added or removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListenerChange {
    /// The listener.
    pub scheme: Scheme,
    /// Whether the Proxy has it now.
    pub present: bool,
}

/// A virtual host that was added, removed or changed.
#[derive(Clone, Debug, PartialEq)]
pub struct VirtualHostChange {
    /// Its listener.
    pub scheme: Scheme,
    /// The Ingress that it serves.
    pub ingress: IngressRef,
    /// As it was; `None` if it was added.
    pub before: Option<Arc<VirtualHost>>,
    /// As it is; `None` if it was removed.
    pub after: Option<Arc<VirtualHost>>,
}

/// An SSL configuration of the listener `https` that was added, removed or changed.
#[derive(Clone, Debug, PartialEq)]
pub struct SslConfigChange {
    /// As it was; `None` if it was added.
    pub before: Option<SslConfig>,
    /// As it is; `None` if it was removed.
    pub after: Option<SslConfig>,
}

impl Change {
    /// Whether nothing changed, so that nothing is to be written.
    pub fn is_empty(&self) -> bool {
        let Self { external, internal, reports, removed } = self;
        external.is_empty() && internal.is_empty() && reports.is_empty() && removed.is_empty()
    }

    /// What changed in the Proxy of `gateway`.
    pub const fn proxy(&self, gateway: Gateway) -> &ProxyChange {
        match gateway {
            Gateway::External => &self.external,
            Gateway::Internal => &self.internal,
        }
    }

    pub(crate) const fn proxy_mut(&mut self, gateway: Gateway) -> &mut ProxyChange {
        match gateway {
            Gateway::External => &mut self.external,
            Gateway::Internal => &mut self.internal,
        }
    }
}

impl ProxyChange {
    /// Whether the Proxy is as it was.
    pub fn is_empty(&self) -> bool {
        let Self { listeners, virtual_hosts, ssl_configurations } = self;
        listeners.is_empty() && virtual_hosts.is_empty() && ssl_configurations.is_empty()
    }
}
