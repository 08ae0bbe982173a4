//! Which Ingresses claim which host, and who owns it.

use std::{
    collections::BTreeMap,
    hash::{BuildHasher, RandomState},
};

use hashbrown::{HashTable, hash_table::Entry};

use crate::{
    Gateway, Gateways,
    check::host,
    incremental::{
        entries::{Set, Slot},
        precedence::Precedence,
    },
    stages::fragment::{Claim, ClaimIndex},
};

/// Who wants which host on which gateway.
///
/// The hosts are those of the Ingresses in the [`Set`]; what is here are their hashes and where to find them, so that a host
/// that nobody else wants, as nearly all, costs no copy.
#[derive(Clone, Debug, Default)]
pub(crate) struct Claims {
    by_host: HashTable<Claimants>,
    /// Of the standard library: whoever writes Ingresses chooses the hosts, and must not be able to choose their hashes.
    hasher: RandomState,
}

#[derive(Clone, Debug)]
struct Claimants {
    /// Of the host.
    hash: u64,
    who: Who,
}

#[derive(Clone, Debug)]
enum Who {
    /// Nearly always: this Ingress with this claim of its.
    One(Slot, ClaimIndex),
    Several(Box<Several>),
}

/// Those who want one host, the first of each gateway's being the one who gets it.
#[derive(Clone, Debug, Default)]
struct Several {
    host: Box<str>,
    external: BTreeMap<Precedence, Slot>,
    internal: BTreeMap<Precedence, Slot>,
}

impl Several {
    const fn on(&self, gateway: Gateway) -> &BTreeMap<Precedence, Slot> {
        match gateway {
            Gateway::External => &self.external,
            Gateway::Internal => &self.internal,
        }
    }

    fn insert(&mut self, slot: Slot, gateways: Gateways, precedence: &Precedence) {
        if gateways.external {
            self.external.insert(precedence.clone(), slot);
        }
        if gateways.internal {
            self.internal.insert(precedence.clone(), slot);
        }
    }

    fn slots(&self) -> impl Iterator<Item = Slot> {
        self.external.values().chain(self.internal.values()).copied()
    }
}

impl Claimants {
    fn are_for(&self, host: &str, hash: u64, set: &Set) -> bool {
        self.hash == hash
            && match &self.who {
                Who::One(slot, claim) => set.claim(*slot, *claim).is_some_and(|claim| claim.host == host),
                Who::Several(several) => &*several.host == host,
            }
    }
}

/// Who else wanted a host.
pub(crate) enum Others {
    None,
    /// This one, alone until now.
    One(Slot),
    /// More than one.
    Several,
}

impl Claims {
    pub(crate) fn reserve(&mut self, hosts: usize) {
        self.by_host.reserve(hosts, |claimants| claimants.hash);
    }

    fn find(&self, host: &str, set: &Set) -> Option<&Who> {
        let hash = self.hasher.hash_one(host);
        self.by_host
            .find(hash, |claimants| claimants.are_for(host, hash, set))
            .map(|claimants| &claimants.who)
    }

    /// Notes that the Ingress in `slot` wants what its claim of that index says. Returns the other if it is the second to want it.
    pub(crate) fn insert(&mut self, slot: Slot, index: ClaimIndex, claim: &Claim<'_>, set: &Set) -> Others {
        let hash = self.hasher.hash_one(&*claim.host);
        let is_for_it = |claimants: &Claimants| claimants.are_for(&claim.host, hash, set);
        let claimants = match self.by_host.entry(hash, is_for_it, |claimants| claimants.hash) {
            Entry::Vacant(vacant) => {
                vacant.insert(Claimants { hash, who: Who::One(slot, index) });
                return Others::None;
            }
            Entry::Occupied(occupied) => occupied.into_mut(),
        };
        let mut others = Others::Several;
        if let Who::One(first, of_first) = claimants.who {
            let mut several = Several { host: claim.host.as_ref().into(), ..Several::default() };
            if let (Some(precedence), Some(claim)) = (set.precedence(first), set.claim(first, of_first)) {
                several.insert(first, claim.gateways, precedence);
            }
            claimants.who = Who::Several(Box::new(several));
            others = Others::One(first);
        }
        if let (Who::Several(several), Some(precedence)) = (&mut claimants.who, set.precedence(slot)) {
            several.insert(slot, claim.gateways, precedence);
        }
        others
    }

    /// Forgets that the Ingress in `slot`, which is still there, wants `host`.
    pub(crate) fn remove(&mut self, slot: Slot, host: &str, set: &Set) {
        let hash = self.hasher.hash_one(host);
        let Ok(mut found) = self.by_host.find_entry(hash, |claimants| claimants.are_for(host, hash, set))
        else {
            return;
        };
        let is_left = match &mut found.get_mut().who {
            Who::One(only, _) => *only != slot,
            Who::Several(several) => {
                if let Some(precedence) = set.precedence(slot) {
                    several.external.remove(precedence);
                    several.internal.remove(precedence);
                }
                !(several.external.is_empty() && several.internal.is_empty())
            }
        };
        if !is_left {
            found.remove();
        }
    }

    /// Everybody who wants `host`; some twice.
    pub(crate) fn claimants(&self, host: &str, set: &Set) -> Vec<Slot> {
        match self.find(host, set) {
            None => Vec::new(),
            Some(Who::One(only, _)) => vec![*only],
            Some(Who::Several(several)) => several.slots().collect(),
        }
    }

    /// Whether any but the Ingress in `slot` wants `host`.
    pub(crate) fn is_wanted_by_others(&self, host: &str, slot: Slot, set: &Set) -> bool {
        match self.find(host, set) {
            None => false,
            Some(Who::One(only, _)) => *only != slot,
            Some(Who::Several(several)) => several.slots().any(|other| other != slot),
        }
    }

    /// Who owns `host` on `gateway`: inside the cluster by right if it is a short name, the Ingress that owns the long one; else the
    /// first. (Outside a short name is a name like any other: nobody gets `example.com` there for a namespace called `com`.)
    pub(crate) fn owner(
        &self,
        host: &str,
        gateway: Gateway,
        service_suffix: &str,
        set: &Set,
    ) -> Option<Slot> {
        if gateway == Gateway::Internal
            && let Some(Who::Several(several)) = self.find(host, set)
            && let Some(long) = long_name(host, service_suffix)
            && let Some(by_right) = self.first(&long, gateway, set)
            && let Some(precedence) = set.precedence(by_right)
            && several.on(gateway).contains_key(precedence)
        {
            return Some(by_right);
        }
        self.first(host, gateway, set)
    }

    fn first(&self, host: &str, gateway: Gateway, set: &Set) -> Option<Slot> {
        match self.find(host, set)? {
            Who::One(only, claim) => set
                .claim(*only, *claim)
                .is_some_and(|claim| claim.gateways.contains(gateway))
                .then_some(*only),
            Who::Several(several) => several.on(gateway).first_key_value().map(|(_, slot)| *slot),
        }
    }
}

/// The long name of `svc.ns` or `svc.ns.svc`.
fn long_name(host: &str, service_suffix: &str) -> Option<String> {
    let short = host.strip_suffix(".svc").unwrap_or(host);
    host::short_namespace(short)?;
    Some(format!("{short}{service_suffix}"))
}

/// The short names whose owner may depend on who owns `host`.
pub(crate) fn short_names<'a>(
    host: &'a str,
    service_suffix: &str,
) -> impl Iterator<Item = &'a str> + use<'a> {
    let short = host.strip_suffix(service_suffix).filter(|short| host::short_namespace(short).is_some());
    let with_svc = short.and_then(|short| host.get(..short.len().saturating_add(".svc".len())));
    [short, with_svc].into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::{long_name, short_names};

    #[test]
    fn long_and_short_names() {
        let suffix = ".svc.cluster.local";
        assert_eq!(long_name("shop.team-a", suffix).as_deref(), Some("shop.team-a.svc.cluster.local"));
        assert_eq!(long_name("shop.team-a.svc", suffix).as_deref(), Some("shop.team-a.svc.cluster.local"));
        assert_eq!(long_name("deep.shop.team-a", suffix), None);
        assert_eq!(long_name("shop", suffix), None);
        let names: Vec<_> = short_names("shop.team-a.svc.cluster.local", suffix).collect();
        assert_eq!(names, ["shop.team-a", "shop.team-a.svc"]);
        assert_eq!(short_names("deep.shop.team-a.svc.cluster.local", suffix).count(), 0);
    }
}
