//! The translation of all Ingresses at once.

use std::{borrow::Borrow, collections::BTreeSet, sync::Arc};

use knative_ingress_model::Ingress;

use super::Translator;
use crate::{
    Code, Options, Translation,
    incremental::{entries::Slot, host_index::Claims, serving_state::Published},
};

/// Translates a set of Ingresses, given by reference or by value.
///
/// The result depends on the set and the options alone, not on the order. Of two objects of one namespace and name the
/// later replaces the earlier, as applying them would. An Ingress given by value is dropped as soon as it has been looked at:
/// an iterator that parses one after the other holds one at a time.
///
/// ```
/// use knative_gloo_translate::{ClassFilter, Options, translate};
/// use knative_ingress_model::Ingress;
///
/// let shop = Ingress::from_json(br#"{
///     "metadata": {"name": "shop", "namespace": "team-a"},
///     "spec": {"rules": [{
///         "hosts": ["shop.team-a.example.com"],
///         "http": {"paths": [{"splits": [
///             {"serviceNamespace": "team-a", "serviceName": "shop-00001", "servicePort": 80, "percent": 100}
///         ]}]}
///     }]}
/// }"#)?;
/// let translation = translate([&shop], &Options::default().with_class(ClassFilter::Any));
/// assert_eq!(translation.reports[0].to_string(), "translated: team-a/shop");
/// assert_eq!(translation.external.spec.listeners[0].bind_port, 80);
/// # Ok::<(), knative_ingress_model::ParseError>(())
/// ```
pub fn translate(
    ingresses: impl IntoIterator<Item = impl Borrow<Ingress>>,
    options: &Options,
) -> Translation {
    let mut translator = Translator::new(options.clone());
    translator.load(ingresses);
    translator.into_translation()
}

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
