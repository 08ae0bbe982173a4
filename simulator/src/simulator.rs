use std::sync::Arc;

use gloo_proxy_model::{HttpListener, HttpListenerOptions, Listener, ListenerType, Proxy};

use crate::domains::Domains;
use crate::http_model::Transport;
use crate::route::Host;
use crate::tls::Chains;

/// A Proxy, ready to be asked.
#[derive(Debug)]
pub struct Simulator {
    http: Option<Served>,
    https: Option<Served>,
    refusals: Vec<String>,
}

/// A listener that Gloo makes one of.
#[derive(Debug)]
pub(crate) struct Served {
    pub(crate) name: String,
    pub(crate) chains: Chains,
    pub(crate) domains: Domains,
    pub(crate) hosts: Vec<Host>,
    pub(crate) settings: Settings,
}

/// What the HTTP connection manager does before it looks for a virtual host.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    pub(crate) normalize_path: bool,
    pub(crate) merge_slashes: bool,
    pub(crate) strip_any_host_port: bool,
}

impl Simulator {
    /// Reads a Proxy. Its first listener with certificates answers TLS, its first without answers plain HTTP.
    pub fn new(proxy: &Proxy) -> Self {
        let mut simulator = Self { http: None, https: None, refusals: Vec::new() };
        for listener in &proxy.spec.listeners {
            let Listener { name, listener_type, ssl_configurations, .. } = listener;
            let Some(ListenerType::Http(http)) = listener_type else { continue };
            let place =
                if ssl_configurations.is_empty() { &mut simulator.http } else { &mut simulator.https };
            // Gloo makes no listener without virtual hosts.
            if place.is_none() && !http.virtual_hosts.is_empty() {
                *place =
                    Some(Served::new(name, http, Chains::new(ssl_configurations), &mut simulator.refusals));
            }
        }
        simulator
    }

    /// Why Envoy would refuse the whole Proxy, as far as answers depend on it: domains that several virtual hosts have,
    /// header values that are no format. Empty for a good one. The answers are then those of the first of each.
    pub fn refusals(&self) -> &[String] {
        &self.refusals
    }

    pub(crate) fn served(&self, transport: &Transport) -> Option<&Served> {
        if transport.is_tls() { self.https.as_ref() } else { self.http.as_ref() }
    }
}

impl Served {
    fn new(name: &str, listener: &HttpListener, chains: Chains, refusals: &mut Vec<String>) -> Self {
        let mut domains = Domains::default();
        let mut hosts = Vec::new();
        for (index, virtual_host) in listener.virtual_hosts.iter().enumerate() {
            let virtual_host = Arc::as_ref(virtual_host);
            domains.add(virtual_host, index, name, refusals);
            hosts.push(Host::new(virtual_host, name, refusals));
        }
        Self { name: name.to_owned(), chains, domains, hosts, settings: Settings::of(listener) }
    }
}

impl Settings {
    fn of(listener: &HttpListener) -> Self {
        let options = listener.options.as_deref();
        let manager = options.and_then(|HttpListenerOptions { http_connection_manager_settings, .. }| {
            http_connection_manager_settings.as_ref()
        });
        Self {
            // Gloo's default, not Envoy's.
            normalize_path: manager.and_then(|manager| manager.normalize_path).unwrap_or(true),
            merge_slashes: manager.and_then(|manager| manager.merge_slashes).unwrap_or(false),
            strip_any_host_port: manager.and_then(|manager| manager.strip_any_host_port).unwrap_or(false),
        }
    }
}
