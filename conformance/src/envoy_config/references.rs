use std::collections::{BTreeMap, BTreeSet};

use gloo_proxy_model::{
    Action, Destination, DestinationType, ListenerType, Proxy, ResourceRef, Route, RouteDestination,
    SslSecrets,
};

/// What a Proxy names beside itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct References {
    /// Services with their ports.
    pub services: BTreeSet<(ResourceRef, u32)>,
    /// Secrets, and the names by SNI that they are for.
    pub secrets: BTreeMap<ResourceRef, Vec<String>>,
}

/// The Services and Secrets that a Proxy's HTTP listeners name.
pub fn references(proxy: &Proxy) -> References {
    let mut found = References::default();
    for listener in &proxy.spec.listeners {
        for config in &listener.ssl_configurations {
            if let Some(SslSecrets::SecretRef(secret)) = &config.secrets {
                found.secrets.entry(secret.clone()).or_default().extend(config.sni_domains.iter().cloned());
            }
        }
        if let Some(ListenerType::Http(http)) = &listener.listener_type {
            let routes = http.virtual_hosts.iter().flat_map(|host| &host.routes);
            let destinations = routes.flat_map(|route| destinations(route));
            found.services.extend(destinations.filter_map(
                |destination| match &destination.destination_type {
                    Some(DestinationType::Kube(kube)) => Some((kube.r#ref.clone(), kube.port)),
                    Some(DestinationType::Upstream(_) | DestinationType::Consul(_)) | None => None,
                },
            ));
        }
    }
    found
}

fn destinations(route: &Route) -> Vec<&Destination> {
    let Some(Action::Route(action)) = &route.action else { return Vec::new() };
    match &action.destination {
        Some(RouteDestination::Single(single)) => vec![single],
        Some(RouteDestination::Multi(multi)) => {
            multi.destinations.iter().filter_map(|weighted| weighted.destination.as_ref()).collect()
        }
        Some(
            RouteDestination::UpstreamGroup(_)
            | RouteDestination::ClusterHeader(_)
            | RouteDestination::DynamicForwardProxy(_),
        )
        | None => Vec::new(),
    }
}
