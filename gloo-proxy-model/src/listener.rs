use std::sync::Arc;

use crate::{SslConfig, VirtualHost};

/// An address and port and what is served there: `spec.listeners[]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Listener {
    /// Unique in the Proxy.
    pub name: String,
    /// An IP address; `::` is every address.
    pub bind_address: String,
    /// Unique in the Proxy.
    pub bind_port: u32,
    /// What is served.
    pub listener_type: Option<ListenerType>,
    /// Certificates by SNI; with any, the listener speaks TLS only.
    pub ssl_configurations: Vec<SslConfig>,
}

/// What a [`Listener`] serves: oneof `ListenerType`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ListenerType {
    /// `httpListener`.
    Http(HttpListener),
}

/// HTTP by virtual hosts: `httpListener`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HttpListener {
    /// The virtual hosts; domains must be unique among them. Shared, so that Proxies which serve the same virtual
    /// host, and successive Proxies in which it has not changed, hold it once; [`Arc::make_mut`] gives it for writing.
    pub virtual_hosts: Vec<Arc<VirtualHost>>,
}
