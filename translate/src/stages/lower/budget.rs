//! How much of a Proxy one Ingress may fill.

use std::collections::{BTreeMap, BTreeSet};

use knative_ingress_model::{HttpIngressPath, Ingress, IngressBackendSplit};

use super::context::Lowering;
use crate::{
    Code, Gateway,
    stages::{
        assemble,
        fragment::{Certificate, ClaimList, SecretKey, VirtualHostFragment, key},
    },
};

/// Reports an Ingress whose part of a Proxy is larger than the options allow.
pub(crate) fn check(
    ingress: &Ingress,
    claims: &ClaimList,
    virtual_hosts: &[VirtualHostFragment],
    certificates: &[Certificate],
    lowering: &mut Lowering<'_>,
) {
    let most = lowering.settings.options.max_output_bytes;
    // Nearly every Ingress is so far below that counting its bytes would only cost time.
    if estimate(ingress, claims, virtual_hosts, certificates) <= most {
        return;
    }
    for gateway in Gateway::ALL {
        let found = size(gateway, claims, virtual_hosts, certificates);
        if found > most {
            let message = format_args!("{found} bytes in the {gateway} Proxy: expected at most {most}");
            lowering.diagnostics.error(Code::OutputTooLarge, "spec", message);
        }
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

/// At least as much as [`size`] gives, at a fraction of its cost: as if every virtual host had all routes and all hosts.
fn estimate(
    ingress: &Ingress,
    claims: &ClaimList,
    virtual_hosts: &[VirtualHostFragment],
    certificates: &[Certificate],
) -> usize {
    let rules = &ingress.spec.rules;
    let paths = rules.iter().flat_map(|rule| rule.http.iter().flat_map(|http| http.paths.iter().flatten()));
    // Each route twice: the prober has its own.
    let routes = sum(paths.map(path)).saturating_mul(2);
    // A host as it is and with two ports. It may also be in the configuration of a certificate.
    let hosts = sum(claims.iter().map(|claim| claim.host.len().saturating_add(16).saturating_mul(3)));
    let name = [ingress.namespace().len(), ingress.name().len(), rules.len().saturating_mul(8), VIRTUAL_HOST];
    let one = [routes, hosts, sum(name.into_iter())];
    let secrets = sum(certificates.iter().map(|certificate| match certificate {
        Certificate::Covering { secret, claims: _ } => {
            sum([secret.name.len(), secret.namespace.len(), VIRTUAL_HOST].into_iter()).saturating_mul(2)
        }
        Certificate::AsWritten { .. } => 0,
    }));
    let all = sum(one.into_iter()).saturating_mul(virtual_hosts.len());
    sum([all, secrets, hosts].into_iter())
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

fn appended(headers: &BTreeMap<String, String>) -> impl Iterator<Item = usize> {
    headers.iter().map(|(name, value)| header(name, value))
}

fn header(name: &str, value: &str) -> usize {
    name.len().saturating_add(value.len()).saturating_mul(ESCAPED).saturating_add(HEADER)
}
