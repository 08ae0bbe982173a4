//! From rules to virtual hosts: which rules serve which hosts on which Proxy.

use std::{collections::BTreeMap, sync::Arc};

use knative_ingress_model::{HttpIngressPath, Ingress};

use super::{LoweredRule, hosts::HostEntry};
use crate::{
    Gateway, Gateways,
    dialect::OneDomainTwice,
    fragment::{Claim, ClaimIndex, ClaimSet},
};

/// Hosts that the same rules serve.
#[derive(Debug)]
pub(crate) struct Group {
    /// Places of the rules, ascending.
    pub(crate) rules: Vec<usize>,
    pub(crate) gateways: Gateways,
    /// The hosts, in the order in which the rules name them.
    pub(crate) claims: ClaimSet,
}

/// The most bytes of routes, and the most routes, that an Ingress may come to where its rules share hosts. Each host then has
/// the routes of all its rules: an object of 240 kB could ask for two million.
const MAX_SHARED: Size = Size { routes: 10_000, bytes: 4 << 20 };

/// How much some routes are.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Size {
    pub(crate) routes: usize,
    pub(crate) bytes: usize,
}

impl Size {
    /// Of what `paths` ask for, about.
    fn of(paths: &[HttpIngressPath]) -> Self {
        let of_headers = |headers: &BTreeMap<String, String>| -> usize {
            headers
                .iter()
                .map(|(name, value)| name.len().saturating_add(value.len()).saturating_add(32))
                .sum()
        };
        let of_path = |path: &HttpIngressPath| {
            let splits = path
                .splits
                .iter()
                .flatten()
                .map(|split| of_headers(&split.append_headers).saturating_add(128));
            let wanted =
                path.headers.iter().map(|(name, wanted)| name.len().saturating_add(wanted.exact.len()));
            splits
                .chain(wanted)
                .fold(of_headers(&path.append_headers), usize::saturating_add)
                .saturating_add(128)
        };
        let bytes = paths.iter().map(|path| of_path(path).saturating_add(path.path.len()));
        Self { routes: paths.len(), bytes: bytes.fold(0, usize::saturating_add) }
    }

    const fn plus(self, other: Self) -> Self {
        Self {
            routes: self.routes.saturating_add(other.routes),
            bytes: self.bytes.saturating_add(other.bytes),
        }
    }
}

/// The hosts of `rules`, which are those of `ingress`, in groups, and a claim for each host. The error is how much would be too much.
pub(crate) fn groups(
    rules: &mut [LoweredRule],
    ingress: &Ingress,
    one_domain_twice: OneDomainTwice,
) -> Result<(Vec<Claim>, Vec<Group>), TooMuch> {
    match one_domain_twice {
        OneDomainTwice::OneOwner if share_a_host(rules) => {
            let (claims, groups) = by_gateway(rules);
            let paths =
                |rule: &LoweredRule| ingress.spec.rules.get(rule.index)?.http.as_ref()?.paths.as_deref();
            let sizes: Vec<Size> =
                rules.iter().map(|rule| Size::of(paths(rule).unwrap_or_default())).collect();
            let places = groups.iter().flat_map(|group| &group.rules);
            let size =
                places.filter_map(|place| sizes.get(*place).copied()).fold(Size::default(), Size::plus);
            if size.routes > MAX_SHARED.routes || size.bytes > MAX_SHARED.bytes {
                return Err(TooMuch { size, limit: MAX_SHARED });
            }
            Ok((claims, groups))
        }
        OneDomainTwice::OneOwner | OneDomainTwice::Emitted => Ok(one_each(rules)),
    }
}

/// The rules of an Ingress share so many hosts that their routes multiply.
pub(crate) struct TooMuch {
    pub(crate) size: Size,
    pub(crate) limit: Size,
}

fn share_a_host(rules: &[LoweredRule]) -> bool {
    if rules.len() < 2 {
        return false;
    }
    let mut hosts: Vec<&str> = rules.iter().flat_map(|rule| &rule.hosts).map(|entry| &*entry.host).collect();
    hosts.sort_unstable();
    hosts.windows(2).any(|pair| matches!(pair, [a, b] if a == b))
}

/// A group for each rule, the same on both Proxies.
fn one_each(rules: &mut [LoweredRule]) -> (Vec<Claim>, Vec<Group>) {
    let mut claims = Vec::with_capacity(rules.iter().map(|rule| rule.hosts.len()).sum());
    let mut groups = Vec::with_capacity(rules.len());
    for (place, rule) in rules.iter_mut().enumerate() {
        let first = claims.len();
        for HostEntry { host, index } in std::mem::take(&mut rule.hosts) {
            claims.push(Claim { host, gateways: rule.gateways, rule: rule.index, index });
        }
        let claims = ClaimSet::Run(first..claims.len());
        groups.push(Group { rules: vec![place], gateways: rule.gateways, claims });
    }
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
        for (place, rule) in rules.iter().enumerate().filter(|(_, rule)| rule.gateways.contains(gateway)) {
            for HostEntry { host, index } in &rule.hosts {
                let claim = *claim_of.entry(host).or_insert_with(|| {
                    claims.push(Claim {
                        host: Arc::clone(host),
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
        let mut claims_of: BTreeMap<Vec<usize>, usize> = BTreeMap::new();
        let mut shared: Vec<(Vec<usize>, Vec<ClaimIndex>)> = Vec::new();
        for claim in in_order {
            let Some(rules) = rules_of.remove(&claim) else { continue };
            let place = *claims_of.entry(rules).or_insert_with_key(|rules| {
                shared.push((rules.clone(), Vec::new()));
                shared.len().saturating_sub(1)
            });
            if let Some((_, claims)) = shared.get_mut(place) {
                claims.push(claim);
            }
        }
        groups.extend(shared.into_iter().map(|(rules, claims)| Group {
            rules,
            gateways: Gateways::NONE.with(gateway),
            claims: ClaimSet::List(claims),
        }));
    }
    (claims, groups)
}
