//! From lowered rules to virtual hosts on their listeners, and to the certificates that they are served with.

use std::{cmp::Reverse, fmt::Write, sync::Arc};

use gloo_proxy_model::{Action, HeaderManipulation, RedirectAction, Route, RouteOptions, VirtualHost};
use knative_ingress_model::{Ingress, keys};

use super::{
    context::{LoweredRule, Lowering},
    coverage::Coverage,
    domains::domains,
    groups::{Group, Grouped, RouteLimitExceeded, groups},
    headers,
    origins::{Origin, Origins, Routes},
    tls::Certificates,
    unreachable::UnreachableRoutes,
};
use crate::{
    Code, HostPorts, Scheme,
    options::{dialect::DuplicateDomains, settings::Settings},
    stages::fragment::{Certificate, Claim, ClaimIndex, ClaimList, Indices, VirtualHostFragment},
};

/// What the virtual hosts depend on beside the rules.
pub(crate) struct Source<'a> {
    pub(crate) ingress: &'a Ingress,
    pub(crate) certificates: &'a Certificates<'a>,
    /// Whether plain HTTP redirects to HTTPS.
    pub(crate) redirected: bool,
    /// Whether all of it is served on `https` alone.
    pub(crate) moves_to_https: bool,
    pub(crate) probe_hash: Option<&'a str>,
}

/// What has been built.
#[derive(Default)]
pub(crate) struct BuildOutput {
    pub(crate) claims: ClaimList,
    pub(crate) virtual_hosts: Vec<VirtualHostFragment>,
    pub(crate) certificates: Vec<Certificate>,
}

/// Builds the virtual hosts of `rules`, which claim `claims`.
pub(crate) fn build(
    source: &Source<'_>,
    mut rules: Vec<LoweredRule>,
    claims: Vec<Claim<'_>>,
    lowering: &mut Lowering<'_>,
) -> BuildOutput {
    let contract = lowering.settings.contract;
    let Grouped { claims, groups } = match groups(&rules, claims, source.ingress, contract.duplicate_domains)
    {
        Ok(grouped) => grouped,
        Err(RouteLimitExceeded { claims, size, limit }) => {
            let message = format_args!(
                "rules that share hosts come to {} routes of {} bytes: expected at most {} of {}",
                size.routes, size.bytes, limit.routes, limit.bytes
            );
            lowering.diagnostics.error(Code::TooManyRoutes, "spec.rules", message);
            return BuildOutput { claims: ClaimList::reserved(claims), ..BuildOutput::default() };
        }
    };
    let coverage = Coverage::new(source.certificates, &claims, lowering);
    coverage.report(source.redirected, lowering);

    let groups_of = groups_of(&groups, rules.len());
    let may_be_unreachable =
        rules.iter().any(|rule| rule.routes.len() > 1) || groups.iter().any(|group| group.rules.len() > 1);
    let mut unreachable = UnreachableRoutes::default();
    let mut virtual_hosts = Vec::with_capacity(groups.len());
    for group in groups {
        let mut routes = routes(&group, &mut rules, &groups_of, source.ingress);
        if contract.validates && may_be_unreachable {
            unreachable.check(&routes, source.ingress);
        }
        if let Some(hash) = source.probe_hash {
            routes = with_probes(routes, hash);
        }
        let sources = routes.sources();
        let mut plans = plans(&group, &rules, source, &claims, &coverage).into_iter().flatten().peekable();
        while let Some(VirtualHostPlan { name, scheme, claims: wanted, redirects }) = plans.next() {
            let routes = if plans.peek().is_some() { routes.clone() } else { std::mem::take(&mut routes) };
            let routes = if redirects { redirected(routes, lowering.settings) } else { routes.list };
            let hosts = wanted.iter().filter_map(|claim| claims.get(claim.get())).map(|claim| &*claim.host);
            let domains = domains(hosts, wanted.len(), scheme, lowering.settings);
            virtual_hosts.push(VirtualHostFragment {
                gateways: group.gateways,
                scheme,
                claims: wanted,
                virtual_host: Arc::new(VirtualHost { name, domains, routes, ..VirtualHost::default() }),
                sources: sources.clone(),
            });
        }
    }
    unreachable.report(lowering);
    let certificates = coverage.into_certificates();
    match contract.duplicate_domains {
        DuplicateDomains::OneOwner => {
            BuildOutput { claims: ClaimList::of(&claims), virtual_hosts, certificates }
        }
        DuplicateDomains::Emitted => {
            // Nobody asks who owns what.
            for virtual_host in &mut virtual_hosts {
                virtual_host.claims = Indices::Run(0..0);
            }
            BuildOutput { claims: ClaimList::default(), virtual_hosts, certificates }
        }
    }
}

/// For each rule how many of `groups` have its routes; empty if each rule is a group.
fn groups_of(groups: &[Group], rules: usize) -> Vec<usize> {
    let is_one_each = groups.iter().all(|group| matches!(group.rules, Indices::Run(_)));
    let mut groups_of = vec![0_usize; if is_one_each { 0 } else { rules }];
    for place in groups.iter().flat_map(|group| group.rules.iter()) {
        if let Some(count) = groups_of.get_mut(place.get()) {
            *count = count.saturating_add(1);
        }
    }
    groups_of
}

/// The routes of a group: as written for one rule; of several the longest paths first, then those with more headers, so
/// that no rule's `/` stands before another's `/.well-known/acme-challenge/…`.
fn routes(group: &Group, rules: &mut [LoweredRule], groups_of: &[usize], ingress: &Ingress) -> Routes {
    let mut of_rules = group.rules.iter().filter_map(|place| {
        let rule = rules.get_mut(place.get())?;
        let (index, public) = (rule.index, rule.gateways.external);
        let is_last = groups_of.get(place.get()).is_none_or(|groups| *groups == 1);
        let list = if is_last { std::mem::take(&mut rule.routes) } else { rule.routes.clone() };
        let origins = Origins::Rule { rule: index, paths: list.len(), public };
        Some(Routes { list, origins })
    });
    if group.rules.len() < 2 {
        return of_rules.next().unwrap_or_default();
    }
    let mut pairs: Vec<(Origin, Route)> = Vec::new();
    for Routes { list, origins } in of_rules {
        let routes = list.into_iter().enumerate();
        pairs.extend(routes.filter_map(|(place, route)| Some((origins.get(place)?, route))));
    }
    pairs.sort_by_key(|(origin, _)| {
        let path = origin.path_of(ingress);
        (Reverse(path.map_or(0, |path| path.path.len())), Reverse(path.map_or(0, |path| path.headers.len())))
    });
    let (origins, list) = pairs.into_iter().unzip();
    Routes { list, origins: Origins::List(origins) }
}

/// A virtual host to build.
struct VirtualHostPlan {
    name: String,
    scheme: Scheme,
    claims: Indices<ClaimIndex>,
    /// Whether the routes of public rules answer with a redirect.
    redirects: bool,
}

fn plans(
    group: &Group,
    rules: &[LoweredRule],
    source: &Source<'_>,
    claims: &[Claim<'_>],
    coverage: &Coverage<'_>,
) -> [Option<VirtualHostPlan>; 3] {
    let name = name(group, rules, source.ingress);
    let plan = |name, scheme, claims, redirects| Some(VirtualHostPlan { name, scheme, claims, redirects });
    let is_covered = |claim: &ClaimIndex| coverage.is_covered(*claim);
    if source.moves_to_https {
        return [plan(name, Scheme::Https, group.claims.clone(), false), None, None];
    }
    if !group.claims.iter().any(|claim| is_covered(&claim)) {
        return [plan(name, Scheme::Http, group.claims.clone(), false), None, None];
    }
    let covered = Indices::List(group.claims.iter().filter(is_covered).collect());
    let https = plan(name.clone(), Scheme::Https, covered, false);
    let (redirected, plain): (Vec<_>, Vec<_>) = group.claims.iter().partition(|claim| {
        source.redirected
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

/// `namespace.name-rule`, with a dot between the rules of one host, since `shop-0-1` is rule 1 of the Ingress `shop-0` already.
fn name(group: &Group, rules: &[LoweredRule], ingress: &Ingress) -> String {
    let (namespace, of_ingress) = (ingress.namespace(), ingress.name());
    let digits = group.rules.len().saturating_mul(2);
    let length = namespace.len().saturating_add(of_ingress.len()).saturating_add(digits).saturating_add(1);
    let mut name = String::with_capacity(length);
    name.push_str(namespace);
    name.push('.');
    name.push_str(of_ingress);
    for (place, rule) in group.rules.iter().filter_map(|place| rules.get(place.get())).enumerate() {
        name.push(if place == 0 { '-' } else { '.' });
        // Writing to a String can't fail.
        let _ = write!(name, "{}", rule.index);
    }
    name
}

/// The same requests, those for public rules answered with a redirect to `https`.
fn redirected(routes: Routes, settings: &Settings) -> Vec<Route> {
    let port_redirect = match settings.options.host_ports {
        // Envoy leaves the client's port in the location, unless it is 80.
        HostPorts::Fixed { http, https } if (http, https) != (80, 443) => Some(u32::from(https)),
        HostPorts::Fixed { .. } | HostPorts::Standard | HostPorts::Any => None,
    };
    let redirect = |route: Route| Route {
        action: Some(Action::Redirect(RedirectAction {
            https_redirect: true,
            port_redirect,
            ..RedirectAction::default()
        })),
        options: None,
        ..route
    };
    let Routes { list, origins } = routes;
    let is_public = |place: usize| origins.get(place).is_some_and(|origin| origin.public);
    let routes = list.into_iter().enumerate();
    routes.map(|(place, route)| if is_public(place) { redirect(route) } else { route }).collect()
}

/// Before all routes each of them once more for the prober, whose answer carries the Ingress's hash (Knative's `InsertProbe`).
fn with_probes(routes: Routes, hash: &str) -> Routes {
    let Routes { list, origins } = routes;
    let mut all: Vec<Route> = Vec::with_capacity(list.len().saturating_mul(2));
    all.extend(list.iter().map(|route| probe(route, hash)));
    all.extend(list);
    Routes { list: all, origins }
}

/// The route for the prober: it also demands the header, and sets it to the hash.
fn probe(route: &Route, hash: &str) -> Route {
    let mut route = route.clone();
    for matcher in &mut route.matchers {
        matcher.headers.retain(|header| !header.name.eq_ignore_ascii_case(keys::HASH_HEADER));
        matcher.headers.push(headers::matcher(keys::HASH_HEADER, keys::HASH_OVERRIDE));
        matcher.headers.sort_by(|a, b| a.name.cmp(&b.name));
    }
    let HeaderManipulation { request_headers_to_add, request_headers_to_remove, .. } = route
        .options
        .get_or_insert_with(RouteOptions::default)
        .header_manipulation
        .get_or_insert_default()
        .as_mut();
    request_headers_to_remove.retain(|name| !name.eq_ignore_ascii_case(keys::HASH_HEADER));
    request_headers_to_add.retain(|header| !headers::is_named(header, keys::HASH_HEADER));
    request_headers_to_add.push(headers::set(keys::HASH_HEADER, hash.to_owned()));
    request_headers_to_add.sort_by(|a, b| headers::name(a).cmp(headers::name(b)));
    route
}
