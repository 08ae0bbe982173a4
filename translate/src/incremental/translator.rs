//! A set of Ingresses, kept up to date one call at a time.

pub(super) mod batch;
pub(super) mod json;
mod secrets;
mod services;
mod update;

use std::{borrow::Borrow, collections::BTreeMap, sync::Arc};

use knative_ingress_model::{Ingress, IngressRef};

use crate::{
    Change, Gateway, IngressReport, Options, SecretRef, ServiceRef, Translation,
    incremental::{
        change_recorder::ChangeRecorder,
        dependents::Dependents,
        entries::{Entries, IngressEntry, Slot},
        host_index::HostIndex,
        precedence::Precedence,
        serving_state::ServingState,
        source::Source,
    },
    options::settings::Settings,
    stages::{admit::admit, assemble},
};

/// A set of Ingresses and its translation, kept up to date: each call costs what it changes.
///
/// After any sequence of calls [`translation`](Self::translation) is what [`translate`](crate::translate) gives for the
/// Ingresses that are left, whatever the order of the calls, but for the warning that an object has been
/// [`Replaced`](crate::Code::Replaced): to apply a newer state of an object is no mistake.
///
/// ```
/// use knative_gloo_translate::{ClassFilter, Options, Translator};
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
/// let mut translator = Translator::new(Options::default().with_class(ClassFilter::Any));
/// let change = translator.apply(&shop);
/// assert_eq!(change.external.virtual_hosts.len(), 1);
/// assert!(translator.apply(&shop).is_empty());
/// translator.remove(&shop.reference());
/// assert!(translator.translation().external.spec.listeners.is_empty());
/// # Ok::<(), knative_ingress_model::ParseIngressError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Translator {
    settings: Settings,
    slots: BTreeMap<Arc<IngressRef>, Slot>,
    entries: Entries,
    hosts: HostIndex,
    serving: ServingState,
    /// The Ingresses that depend on a Service.
    by_service: Dependents<ServiceRef>,
    /// The Ingresses that depend on a Secret.
    by_secret: Dependents<SecretRef>,
}

impl Translator {
    /// An empty set.
    pub fn new(options: Options) -> Self {
        Self {
            settings: Settings::new(options),
            slots: BTreeMap::new(),
            entries: Entries::default(),
            hosts: HostIndex::default(),
            serving: ServingState::default(),
            by_service: Dependents::default(),
            by_secret: Dependents::default(),
        }
    }

    /// The options, with the Services and Secrets as they are now.
    pub const fn options(&self) -> &Options {
        &self.settings.options
    }

    /// Adds `ingress`, or replaces its earlier state. Keeps a copy of what it says until it is removed.
    pub fn apply(&mut self, ingress: &Ingress) -> Change {
        let source = Source::of(ingress);
        if self.known(ingress, &source).is_some() {
            return Change::default();
        }
        self.take_in(ingress, source)
    }

    /// Like [`apply`](Self::apply), but shares an `Arc` that the caller already holds, as a cache of the API server's objects
    /// does. No copy is kept, and an older `Arc` of the same Ingress is dropped.
    pub fn apply_shared(&mut self, ingress: &Arc<Ingress>) -> Change {
        let source = Source::Shared(Arc::clone(ingress));
        if let Some(entry) = self.known(ingress, &source).and_then(|slot| self.entries.get_mut(slot)) {
            entry.source = Some(source);
            return Change::default();
        }
        self.take_in(ingress, source)
    }

    /// Whether the set holds this very state of `ingress`, so that to apply it would change nothing.
    pub fn holds(&self, ingress: &Ingress) -> bool {
        self.known(ingress, &Source::of(ingress)).is_some()
    }

    /// The slot of `ingress`, whose source is `source`, if it says nothing new.
    fn known(&self, ingress: &Ingress, source: &Source) -> Option<Slot> {
        let slot = *self.slots.get(&ingress.reference())?;
        let entry = self.entries.get(slot)?;
        let is_as_old = entry.precedence.created == ingress.metadata.creation_timestamp;
        (is_as_old && entry.source.as_ref()?.says(source)).then_some(slot)
    }

    fn take_in(&mut self, ingress: &Ingress, source: Source) -> Change {
        let entry = self.entry(ingress, Some(source));
        let mut recorder = ChangeRecorder::default();
        self.replace(&ingress.reference(), Some(entry), &mut recorder);
        recorder.into_change(&self.entries, &self.serving, &self.settings)
    }

    /// How many Ingresses the set holds, those of another class among them.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether the set holds no Ingress.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All Ingresses of the set, sorted by namespace and name.
    pub fn iter(&self) -> impl Iterator<Item = &IngressRef> {
        self.slots.keys().map(|ingress| &**ingress)
    }

    /// Removes an Ingress.
    pub fn remove(&mut self, ingress: &IngressRef) -> Change {
        let mut recorder = ChangeRecorder::default();
        self.replace(ingress, None, &mut recorder);
        recorder.into_change(&self.entries, &self.serving, &self.settings)
    }

    /// The translation of all Ingresses.
    pub fn translation(&self) -> Translation {
        let [external, internal] = self.proxies();
        Translation { external, internal, reports: self.in_order().map(IngressEntry::report).collect() }
    }

    fn proxies(&self) -> [gloo_proxy_model::Proxy; 2] {
        let sorted = assemble::sorted(self.in_order());
        Gateway::ALL.map(|gateway| {
            assemble::proxy(gateway, || self.in_order(), &sorted, &self.serving, &self.settings)
        })
    }

    /// The Proxy of `gateway`.
    pub fn proxy(&self, gateway: Gateway) -> gloo_proxy_model::Proxy {
        let sorted = assemble::sorted(self.in_order());
        assemble::proxy(gateway, || self.in_order(), &sorted, &self.serving, &self.settings)
    }

    /// The report of an Ingress; `None` if it is not in the set.
    pub fn report(&self, ingress: &IngressRef) -> Option<IngressReport> {
        self.slots.get(ingress).and_then(|slot| self.entries.get(*slot)).map(IngressEntry::report)
    }

    /// Like [`translation`](Self::translation), but consumes the set.
    pub(crate) fn into_translation(self) -> Translation {
        let [external, internal] = self.proxies();
        let Self { slots, mut entries, .. } = self;
        let mut reports = Vec::with_capacity(entries.len());
        let entries = slots.into_values().filter_map(|slot| entries.remove(slot));
        reports.extend(entries.map(IngressEntry::into_report));
        Translation { external, internal, reports }
    }

    fn entry(&self, ingress: &Ingress, source: Option<Source>) -> IngressEntry {
        IngressEntry::new(
            Precedence {
                created: ingress.metadata.creation_timestamp.clone(),
                ingress: Arc::new(ingress.reference()),
            },
            admit(ingress, &self.settings),
            source,
        )
    }

    fn in_order(&self) -> impl Iterator<Item = &IngressEntry> {
        self.slots.values().filter_map(|slot| self.entries.get(*slot))
    }
}

/// Applies each of them; what that changes is not returned.
impl<I: Borrow<Ingress>> Extend<I> for Translator {
    fn extend<T: IntoIterator<Item = I>>(&mut self, ingresses: T) {
        for ingress in ingresses {
            self.apply(ingress.borrow());
        }
    }
}

/// A set with the default options.
impl<I: Borrow<Ingress>> FromIterator<I> for Translator {
    fn from_iter<T: IntoIterator<Item = I>>(ingresses: T) -> Self {
        let mut translator = Self::new(Options::default());
        translator.extend(ingresses);
        translator
    }
}
