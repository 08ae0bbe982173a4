//! From what everybody serves to a Proxy: sorted, so that equal sets of Ingresses give equal bytes.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use gloo_proxy_model::{
    HttpListener, Listener, ListenerType, Proxy, ProxySpec, ResourceRef, SslConfig, SslSecrets, VirtualHost,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use crate::{
    Gateway, Scheme, Served,
    incremental::{entries::IngressEntry, serving_state::ServingState},
    options::{dialect::Tls, settings::Settings},
    stages::fragment::{Certificate, SecretKey},
};

/// The Proxy of `gateway` without listeners.
pub(crate) fn empty(gateway: Gateway, settings: &Settings) -> Proxy {
    let labels = BTreeMap::from([("created_by".to_owned(), settings.contract.created_by.to_owned())]);
    Proxy {
        metadata: ObjectMeta {
            name: Some(gateway.proxy_name().to_owned()),
            namespace: Some(settings.options.proxy_namespace.clone()),
            labels: Some(labels),
            ..ObjectMeta::default()
        },
        ..Proxy::default()
    }
}

/// The listener of `scheme` with these virtual hosts; `entries` as for [`proxy`].
pub(crate) fn listener<'a>(
    gateway: Gateway,
    scheme: Scheme,
    virtual_hosts: Vec<Arc<VirtualHost>>,
    entries: impl Iterator<Item = &'a IngressEntry>,
    serving: &ServingState,
    settings: &Settings,
) -> Listener {
    let ssl_configurations = match (scheme, settings.contract.tls) {
        (Scheme::Http, _) => Vec::new(),
        (Scheme::Https, Tls::AddsHttps) => {
            let hosts_of = &serving.on(gateway).hosts_of;
            hosts_of.iter().flat_map(|(secret, hosts)| configurations(secret, Some(hosts))).collect()
        }
        (Scheme::Https, Tls::MovesToHttps { .. }) => entries
            .flat_map(|entry| &entry.fragment.certificates)
            .filter_map(|certificate| as_written(certificate, gateway))
            .collect(),
    };
    Listener {
        name: scheme.as_str().to_owned(),
        bind_address: "::".to_owned(),
        bind_port: u32::from(settings.bind_port(scheme)),
        listener_type: Some(ListenerType::Http(HttpListener { virtual_hosts, ..HttpListener::default() })),
        ssl_configurations,
        ..Listener::default()
    }
}

/// All virtual hosts, with their names, sorted by these; those of one name stay in the order of `entries`.
pub(crate) fn sorted<'a>(entries: impl Iterator<Item = &'a IngressEntry>) -> Vec<(&'a str, &'a Served)> {
    let all = entries.flat_map(|entry| &entry.virtual_hosts);
    let mut sorted: Vec<_> = all.map(|served| (served.virtual_host.name.as_str(), served)).collect();
    sorted.sort_by_key(|(name, _)| *name);
    sorted
}

/// The Proxy of `gateway`; `entries` gives all Ingresses by namespace and name, `sorted` what they serve.
pub(crate) fn proxy<'a, I: Iterator<Item = &'a IngressEntry>>(
    gateway: Gateway,
    entries: impl Fn() -> I,
    sorted: &[(&str, &Served)],
    serving: &ServingState,
    settings: &Settings,
) -> Proxy {
    let mut listeners = Vec::new();
    for scheme in Scheme::ALL {
        let count = serving.on(gateway).virtual_hosts(scheme);
        if count == 0 {
            continue;
        }
        let mut virtual_hosts: Vec<Arc<VirtualHost>> = Vec::with_capacity(count);
        virtual_hosts.extend(
            sorted
                .iter()
                .filter(|(_, served)| served.scheme == scheme && served.gateways.contains(gateway))
                .map(|(_, served)| Arc::clone(&served.virtual_host)),
        );
        listeners.push(listener(gateway, scheme, virtual_hosts, entries(), serving, settings));
    }
    Proxy { spec: ProxySpec { listeners, ..ProxySpec::default() }, ..empty(gateway, settings) }
}

/// The configuration as an Ingress wrote it, if it is for `gateway`.
pub(crate) fn as_written(certificate: &Certificate, gateway: Gateway) -> Option<SslConfig> {
    match certificate {
        Certificate::AsWritten { gateways, config } => gateways.contains(gateway).then(|| config.clone()),
        Certificate::Covering { .. } => None,
    }
}

/// The configuration of a Secret that is for `hosts`; and one more if it is for every other host as well.
pub(crate) fn configurations(secret: &SecretKey, hosts: Option<&BTreeSet<Box<str>>>) -> Vec<SslConfig> {
    let Some(hosts) = hosts else { return Vec::new() };
    let (namespace, name) = secret;
    let config = |sni_domains: Vec<String>| SslConfig {
        secrets: Some(SslSecrets::SecretRef(ResourceRef::new(name, namespace))),
        sni_domains,
        one_way_tls: Some(true),
        ..SslConfig::default()
    };
    let mut configurations = Vec::new();
    let named: Vec<String> =
        hosts.iter().filter(|host| &***host != "*").map(|host| host.to_string()).collect();
    if !named.is_empty() {
        configurations.push(config(named));
    }
    if hosts.contains("*") {
        // Gloo joins configurations that differ in their hosts alone, and joined with this one the others' hosts would be
        // lost to any wildcard. Its own default, spelled out, keeps them apart.
        let alpn_protocols = vec!["h2".to_owned(), "http/1.1".to_owned()];
        configurations.push(SslConfig { alpn_protocols, ..config(Vec::new()) });
    }
    configurations
}
