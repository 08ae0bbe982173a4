//! From rules to the hosts that they claim and the routes to them.

use std::sync::Arc;

use gloo_proxy_model::Route;
use knative_ingress_model::{HttpIngressPath, HttpIngressRuleValue, IngressRule};

use super::{
    backends::LoweredPath,
    context::{LoweredRule, Lowering},
    hosts::{self, ClaimingRule},
    matchers, tls,
};
use crate::{
    Code, Gateways,
    diagnostics::field_path::FieldPath,
    stages::fragment::{Claim, Fragment},
};

/// Works out each rule, for the Proxies that `visible` has for it, and hands on to the certificates; `all` are the Proxies that
/// get the Ingress as a whole.
pub(crate) fn lower(visible: &[Gateways], all: Gateways, mut lowering: Lowering<'_>) -> Fragment {
    let rules = &lowering.ingress.spec.rules;
    let at = FieldPath::root("spec");
    let at_rules = at.field("rules");
    let mut lowered: Vec<LoweredRule> = Vec::with_capacity(rules.len());
    // A short name or two, if they are not among the hosts already.
    let hosts: usize = rules.iter().map(|rule| rule.hosts.len()).sum();
    let mut claims: Vec<Claim<'_>> = Vec::with_capacity(hosts.saturating_add(2));
    for ((index, rule), gateways) in rules.iter().enumerate().zip(visible) {
        let at = at_rules.index(index);
        let IngressRule { hosts, visibility: _, http, unknown } = rule;
        lowering.unknown(unknown, &at);
        let claiming_rule = ClaimingRule { rule: index, gateways: *gateways };
        let Some(http) = http else {
            // Where the input is checked, validation has refused it.
            if lowering.settings.contract.validates {
                hosts::rule_hosts(hosts, claiming_rule, &at, &mut claims, &mut lowering);
            } else {
                lowering.diagnostics.warning(
                    Code::RuleWithoutHttp,
                    at.field("http"),
                    "missing; the rule is skipped",
                );
            }
            continue;
        };
        let at_http = at.field("http");
        let HttpIngressRuleValue { paths, unknown } = http;
        lowering.unknown(unknown, &at_http);
        let at_paths = at_http.field("paths");
        let hosts = hosts::rule_hosts(hosts, claiming_rule, &at, &mut claims, &mut lowering);
        let names = claims.get(hosts.clone()).unwrap_or_default();
        let paths = paths.as_deref().unwrap_or_default();
        let RuleRoutes { list: routes, are_universal: are_routes_universal } =
            routes(paths, names, lowered.last(), &at_paths, &mut lowering);
        lowered.push(LoweredRule { index, gateways: *gateways, hosts, routes, are_routes_universal });
    }
    tls::add(lowered, claims, all, lowering)
}

/// The routes of a rule.
struct RuleRoutes {
    list: Vec<Arc<Route>>,
    /// As of a [`LoweredRule`].
    are_universal: bool,
}

/// The routes of a rule with these `paths`, which is reached by these `names`. Those that the rule `before` has are shared with it:
/// Serving writes most rules twice with the same paths, for everybody and for clients inside the cluster.
fn routes(
    paths: &[HttpIngressPath],
    names: &[Claim<'_>],
    before: Option<&LoweredRule>,
    at: &FieldPath<'_>,
    lowering: &mut Lowering<'_>,
) -> RuleRoutes {
    let before = before.filter(|rule| rule.are_routes_universal);
    let diagnostics = lowering.diagnostics.count();
    let mut routes = RuleRoutes { list: Vec::with_capacity(paths.len()), are_universal: true };
    for (place, path) in paths.iter().enumerate() {
        let from_end = paths.len().saturating_sub(place);
        if let Some(shared) = before.and_then(|rule| route_of(rule, path, from_end, lowering)) {
            routes.list.push(shared);
            continue;
        }
        let at = at.index(place);
        let LoweredPath { route, reaches_gateway } = matchers::route(path, &at, lowering);
        if reaches_gateway {
            routes.are_universal = false;
            check_loop(names, &at, lowering);
        }
        routes.list.push(Arc::new(route));
    }
    routes.are_universal &= lowering.diagnostics.count() == diagnostics;
    routes
}

/// The route that `rule` has for the same path at the same distance from the end: what one of two rules has alone, a challenge,
/// stands before the others.
fn route_of(
    rule: &LoweredRule,
    path: &HttpIngressPath,
    from_end: usize,
    lowering: &Lowering<'_>,
) -> Option<Arc<Route>> {
    let paths = rule.paths(lowering.ingress);
    let place = paths.len().checked_sub(from_end)?;
    if paths.get(place)? == path { rule.routes.get(place).cloned() } else { None }
}

/// Reports a gateway as backend of a rule for which it could send requests back.
fn check_loop(names: &[Claim<'_>], at: &FieldPath<'_>, lowering: &mut Lowering<'_>) {
    if names.iter().any(|claim| lowering.is_inside(&claim.host)) {
        let message = "a gateway is the backend of a rule for an in-cluster name or for every host, and could send requests \
                       back here in a loop: expected hosts outside of the cluster, or another backend";
        lowering.diagnostics.error(Code::GatewayLoop, at.field("splits"), message);
    }
}
