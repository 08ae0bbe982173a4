//! One Ingress comes, changes or goes, and those whose hosts that concerns are resolved anew.

use std::{collections::BTreeSet, sync::Arc};

use knative_ingress_model::IngressRef;

use super::Translator;
use crate::{
    Change, Gateway, Outcome,
    incremental::{
        change_recorder::ChangeRecorder,
        entries::{IngressEntry, Slot},
        host_index::{InsertOutcome, short_names},
    },
    stages::fragment::Fragment,
};

impl Translator {
    /// Admits the Ingresses in `slots` again.
    pub(super) fn admit_again(&mut self, slots: BTreeSet<Slot>) -> Change {
        let mut recorder = ChangeRecorder::default();
        for slot in slots {
            let Some(entry) = self.entries.get_mut(slot) else { continue };
            let Some(source) = entry.source.clone() else { continue };
            let precedence = entry.precedence.clone();
            let entry = source.with(&precedence, |ingress| self.entry(ingress, None));
            let Some(entry) = entry else { continue };
            let entry = IngressEntry { source: Some(source), ..entry };
            self.replace(&precedence.ingress, Some(entry), &mut recorder);
        }
        recorder.into_change(&self.entries, &self.serving, &self.settings)
    }

    /// Replaces the entry of `reference`, and resolves anew the others that this concerns.
    pub(super) fn replace(
        &mut self,
        reference: &IngressRef,
        new: Option<IngressEntry>,
        recorder: &mut ChangeRecorder,
    ) {
        let slot = match (self.slots.get(reference), &new) {
            (Some(slot), _) => *slot,
            (None, None) => return,
            (None, Some(new)) => self.slot_of(&new.precedence.ingress),
        };
        recorder.record(slot, reference, self.entries.get(slot), &self.serving);
        // Only hosts that others want too, before or after, can change what becomes of others.
        let disputed = self.disputed(slot, new.as_ref());
        let before: Vec<_> = disputed.iter().map(|host| self.owners(host)).collect();
        self.exchange(slot, new);
        let mut touched = BTreeSet::from([slot]);
        for (host, before) in disputed.iter().zip(before) {
            if self.owners(host) != before {
                touched.extend(self.hosts.claimants(host, &self.entries));
            }
        }
        for other in touched.iter().filter(|other| **other != slot) {
            if let Some(entry) = self.entries.get(*other) {
                recorder.record(*other, &entry.precedence.ingress, Some(entry), &self.serving);
            }
        }
        self.settle(&touched);
        if self.entries.get(slot).is_none() {
            self.slots.remove(reference);
        }
    }

    /// The slot of `ingress`; the next one, which is to be filled at once, if it has none yet.
    pub(super) fn slot_of(&mut self, ingress: &Arc<IngressRef>) -> Slot {
        let next = self.entries.next_slot();
        *self.slots.entry(Arc::clone(ingress)).or_insert(next)
    }

    /// Replaces the entry in `slot` and what it claims. What it serves is withdrawn until it is settled.
    pub(super) fn exchange(&mut self, slot: Slot, new: Option<IngressEntry>) {
        self.serving.unpublish(slot, &mut self.entries);
        let old = self.entries.get(slot);
        // The usual change: another revision behind the same hosts.
        let keeps_claims = old.zip(new.as_ref()).is_some_and(|(old, new)| old.claims_the_same(new));
        if let Some(old) = old {
            if !keeps_claims {
                for claim in old.fragment.claims.iter() {
                    self.hosts.remove(slot, &claim.host, &self.entries);
                }
            }
            self.by_service.remove(slot, &old.fragment.services);
            self.by_secret.remove(slot, &old.fragment.secrets);
        }
        let Some(mut new) = new else {
            self.entries.remove(slot);
            return;
        };
        self.by_service.add(slot, &new.fragment.services);
        self.by_secret.add(slot, &new.fragment.secrets);
        match self.entries.get_mut(slot) {
            Some(old) => {
                share_unchanged(&old.fragment, &mut new.fragment);
                new.virtual_hosts = std::mem::take(&mut old.virtual_hosts);
                new.is_disputed = old.is_disputed;
                *old = new;
            }
            // A new Ingress, whose slot is the next one.
            None => {
                self.entries.insert(new);
            }
        }
        if !keeps_claims {
            self.claim(slot);
        }
    }

    /// Adds the claims of the Ingress in `slot` to the index, and marks the Ingresses that share a host from now on.
    fn claim(&mut self, slot: Slot) {
        let Some(entry) = self.entries.get(slot) else { return };
        let mut disputed = Vec::new();
        for (index, claim) in entry.fragment.claims.indexed() {
            match self.hosts.insert(slot, index, &claim, &self.entries) {
                InsertOutcome::First => {}
                InsertOutcome::Second(other) => disputed.extend([slot, other]),
                InsertOutcome::Later => disputed.push(slot),
            }
        }
        for slot in disputed {
            if let Some(entry) = self.entries.get_mut(slot) {
                entry.is_disputed = true;
            }
        }
    }

    /// Resolves the Ingresses in `slots`, and publishes what they serve.
    pub(super) fn settle<'a>(&mut self, slots: impl IntoIterator<Item = &'a Slot> + Copy) {
        // First all of them are withdrawn: what one gives up, another may get.
        for slot in slots {
            self.serving.unpublish(*slot, &mut self.entries);
        }
        for slot in slots {
            self.serving.publish(*slot, &mut self.entries, &self.hosts, &self.settings);
        }
    }

    /// Hosts that the Ingress in `slot` or its new state claims, and others too; and the short names whose owners depend on
    /// them. None if it claims what it claimed before.
    fn disputed(&self, slot: Slot, new: Option<&IngressEntry>) -> BTreeSet<Box<str>> {
        let mut disputed = BTreeSet::new();
        let old = self.entries.get(slot);
        if old.zip(new).is_some_and(|(old, new)| old.claims_the_same(new)) {
            return disputed;
        }
        for claim in [old, new].into_iter().flatten().flat_map(|entry| entry.fragment.claims.iter()) {
            let short = short_names(&claim.host, &self.settings.service_suffix);
            let concerned = short.chain([&*claim.host]);
            let wanted = concerned.filter(|host| self.hosts.is_claimed_by_others(host, slot, &self.entries));
            disputed.extend(wanted.map(Box::from));
        }
        disputed
    }

    /// Who owns `host` on each gateway, and whether that one serves it: what the others' reports say depends on both.
    fn owners(&self, host: &str) -> [Option<(Slot, Option<Outcome>)>; 2] {
        let suffix = &self.settings.service_suffix;
        Gateway::ALL.map(|gateway| {
            let owner = self.hosts.owner(host, gateway, suffix, &self.entries)?;
            Some((owner, self.entries.outcome(owner)))
        })
    }
}

/// Virtual hosts that are as they were stay the same allocation.
fn share_unchanged(old: &Fragment, new: &mut Fragment) {
    for (new, old) in new.virtual_hosts.iter_mut().zip(&old.virtual_hosts) {
        if new.virtual_host == old.virtual_host {
            new.virtual_host = Arc::clone(&old.virtual_host);
        }
    }
}
