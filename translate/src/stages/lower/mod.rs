//! From an admitted Ingress to its [`Fragment`]: nothing here sees another Ingress.

mod backends;
mod budget;
mod context;
mod coverage;
pub(crate) mod domains;
mod groups;
mod headers;
mod hosts;
mod origins;
pub(crate) mod paths;
mod routes;
pub(crate) mod tls;
mod unreachable;
mod virtual_hosts;
mod visibility;

use std::collections::BTreeSet;

use knative_ingress_model::{HttpIngressRuleValue, HttpOption, Ingress, IngressRule, IngressSpec};

use crate::{
    Code, Outcome,
    diagnostics::{diagnostic::Diagnostics, field_path::FieldPath},
    options::{
        dialect::{DuplicateDomains, Tls},
        settings::Settings,
    },
    stages::fragment::{Claim, ClaimList, Fragment},
};
use context::{LoweredRule, Lowering};
use hosts::Claimant;

/// The fragment of `ingress`, or what is wrong with it.
pub(crate) fn lower(
    ingress: &Ingress,
    tenant: &str,
    settings: &Settings,
    mut diagnostics: Diagnostics,
) -> Fragment {
    let Ingress { kind: _, metadata, spec, status: _, unknown: of_object } = ingress;
    let IngressSpec { generation, tls, rules, visibility: spec_visibility, http_option, unknown } = spec;
    let contract = settings.contract;
    let lowering = &mut Lowering {
        settings,
        tenant,
        diagnostics: &mut diagnostics,
        services: BTreeSet::new(),
        secrets: BTreeSet::new(),
    };

    for (name, _) in of_object.iter() {
        lowering.unknown_field(FieldPath::root(name));
    }
    let at = FieldPath::root("spec");
    lowering.unknown(unknown, &at);
    if *generation != 0 && contract.validates {
        let message = "a counter of releases up to 0.18; nothing reads it";
        lowering.diagnostics.warning(Code::ObsoleteField, at.field("generation"), message);
    }
    if http_option.is_some() && !contract.supports_rewrite_and_http_option {
        lowering.ignored(&at.field("httpOption"));
    }
    let visible = visibility::visible(spec_visibility.as_ref(), rules, lowering);

    let at_rules = at.field("rules");
    let mut lowered = Vec::with_capacity(rules.len());
    // A short name or two, if they are not among the hosts already.
    let hosts: usize = rules.iter().map(|rule| rule.hosts.len()).sum();
    let mut claims: Vec<Claim<'_>> = Vec::with_capacity(hosts.saturating_add(2));
    for ((index, rule), gateways) in rules.iter().enumerate().zip(&visible.rules) {
        let at = at_rules.index(index);
        let IngressRule { hosts, visibility: _, http, unknown } = rule;
        lowering.unknown(unknown, &at);
        let claimant = Claimant { rule: index, gateways: *gateways };
        let Some(http) = http else {
            // Where the input is checked, validation has refused it.
            if contract.validates {
                hosts::rule_hosts(hosts, claimant, &at, &mut claims, lowering);
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
        let hosts = hosts::rule_hosts(hosts, claimant, &at, &mut claims, lowering);
        let names = claims.get(hosts.clone()).unwrap_or_default();
        let paths = paths.as_deref().unwrap_or_default();
        let mut routes = Vec::with_capacity(paths.len());
        for (place, path) in paths.iter().enumerate() {
            routes.push(routes::route(path, names, &at_paths.index(place), lowering));
        }
        lowered.push(LoweredRule { index, gateways: *gateways, hosts, routes });
    }

    let moves = !contract.validates && tls::moves_to_https(tls, metadata);
    let certificates = match contract.tls {
        Tls::AddsHttps => tls::certificates(tls, metadata, lowering),
        Tls::MovesToHttps { .. } => tls::Certificates::default(),
    };
    let probe_hash = probe_hash(ingress, settings);
    let services = std::mem::take(&mut lowering.services).into_iter().collect();
    if lowering.diagnostics.has_errors() {
        let claims = match contract.duplicate_domains {
            DuplicateDomains::OneOwner => ClaimList::reserved(claims),
            DuplicateDomains::Emitted => ClaimList::default(),
        };
        return Fragment { services, claims, ..Fragment::without_output(Outcome::Rejected, diagnostics) };
    }

    let virtual_hosts::BuildOutput { claims, virtual_hosts, certificates } = virtual_hosts::build(
        &virtual_hosts::Source {
            ingress,
            certificates: &certificates,
            redirected: contract.supports_rewrite_and_http_option
                && http_option == &Some(HttpOption::Redirected),
            moves_to_https: moves,
            probe_hash: probe_hash.as_deref(),
        },
        lowered,
        claims,
        lowering,
    );
    if contract.validates {
        budget::check(ingress, &claims, &virtual_hosts, &certificates, lowering);
    }
    // Also where it is too large: without the https of an unusable Secret it may not be.
    let secrets = std::mem::take(&mut lowering.secrets).into_iter().collect();
    if lowering.diagnostics.has_errors() {
        return Fragment {
            services,
            secrets,
            claims,
            ..Fragment::without_output(Outcome::Rejected, diagnostics)
        };
    }
    let certificates = match contract.tls {
        Tls::AddsHttps => certificates,
        Tls::MovesToHttps { .. } => tls::as_gloo_took_them(tls, metadata, visible.ingress, lowering),
    };
    Fragment {
        outcome: Outcome::Translated,
        probe_hash,
        diagnostics,
        claims,
        virtual_hosts,
        certificates,
        services,
        secrets,
    }
}

/// The hash that Knative's prober expects of the Ingress, if probing is asked for.
fn probe_hash(ingress: &Ingress, settings: &Settings) -> Option<String> {
    if !settings.options.probe || !settings.contract.supports_rewrite_and_http_option {
        return None;
    }
    let mut defaulted = ingress.clone();
    defaulted.set_defaults();
    Some(defaulted.hash())
}
