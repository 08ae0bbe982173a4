//! Who owns which domain: the only step that sees more than one Ingress.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, HashMap, hash_map::Entry},
    sync::Arc,
};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use knative_ingress_model::IngressRef;

use crate::{Gateway, Gateways, check::host, fragment::Claim};

/// Which Ingress among those held.
pub(crate) type Slot = usize;

/// What decides between Ingresses that want one domain: the oldest wins, then the first by namespace and name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Precedence {
    /// `metadata.creationTimestamp`; without one it counts as the newest.
    pub(crate) created: Option<Time>,
    pub(crate) ingress: Arc<IngressRef>,
}

impl Ord for Precedence {
    fn cmp(&self, other: &Self) -> Ordering {
        let age = match (&self.created, &other.created) {
            (Some(own), Some(others)) => own.cmp(others),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        };
        age.then_with(|| self.ingress.cmp(&other.ingress))
    }
}

impl PartialOrd for Precedence {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Who wants which host on which gateway.
#[derive(Clone, Debug, Default)]
pub(crate) struct Claims {
    by_host: HashMap<Arc<str>, Claimants>,
}

#[derive(Clone, Debug)]
enum Claimants {
    /// Nearly always.
    One(Slot, Gateways),
    Several(Box<Several>),
}

/// Those who want one host, the first of each gateway's being the one who gets it.
#[derive(Clone, Debug, Default)]
struct Several {
    external: BTreeMap<Arc<Precedence>, Slot>,
    internal: BTreeMap<Arc<Precedence>, Slot>,
}

impl Several {
    const fn on(&self, gateway: Gateway) -> &BTreeMap<Arc<Precedence>, Slot> {
        match gateway {
            Gateway::External => &self.external,
            Gateway::Internal => &self.internal,
        }
    }

    fn insert(&mut self, slot: Slot, gateways: Gateways, precedence: &Arc<Precedence>) {
        if gateways.external {
            self.external.insert(Arc::clone(precedence), slot);
        }
        if gateways.internal {
            self.internal.insert(Arc::clone(precedence), slot);
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

/// Everybody's [`Precedence`], by [`Slot`].
pub(crate) trait Precedences {
    fn precedence(&self, slot: Slot) -> Option<&Arc<Precedence>>;
}

impl Claims {
    pub(crate) fn reserve(&mut self, hosts: usize) {
        self.by_host.reserve(hosts);
    }

    /// Notes that `slot` wants what `claim` says. Returns the other if it is the second to want it.
    pub(crate) fn insert(&mut self, slot: Slot, claim: &Claim, all: &impl Precedences) -> Others {
        let claimants = match self.by_host.entry(Arc::clone(&claim.host)) {
            Entry::Vacant(vacant) => {
                vacant.insert(Claimants::One(slot, claim.gateways));
                return Others::None;
            }
            Entry::Occupied(occupied) => occupied.into_mut(),
        };
        let mut others = Others::Several;
        if let Claimants::One(first, gateways) = *claimants {
            let mut several = Several::default();
            if let Some(precedence) = all.precedence(first) {
                several.insert(first, gateways, precedence);
            }
            *claimants = Claimants::Several(Box::new(several));
            others = Others::One(first);
        }
        if let (Claimants::Several(several), Some(precedence)) = (claimants, all.precedence(slot)) {
            several.insert(slot, claim.gateways, precedence);
        }
        others
    }

    /// Forgets that `slot`, of this precedence, wants `host`.
    pub(crate) fn remove(&mut self, slot: Slot, host: &str, precedence: &Precedence) {
        let is_left = match self.by_host.get_mut(host) {
            None => return,
            Some(Claimants::One(only, _)) => *only != slot,
            Some(Claimants::Several(several)) => {
                several.external.remove(precedence);
                several.internal.remove(precedence);
                !(several.external.is_empty() && several.internal.is_empty())
            }
        };
        if !is_left {
            self.by_host.remove(host);
        }
    }

    /// Everybody who wants `host`; some twice.
    pub(crate) fn claimants(&self, host: &str) -> Vec<Slot> {
        match self.by_host.get(host) {
            None => Vec::new(),
            Some(Claimants::One(only, _)) => vec![*only],
            Some(Claimants::Several(several)) => {
                several.external.values().chain(several.internal.values()).copied().collect()
            }
        }
    }

    /// Whether any but `slot` wants `host`.
    pub(crate) fn is_wanted_by_others(&self, host: &str, slot: Slot) -> bool {
        match self.by_host.get(host) {
            None => false,
            Some(Claimants::One(only, _)) => *only != slot,
            Some(Claimants::Several(several)) => {
                several.external.values().chain(several.internal.values()).any(|other| *other != slot)
            }
        }
    }

    /// Who owns `host` on `gateway`: inside the cluster by right if it is a short name, the Ingress that owns the long one; else the
    /// first. (Outside a short name is a name like any other: nobody gets `example.com` there for a namespace called `com`.)
    pub(crate) fn owner(
        &self,
        host: &str,
        gateway: Gateway,
        service_suffix: &str,
        all: &impl Precedences,
    ) -> Option<Slot> {
        if gateway == Gateway::Internal
            && let Some(Claimants::Several(several)) = self.by_host.get(host)
            && let Some(long) = long_name(host, service_suffix)
            && let Some(by_right) = self.first(&long, gateway)
            && let Some(precedence) = all.precedence(by_right)
            && several.on(gateway).contains_key(precedence)
        {
            return Some(by_right);
        }
        self.first(host, gateway)
    }

    fn first(&self, host: &str, gateway: Gateway) -> Option<Slot> {
        match self.by_host.get(host)? {
            Claimants::One(only, gateways) => gateways.contains(gateway).then_some(*only),
            Claimants::Several(several) => several.on(gateway).first_key_value().map(|(_, slot)| *slot),
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
