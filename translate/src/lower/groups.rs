//! From rules to virtual hosts: which rules serve which hosts on which Proxy.

use std::collections::BTreeMap;

use super::{LoweredRule, hosts::HostEntry};
use crate::{Gateway, Gateways, dialect::OneDomainTwice, fragment::Claim, fragment::ClaimIndex};

/// Hosts that the same rules serve.
#[derive(Debug)]
pub(crate) struct Group {
    /// Places of the rules, ascending.
    pub(crate) rules: Vec<usize>,
    pub(crate) gateways: Gateways,
    /// The hosts, in the order in which the rules name them.
    pub(crate) claims: Vec<ClaimIndex>,
}

/// The hosts of `rules` in groups, and a claim for each host.
pub(crate) fn groups(
    rules: &mut [LoweredRule],
    one_domain_twice: OneDomainTwice,
) -> (Vec<Claim>, Vec<Group>) {
    match one_domain_twice {
        OneDomainTwice::OneOwner if share_a_host(rules) => by_gateway(rules),
        OneDomainTwice::OneOwner | OneDomainTwice::Emitted => one_each(rules),
    }
}

fn share_a_host(rules: &[LoweredRule]) -> bool {
    let mut hosts: Vec<&str> =
        rules.iter().flat_map(|rule| &rule.hosts).map(|entry| entry.host.as_str()).collect();
    hosts.sort_unstable();
    hosts.windows(2).any(|pair| matches!(pair, [a, b] if a == b))
}

/// A group for each rule, the same on both Proxies.
fn one_each(rules: &mut [LoweredRule]) -> (Vec<Claim>, Vec<Group>) {
    let mut claims = Vec::with_capacity(rules.iter().map(|rule| rule.hosts.len()).sum());
    let groups = rules
        .iter_mut()
        .enumerate()
        .map(|(place, rule)| {
            let first = claims.len();
            for HostEntry { host, index } in std::mem::take(&mut rule.hosts) {
                claims.push(Claim { host, gateways: rule.gateways, rule: rule.index, index });
            }
            Group { rules: vec![place], gateways: rule.gateways, claims: (first..claims.len()).collect() }
        })
        .collect();
    (claims, groups)
}

/// For each Proxy the rules that it holds, grouped by the hosts that they share there.
fn by_gateway(rules: &[LoweredRule]) -> (Vec<Claim>, Vec<Group>) {
    let mut claims: Vec<Claim> = Vec::new();
    let mut claim_of: BTreeMap<&str, ClaimIndex> = BTreeMap::new();
    let mut groups: Vec<Group> = Vec::new();
    for gateway in Gateway::ALL {
        let mut rules_of: BTreeMap<ClaimIndex, Vec<usize>> = BTreeMap::new();
        let mut in_order: Vec<ClaimIndex> = Vec::new();
        for (place, rule) in rules.iter().enumerate() {
            if !rule.gateways.contains(gateway) {
                continue;
            }
            for HostEntry { host, index } in &rule.hosts {
                let claim = *claim_of.entry(host).or_insert_with(|| {
                    claims.push(Claim {
                        host: host.clone(),
                        gateways: Gateways::NONE,
                        rule: rule.index,
                        index: *index,
                    });
                    claims.len().saturating_sub(1)
                });
                if let Some(claim) = claims.get_mut(claim) {
                    claim.gateways = claim.gateways.with(gateway);
                }
                let rules = rules_of.entry(claim).or_insert_with(|| {
                    in_order.push(claim);
                    Vec::new()
                });
                rules.push(place);
            }
        }
        let mut group_of: BTreeMap<Vec<usize>, usize> = BTreeMap::new();
        for claim in in_order {
            let Some(rules) = rules_of.remove(&claim) else { continue };
            let place = *group_of.entry(rules).or_insert_with_key(|rules| {
                groups.push(Group {
                    rules: rules.clone(),
                    gateways: Gateways::NONE.with(gateway),
                    claims: Vec::new(),
                });
                groups.len().saturating_sub(1)
            });
            if let Some(group) = groups.get_mut(place) {
                group.claims.push(claim);
            }
        }
    }
    (claims, groups)
}
