//! From rules to the hosts that they claim and the routes to them.

use knative_ingress_model::{HttpIngressRuleValue, IngressRule};

use super::{
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
    let mut lowered = Vec::with_capacity(rules.len());
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
        let mut routes = Vec::with_capacity(paths.len());
        for (place, path) in paths.iter().enumerate() {
            routes.push(matchers::route(path, names, &at_paths.index(place), &mut lowering));
        }
        lowered.push(LoweredRule { index, gateways: *gateways, hosts, routes });
    }
    tls::add(lowered, claims, all, lowering)
}
