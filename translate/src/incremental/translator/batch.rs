//! The translation of all Ingresses at once.

use std::{borrow::Borrow, convert::Infallible};

use knative_ingress_model::Ingress;

use super::Translator;
use crate::{
    Code, Options, Translation,
    incremental::entries::{IngressEntry, Slot},
};

/// About how many hosts an Ingress claims: a service of Serving its public name and its in-cluster name, with the short ones.
const HOSTS_OF_AN_INGRESS: usize = 4;

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
/// # Ok::<(), knative_ingress_model::ParseIngressError>(())
/// ```
pub fn translate(
    ingresses: impl IntoIterator<Item = impl Borrow<Ingress>>,
    options: &Options,
) -> Translation {
    let mut translator = Translator::new(options.clone());
    let Ok(disputed) = translator.add(ingresses, |_, _| Ok::<_, Infallible>(()));
    translator.settle(&disputed);
    translator.into_translation()
}

impl Translator {
    /// Adds `ingresses` to an empty set, and shows to `published` each that alone wants its hosts, with what it serves, as soon
    /// as it is known. Returns the others, which are to be settled: each of them once, however many want one host.
    pub(super) fn add<E>(
        &mut self,
        ingresses: impl IntoIterator<Item = impl Borrow<Ingress>>,
        mut published: impl FnMut(Slot, &mut IngressEntry) -> Result<(), E>,
    ) -> Result<Vec<Slot>, E> {
        let ingresses = ingresses.into_iter();
        let at_least = ingresses.size_hint().0;
        self.entries.reserve(at_least);
        self.hosts.reserve(at_least.saturating_mul(HOSTS_OF_AN_INGRESS));
        for ingress in ingresses {
            let mut entry = self.entry(ingress.borrow(), None);
            let slot = self.slot_of(&entry.precedence.ingress);
            if self.entries.get(slot).is_some() {
                let message =
                    "an object of this namespace and name was given before, and is replaced by this one";
                entry.fragment.diagnostics.warning(Code::Replaced, "metadata.name", message);
            }
            self.exchange(slot, Some(entry));
            // While it is in the cache; nearly always nobody else claims the same.
            if self.entries.get(slot).is_some_and(|entry| !entry.is_disputed) {
                self.settle(&[slot]);
                if let Some(entry) = self.entries.get_mut(slot) {
                    published(slot, entry)?;
                }
            }
        }
        Ok(self.entries.iter().filter_map(|(slot, entry)| entry.is_disputed.then_some(slot)).collect())
    }
}
