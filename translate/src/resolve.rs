//! Who owns which domain: the only step that sees more than one Ingress.

use std::{cmp::Ordering, collections::HashMap};

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
    pub(crate) ingress: IngressRef,
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
#[derive(Debug, Default)]
pub(crate) struct Claims {
    by_host: HashMap<String, Claimants>,
}

#[derive(Debug)]
enum Claimants {
    /// Nearly always.
    One(Claimant),
    Several(Vec<Claimant>),
}

#[derive(Clone, Copy, Debug)]
struct Claimant {
    slot: Slot,
    gateways: Gateways,
}

impl Claimants {
    fn as_slice(&self) -> &[Claimant] {
        match self {
            Self::One(claimant) => std::slice::from_ref(claimant),
            Self::Several(claimants) => claimants,
        }
    }
}

impl Claims {
    pub(crate) fn reserve(&mut self, hosts: usize) {
        self.by_host.reserve(hosts);
    }

    /// Notes that `slot` wants what `claim` says.
    pub(crate) fn insert(&mut self, slot: Slot, claim: &Claim) {
        let claimant = Claimant { slot, gateways: claim.gateways };
        match self.by_host.get_mut(&claim.host) {
            None => {
                self.by_host.insert(claim.host.clone(), Claimants::One(claimant));
            }
            Some(Claimants::Several(claimants)) => claimants.push(claimant),
            Some(one @ Claimants::One(_)) => {
                let claimants = one.as_slice().iter().copied().chain([claimant]).collect();
                *one = Claimants::Several(claimants);
            }
        }
    }

    /// Forgets that `slot` wants `host`.
    pub(crate) fn remove(&mut self, slot: Slot, host: &str) {
        let is_left = match self.by_host.get_mut(host) {
            None => return,
            Some(Claimants::One(claimant)) => claimant.slot != slot,
            Some(Claimants::Several(claimants)) => {
                claimants.retain(|claimant| claimant.slot != slot);
                !claimants.is_empty()
            }
        };
        if !is_left {
            self.by_host.remove(host);
        }
    }

    /// Everybody who wants `host`.
    pub(crate) fn claimants(&self, host: &str) -> impl Iterator<Item = Slot> {
        self.by_host.get(host).into_iter().flat_map(|claimants| claimants.as_slice()).map(|claimant| claimant.slot)
    }

    /// Whether nobody but one wants `host`.
    pub(crate) fn is_undisputed(&self, host: &str) -> bool {
        match self.by_host.get(host) {
            None | Some(Claimants::One(_)) => true,
            Some(Claimants::Several(claimants)) => claimants.len() < 2,
        }
    }

    /// Who owns `host` on `gateway`: by right if it is a short name, the Ingress that owns the long one; else the first by
    /// `precedence`. Asks for the precedence only where several want it.
    pub(crate) fn owner<'a>(
        &self,
        host: &str,
        gateway: Gateway,
        service_suffix: &str,
        precedence: impl Fn(Slot) -> Option<&'a Precedence> + Copy,
    ) -> Option<Slot> {
        let claimants = self.by_host.get(host)?.as_slice();
        let wants = |claimant: &&Claimant| claimant.gateways.contains(gateway);
        if claimants.len() > 1
            && let Some(long) = long_name(host, service_suffix)
            && let Some(by_right) = self.first(&long, gateway, precedence)
            && claimants.iter().filter(wants).any(|claimant| claimant.slot == by_right)
        {
            return Some(by_right);
        }
        self.first(host, gateway, precedence)
    }

    fn first<'a>(
        &self,
        host: &str,
        gateway: Gateway,
        precedence: impl Fn(Slot) -> Option<&'a Precedence>,
    ) -> Option<Slot> {
        let claimants = self.by_host.get(host)?.as_slice();
        let mut candidates = claimants.iter().filter(|claimant| claimant.gateways.contains(gateway));
        match claimants {
            [_] => candidates.next(),
            _ => candidates.min_by(|a, b| precedence(a.slot).cmp(&precedence(b.slot))),
        }
        .map(|claimant| claimant.slot)
    }
}

/// The long name of `svc.ns` or `svc.ns.svc`.
fn long_name(host: &str, service_suffix: &str) -> Option<String> {
    let short = host.strip_suffix(".svc").unwrap_or(host);
    host::short_namespace(short)?;
    Some(format!("{short}{service_suffix}"))
}

/// The short names whose owner may depend on who owns `host`.
pub(crate) fn short_names<'a>(host: &'a str, service_suffix: &str) -> impl Iterator<Item = &'a str> + use<'a> {
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
