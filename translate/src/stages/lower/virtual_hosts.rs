//! From groups of hosts and their routes to virtual hosts on their listeners.

use std::sync::Arc;

use gloo_proxy_model::{Action, RedirectAction, Route, VirtualHost};

use super::{
    budget,
    context::{Group, Lowering},
    origins::Routes,
};
use crate::{
    HostPorts, RouteSources, Scheme,
    options::{dialect::DuplicateDomains, settings::Settings},
    stages::fragment::{Certificate, Claim, ClaimIndex, ClaimList, Fragment, Indices, VirtualHostFragment},
};

/// A group of hosts with its routes.
pub(crate) struct ServedGroup {
    /// Of its virtual host.
    pub(crate) name: String,
    pub(crate) group: Group,
    pub(crate) routes: Routes,
    /// What each of the routes comes from.
    pub(crate) sources: RouteSources,
}

/// What of it is served on `https`.
pub(crate) struct Https {
    /// For each claim whether a certificate is for its host; empty if none is for any.
    pub(crate) covered: Vec<bool>,
    /// Whether covered hosts redirect plain HTTP.
    pub(crate) redirects: bool,
    /// Whether all of it is served on `https` alone.
    pub(crate) is_all: bool,
}

/// Builds the virtual hosts of `groups`, whose hosts are among `claims`, and hands on to the budget.
pub(crate) fn build(
    groups: Vec<ServedGroup>,
    https: &Https,
    claims: &[Claim<'_>],
    certificates: Vec<Certificate>,
    probe_hash: Option<String>,
    lowering: Lowering<'_>,
) -> Fragment {
    let (settings, contract) = (lowering.settings, lowering.settings.contract);
    let mut virtual_hosts = Vec::with_capacity(groups.len());
    for ServedGroup { name, group, mut routes, sources } in groups {
        let plans = plans(&group, name, claims, https);
        let mut plans = plans.into_iter().flatten().peekable();
        while let Some(VirtualHostPlan { name, scheme, claims: wanted, redirects }) = plans.next() {
            let routes = if plans.peek().is_some() { routes.clone() } else { std::mem::take(&mut routes) };
            let routes = if redirects { redirected(routes, settings) } else { routes.list };
            let hosts = wanted.iter().filter_map(|claim| claims.get(claim.get())).map(|claim| &*claim.host);
            let domains = domains(hosts, wanted.len(), scheme, settings);
            virtual_hosts.push(VirtualHostFragment {
                gateways: group.gateways,
                scheme,
                claims: match contract.duplicate_domains {
                    DuplicateDomains::OneOwner => wanted,
                    // Nobody asks who owns what.
                    DuplicateDomains::Emitted => Indices::Run(0..0),
                },
                virtual_host: Arc::new(VirtualHost { name, domains, routes, ..VirtualHost::default() }),
                sources: sources.clone(),
            });
        }
    }
    let claims = match contract.duplicate_domains {
        DuplicateDomains::OneOwner => ClaimList::of(claims),
        DuplicateDomains::Emitted => ClaimList::default(),
    };
    budget::check(claims, virtual_hosts, certificates, probe_hash, lowering)
}

/// A virtual host to build.
struct VirtualHostPlan {
    name: String,
    scheme: Scheme,
    claims: Indices<ClaimIndex>,
    /// Whether the routes of public rules answer with a redirect.
    redirects: bool,
}

fn plans(group: &Group, name: String, claims: &[Claim<'_>], https: &Https) -> [Option<VirtualHostPlan>; 3] {
    let plan = |name, scheme, claims, redirects| Some(VirtualHostPlan { name, scheme, claims, redirects });
    let Https { covered, redirects, is_all } = https;
    let is_covered = |claim: &ClaimIndex| covered.get(claim.get()).is_some_and(|covered| *covered);
    if *is_all {
        return [plan(name, Scheme::Https, group.claims.clone(), false), None, None];
    }
    if !group.claims.iter().any(|claim| is_covered(&claim)) {
        return [plan(name, Scheme::Http, group.claims.clone(), false), None, None];
    }
    let covered = Indices::List(group.claims.iter().filter(is_covered).collect());
    let https = plan(name.clone(), Scheme::Https, covered, false);
    let (redirected, plain): (Vec<_>, Vec<_>) = group.claims.iter().partition(|claim| {
        *redirects
            && is_covered(claim)
            && claims.get(claim.get()).is_some_and(|claim| claim.gateways.external)
    });
    match (plain.is_empty(), redirected.is_empty()) {
        (_, true) => [plan(name, Scheme::Http, Indices::List(plain), false), https, None],
        (true, false) => [plan(name, Scheme::Http, Indices::List(redirected), true), https, None],
        (false, false) => {
            let redirecting = format!("{name}-redirect");
            let redirecting = plan(redirecting, Scheme::Http, Indices::List(redirected), true);
            [plan(name, Scheme::Http, Indices::List(plain), false), redirecting, https]
        }
    }
}

/// The same requests, those for public rules answered with a redirect to `https`.
fn redirected(routes: Routes, settings: &Settings) -> Vec<Arc<Route>> {
    let port_redirect = match settings.options.host_ports {
        // Envoy leaves the client's port in the location, unless it is 80.
        HostPorts::Fixed { http, https } if (http, https) != (80, 443) => Some(u32::from(https)),
        HostPorts::Fixed { .. } | HostPorts::Standard | HostPorts::Any => None,
    };
    let redirect = |route: &Route| {
        let Route { matchers, action: _, options: _, name, metadata, unknown } = route;
        Arc::new(Route {
            matchers: matchers.clone(),
            action: Some(Action::Redirect(RedirectAction {
                https_redirect: true,
                port_redirect,
                ..RedirectAction::default()
            })),
            options: None,
            name: name.clone(),
            metadata: metadata.clone(),
            unknown: unknown.clone(),
        })
    };
    let Routes { list, origins } = routes;
    let is_public = |place: usize| origins.get(place).is_some_and(|origin| origin.public);
    let routes = list.into_iter().enumerate();
    routes.map(|(place, route)| if is_public(place) { redirect(&route) } else { route }).collect()
}

/// The domains of a virtual host: `hosts`, of which there are `count`, each followed by its twins with a port.
pub(crate) fn domains<'a>(
    hosts: impl Iterator<Item = &'a str>,
    count: usize,
    scheme: Scheme,
    settings: &Settings,
) -> Vec<String> {
    let mut domains = Vec::with_capacity(count.saturating_mul(2));
    for host in hosts {
        domains.push(host.to_owned());
        if host == "*" && settings.contract.validates {
            // It takes in every port.
            continue;
        }
        for suffix in settings.port_suffixes(scheme, host) {
            let mut twin = String::with_capacity(host.len().saturating_add(suffix.len()));
            twin.push_str(host);
            twin.push_str(suffix);
            domains.push(twin);
        }
    }
    domains
}
