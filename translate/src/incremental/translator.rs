//! A set of Ingresses, kept up to date one call at a time.

pub(super) mod load;
mod secrets;

use std::{
    borrow::Borrow,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use k8s_openapi::api::core::v1::Service;
use knative_ingress_model::{Ingress, IngressRef};

use crate::{
    Change, Gateway, IngressReport, Options, Outcome, SecretRef, ServiceRef, Services, Translation,
    incremental::{
        change_recorder::ChangeRecorder,
        dependents::Dependents,
        entries::{Entries, IngressEntry, Slot},
        host_index::{HostIndex, InsertOutcome, short_names},
        precedence::Precedence,
        serving_state::ServingState,
        source::Source,
    },
    options::settings::Settings,
    stages::{admit::admit, assemble, fragment::Fragment},
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
/// # Ok::<(), knative_ingress_model::ParseError>(())
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
        if self.known(ingress).is_some() {
            return Change::default();
        }
        self.take_in(ingress, Source::of(ingress))
    }

    /// Like [`apply`](Self::apply), but shares an `Arc` that the caller already holds, as a cache of the API server's objects
    /// does. No copy is kept, and an older `Arc` of the same Ingress is dropped.
    pub fn apply_shared(&mut self, ingress: &Arc<Ingress>) -> Change {
        let source = Source::shared(Arc::clone(ingress));
        if let Some(entry) = self.known(ingress).and_then(|slot| self.entries.get_mut(slot)) {
            entry.source = Some(source);
            return Change::default();
        }
        self.take_in(ingress, source)
    }

    /// The slot of `ingress`, if it says nothing new.
    fn known(&self, ingress: &Ingress) -> Option<Slot> {
        let slot = *self.slots.get(&ingress.reference())?;
        let source = self.entries.get(slot)?.source.as_ref()?;
        source.is_of(ingress).then_some(slot)
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

    /// Replaces all Services.
    pub fn set_services(&mut self, services: Services) -> Change {
        let affected: BTreeSet<Slot> = match &self.settings.options.services {
            Some(known) => self.by_service.on(&known.differing(&services)),
            // What could not be known before can be now, of any of them.
            None => self.slots.values().copied().collect(),
        };
        self.settings.options.services = Some(services);
        self.admit_again(affected)
    }

    /// Adds `service`, or replaces its earlier state.
    pub fn apply_service(&mut self, service: &Service) -> Change {
        let reference = ServiceRef {
            namespace: service.metadata.namespace.clone().unwrap_or_default(),
            name: service.metadata.name.clone().unwrap_or_default(),
        };
        let was_known = self.settings.options.services.is_some();
        let changed = self.settings.options.services.get_or_insert_default().insert(service);
        match (was_known, changed) {
            (true, false) => Change::default(),
            (true, true) => self.admit_again(self.by_service.on([&reference])),
            (false, _) => self.admit_again(self.slots.values().copied().collect()),
        }
    }

    /// Removes a Service.
    pub fn remove_service(&mut self, service: &ServiceRef) -> Change {
        let was_known =
            self.settings.options.services.as_mut().is_some_and(|services| services.remove(service));
        if was_known { self.admit_again(self.by_service.on([service])) } else { Change::default() }
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
        let entries = slots.into_values().filter_map(|slot| entries.remove(slot));
        Translation { external, internal, reports: entries.map(IngressEntry::into_report).collect() }
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

    /// Admits the Ingresses in `slots` again.
    fn admit_again(&mut self, slots: BTreeSet<Slot>) -> Change {
        let mut recorder = ChangeRecorder::default();
        for slot in slots {
            let Some(source) = self.entries.get_mut(slot).and_then(|entry| entry.source.take()) else {
                continue;
            };
            let entry = self.entry(source.ingress(), None);
            let reference = Arc::clone(&entry.precedence.ingress);
            self.replace(&reference, Some(IngressEntry { source: Some(source), ..entry }), &mut recorder);
        }
        recorder.into_change(&self.entries, &self.serving, &self.settings)
    }

    /// Replaces the entry of `reference`, and resolves anew the others that this concerns.
    fn replace(&mut self, reference: &IngressRef, new: Option<IngressEntry>, recorder: &mut ChangeRecorder) {
        let slot = match (self.slots.get(reference), &new) {
            (Some(slot), _) => *slot,
            (None, None) => return,
            (None, Some(new)) => {
                let slot = self.entries.next_slot();
                self.slots.insert(Arc::clone(&new.precedence.ingress), slot);
                slot
            }
        };
        recorder.record(slot, reference, self.entries.get(slot), &self.serving);
        self.serving.unpublish(slot, &self.entries);
        let mut touched = BTreeSet::from([slot]);
        let old = self.entries.get(slot);
        if old.zip(new.as_ref()).is_some_and(|(old, new)| old.claims_the_same(new)) {
            // The usual change: another revision behind the same hosts. It can't change what becomes of others.
            self.exchange(slot, new);
        } else {
            self.exchange_claims(slot, new, &mut touched);
        }
        for other in touched.iter().filter(|other| **other != slot) {
            if let Some(entry) = self.entries.get(*other) {
                recorder.record(*other, &entry.precedence.ingress, Some(entry), &self.serving);
                self.serving.unpublish(*other, &self.entries);
            }
        }
        for slot in touched {
            self.serving.publish(slot, &mut self.entries, &self.hosts, &self.settings);
        }
        if self.entries.get(slot).is_none() {
            self.slots.remove(reference);
        }
    }

    /// Replaces the entry in `slot` and its claims, and adds to `touched` the others that gain or lose a host by that.
    fn exchange_claims(&mut self, slot: Slot, new: Option<IngressEntry>, touched: &mut BTreeSet<Slot>) {
        // Only hosts that others want too, before or after, can change what becomes of others.
        let disputed = self.disputed(slot, new.as_ref());
        let before: Vec<_> = disputed.iter().map(|host| self.owners(host)).collect();
        if let Some(old) = self.entries.get(slot) {
            for claim in old.fragment.claims.iter() {
                self.hosts.remove(slot, &claim.host, &self.entries);
            }
        }
        self.exchange(slot, new);
        self.claim(slot);
        for (host, before) in disputed.iter().zip(before) {
            if self.owners(host) != before {
                touched.extend(self.hosts.claimants(host, &self.entries));
            }
        }
    }

    /// Hosts that the Ingress in `slot` or its new state claims, and others too; and the short names whose owners depend on them.
    fn disputed(&self, slot: Slot, new: Option<&IngressEntry>) -> BTreeSet<Box<str>> {
        let suffix = &self.settings.service_suffix;
        let mut disputed = BTreeSet::new();
        for claim in
            [self.entries.get(slot), new].into_iter().flatten().flat_map(|entry| entry.fragment.claims.iter())
        {
            if self.hosts.is_claimed_by_others(&claim.host, slot, &self.entries) {
                disputed.insert(claim.host.as_ref().into());
            }
            let short = short_names(&claim.host, suffix);
            disputed.extend(
                short
                    .filter(|host| self.hosts.is_claimed_by_others(host, slot, &self.entries))
                    .map(Box::from),
            );
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

    /// Replaces the entry in `slot`, but leaves the index of hosts as it is.
    fn exchange(&mut self, slot: Slot, new: Option<IngressEntry>) {
        if let Some(old) = self.entries.get(slot) {
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
                new.served = std::mem::take(&mut old.served);
                new.is_disputed = old.is_disputed;
                *old = new;
            }
            // A new Ingress, whose slot is the next one.
            None => {
                self.entries.insert(new);
            }
        }
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

/// Virtual hosts that are as they were stay the same allocation.
fn share_unchanged(old: &Fragment, new: &mut Fragment) {
    for (new, old) in new.virtual_hosts.iter_mut().zip(&old.virtual_hosts) {
        if new.virtual_host == old.virtual_host {
            new.virtual_host = Arc::clone(&old.virtual_host);
        }
    }
}
