//! All Ingresses at once, into an empty set.

use std::{borrow::Borrow, collections::BTreeSet, sync::Arc};

use knative_ingress_model::Ingress;

use super::Translator;
use crate::{
    Code,
    publish::Published,
    resolve::{Claims, Slot},
};

impl Translator {
    /// Takes in `ingresses` at once, into an empty set that will not change any more.
    pub(crate) fn load(&mut self, ingresses: impl IntoIterator<Item = impl Borrow<Ingress>>) {
        let ingresses = ingresses.into_iter();
        let at_least = ingresses.size_hint().0;
        self.set.reserve(at_least);
        self.claims.reserve(at_least);
        for ingress in ingresses {
            let held = self.held(ingress.borrow(), None);
            let slot = self.set.add();
            self.set.put(slot, held);
            // While it is at hand; nearly always nobody wants the same.
            self.claim(slot);
            self.publish_undisputed(slot);
        }
        let references = self.set.iter().map(|(slot, held)| (Arc::clone(&held.precedence.ingress), slot));
        self.slots = references.collect();
        if self.slots.len() < self.set.slots().len() {
            self.drop_replaced();
            self.claims = Claims::default();
            self.published = Published::default();
            for slot in self.set.slots() {
                if let Some(held) = self.set.take(slot) {
                    self.set.put(slot, held.unresolved());
                }
                self.claim(slot);
                self.publish_undisputed(slot);
            }
        }
        let disputed = self.set.iter().filter_map(|(slot, held)| held.is_disputed.then_some(slot));
        let disputed: Vec<Slot> = disputed.collect();
        // First all of them: what one gives up, another may get.
        for slot in &disputed {
            self.published.withdraw(*slot, &self.set);
        }
        for slot in disputed {
            self.published.publish(slot, &mut self.set, &self.claims, &self.settings);
        }
    }

    fn publish_undisputed(&mut self, slot: Slot) {
        if self.set.get(slot).is_some_and(|held| !held.is_disputed) {
            self.published.publish(slot, &mut self.set, &self.claims, &self.settings);
        }
    }

    /// Of several objects of one namespace and name leaves the last, and says so in its report.
    fn drop_replaced(&mut self) {
        let mut winners = BTreeSet::new();
        for slot in self.set.slots() {
            let winner =
                self.set.get(slot).and_then(|held| self.slots.get(&held.precedence.ingress)).copied();
            if let Some(winner) = winner.filter(|winner| *winner != slot) {
                self.set.take(slot);
                winners.insert(winner);
            }
        }
        for winner in winners {
            if let Some(held) = self.set.get_mut(winner) {
                let message =
                    "an object of this namespace and name was given before, and is replaced by this one";
                held.fragment.diagnostics.warning(Code::Replaced, "metadata.name", message);
            }
        }
    }
}
