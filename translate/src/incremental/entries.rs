//! The Ingresses that are held.

use std::sync::Arc;

use knative_ingress_model::IngressRef;

use crate::{
    Gateway, Gateways, IngressReport, Outcome, Served,
    diagnostics::diagnostic::Diagnostics,
    incremental::{precedence::Precedence, source::Source},
    stages::fragment::{Claim, ClaimIndex, Fragment},
};

/// Which Ingress among those held.
pub(crate) type Slot = usize;

/// An Ingress that is held.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) precedence: Precedence,
    pub(crate) fragment: Fragment,
    /// What it was made from, for when a Service or Secret that it depends on changes.
    pub(crate) source: Option<Source>,
    /// For each claim where it is won; empty if all of them are.
    pub(crate) owned: Vec<Gateways>,
    /// The virtual hosts, with the domains that are won.
    pub(crate) served: Vec<Served>,
    /// About domains that another Ingress owns.
    pub(crate) conflicts: Diagnostics,
    /// Whether another Ingress wants a host of its claims, or once did.
    pub(crate) is_disputed: bool,
}

impl Held {
    pub(crate) fn new(precedence: Precedence, fragment: Fragment, source: Option<Source>) -> Self {
        Self {
            precedence,
            fragment,
            source,
            owned: Vec::new(),
            served: Vec::new(),
            conflicts: Diagnostics::default(),
            is_disputed: false,
        }
    }

    /// The same, before anything is known of others.
    pub(crate) fn unresolved(self) -> Self {
        Self::new(self.precedence, self.fragment, self.source)
    }

    /// Whether its claim of that index is won on `gateway`.
    pub(crate) fn owns(&self, claim: ClaimIndex, gateway: Gateway) -> bool {
        match self.owned.get(claim) {
            Some(owned) => owned.contains(gateway),
            None => self.fragment.claims.get(claim).is_some_and(|claim| claim.gateways.contains(gateway)),
        }
    }

    /// Whether `other` wants the same hosts, with the same right, and serves them or not as this one does.
    pub(crate) fn claims_the_same(&self, other: &Self) -> bool {
        self.fragment.claims == other.fragment.claims
            && self.precedence == other.precedence
            && self.fragment.outcome == other.fragment.outcome
    }

    pub(crate) fn report(&self) -> IngressReport {
        IngressReport {
            ingress: IngressRef::clone(&self.precedence.ingress),
            outcome: self.fragment.outcome,
            served: self.served.clone(),
            probe_hash: self.fragment.probe_hash.clone(),
            diagnostics: self.fragment.diagnostics.with_conflicts(&self.conflicts),
        }
    }

    /// The same, of what is held no longer.
    pub(crate) fn into_report(self) -> IngressReport {
        let Self { precedence, fragment, source: _, owned: _, served, conflicts, is_disputed: _ } = self;
        IngressReport {
            ingress: Arc::unwrap_or_clone(precedence.ingress),
            outcome: fragment.outcome,
            served,
            probe_hash: fragment.probe_hash,
            diagnostics: fragment.diagnostics.with_conflicts(&conflicts),
        }
    }
}

/// Places for Ingresses, so that a number can stand for one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Set {
    places: Vec<Option<Held>>,
    free: Vec<Slot>,
}

impl Set {
    /// An empty place.
    pub(crate) fn add(&mut self) -> Slot {
        self.free.pop().unwrap_or_else(|| {
            self.places.push(None);
            self.places.len().saturating_sub(1)
        })
    }

    /// Gives an empty place back.
    pub(crate) fn free(&mut self, slot: Slot) {
        self.free.push(slot);
    }

    pub(crate) fn get(&self, slot: Slot) -> Option<&Held> {
        self.places.get(slot)?.as_ref()
    }

    pub(crate) fn get_mut(&mut self, slot: Slot) -> Option<&mut Held> {
        self.places.get_mut(slot)?.as_mut()
    }

    pub(crate) fn put(&mut self, slot: Slot, held: Held) {
        if let Some(place) = self.places.get_mut(slot) {
            *place = Some(held);
        }
    }

    pub(crate) fn take(&mut self, slot: Slot) -> Option<Held> {
        self.places.get_mut(slot)?.take()
    }

    pub(crate) fn reserve(&mut self, places: usize) {
        self.places.reserve(places);
    }

    pub(crate) fn slots(&self) -> std::ops::Range<Slot> {
        0..self.places.len()
    }

    pub(crate) fn outcome(&self, slot: Slot) -> Option<Outcome> {
        self.get(slot).map(|held| held.fragment.outcome)
    }

    pub(crate) fn precedence(&self, slot: Slot) -> Option<&Precedence> {
        self.get(slot).map(|held| &held.precedence)
    }

    pub(crate) fn claim(&self, slot: Slot, index: ClaimIndex) -> Option<Claim<'_>> {
        self.get(slot)?.fragment.claims.get(index)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (Slot, &Held)> {
        self.places.iter().enumerate().filter_map(|(slot, held)| Some((slot, held.as_ref()?)))
    }
}
