//! The translation of all Ingresses at once.

use std::{borrow::Borrow, collections::BTreeSet, sync::Arc};

use knative_ingress_model::Ingress;

use super::Translator;
use crate::{
    Code, Options, Translation,
    incremental::{entries::Slot, host_index::HostIndex, serving_state::ServingState},
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
    /// Adds `ingresses` to an empty set that will not change any more.
    pub(crate) fn load(&mut self, ingresses: impl IntoIterator<Item = impl Borrow<Ingress>>) {
        let ingresses = ingresses.into_iter();
        let at_least = ingresses.size_hint().0;
        self.entries.reserve(at_least);
        self.hosts.reserve(at_least);
        for ingress in ingresses {
            let entry = self.entry(ingress.borrow(), None);
            let slot = self.entries.insert(entry);
            // While it is in the cache; nearly always nobody else claims the same.
            self.claim(slot);
            self.publish_undisputed(slot);
        }
        let references =
            self.entries.iter().map(|(slot, entry)| (Arc::clone(&entry.precedence.ingress), slot));
        self.slots = references.collect();
        if self.slots.len() < self.entries.len() {
            self.drop_replaced();
            self.hosts = HostIndex::default();
            self.serving = ServingState::default();
            for slot in self.entries.slots() {
                if let Some(entry) = self.entries.get_mut(slot) {
                    entry.reset_resolution();
                }
                self.claim(slot);
                self.publish_undisputed(slot);
            }
        }
        let disputed = self.entries.iter().filter_map(|(slot, entry)| entry.is_disputed.then_some(slot));
        let disputed: Vec<Slot> = disputed.collect();
        // First all of them: what one gives up, another may get.
        for slot in &disputed {
            self.serving.unpublish(*slot, &self.entries);
        }
        for slot in disputed {
            self.serving.publish(slot, &mut self.entries, &self.hosts, &self.settings);
        }
    }

    fn publish_undisputed(&mut self, slot: Slot) {
        if self.entries.get(slot).is_some_and(|entry| !entry.is_disputed) {
            self.serving.publish(slot, &mut self.entries, &self.hosts, &self.settings);
        }
    }

    /// Of several objects of one namespace and name leaves the last, and says so in its report.
    fn drop_replaced(&mut self) {
        let mut winners = BTreeSet::new();
        for slot in self.entries.slots() {
            let winner =
                self.entries.get(slot).and_then(|entry| self.slots.get(&entry.precedence.ingress)).copied();
            if let Some(winner) = winner.filter(|winner| *winner != slot) {
                self.entries.remove(slot);
                winners.insert(winner);
            }
        }
        for winner in winners {
            if let Some(entry) = self.entries.get_mut(winner) {
                let message =
                    "an object of this namespace and name was given before, and is replaced by this one";
                entry.fragment.diagnostics.warning(Code::Replaced, "metadata.name", message);
            }
        }
    }
}
