//! A rejected Ingress: served nowhere, and its hosts by nobody.

use std::{collections::BTreeMap, sync::Arc};

use gloo_proxy_model::VirtualHost;
use knative_ingress_model::Ingress;

use super::virtual_hosts::domains;
use crate::{
    Gateways, RouteSources, Scheme,
    options::settings::Settings,
    stages::fragment::{ClaimIndex, ClaimList, Indices, VirtualHostFragment},
};

/// Virtual hosts without routes: a request for one of these hosts gets 404, where it would else get to the owner of a wildcard
/// above it. Also on `https`, where the host may have been before the error.
pub(crate) fn virtual_hosts(
    ingress: &Ingress,
    claims: &ClaimList,
    settings: &Settings,
) -> Vec<VirtualHostFragment> {
    // An error is no way to a Proxy that is too large: each host is there twice for each scheme, once with a port.
    let bytes = claims.iter().map(|claim| claim.host.len().saturating_mul(4).saturating_add(24));
    if bytes.fold(0, usize::saturating_add) > settings.options.max_output_bytes {
        return Vec::new();
    }
    let mut by_gateways: BTreeMap<Gateways, Vec<ClaimIndex>> = BTreeMap::new();
    for (index, claim) in claims.indexed() {
        by_gateways.entry(claim.gateways).or_default().push(index);
    }
    let mut virtual_hosts = Vec::new();
    for (gateways, on_these) in by_gateways {
        for scheme in Scheme::ALL {
            let hosts = on_these.iter().filter_map(|index| claims.host(*index));
            let domains = domains(hosts, on_these.len(), scheme, settings);
            let virtual_host =
                VirtualHost { name: name(ingress, gateways), domains, ..VirtualHost::default() };
            virtual_hosts.push(VirtualHostFragment {
                gateways,
                scheme,
                claims: Indices::List(on_these.clone()),
                virtual_host: Arc::new(virtual_host),
                sources: RouteSources::list([]),
            });
        }
    }
    virtual_hosts
}

/// `namespace.name-reserved`: no rule's number ends so.
fn name(ingress: &Ingress, gateways: Gateways) -> String {
    let (namespace, name) = (ingress.namespace(), ingress.name());
    if gateways.external {
        format!("{namespace}.{name}-reserved")
    } else {
        // Beside those that are on both.
        format!("{namespace}.{name}-reserved-internal")
    }
}
