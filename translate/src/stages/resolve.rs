//! Who owns which domain: the only stage that asks about other Ingresses.
//!
//! [`HostIndex::owner`] finds the owner of a host. `incremental/precedence.rs` has the order: oldest first.

use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

use gloo_proxy_model::VirtualHost;
use knative_ingress_model::IngressRef;

use crate::{
    Code, Gateway, Gateways, Outcome, Served,
    diagnostics::diagnostic::Diagnostics,
    incremental::{
        entries::{Entries, IngressEntry, Slot},
        host_index::HostIndex,
    },
    options::settings::Settings,
    stages::{
        fragment::{ClaimIndex, Fragment, VirtualHostFragment},
        lower::virtual_hosts::domains,
    },
};

/// What of its claims an Ingress owns.
#[derive(Default)]
pub(crate) struct Resolved {
    /// For each claim where it is won; empty if everything is.
    pub(crate) owned: Vec<Gateways>,
    /// A warning for each claim that is lost.
    pub(crate) conflicts: Diagnostics,
}

impl Resolved {
    /// The virtual hosts of `fragment`, with the domains that are owned.
    pub(crate) fn served(&self, fragment: &Fragment, settings: &Settings) -> Vec<Served> {
        let virtual_hosts = &fragment.virtual_hosts;
        if self.owned.is_empty() {
            virtual_hosts.iter().map(|whole| whole.on(whole.gateways)).collect()
        } else {
            virtual_hosts.iter().flat_map(|whole| whole.in_part(fragment, &self.owned, settings)).collect()
        }
    }
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
pub(crate) fn resolve(
    slot: Slot,
    entry: &IngressEntry,
    entries: &Entries,
    hosts: &HostIndex,
    settings: &Settings,
) -> Resolved {
    let mut owned = Vec::with_capacity(entry.fragment.claims.len());
    let mut lost: BTreeMap<(usize, Option<usize>, &IngressRef), Lost<'_>> = BTreeMap::new();
    for claim in entry.fragment.claims.iter() {
        let mut won = claim.gateways;
        for gateway in claim.gateways.iter() {
            let winner = hosts.owner(&claim.host, gateway, &settings.service_suffix, entries);
            let Some(winner) = winner.filter(|winner| *winner != slot) else { continue };
            won = won.without(Gateways::NONE.with(gateway));
            if let Some(precedence) = entries.precedence(winner) {
                let lost = lost.entry((claim.rule, claim.index, &*precedence.ingress)).or_default();
                if lost.hosts.last() != Some(&claim.host) {
                    lost.hosts.push(claim.host.clone());
                }
                lost.gateways = lost.gateways.with(gateway);
                lost.is_reserved = entries.outcome(winner) == Some(Outcome::Rejected);
            }
        }
        owned.push(won);
    }
    let mut conflicts = Diagnostics::default();
    if entry.fragment.outcome == Outcome::Rejected {
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
            let is_won = |claim: &ClaimIndex| owned.get(claim.get()).is_some_and(|won| won.contains(gateway));
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
