//! The Ingresses of a set.

use std::sync::Arc;

use knative_ingress_model::IngressRef;
use slab::Slab;

use crate::{
    Gateway, Gateways, IngressOutcome, IngressReport, Outcome, Served,
    diagnostics::diagnostic::Diagnostics,
    incremental::{precedence::Precedence, source::Source},
    stages::fragment::{Claim, ClaimIndex, Fragment},
};

/// Which of the [`Entries`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Slot(usize);

#[cfg(test)]
impl Slot {
    pub(crate) const fn new(index: usize) -> Self {
        Self(index)
    }
}

/// An Ingress of the set, with what has been worked out of it.
#[derive(Clone, Debug)]
pub(crate) struct IngressEntry {
    pub(crate) precedence: Precedence,
    pub(crate) fragment: Fragment,
    /// What it was made from, for when a Service or Secret that it depends on changes.
    pub(crate) source: Option<Source>,
    /// For each claim where it is won; empty if all of them are.
    pub(crate) owned: Vec<Gateways>,
    /// The virtual hosts, with the domains that are won; of a rejected Ingress those that reserve its hosts.
    pub(crate) virtual_hosts: Vec<Served>,
    /// About domains that another Ingress owns.
    pub(crate) conflicts: Diagnostics,
    /// Whether another Ingress wants a host of its claims, or once did.
    pub(crate) is_disputed: bool,
    /// Whether what it serves counts among what all of them serve.
    pub(crate) is_published: bool,
}

impl IngressEntry {
    pub(crate) fn new(precedence: Precedence, fragment: Fragment, source: Option<Source>) -> Self {
        Self {
            precedence,
            fragment,
            source,
            owned: Vec::new(),
            virtual_hosts: Vec::new(),
            conflicts: Diagnostics::default(),
            is_disputed: false,
            is_published: false,
        }
    }

    /// The virtual hosts that serve it.
    pub(crate) fn served(&self) -> &[Served] {
        match self.fragment.outcome {
            Outcome::Translated | Outcome::Skipped => &self.virtual_hosts,
            Outcome::Rejected => &[],
        }
    }

    /// The virtual hosts without routes that keep its hosts from others, if it is rejected.
    pub(crate) fn reserved(&self) -> &[Served] {
        match self.fragment.outcome {
            Outcome::Translated | Outcome::Skipped => &[],
            Outcome::Rejected => &self.virtual_hosts,
        }
    }

    /// Whether the claim is won on `gateway`.
    pub(crate) fn owns(&self, claim: ClaimIndex, gateway: Gateway) -> bool {
        match self.owned.get(claim.get()) {
            Some(owned) => owned.contains(gateway),
            None => self.fragment.claims.get(claim).is_some_and(|claim| claim.gateways.contains(gateway)),
        }
    }

    /// Whether `other` claims the same hosts with the same precedence, and is served or rejected like this one.
    pub(crate) fn claims_the_same(&self, other: &Self) -> bool {
        self.fragment.claims == other.fragment.claims
            && self.precedence == other.precedence
            && self.fragment.outcome == other.fragment.outcome
    }

    pub(crate) fn report(&self) -> IngressReport {
        IngressReport {
            ingress: IngressRef::clone(&self.precedence.ingress),
            outcome: self.fragment.outcome,
            served: self.served().to_vec(),
            reserved: self.reserved().to_vec(),
            probe_hash: self.fragment.probe_hash.clone(),
            diagnostics: self.fragment.diagnostics.shown_with_conflicts(&self.conflicts),
        }
    }

    /// Like [`report`](Self::report), but consumes the entry.
    pub(crate) fn into_report(self) -> IngressReport {
        let Self {
            precedence,
            fragment,
            source: _,
            owned: _,
            virtual_hosts,
            conflicts,
            is_disputed: _,
            is_published: _,
        } = self;
        let (served, reserved) = match fragment.outcome {
            Outcome::Translated | Outcome::Skipped => (virtual_hosts, Vec::new()),
            Outcome::Rejected => (Vec::new(), virtual_hosts),
        };
        IngressReport {
            ingress: Arc::unwrap_or_clone(precedence.ingress),
            outcome: fragment.outcome,
            served,
            reserved,
            probe_hash: fragment.probe_hash,
            diagnostics: fragment.diagnostics.shown_with_conflicts(&conflicts),
        }
    }
}

impl IngressEntry {
    /// Like [`into_report`](Self::into_report), without what is served.
    pub(crate) fn into_outcome(self) -> IngressOutcome {
        let IngressReport { ingress, outcome, served: _, reserved: _, probe_hash, diagnostics } =
            self.into_report();
        IngressOutcome { ingress, outcome, probe_hash, diagnostics }
    }
}

/// The Ingresses of a set, each under a number that others can refer to it by.
#[derive(Clone, Debug, Default)]
pub(crate) struct Entries {
    slab: Slab<IngressEntry>,
}

impl Entries {
    /// The slot that the next call to [`insert`](Self::insert) fills.
    pub(crate) fn next_slot(&self) -> Slot {
        Slot(self.slab.vacant_key())
    }

    pub(crate) fn insert(&mut self, entry: IngressEntry) -> Slot {
        Slot(self.slab.insert(entry))
    }

    pub(crate) fn get(&self, slot: Slot) -> Option<&IngressEntry> {
        self.slab.get(slot.0)
    }

    pub(crate) fn get_mut(&mut self, slot: Slot) -> Option<&mut IngressEntry> {
        self.slab.get_mut(slot.0)
    }

    pub(crate) fn remove(&mut self, slot: Slot) -> Option<IngressEntry> {
        self.slab.try_remove(slot.0)
    }

    pub(crate) fn reserve(&mut self, additional: usize) {
        self.slab.reserve(additional);
    }

    pub(crate) fn len(&self) -> usize {
        self.slab.len()
    }

    pub(crate) fn outcome(&self, slot: Slot) -> Option<Outcome> {
        self.get(slot).map(|entry| entry.fragment.outcome)
    }

    pub(crate) fn precedence(&self, slot: Slot) -> Option<&Precedence> {
        self.get(slot).map(|entry| &entry.precedence)
    }

    pub(crate) fn claim(&self, slot: Slot, index: ClaimIndex) -> Option<Claim<'_>> {
        self.get(slot)?.fragment.claims.get(index)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (Slot, &IngressEntry)> {
        self.slab.iter().map(|(key, entry)| (Slot(key), entry))
    }
}
