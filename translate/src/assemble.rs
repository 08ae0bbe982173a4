//! From what everybody serves to the two Proxies: sorted, so that equal sets of Ingresses give equal bytes.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use gloo_proxy_model::{
    HttpListener, Listener, ListenerType, Proxy, ProxySpec, ResourceRef, SslConfig, SslSecrets, VirtualHost,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use crate::{
    Gateway, Scheme,
    dialect::Tls,
    fragment::Certificate,
    settings::Settings,
    translator::Held,
};

/// The Proxy of `gateway`, from all Ingresses by namespace and name.
pub(crate) fn proxy<'a>(
    gateway: Gateway,
    held: impl Iterator<Item = &'a Held> + Clone,
    settings: &Settings,
) -> Proxy {
    let mut listeners = Vec::new();
    for scheme in Scheme::ALL {
        let virtual_hosts = virtual_hosts(gateway, scheme, held.clone());
        if virtual_hosts.is_empty() {
            continue;
        }
        let ssl_configurations = match scheme {
            Scheme::Http => Vec::new(),
            Scheme::Https => ssl_configurations(gateway, held.clone(), settings),
        };
        listeners.push(Listener {
            name: scheme.as_str().to_owned(),
            bind_address: "::".to_owned(),
            bind_port: u32::from(settings.bind_port(scheme)),
            listener_type: Some(ListenerType::Http(HttpListener { virtual_hosts, ..HttpListener::default() })),
            ssl_configurations,
            ..Listener::default()
        });
    }
    Proxy {
        metadata: ObjectMeta {
            name: Some(gateway.proxy_name().to_owned()),
            namespace: Some(settings.options.proxy_namespace.clone()),
            labels: Some(BTreeMap::from([("created_by".to_owned(), settings.contract.created_by.to_owned())])),
            ..ObjectMeta::default()
        },
        spec: ProxySpec { listeners, ..ProxySpec::default() },
        ..Proxy::default()
    }
}

fn virtual_hosts<'a>(gateway: Gateway, scheme: Scheme, held: impl Iterator<Item = &'a Held>) -> Vec<Arc<VirtualHost>> {
    let mut virtual_hosts: Vec<Arc<VirtualHost>> = held
        .flat_map(|held| &held.served)
        .filter(|served| served.scheme == scheme && served.gateways.contains(gateway))
        .map(|served| Arc::clone(&served.virtual_host))
        .collect();
    // Stable: virtual hosts of one name stay in the order of their Ingresses.
    virtual_hosts.sort_by(|a, b| a.name.cmp(&b.name));
    virtual_hosts
}

fn ssl_configurations<'a>(
    gateway: Gateway,
    held: impl Iterator<Item = &'a Held>,
    settings: &Settings,
) -> Vec<SslConfig> {
    match settings.contract.tls {
        Tls::MovesToHttps { .. } => held
            .flat_map(|held| &held.fragment.certificates)
            .filter_map(|certificate| match certificate {
                Certificate::AsWritten { gateways, config } => gateways.contains(gateway).then(|| config.clone()),
                Certificate::Covering { .. } => None,
            })
            .collect(),
        Tls::AddsHttps => by_secret(gateway, held),
    }
}

/// One configuration for each Secret, with the hosts that it is for; and one more for a Secret that is for every other
/// host as well.
fn by_secret<'a>(gateway: Gateway, held: impl Iterator<Item = &'a Held>) -> Vec<SslConfig> {
    let mut hosts_of: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    for held in held {
        for certificate in &held.fragment.certificates {
            let Certificate::Covering { secret, claims } = certificate else { continue };
            for index in claims {
                let Some(claim) = held.fragment.claims.get(*index) else { continue };
                if held.owns(*index, gateway) {
                    hosts_of
                        .entry((&secret.namespace, &secret.name))
                        .or_default()
                        .insert(&claim.host);
                }
            }
        }
    }
    let mut configurations = Vec::with_capacity(hosts_of.len());
    for ((namespace, name), mut hosts) in hosts_of {
        let secrets = || {
            Some(SslSecrets::SecretRef(ResourceRef::new(name, namespace)))
        };
        let for_the_rest = hosts.remove("*");
        if !hosts.is_empty() {
            configurations.push(SslConfig {
                secrets: secrets(),
                sni_domains: hosts.into_iter().map(str::to_owned).collect(),
                one_way_tls: Some(true),
                ..SslConfig::default()
            });
        }
        if for_the_rest {
            // Gloo joins configurations that differ in their hosts alone, and joined with this one the others' hosts would be
            // lost to any wildcard. Its own default, spelled out, keeps them apart.
            configurations.push(SslConfig {
                secrets: secrets(),
                alpn_protocols: vec!["h2".to_owned(), "http/1.1".to_owned()],
                one_way_tls: Some(true),
                ..SslConfig::default()
            });
        }
    }
    configurations
}
