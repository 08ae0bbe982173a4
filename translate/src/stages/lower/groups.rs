//! Which rules serve which hosts together, and on which Proxy.

use indexmap::IndexMap;
use knative_ingress_model::{Headers, HttpIngressPath, Ingress};

use super::{
    certificates::TlsPlan,
    context::{Group, LoweredRule, Lowering, RulePlace},
    group_routes,
};
use crate::{
    Code, Gateway, Gateways,
    options::dialect::DuplicateDomains,
    stages::fragment::{Claim, ClaimIndex, Fragment, Indices},
};

/// The most bytes of routes, and the most routes, that an Ingress may come to where its rules share hosts. Each host then has
/// the routes of all its rules: an object of 240 kB could ask for two million.
const MAX_SHARED: Size = Size { routes: 10_000, bytes: 4 << 20 };

/// How much some routes are.
#[derive(Clone, Copy, Debug, Default)]
struct Size {
    routes: usize,
    bytes: usize,
}

impl Size {
    /// Of what `paths` ask for, about.
    fn of(paths: &[HttpIngressPath]) -> Self {
        let of_headers = |headers: &Headers| -> usize {
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

/// Hosts in groups, and the claims that these refer to.
struct Grouped<'a> {
    claims: Vec<Claim<'a>>,
    groups: Vec<Group>,
}

/// Groups the hosts of `rules`, which claim `claims`, and hands on to the routes of each group.
pub(crate) fn group<'a>(
    rules: Vec<LoweredRule>,
    claims: Vec<Claim<'a>>,
    tls: TlsPlan<'a>,
    mut lowering: Lowering<'a>,
) -> Fragment {
    let one_owner = lowering.settings.contract.duplicate_domains == DuplicateDomains::OneOwner;
    if !(one_owner && rules.len() > 1 && share_a_host(&claims)) {
        return group_routes::merge(one_each(&rules), rules, claims, tls, lowering);
    }
    let Grouped { claims, groups } = by_gateway(&rules, &claims);
    let size = size(&groups, &rules, lowering.ingress);
    if size.routes > MAX_SHARED.routes || size.bytes > MAX_SHARED.bytes {
        let message = format_args!(
            "rules that share hosts come to {} routes of {} bytes: expected at most {} of {}",
            size.routes, size.bytes, MAX_SHARED.routes, MAX_SHARED.bytes
        );
        lowering.diagnostics.error(Code::TooManyRoutes, "spec.rules", message);
        return lowering.rejected(claims);
    }
    group_routes::merge(groups, rules, claims, tls, lowering)
}

/// How much the routes of all `groups` come to.
fn size(groups: &[Group], rules: &[LoweredRule], ingress: &Ingress) -> Size {
    let sizes: Vec<Size> = rules.iter().map(|rule| Size::of(rule.paths(ingress))).collect();
    let places = groups.iter().flat_map(|group| group.rules.iter());
    places.filter_map(|place| sizes.get(place.get()).copied()).fold(Size::default(), Size::plus)
}

/// Whether two rules do; each of them names a host once.
fn share_a_host(claims: &[Claim<'_>]) -> bool {
    // Comparing a few is faster than sorting them, until it is not.
    const FEW: usize = 16;
    if claims.len() <= FEW {
        let mut rest = claims;
        while let Some((claim, others)) = rest.split_first() {
            if others.iter().any(|other| other.host == claim.host) {
                return true;
            }
            rest = others;
        }
        return false;
    }
    let mut hosts: Vec<&str> = claims.iter().map(|claim| &*claim.host).collect();
    hosts.sort_unstable();
    hosts.windows(2).any(|pair| matches!(pair, [a, b] if a == b))
}

/// A group for each rule, the same on both Proxies.
fn one_each(rules: &[LoweredRule]) -> Vec<Group> {
    let group = |(place, rule): (usize, &LoweredRule)| Group {
        rules: Indices::Run(place..place.saturating_add(1)),
        gateways: rule.gateways,
        claims: Indices::Run(rule.hosts.clone()),
    };
    rules.iter().enumerate().map(group).collect()
}

/// For each Proxy the rules that it holds, grouped by the hosts that they share there; all in the order in which they come.
fn by_gateway<'a>(rules: &[LoweredRule], named: &[Claim<'a>]) -> Grouped<'a> {
    let mut claims: IndexMap<&str, Claim<'a>> = IndexMap::new();
    let mut groups: Vec<Group> = Vec::new();
    for gateway in Gateway::ALL {
        let mut rules_of: IndexMap<ClaimIndex, Vec<RulePlace>> = IndexMap::new();
        for (place, rule) in rules.iter().enumerate().filter(|(_, rule)| rule.gateways.contains(gateway)) {
            for own in named.get(rule.hosts.clone()).unwrap_or_default() {
                let entry = claims.entry(&*own.host);
                rules_of.entry(ClaimIndex::from(entry.index())).or_default().push(RulePlace::from(place));
                let claim = entry.or_insert_with(|| own.clone());
                claim.gateways = claim.gateways.with(gateway);
            }
        }
        let mut claims_of: IndexMap<Vec<RulePlace>, Vec<ClaimIndex>> = IndexMap::new();
        for (claim, rules) in rules_of {
            claims_of.entry(rules).or_default().push(claim);
        }
        groups.extend(claims_of.into_iter().map(|(rules, claims)| Group {
            rules: Indices::List(rules),
            gateways: Gateways::NONE.with(gateway),
            claims: Indices::List(claims),
        }));
    }
    Grouped { claims: claims.into_values().collect(), groups }
}
