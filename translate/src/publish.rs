//! What each Ingress serves once it is known who owns what, and what they serve together.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use gloo_proxy_model::{ResourceRef, VirtualHost};
use knative_ingress_model::IngressRef;

use crate::{
    Code, Gateway, Gateways, Outcome, Scheme, Served,
    diagnostic::Diagnostics,
    fragment::{Certificate, ClaimIndex, Fragment, VirtualHostFragment},
    held::{Held, Set},
    lower::domains,
    resolve::{Claims, Slot},
    settings::Settings,
};

/// A Secret by namespace and name.
pub(crate) type SecretKey = (String, String);

/// What all of them serve together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Published {
    external: OnGateway,
    internal: OnGateway,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct OnGateway {
    /// For each Secret the hosts that it is for.
    pub(crate) hosts_of: BTreeMap<SecretKey, BTreeSet<Box<str>>>,
    /// How many virtual hosts there are.
    http: usize,
    https: usize,
}

impl OnGateway {
    /// How many virtual hosts there are on the listener.
    pub(crate) const fn virtual_hosts(&self, scheme: Scheme) -> usize {
        match scheme {
            Scheme::Http => self.http,
            Scheme::Https => self.https,
        }
    }
}

impl Published {
    pub(crate) const fn on(&self, gateway: Gateway) -> &OnGateway {
        match gateway {
            Gateway::External => &self.external,
            Gateway::Internal => &self.internal,
        }
    }

    const fn on_mut(&mut self, gateway: Gateway) -> &mut OnGateway {
        match gateway {
            Gateway::External => &mut self.external,
            Gateway::Internal => &mut self.internal,
        }
    }

    /// Works out what the Ingress in `slot` serves, given what everybody claims, and adds that.
    pub(crate) fn publish(&mut self, slot: Slot, set: &mut Set, claims: &Claims, settings: &Settings) {
        let Some(held) = set.get(slot) else { return };
        let resolved =
            if held.is_disputed { resolve(slot, held, set, claims, settings) } else { Resolved::default() };
        let Some(held) = set.get_mut(slot) else { return };
        let virtual_hosts = &held.fragment.virtual_hosts;
        let mut served: Vec<Served> = if resolved.owned.is_empty() {
            virtual_hosts.iter().map(|whole| whole.on(whole.gateways)).collect()
        } else {
            virtual_hosts
                .iter()
                .flat_map(|whole| whole.in_part(&held.fragment, &resolved.owned, settings))
                .collect()
        };
        for (new, old) in served.iter_mut().zip(&held.served) {
            if new.is_same_host(old) {
                new.virtual_host = Arc::clone(&old.virtual_host);
            }
        }
        held.served = served;
        held.owned = resolved.owned;
        held.conflicts = resolved.conflicts;
        for (gateway, scheme) in listeners(held) {
            let on = self.on_mut(gateway);
            match scheme {
                Scheme::Http => on.http = on.http.saturating_add(1),
                Scheme::Https => on.https = on.https.saturating_add(1),
            }
        }
        for (gateway, secret, host) in covered(held) {
            let hosts = self.on_mut(gateway).hosts_of.entry(key(secret)).or_default();
            hosts.insert(host.into());
        }
    }

    /// Takes away what the Ingress in `slot` serves.
    pub(crate) fn withdraw(&mut self, slot: Slot, set: &Set) {
        let Some(held) = set.get(slot) else { return };
        for (gateway, scheme) in listeners(held) {
            let on = self.on_mut(gateway);
            match scheme {
                Scheme::Http => on.http = on.http.saturating_sub(1),
                Scheme::Https => on.https = on.https.saturating_sub(1),
            }
        }
        for (gateway, secret, host) in covered(held) {
            let hosts_of = &mut self.on_mut(gateway).hosts_of;
            let key = key(secret);
            if let Some(hosts) = hosts_of.get_mut(&key) {
                hosts.remove(host);
                if hosts.is_empty() {
                    hosts_of.remove(&key);
                }
            }
        }
    }
}

/// The listeners of all virtual hosts that `held` serves.
fn listeners(held: &Held) -> impl Iterator<Item = (Gateway, Scheme)> {
    held.served.iter().flat_map(|served| served.gateways.iter().map(|gateway| (gateway, served.scheme)))
}

/// The hosts that `held` owns and has a certificate for, each with that.
pub(crate) fn covered(held: &Held) -> impl Iterator<Item = (Gateway, &ResourceRef, &str)> {
    held.fragment.certificates.iter().flat_map(move |certificate| {
        let covering = match certificate {
            Certificate::Covering { secret, claims } => Some((secret, claims)),
            Certificate::AsWritten { .. } => None,
        };
        covering.into_iter().flat_map(move |(secret, claims)| {
            claims.iter().flat_map(move |index| {
                held.fragment.claims.host(*index).into_iter().flat_map(move |host| {
                    let owned = Gateway::ALL.into_iter().filter(move |gateway| held.owns(*index, *gateway));
                    owned.map(move |gateway| (gateway, secret, host))
                })
            })
        })
    })
}

pub(crate) fn key(secret: &ResourceRef) -> SecretKey {
    (secret.namespace.clone(), secret.name.clone())
}

#[derive(Default)]
struct Resolved {
    /// For each claim where it is won; empty if everything is.
    owned: Vec<Gateways>,
    conflicts: Diagnostics,
}

/// Hosts that one field asks for and one other Ingress owns.
#[derive(Default)]
struct Lost<'a> {
    hosts: Vec<Cow<'a, str>>,
    gateways: Gateways,
    /// Whether that one is rejected.
    is_reserved: bool,
}

/// Who owns what the Ingress in `slot` claims.
fn resolve(slot: Slot, held: &Held, set: &Set, claims: &Claims, settings: &Settings) -> Resolved {
    let mut owned = Vec::with_capacity(held.fragment.claims.len());
    let mut lost: BTreeMap<(usize, Option<usize>, &IngressRef), Lost<'_>> = BTreeMap::new();
    for claim in held.fragment.claims.iter() {
        let mut won = claim.gateways;
        for gateway in claim.gateways.iter() {
            let winner = claims.owner(&claim.host, gateway, &settings.service_suffix, set);
            let Some(winner) = winner.filter(|winner| *winner != slot) else { continue };
            won = won.without(Gateways::NONE.with(gateway));
            if let Some(precedence) = set.precedence(winner) {
                let lost = lost.entry((claim.rule, claim.index, &*precedence.ingress)).or_default();
                if lost.hosts.last() != Some(&claim.host) {
                    lost.hosts.push(claim.host.clone());
                }
                lost.gateways = lost.gateways.with(gateway);
                lost.is_reserved = set.outcome(winner) == Some(Outcome::Rejected);
            }
        }
        owned.push(won);
    }
    let mut conflicts = Diagnostics::default();
    if held.fragment.outcome == Outcome::Rejected {
        // It is served nowhere, for reasons that its errors say.
        return Resolved { owned, conflicts };
    }
    for ((rule, index, winner), Lost { hosts, gateways, is_reserved }) in lost {
        let path = match index {
            Some(index) => format!("spec.rules[{rule}].hosts[{index}]"),
            None => format!("spec.rules[{rule}].hosts"),
        };
        let keeps = if is_reserved { ", which is rejected and keeps it," } else { "," };
        let message = format_args!(
            "{} on the {gateways} gateway belongs to {winner}{keeps} and is not served from here",
            hosts.join(", ")
        );
        conflicts.warning(Code::DomainConflict, path, message);
    }
    Resolved { owned, conflicts }
}

impl VirtualHostFragment {
    /// All of it, on these gateways.
    fn on(&self, gateways: Gateways) -> Served {
        let virtual_host = Arc::clone(&self.virtual_host);
        Served { gateways, scheme: self.scheme, virtual_host, sources: self.sources.clone() }
    }

    /// What is left of it with the domains that are won, for each gateway where anything is.
    fn in_part(&self, fragment: &Fragment, owned: &[Gateways], settings: &Settings) -> Vec<Served> {
        let left_on = |gateway: Gateway| -> Vec<ClaimIndex> {
            let is_won = |claim: &ClaimIndex| owned.get(*claim).is_some_and(|won| won.contains(gateway));
            if self.gateways.contains(gateway) {
                self.claims.iter().filter(is_won).collect()
            } else {
                Vec::new()
            }
        };
        let with = |gateways: Gateways, left: Vec<ClaimIndex>| {
            if left.is_empty() || left.len() == self.claims.len() {
                return (!left.is_empty()).then(|| self.on(gateways));
            }
            let hosts = left.iter().filter_map(|claim| fragment.claims.host(*claim));
            let virtual_host = VirtualHost {
                domains: domains(hosts, left.len(), self.scheme, settings),
                ..VirtualHost::clone(&self.virtual_host)
            };
            let (virtual_host, sources) = (Arc::new(virtual_host), self.sources.clone());
            Some(Served { gateways, scheme: self.scheme, virtual_host, sources })
        };
        let (external, internal) = (left_on(Gateway::External), left_on(Gateway::Internal));
        if external == internal {
            return with(Gateways::BOTH, external).into_iter().collect();
        }
        [with(Gateways::EXTERNAL, external), with(Gateways::INTERNAL, internal)]
            .into_iter()
            .flatten()
            .collect()
    }
}
