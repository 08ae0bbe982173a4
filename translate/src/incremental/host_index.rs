//! Which Ingresses claim which host, and who owns it: see [`HostIndex::owner`], and [`Precedence`] for the order.

use std::{
    collections::BTreeMap,
    hash::{BuildHasher, RandomState},
};

use hashbrown::{HashTable, hash_table::Entry};

use crate::{
    Gateway, Gateways,
    check::host,
    incremental::{
        entries::{Entries, Slot},
        precedence::Precedence,
    },
    stages::fragment::{Claim, ClaimIndex},
};

/// Which Ingresses claim which host on which gateway.
///
/// Hosts are stored in the [`Entries`]; the index holds their hashes and where to find them, so that a host with a single
/// claimant, as nearly all, costs no copy.
#[derive(Clone, Debug, Default)]
pub(crate) struct HostIndex {
    by_host: HashTable<ClaimedHost>,
    /// Of the standard library: whoever writes Ingresses chooses the hosts, and must not be able to choose their hashes.
    hasher: RandomState,
}

#[derive(Clone, Debug)]
struct ClaimedHost {
    /// Of the host.
    hash: u64,
    claimants: Claimants,
}

#[derive(Clone, Debug)]
enum Claimants {
    /// Nearly always: this Ingress, with this claim.
    Single(Slot, ClaimIndex),
    Many(Box<ManyClaimants>),
}

/// All claimants of one host. The first on each gateway owns it there, except for short names (see `owner`).
#[derive(Clone, Debug, Default)]
struct ManyClaimants {
    host: Box<str>,
    external: BTreeMap<Precedence, Slot>,
    internal: BTreeMap<Precedence, Slot>,
}

impl ManyClaimants {
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

impl ClaimedHost {
    fn is_for(&self, host: &str, hash: u64, entries: &Entries) -> bool {
        self.hash == hash
            && match &self.claimants {
                Claimants::Single(slot, claim) => {
                    entries.claim(*slot, *claim).is_some_and(|claim| claim.host == host)
                }
                Claimants::Many(many) => &*many.host == host,
            }
    }
}

/// What an insertion found.
pub(crate) enum InsertOutcome {
    /// Nobody else claims the host.
    First,
    /// Only this one claimed it until now.
    Second(Slot),
    /// Several claim it already.
    Later,
}

impl HostIndex {
    pub(crate) fn reserve(&mut self, hosts: usize) {
        self.by_host.reserve(hosts, |claimed| claimed.hash);
    }

    fn find(&self, host: &str, entries: &Entries) -> Option<&Claimants> {
        let hash = self.hasher.hash_one(host);
        self.by_host
            .find(hash, |claimed| claimed.is_for(host, hash, entries))
            .map(|claimed| &claimed.claimants)
    }

    /// Adds a claim of the Ingress in `slot`.
    pub(crate) fn insert(
        &mut self,
        slot: Slot,
        index: ClaimIndex,
        claim: &Claim<'_>,
        entries: &Entries,
    ) -> InsertOutcome {
        let hash = self.hasher.hash_one(&*claim.host);
        let is_same_host = |claimed: &ClaimedHost| claimed.is_for(&claim.host, hash, entries);
        let claimed = match self.by_host.entry(hash, is_same_host, |claimed| claimed.hash) {
            Entry::Vacant(vacant) => {
                vacant.insert(ClaimedHost { hash, claimants: Claimants::Single(slot, index) });
                return InsertOutcome::First;
            }
            Entry::Occupied(occupied) => occupied.into_mut(),
        };
        let mut outcome = InsertOutcome::Later;
        if let Claimants::Single(first, of_first) = claimed.claimants {
            let mut many = ManyClaimants { host: claim.host.as_ref().into(), ..ManyClaimants::default() };
            if let (Some(precedence), Some(claim)) =
                (entries.precedence(first), entries.claim(first, of_first))
            {
                many.insert(first, claim.gateways, precedence);
            }
            claimed.claimants = Claimants::Many(Box::new(many));
            outcome = InsertOutcome::Second(first);
        }
        if let (Claimants::Many(many), Some(precedence)) = (&mut claimed.claimants, entries.precedence(slot))
        {
            many.insert(slot, claim.gateways, precedence);
        }
        outcome
    }

    /// Removes the claim of the Ingress in `slot`, which is still among the entries, on `host`.
    pub(crate) fn remove(&mut self, slot: Slot, host: &str, entries: &Entries) {
        let hash = self.hasher.hash_one(host);
        let Ok(mut found) = self.by_host.find_entry(hash, |claimed| claimed.is_for(host, hash, entries))
        else {
            return;
        };
        let is_left = match &mut found.get_mut().claimants {
            Claimants::Single(only, _) => *only != slot,
            Claimants::Many(many) => {
                if let Some(precedence) = entries.precedence(slot) {
                    many.external.remove(precedence);
                    many.internal.remove(precedence);
                }
                !(many.external.is_empty() && many.internal.is_empty())
            }
        };
        if !is_left {
            found.remove();
        }
    }

    /// All who claim `host`; those that claim it on both gateways twice.
    pub(crate) fn claimants(&self, host: &str, entries: &Entries) -> Vec<Slot> {
        match self.find(host, entries) {
            None => Vec::new(),
            Some(Claimants::Single(only, _)) => vec![*only],
            Some(Claimants::Many(many)) => many.slots().collect(),
        }
    }

    /// Whether any but the Ingress in `slot` claims `host`.
    pub(crate) fn is_claimed_by_others(&self, host: &str, slot: Slot, entries: &Entries) -> bool {
        match self.find(host, entries) {
            None => false,
            Some(Claimants::Single(only, _)) => *only != slot,
            Some(Claimants::Many(many)) => many.slots().any(|other| other != slot),
        }
    }

    /// Who owns `host` on `gateway`: the first claimant by [`Precedence`].
    ///
    /// But on the internal gateway a short name (`svc.ns`) belongs to the Ingress that owns the long name, if that one claims it too. On the
    /// external gateway a short name is a name like any other: a namespace called `com` does not give anybody `example.com`.
    pub(crate) fn owner(
        &self,
        host: &str,
        gateway: Gateway,
        service_suffix: &str,
        entries: &Entries,
    ) -> Option<Slot> {
        if gateway == Gateway::Internal
            && let Some(Claimants::Many(many)) = self.find(host, entries)
            && let Some(long) = long_name(host, service_suffix)
            && let Some(by_right) = self.first(&long, gateway, entries)
            && let Some(precedence) = entries.precedence(by_right)
            && many.on(gateway).contains_key(precedence)
        {
            return Some(by_right);
        }
        self.first(host, gateway, entries)
    }

    fn first(&self, host: &str, gateway: Gateway, entries: &Entries) -> Option<Slot> {
        match self.find(host, entries)? {
            Claimants::Single(only, claim) => entries
                .claim(*only, *claim)
                .is_some_and(|claim| claim.gateways.contains(gateway))
                .then_some(*only),
            Claimants::Many(many) => many.on(gateway).first_key_value().map(|(_, slot)| *slot),
        }
    }
}

/// The long name of `svc.ns` or `svc.ns.svc`.
fn long_name(host: &str, service_suffix: &str) -> Option<String> {
    // Of two labels the last is the namespace, be it called `svc`.
    let short = host.strip_suffix(".svc").filter(|rest| rest.contains('.')).unwrap_or(host);
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
    use super::{HostIndex, long_name, short_names};
    use crate::{
        Gateways, Outcome,
        diagnostics::diagnostic::Diagnostics,
        incremental::{
            entries::{Entries, IngressEntry, Slot},
            precedence::Precedence,
        },
        stages::fragment::{Claim, ClaimList, Fragment},
    };

    /// Adds an Ingress that claims `host` on both gateways.
    fn claim(index: &mut HostIndex, entries: &mut Entries, name: &str, host: &str) -> Slot {
        let claims = [Claim {
            host: host.into(),
            gateways: Gateways { external: true, internal: true },
            rule: 0,
            index: Some(0),
        }];
        let ingress = knative_ingress_model::IngressRef { name: name.to_owned(), ..Default::default() };
        let precedence = Precedence { created: None, ingress: ingress.into() };
        let fragment = Fragment {
            outcome: Outcome::Translated,
            probe_hash: None,
            diagnostics: Diagnostics::default(),
            claims: ClaimList::of(&claims),
            virtual_hosts: Vec::new(),
            certificates: Vec::new(),
            services: Vec::new(),
            secrets: Vec::new(),
        };
        let slot = entries.insert(IngressEntry::new(precedence, fragment, None));
        for claim in &claims {
            index.insert(slot, 0.into(), claim, entries);
        }
        slot
    }

    /// Nothing stays of a host that nobody claims any more, however many claimed it.
    #[test]
    fn index_is_empty_when_all_claims_are_removed() {
        let (mut index, mut entries) = (HostIndex::default(), Entries::default());
        let only = claim(&mut index, &mut entries, "only", "one");
        let [a, b] = ["a", "b"].map(|name| claim(&mut index, &mut entries, name, "two"));
        assert_eq!(index.by_host.len(), 2);
        // Of somebody else, who doesn't claim it.
        index.remove(a, "one", &entries);
        assert_eq!(index.claimants("one", &entries), [only]);
        index.remove(only, "one", &entries);
        index.remove(a, "two", &entries);
        assert_eq!(index.by_host.len(), 1);
        assert_eq!(index.claimants("two", &entries), [b, b], "on both gateways");
        index.remove(b, "two", &entries);
        assert!(index.by_host.is_empty());
    }

    #[test]
    fn short_names_of_cluster_local_hosts() {
        let suffix = ".svc.cluster.local";
        assert_eq!(long_name("shop.team-a", suffix).as_deref(), Some("shop.team-a.svc.cluster.local"));
        assert_eq!(long_name("shop.team-a.svc", suffix).as_deref(), Some("shop.team-a.svc.cluster.local"));
        assert_eq!(long_name("shop.svc", suffix).as_deref(), Some("shop.svc.svc.cluster.local"));
        assert_eq!(long_name("shop.svc.svc", suffix).as_deref(), Some("shop.svc.svc.cluster.local"));
        assert_eq!(long_name("deep.shop.team-a", suffix), None);
        assert_eq!(long_name("deep.shop.svc.svc", suffix), None);
        assert_eq!(long_name("shop", suffix), None);
        let names: Vec<_> = short_names("shop.team-a.svc.cluster.local", suffix).collect();
        assert_eq!(names, ["shop.team-a", "shop.team-a.svc"]);
        assert_eq!(short_names("deep.shop.team-a.svc.cluster.local", suffix).count(), 0);
    }
}
