//! From gateway to gateway: which requests a gateway sends to itself or to the other, and what becomes of them there.
#![allow(unreachable_pub, clippy::unwrap_used, clippy::panic)]

use std::sync::Arc;

use gloo_proxy_model::{ListenerType, Proxy, VirtualHost};
use knative_gloo_translate::{Gateway, Translation};

use super::walk::destinations;

/// A route whose backend is a gateway.
#[derive(Debug)]
pub struct Hop {
    /// The authorities of what it sends there.
    pub hosts: Vec<String>,
}

/// Every such route of both Proxies.
pub fn hops(translation: &Translation) -> Vec<Hop> {
    let hosts = Gateway::ALL.into_iter().flat_map(|gateway| virtual_hosts(translation.proxy(gateway)));
    hosts.flat_map(|host| of_virtual_host(host)).collect()
}

/// Those of one virtual host. No tenant's namespace is that of the gateways.
pub fn of_virtual_host(host: &VirtualHost) -> Vec<Hop> {
    let to_gateways = destinations(host).into_iter().filter(|(namespace, _)| namespace == "gloo-system");
    to_gateways
        .map(|(_, rewrite)| match rewrite {
            Some(rewrite) => Hop { hosts: vec![rewrite] },
            // The client's own. A wildcard stands for any of its names.
            None => Hop { hosts: host.domains.iter().map(|domain| domain.replace('*', "any")).collect() },
        })
        .collect()
}

impl Hop {
    /// The virtual hosts that may get what it sends, whichever gateway and listener that is.
    pub fn targets<'a>(&self, translation: &'a Translation) -> Vec<&'a Arc<VirtualHost>> {
        let proxies = Gateway::ALL.map(|gateway| translation.proxy(gateway));
        let all = proxies.into_iter().flat_map(virtual_hosts);
        all.filter(|host| {
            host.domains.iter().any(|domain| self.hosts.iter().any(|host| matches(domain, host)))
        })
        .collect()
    }
}

/// Whether Envoy may look for `host` in a virtual host with this domain; whether a longer one takes it away does not count.
fn matches(domain: &str, host: &str) -> bool {
    match domain.strip_prefix('*') {
        Some(rest) => host.ends_with(rest),
        None => domain.strip_suffix(":*").unwrap_or(domain) == host,
    }
}

fn virtual_hosts(proxy: &Proxy) -> impl Iterator<Item = &Arc<VirtualHost>> {
    proxy.spec.listeners.iter().flat_map(|listener| match &listener.listener_type {
        Some(ListenerType::Http(http)) => http.virtual_hosts.iter(),
        _ => panic!("{listener:?}"),
    })
}
