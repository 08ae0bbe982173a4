//! The set of Ingresses that is held, and what it comes to.

use std::collections::BTreeMap;
use std::sync::Arc;

use gloo_proxy_model::VirtualHost;
use knative_ingress_model::{Ingress, IngressRef};

use crate::{
    Code, Diagnostic, Gateway, Gateways, IngressReport, Options, Served, Severity, Translation,
    admit::admit,
    assemble,
    fragment::{ClaimIndex, Fragment, VirtualHostFragment},
    lower::domains,
    resolve::{Claims, Precedence, Slot},
    settings::Settings,
};

/// A set of Ingresses and its translation.
#[derive(Debug)]
pub(crate) struct Translator {
    settings: Settings,
    slots: BTreeMap<IngressRef, Slot>,
    held: Vec<Held>,
    claims: Claims,
}

/// An Ingress that is held.
#[derive(Debug)]
pub(crate) struct Held {
    precedence: Precedence,
    pub(crate) fragment: Fragment,
    /// For each claim where it is owned; empty while nobody disputes any of them.
    owned: Vec<Gateways>,
    /// The virtual hosts, with the domains that are owned.
    pub(crate) served: Vec<Served>,
    /// About domains that another Ingress owns.
    conflicts: Vec<Diagnostic>,
}

impl Held {
    /// Whether its claim of that index is won on `gateway`.
    pub(crate) fn owns(&self, claim: ClaimIndex, gateway: Gateway) -> bool {
        match self.owned.get(claim) {
            Some(owned) => owned.contains(gateway),
            None => self.fragment.claims.get(claim).is_some_and(|claim| claim.gateways.contains(gateway)),
        }
    }
}

impl Translator {
    /// An empty set.
    pub(crate) fn new(options: Options) -> Self {
        Self {
            settings: Settings::new(options),
            slots: BTreeMap::new(),
            held: Vec::new(),
            claims: Claims::default(),
        }
    }

    /// Takes in `ingresses` at once, into an empty set.
    pub(crate) fn load<'a>(&mut self, ingresses: impl IntoIterator<Item = &'a Ingress>) {
        for ingress in ingresses {
            let mut fragment = admit(ingress, &self.settings);
            let precedence =
                Precedence { created: ingress.metadata.creation_timestamp.clone(), ingress: ingress.reference() };
            let next = self.held.len();
            let slot = *self.slots.entry(precedence.ingress.clone()).or_insert(next);
            match self.held.get_mut(slot) {
                None => self.held.push(Held {
                    precedence,
                    fragment,
                    owned: Vec::new(),
                    served: Vec::new(),
                    conflicts: Vec::new(),
                }),
                Some(held) => {
                    fragment.diagnostics.push(Diagnostic {
                        severity: Severity::Warning,
                        code: Code::Replaced,
                        path: "metadata.name".to_owned(),
                        message: "an object of this namespace and name was given before, and is replaced by this one"
                            .to_owned(),
                    });
                    held.precedence = precedence;
                    held.fragment = fragment;
                }
            }
        }
        self.claims.reserve(self.held.iter().map(|held| held.fragment.claims.len()).sum());
        for (slot, held) in self.held.iter().enumerate() {
            for claim in &held.fragment.claims {
                self.claims.insert(slot, claim);
            }
        }
        for slot in 0..self.held.len() {
            self.publish(slot);
        }
    }

    /// Works out what the Ingress in `slot` serves, given what everybody claims.
    fn publish(&mut self, slot: Slot) {
        let Some(held) = self.held.get(slot) else { return };
        let is_undisputed = held.fragment.claims.iter().all(|claim| self.claims.is_undisputed(&claim.host));
        let resolved = if is_undisputed { Resolved::default() } else { self.resolve(slot, held) };
        let served = if resolved.owned.is_empty() {
            held.fragment.virtual_hosts.iter().map(served_whole).collect()
        } else {
            held.fragment
                .virtual_hosts
                .iter()
                .flat_map(|virtual_host| served_in_part(virtual_host, &held.fragment, &resolved.owned, &self.settings))
                .collect()
        };
        if let Some(held) = self.held.get_mut(slot) {
            held.served = served;
            held.owned = resolved.owned;
            held.conflicts = resolved.conflicts;
        }
    }

    /// Who owns what the Ingress in `slot` claims.
    fn resolve(&self, slot: Slot, held: &Held) -> Resolved {
        let precedence = |slot: Slot| self.held.get(slot).map(|held| &held.precedence);
        let suffix = &self.settings.service_suffix;
        let mut owned = Vec::with_capacity(held.fragment.claims.len());
        let mut lost: BTreeMap<(usize, Option<usize>, &Precedence), Lost<'_>> = BTreeMap::new();
        for claim in &held.fragment.claims {
            let mut won = claim.gateways;
            for gateway in claim.gateways.iter() {
                let winner = self.claims.owner(&claim.host, gateway, suffix, precedence);
                let Some(winner) = winner.filter(|winner| *winner != slot) else { continue };
                won = won.without(Gateways::NONE.with(gateway));
                if let Some(precedence) = precedence(winner) {
                    let lost = lost.entry((claim.rule, claim.index, precedence)).or_default();
                    if lost.hosts.last() != Some(&claim.host.as_str()) {
                        lost.hosts.push(&claim.host);
                    }
                    lost.gateways = lost.gateways.with(gateway);
                }
            }
            owned.push(won);
        }
        let conflicts = lost
            .into_iter()
            .map(|((rule, index, winner), Lost { hosts, gateways })| Diagnostic {
                severity: Severity::Warning,
                code: Code::DomainConflict,
                path: match index {
                    Some(index) => format!("spec.rules[{rule}].hosts[{index}]"),
                    None => format!("spec.rules[{rule}].hosts"),
                },
                message: format!(
                    "{} on the {gateways} gateway belongs to {}, and is not served from here",
                    hosts.join(", "),
                    winner.ingress
                ),
            })
            .collect();
        Resolved { owned, conflicts }
    }

    /// What the set comes to.
    pub(crate) fn translation(&self) -> Translation {
        let in_order = || self.slots.values().filter_map(|slot| self.held.get(*slot));
        Translation {
            external: assemble::proxy(Gateway::External, in_order(), &self.settings),
            internal: assemble::proxy(Gateway::Internal, in_order(), &self.settings),
            reports: in_order().map(report).collect(),
        }
    }

    /// What the set comes to.
    pub(crate) fn into_translation(self) -> Translation {
        self.translation()
    }
}

/// Hosts that one field asks for and one other Ingress owns.
#[derive(Default)]
struct Lost<'a> {
    hosts: Vec<&'a str>,
    gateways: Gateways,
}

#[derive(Default)]
struct Resolved {
    /// For each claim where it is won; empty if everything is.
    owned: Vec<Gateways>,
    conflicts: Vec<Diagnostic>,
}

fn served_whole(fragment: &VirtualHostFragment) -> Served {
    Served {
        gateways: fragment.gateways,
        scheme: fragment.scheme,
        virtual_host: Arc::clone(&fragment.virtual_host),
    }
}

/// The virtual host with the domains that are left of it, for each gateway where any is.
fn served_in_part<'a>(
    virtual_host: &'a VirtualHostFragment,
    fragment: &'a Fragment,
    owned: &'a [Gateways],
    settings: &'a Settings,
) -> Vec<Served> {
    let left_on = |gateway: Gateway| -> Vec<ClaimIndex> {
        if !virtual_host.gateways.contains(gateway) {
            return Vec::new();
        }
        let is_won = |claim: &ClaimIndex| owned.get(*claim).is_some_and(|won| won.contains(gateway));
        virtual_host.claims.iter().copied().filter(is_won).collect()
    };
    let (external, internal) = (left_on(Gateway::External), left_on(Gateway::Internal));
    let on = |gateways: Gateways, left: Vec<ClaimIndex>| {
        if left.is_empty() {
            return None;
        }
        if left.len() == virtual_host.claims.len() {
            return Some(Served { gateways, ..served_whole(virtual_host) });
        }
        let hosts: Vec<&str> =
            left.iter().filter_map(|claim| fragment.claims.get(*claim)).map(|claim| claim.host.as_str()).collect();
        let whole = &virtual_host.virtual_host;
        Some(Served {
            gateways,
            scheme: virtual_host.scheme,
            virtual_host: Arc::new(VirtualHost {
                domains: domains(hosts.into_iter(), virtual_host.scheme, settings),
                ..VirtualHost::clone(whole)
            }),
        })
    };
    if external == internal {
        on(Gateways::BOTH, external).into_iter().collect()
    } else {
        [on(Gateways::EXTERNAL, external), on(Gateways::INTERNAL, internal)].into_iter().flatten().collect()
    }
}

fn report(held: &Held) -> IngressReport {
    IngressReport {
        ingress: held.precedence.ingress.clone(),
        outcome: held.fragment.outcome,
        served: held.served.clone(),
        probe_hash: held.fragment.probe_hash.clone(),
        diagnostics: held.fragment.diagnostics.iter().chain(&held.conflicts).cloned().collect(),
    }
}
