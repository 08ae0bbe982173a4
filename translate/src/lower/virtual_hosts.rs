//! From lowered rules to virtual hosts on their listeners, and to the certificates that they are served with.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, HashSet},
    sync::Arc,
};

use gloo_proxy_model::{Action, HeaderManipulation, RedirectAction, Route, RouteOptions, VirtualHost};
use knative_ingress_model::{Ingress, keys};

use super::{
    LoweredRule, Lowering,
    groups::{self, Group},
    headers, paths,
    routes::RouteDraft,
    tls::{CertificateSource, Certificates},
};
use crate::{
    Code, HostPorts, Scheme,
    dialect::OneDomainTwice,
    fragment::{Certificate, Claim, ClaimIndex, VirtualHostFragment},
    settings::Settings,
};

/// What the virtual hosts depend on beside the rules.
pub(crate) struct Source<'a> {
    pub(crate) ingress: &'a Ingress,
    pub(crate) certificates: &'a Certificates,
    /// Whether plain HTTP redirects to HTTPS.
    pub(crate) redirected: bool,
    /// Whether all of it is served on `https` alone.
    pub(crate) moves_to_https: bool,
    pub(crate) probe_hash: Option<&'a str>,
}

/// What has been built.
pub(crate) struct Built {
    pub(crate) claims: Vec<Claim>,
    pub(crate) virtual_hosts: Vec<VirtualHostFragment>,
    pub(crate) certificates: Vec<Certificate>,
}

/// Builds the virtual hosts of `rules`.
pub(crate) fn build(source: &Source<'_>, mut rules: Vec<LoweredRule>, lowering: &mut Lowering<'_>) -> Built {
    let one_domain_twice = lowering.settings.contract.one_domain_twice;
    let (claims, groups) = groups::groups(&mut rules, one_domain_twice);
    let covering: Vec<Option<usize>> = if source.certificates.is_empty() {
        vec![None; claims.len()]
    } else {
        claims.iter().map(|claim| source.certificates.covering(&claim.host)).collect()
    };
    report_unused_certificates(source, &claims, &covering, lowering);
    report_unredirected(source, &claims, &covering, lowering);

    let mut groups_of = vec![0_usize; rules.len()];
    for place in groups.iter().flat_map(|group| &group.rules) {
        if let Some(count) = groups_of.get_mut(*place) {
            *count = count.saturating_add(1);
        }
    }
    let mut reported = BTreeSet::new();
    let mut virtual_hosts = Vec::with_capacity(groups.len());
    for group in &groups {
        let mut drafts = drafts(group, &mut rules, &groups_of);
        if lowering.settings.contract.checked {
            report_shadowed(&drafts, source.ingress, &mut reported, lowering);
        }
        if let Some(hash) = source.probe_hash {
            drafts = with_probes(drafts, hash);
        }
        let plans = plans(group, &rules, source, &claims, &covering);
        let mut drafts = Some(drafts);
        let last = plans.len().saturating_sub(1);
        for (place, plan) in plans.into_iter().enumerate() {
            let drafts = if place == last { drafts.take() } else { drafts.clone() };
            let routes = drafts
                .into_iter()
                .flatten()
                .map(|draft| {
                    if plan.redirects && draft.public {
                        redirect(draft.route, lowering.settings)
                    } else {
                        draft.route
                    }
                })
                .collect();
            virtual_hosts.push(VirtualHostFragment {
                gateways: group.gateways,
                scheme: plan.scheme,
                virtual_host: Arc::new(VirtualHost {
                    name: plan.name,
                    domains: domains(
                        plan.claims
                            .iter()
                            .filter_map(|claim| claims.get(*claim))
                            .map(|claim| claim.host.as_str()),
                        plan.scheme,
                        lowering.settings,
                    ),
                    routes,
                    ..VirtualHost::default()
                }),
                claims: plan.claims,
            });
        }
    }
    let mut covered: Vec<Vec<ClaimIndex>> = vec![Vec::new(); source.certificates.list.len()];
    for (claim, certificate) in covering.iter().enumerate() {
        if let Some(claims) = certificate.and_then(|certificate| covered.get_mut(certificate)) {
            claims.push(claim);
        }
    }
    let certificates = source
        .certificates
        .list
        .iter()
        .zip(covered)
        .map(|(listed, claims)| Certificate::Covering { secret: listed.secret.clone(), claims })
        .collect();
    match one_domain_twice {
        OneDomainTwice::OneOwner => Built { claims, virtual_hosts, certificates },
        OneDomainTwice::Emitted => {
            // Nobody asks who owns what.
            for virtual_host in &mut virtual_hosts {
                virtual_host.claims = Vec::new();
            }
            Built { claims: Vec::new(), virtual_hosts, certificates }
        }
    }
}

/// A virtual host to build.
struct Plan {
    name: String,
    scheme: Scheme,
    claims: Vec<ClaimIndex>,
    /// Whether the routes of public rules answer with a redirect.
    redirects: bool,
}

fn plans(
    group: &Group,
    rules: &[LoweredRule],
    source: &Source<'_>,
    claims: &[Claim],
    covering: &[Option<usize>],
) -> Vec<Plan> {
    let mut name = format!("{}.{}", source.ingress.namespace(), source.ingress.name());
    // A dot between the rules of one host, since `shop-0-1` is rule 1 of the Ingress `shop-0` already.
    for (place, rule) in group.rules.iter().filter_map(|place| rules.get(*place)).enumerate() {
        name.push(if place == 0 { '-' } else { '.' });
        name.push_str(&rule.index.to_string());
    }
    if source.moves_to_https {
        return vec![Plan { name, scheme: Scheme::Https, claims: group.claims.clone(), redirects: false }];
    }
    let is_covered = |claim: &ClaimIndex| covering.get(*claim).is_some_and(Option::is_some);
    if !group.claims.iter().any(is_covered) {
        return vec![Plan { name, scheme: Scheme::Http, claims: group.claims.clone(), redirects: false }];
    }
    let covered: Vec<ClaimIndex> = group.claims.iter().copied().filter(is_covered).collect();
    let https = |name| Plan { name, scheme: Scheme::Https, claims: covered.clone(), redirects: false };
    let (redirected, plain): (Vec<_>, Vec<_>) = group.claims.iter().copied().partition(|claim| {
        source.redirected
            && is_covered(claim)
            && claims.get(*claim).is_some_and(|claim| claim.gateways.external)
    });
    let http = |name, claims, redirects| Plan { name, scheme: Scheme::Http, claims, redirects };
    match (plain.is_empty(), redirected.is_empty()) {
        (_, true) => vec![http(name.clone(), plain, false), https(name)],
        (true, false) => vec![http(name.clone(), redirected, true), https(name)],
        (false, false) => {
            let redirecting = http(format!("{name}-redirect"), redirected, true);
            vec![http(name.clone(), plain, false), redirecting, https(name)]
        }
    }
}

/// The routes of a group: as written for one rule; of several the longest paths first, then those with more headers, so
/// that no rule's `/` stands before another's `/.well-known/acme-challenge/…`.
fn drafts(group: &Group, rules: &mut [LoweredRule], groups_of: &[usize]) -> Vec<RouteDraft> {
    let mut drafts = Vec::new();
    for place in &group.rules {
        let Some(rule) = rules.get_mut(*place) else { continue };
        let routes = if groups_of.get(*place) == Some(&1) {
            std::mem::take(&mut rule.routes)
        } else {
            rule.routes.clone()
        };
        if drafts.is_empty() { drafts = routes } else { drafts.extend(routes) }
    }
    if group.rules.len() > 1 {
        drafts.sort_by_key(|draft| (Reverse(draft.path_len), Reverse(draft.headers)));
    }
    drafts
}

/// `hosts`, each followed by its twin with a port.
pub(crate) fn domains<'a>(
    hosts: impl Iterator<Item = &'a str>,
    scheme: Scheme,
    settings: &Settings,
) -> Vec<String> {
    let mut domains = Vec::with_capacity(hosts.size_hint().1.unwrap_or_default().saturating_mul(2));
    for host in hosts {
        domains.push(host.to_owned());
        if host == "*" && settings.contract.checked {
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

/// The same requests, answered with a redirect to `https`.
fn redirect(route: Route, settings: &Settings) -> Route {
    let port_redirect = match settings.options.host_ports {
        HostPorts::Fixed { https, .. } if https != 443 => Some(u32::from(https)),
        HostPorts::Fixed { .. } | HostPorts::Standard | HostPorts::Any => None,
    };
    Route {
        action: Some(Action::Redirect(RedirectAction {
            https_redirect: true,
            port_redirect,
            ..RedirectAction::default()
        })),
        options: None,
        ..route
    }
}

/// Before all routes each of them once more for the prober, whose answer carries the Ingress's hash (Knative's `InsertProbe`).
fn with_probes(drafts: Vec<RouteDraft>, hash: &str) -> Vec<RouteDraft> {
    let mut all = Vec::with_capacity(drafts.len().saturating_mul(2));
    all.extend(drafts.iter().cloned().map(|mut draft| {
        for matcher in &mut draft.route.matchers {
            matcher.headers.retain(|header| !header.name.eq_ignore_ascii_case(keys::HASH_HEADER));
            matcher.headers.push(headers::matcher(keys::HASH_HEADER, keys::HASH_OVERRIDE));
            matcher.headers.sort_by(|a, b| a.name.cmp(&b.name));
        }
        let manipulation = draft
            .route
            .options
            .get_or_insert_with(RouteOptions::default)
            .header_manipulation
            .get_or_insert_with(HeaderManipulation::default);
        let HeaderManipulation { request_headers_to_add, request_headers_to_remove, .. } = manipulation;
        request_headers_to_remove.retain(|name| !name.eq_ignore_ascii_case(keys::HASH_HEADER));
        request_headers_to_add.retain(|header| !headers::is_named(header, keys::HASH_HEADER));
        request_headers_to_add.push(headers::set(keys::HASH_HEADER, hash.to_owned()));
        request_headers_to_add.sort_by(|a, b| headers::name(a).cmp(headers::name(b)));
        draft
    }));
    all.extend(drafts);
    all
}

fn report_shadowed(
    drafts: &[RouteDraft],
    ingress: &Ingress,
    reported: &mut BTreeSet<(usize, usize)>,
    lowering: &mut Lowering<'_>,
) {
    if drafts.len() < 2 {
        return;
    }
    let literal = |(rule, path): (usize, usize)| {
        let rule = ingress.spec.rules.get(rule).and_then(|rule| rule.http.as_ref());
        rule.and_then(|http| http.paths.as_ref()?.get(path))
            .map(|path| path.path.as_str())
            .unwrap_or_default()
    };
    for (place, earlier) in paths::shadowed(drafts, literal) {
        let (Some(draft), Some(earlier)) = (drafts.get(place), drafts.get(earlier)) else { continue };
        if !reported.insert(draft.origin) {
            continue;
        }
        let (rule, path) = draft.origin;
        let (first_rule, first_path) = earlier.origin;
        lowering.diagnostics.warning(
            Code::UnreachableRoute,
            format_args!("spec.rules[{rule}].http.paths[{path}]"),
            format_args!("spec.rules[{first_rule}].http.paths[{first_path}] stands before it and takes all of its requests"),
        );
    }
}

/// Reports certificates, and hosts that they list, for which there is nothing to serve.
fn report_unused_certificates(
    source: &Source<'_>,
    claims: &[Claim],
    covering: &[Option<usize>],
    lowering: &mut Lowering<'_>,
) {
    if source.certificates.is_empty() {
        return;
    }
    let used: BTreeSet<usize> = covering.iter().copied().flatten().collect();
    let covered: HashSet<(usize, &str)> = claims
        .iter()
        .zip(covering)
        .filter_map(|(claim, certificate)| Some((claim.host.as_str(), (*certificate)?)))
        .flat_map(|(host, certificate)| {
            let parent = host.find('.').and_then(|dot| host.get(dot..)).unwrap_or_default();
            [(certificate, host), (certificate, parent)]
        })
        .collect();
    let is_for_a_host = |place: usize, host: &str| {
        let parent = host.strip_prefix('*').unwrap_or(host);
        covered.contains(&(place, host)) || covered.contains(&(place, parent))
    };
    for (place, certificate) in source.certificates.list.iter().enumerate() {
        let CertificateSource { at, hosts } = &certificate.source;
        if !used.contains(&place) {
            let message = "no host of the rules is left for this certificate; it is not used";
            lowering.diagnostics.warning(Code::UnusedCertificate, at, message);
            continue;
        }
        for (at, host) in hosts.iter().filter(|(_, host)| !is_for_a_host(place, host)) {
            let message =
                format_args!("{host:?} is no host of the rules, or an earlier certificate is for it");
            lowering.diagnostics.warning(Code::UnusedCertificate, at, message);
        }
    }
}

/// Reports hosts that keep serving plain HTTP although it should redirect.
fn report_unredirected(
    source: &Source<'_>,
    claims: &[Claim],
    covering: &[Option<usize>],
    lowering: &mut Lowering<'_>,
) {
    if !source.redirected {
        return;
    }
    let public = || claims.iter().zip(covering).filter(|(claim, _)| claim.gateways.external);
    if public().all(|(_, certificate)| certificate.is_none()) {
        if public().next().is_some() {
            let message = "Redirected, but no certificate is for any host: plain HTTP is served";
            lowering.diagnostics.warning(Code::RedirectWithoutCertificate, "spec.httpOption", message);
        }
        return;
    }
    let mut reported = BTreeSet::new();
    for (claim, _) in public().filter(|(_, certificate)| certificate.is_none()) {
        if reported.insert((claim.rule, claim.index)) {
            let message = format_args!("no certificate is for {:?}: plain HTTP is served", claim.host);
            lowering.diagnostics.warning(Code::RedirectWithoutCertificate, claim.path(), message);
        }
    }
}
