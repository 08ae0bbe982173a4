//! The routes of each group of hosts: those of its rules, and the prober's.

use std::{cmp::Reverse, collections::HashMap, fmt::Write, sync::Arc};

use gloo_proxy_model::{HeaderManipulation, Route, RouteOptions};
use knative_ingress_model::{Ingress, keys};

use super::{
    certificates::TlsPlan,
    context::{Group, LoweredRule, Lowering},
    coverage, headers, matchers,
    origins::{Origin, Origins, Routes},
    unreachable::UnreachableRoutes,
    virtual_hosts::ServedGroup,
};
use crate::stages::fragment::{Claim, Fragment, Indices};

/// Gives each of `groups` the routes of its rules, and hands on to the certificates that cover them.
pub(crate) fn merge<'a>(
    groups: Vec<Group>,
    mut rules: Vec<LoweredRule>,
    claims: Vec<Claim<'a>>,
    tls: TlsPlan<'a>,
    lowering: Lowering<'a>,
) -> Fragment {
    let (ingress, contract) = (lowering.ingress, lowering.settings.contract);
    let probe_hash = probe_hash(&lowering);
    let groups_of = groups_of(&groups, rules.len());
    let may_be_unreachable = contract.validates
        && (rules.iter().any(|rule| rule.routes.len() > 1)
            || groups.iter().any(|group| group.rules.len() > 1));
    let mut unreachable = may_be_unreachable.then(UnreachableRoutes::default);
    let mut merged = Vec::with_capacity(groups.len());
    let mut probes = HashMap::new();
    for group in groups {
        let mut routes = routes(&group, &mut rules, &groups_of, ingress);
        if let Some(unreachable) = &mut unreachable {
            unreachable.check(&routes, ingress);
        }
        if let Some(hash) = &probe_hash {
            routes = with_probes(routes, hash, &mut probes);
        }
        let (name, sources) = (name(&group, &rules, ingress), routes.sources());
        merged.push(ServedGroup { name, group, routes, sources });
    }
    coverage::cover(merged, unreachable, probe_hash, &claims, tls, lowering)
}

/// The hash that Knative's prober expects of the Ingress, if probing is asked for.
fn probe_hash(lowering: &Lowering<'_>) -> Option<String> {
    let Lowering { ingress, settings, .. } = lowering;
    if !settings.options.probe || !settings.contract.supports_fields_since_2020 {
        return None;
    }
    let mut defaulted = Ingress::clone(ingress);
    defaulted.set_defaults();
    Some(defaulted.hash())
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
    let mut pairs: Vec<(Origin, Arc<Route>)> = Vec::new();
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

/// Before all routes each of them once more for the prober, whose answer carries the Ingress's hash (Knative's `InsertProbe`).
/// `known` has the probe routes so far by the address of the routes, which all live: groups that share one share the other.
fn with_probes(routes: Routes, hash: &str, known: &mut HashMap<*const Route, Arc<Route>>) -> Routes {
    let Routes { list, origins } = routes;
    let mut all: Vec<Arc<Route>> = Vec::with_capacity(list.len().saturating_mul(2));
    all.extend(list.iter().map(|route| {
        let shared = known.entry(Arc::as_ptr(route)).or_insert_with(|| Arc::new(probe(route, hash)));
        Arc::clone(shared)
    }));
    all.extend(list);
    Routes { list: all, origins }
}

/// The route for the prober: it also demands the header, and sets it to the hash.
fn probe(route: &Route, hash: &str) -> Route {
    let mut route = route.clone();
    for matcher in &mut route.matchers {
        matcher.headers.retain(|header| !header.name.eq_ignore_ascii_case(keys::HASH_HEADER));
        matcher.headers.push(matchers::header_matcher(keys::HASH_HEADER, keys::HASH_OVERRIDE));
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
