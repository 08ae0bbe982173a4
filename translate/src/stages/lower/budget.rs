//! How much of a Proxy one Ingress may fill.

use std::collections::{BTreeMap, BTreeSet};

use knative_ingress_model::{Headers, HttpIngressPath, Ingress, IngressBackendSplit};

use super::context::Lowering;
use crate::{
    Code, Gateway, Outcome,
    stages::{
        assemble,
        fragment::{Certificate, Claim, ClaimList, Fragment, SecretKey, VirtualHostFragment, key},
    },
};

/// The fragment that all of this makes; or an error, if its part of a Proxy is larger than the options allow.
pub(crate) fn check(
    claims: ClaimList,
    virtual_hosts: Vec<VirtualHostFragment>,
    certificates: Vec<Certificate>,
    probe_hash: Option<String>,
    mut lowering: Lowering<'_>,
) -> Fragment {
    let most = lowering.settings.options.max_output_bytes;
    // Nearly every Ingress is so far below that counting its bytes would only cost time.
    if lowering.settings.contract.validates
        && estimate(lowering.ingress, &claims, &virtual_hosts, &certificates) > most
    {
        for gateway in Gateway::ALL {
            let found = size(gateway, &claims, &virtual_hosts, &certificates);
            if found > most {
                let message = format_args!("{found} bytes in the {gateway} Proxy: expected at most {most}");
                lowering.diagnostics.error(Code::OutputTooLarge, "spec", message);
            }
        }
    }
    if lowering.diagnostics.has_errors() {
        // With its Secrets: without the https of an unusable one it may be small enough.
        return lowering.reserving(claims);
    }
    let Lowering { diagnostics, services, secrets, .. } = lowering;
    Fragment {
        outcome: Outcome::Translated,
        probe_hash,
        diagnostics,
        claims,
        virtual_hosts,
        certificates,
        services: services.into_iter().collect(),
        secrets: secrets.into_iter().collect(),
    }
}

/// Bytes of the JSON that the Proxy of `gateway` gets, with a comma behind each element, if no domain is lost.
fn size(
    gateway: Gateway,
    claims: &ClaimList,
    virtual_hosts: &[VirtualHostFragment],
    certificates: &[Certificate],
) -> usize {
    let on_gateway = virtual_hosts.iter().filter(|host| host.gateways.contains(gateway));
    let virtual_hosts = on_gateway.map(|host| host.virtual_host.json_size());
    let mut hosts_of: BTreeMap<SecretKey, BTreeSet<Box<str>>> = BTreeMap::new();
    for certificate in certificates {
        match certificate {
            Certificate::Covering { secret, claims: covered } => {
                let covered = covered.iter().filter_map(|claim| claims.get(*claim));
                let covered = covered.filter(|claim| claim.gateways.contains(gateway));
                let hosts = covered.map(|claim| Box::from(&*claim.host));
                hosts_of.entry(key(secret)).or_default().extend(hosts);
            }
            // Of dialects that have no limit.
            Certificate::AsWritten { .. } => {}
        }
    }
    let with_hosts = hosts_of.iter().filter(|(_, hosts)| !hosts.is_empty());
    let configurations = with_hosts.flat_map(|(secret, hosts)| assemble::configurations(secret, Some(hosts)));
    let configurations = configurations.map(|configuration| configuration.json_size());
    virtual_hosts.chain(configurations).map(|bytes| bytes.saturating_add(1)).fold(0, usize::saturating_add)
}

/// The most bytes that one byte of a text becomes: `<` is written as `\u003c`.
const ESCAPED: usize = 6;
/// More than the names, brackets and numbers around the texts of a header, a destination, a route, a virtual host.
const HEADER: usize = 160;
const DESTINATION: usize = 400;
const ROUTE: usize = 1_000;
const VIRTUAL_HOST: usize = 400;

/// At least as much as [`size`] gives, at a fraction of its cost: as if all routes and all hosts were the largest.
fn estimate(
    ingress: &Ingress,
    claims: &ClaimList,
    virtual_hosts: &[VirtualHostFragment],
    certificates: &[Certificate],
) -> usize {
    let rules = &ingress.spec.rules;
    let paths = rules.iter().flat_map(|rule| rule.http.iter().flat_map(|http| http.paths.iter().flatten()));
    let largest_route = paths.map(path).max().unwrap_or_default();
    // With its quotes and a port.
    let host = |claim: Claim<'_>| claim.host.len().saturating_add(16);
    let largest_host = claims.iter().map(host).max().unwrap_or_default();
    let virtual_hosts = virtual_hosts.iter().map(|VirtualHostFragment { virtual_host, .. }| {
        let routes = virtual_host.routes.len().saturating_mul(largest_route);
        let domains = virtual_host.domains.len().saturating_mul(largest_host);
        sum([virtual_host.name.len(), VIRTUAL_HOST, routes, domains].into_iter())
    });
    let secrets = certificates.iter().map(|certificate| match certificate {
        Certificate::Covering { secret, claims } => {
            let hosts = claims.len().saturating_mul(largest_host);
            let secret = [secret.name.len(), secret.namespace.len(), VIRTUAL_HOST];
            sum(secret.into_iter()).saturating_mul(2).saturating_add(hosts)
        }
        Certificate::AsWritten { .. } => 0,
    });
    sum(virtual_hosts.chain(secrets))
}

fn sum(numbers: impl Iterator<Item = usize>) -> usize {
    numbers.fold(0, usize::saturating_add)
}

fn path(path: &HttpIngressPath) -> usize {
    let wanted = path.headers.iter().map(|(name, wanted)| header(name, &wanted.exact));
    let splits = path.splits.iter().flatten().map(split);
    let texts = path.path.len().saturating_add(path.rewrite_host.len()).saturating_mul(ESCAPED);
    sum(wanted.chain(splits).chain(appended(&path.append_headers)).chain([texts, ROUTE]))
}

fn split(split: &IngressBackendSplit) -> usize {
    // The Service may be the target of an ExternalName: two labels.
    sum(appended(&split.append_headers).chain([
        DESTINATION,
        split.service_namespace.len(),
        split.service_name.len(),
    ]))
}

fn appended(headers: &Headers) -> impl Iterator<Item = usize> {
    headers.iter().map(|(name, value)| header(name, value))
}

fn header(name: &str, value: &str) -> usize {
    name.len().saturating_add(value.len()).saturating_mul(ESCAPED).saturating_add(HEADER)
}
