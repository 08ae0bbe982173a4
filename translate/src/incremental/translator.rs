//! The set of Ingresses that is held, kept up to date one call at a time.

pub(super) mod load;
mod secrets;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use k8s_openapi::api::core::v1::Service;
use knative_ingress_model::{Ingress, IngressRef};

use crate::{
    Change, Gateway, IngressReport, Options, Outcome, SecretRef, ServiceRef, Services, Translation,
    incremental::{
        change_recorder::Changes,
        dependents::Dependents,
        entries::{Held, Set, Slot},
        host_index::{Claims, Others, short_names},
        precedence::Precedence,
        serving_state::Published,
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
    set: Set,
    claims: Claims,
    published: Published,
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
            set: Set::default(),
            claims: Claims::default(),
            published: Published::default(),
            by_service: Dependents::default(),
            by_secret: Dependents::default(),
        }
    }

    /// The options, with the Services and Secrets as they are now.
    pub const fn options(&self) -> &Options {
        &self.settings.options
    }

    /// Takes in `ingress`, or its new state. Of what it says a copy is kept, as long as it is held.
    pub fn apply(&mut self, ingress: &Ingress) -> Change {
        if self.known(ingress).is_some() {
            return Change::default();
        }
        self.take_in(ingress, Source::of(ingress))
    }

    /// Like [`apply`](Self::apply), but shares the `Arc` of a caller who holds the Ingress too, as a cache of the API
    /// server's objects does: no copy is kept, and an older `Arc` of the same Ingress is let go.
    pub fn apply_shared(&mut self, ingress: &Arc<Ingress>) -> Change {
        let source = Source::shared(Arc::clone(ingress));
        if let Some(held) = self.known(ingress).and_then(|slot| self.set.get_mut(slot)) {
            held.source = Some(source);
            return Change::default();
        }
        self.take_in(ingress, source)
    }

    /// Where `ingress` is held, if it says nothing new.
    fn known(&self, ingress: &Ingress) -> Option<Slot> {
        let slot = *self.slots.get(&ingress.reference())?;
        let source = self.set.get(slot)?.source.as_ref()?;
        source.is_of(ingress).then_some(slot)
    }

    fn take_in(&mut self, ingress: &Ingress, source: Source) -> Change {
        let held = self.held(ingress, Some(source));
        let mut changes = Changes::default();
        self.replace(&ingress.reference(), Some(held), &mut changes);
        changes.into_change(&self.set, &self.published, &self.settings)
    }

    /// Forgets an Ingress.
    pub fn remove(&mut self, ingress: &IngressRef) -> Change {
        let mut changes = Changes::default();
        self.replace(ingress, None, &mut changes);
        changes.into_change(&self.set, &self.published, &self.settings)
    }

    /// Takes in all Services anew, in the place of those known so far.
    pub fn set_services(&mut self, services: Services) -> Change {
        let affected: BTreeSet<Slot> = match &self.settings.options.services {
            Some(known) => self.by_service.on(&known.differing(&services)),
            // What could not be known before can be now, of any of them.
            None => self.slots.values().copied().collect(),
        };
        self.settings.options.services = Some(services);
        self.admit_again(affected)
    }

    /// Takes in `service`, or its new state.
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

    /// Forgets a Service.
    pub fn remove_service(&mut self, service: &ServiceRef) -> Change {
        let was_known =
            self.settings.options.services.as_mut().is_some_and(|services| services.remove(service));
        if was_known { self.admit_again(self.by_service.on([service])) } else { Change::default() }
    }

    /// What the set comes to.
    pub fn translation(&self) -> Translation {
        let [external, internal] = self.proxies();
        Translation { external, internal, reports: self.in_order().map(Held::report).collect() }
    }

    fn proxies(&self) -> [gloo_proxy_model::Proxy; 2] {
        let sorted = assemble::sorted(self.in_order());
        Gateway::ALL.map(|gateway| {
            assemble::proxy(gateway, || self.in_order(), &sorted, &self.published, &self.settings)
        })
    }

    /// The Proxy of `gateway`.
    pub fn proxy(&self, gateway: Gateway) -> gloo_proxy_model::Proxy {
        let sorted = assemble::sorted(self.in_order());
        assemble::proxy(gateway, || self.in_order(), &sorted, &self.published, &self.settings)
    }

    /// The Proxy of `gateway` without listeners.
    #[cfg(feature = "json")]
    pub(crate) fn empty_proxy(&self, gateway: Gateway) -> gloo_proxy_model::Proxy {
        assemble::empty(gateway, &self.settings)
    }

    /// The listener of `scheme` without virtual hosts; `None` if it has none.
    #[cfg(feature = "json")]
    pub(crate) fn empty_listener(
        &self,
        gateway: Gateway,
        scheme: crate::Scheme,
    ) -> Option<gloo_proxy_model::Listener> {
        let is_there = self.published.on(gateway).virtual_hosts(scheme) > 0;
        is_there.then(|| {
            assemble::listener(gateway, scheme, Vec::new(), self.in_order(), &self.published, &self.settings)
        })
    }

    /// All virtual hosts that are served, each with its Ingress; unsorted.
    #[cfg(feature = "json")]
    pub(crate) fn served(&self) -> impl Iterator<Item = (&IngressRef, &crate::Served)> {
        self.in_order().flat_map(|held| held.served.iter().map(|served| (&*held.precedence.ingress, served)))
    }

    /// What became of an Ingress; `None` if it is not held.
    pub fn report(&self, ingress: &IngressRef) -> Option<IngressReport> {
        self.slots.get(ingress).and_then(|slot| self.set.get(*slot)).map(Held::report)
    }

    /// What the set comes to, when nothing comes after.
    pub(crate) fn into_translation(self) -> Translation {
        let [external, internal] = self.proxies();
        let Self { slots, mut set, .. } = self;
        let held = slots.into_values().filter_map(|slot| set.take(slot));
        Translation { external, internal, reports: held.map(Held::into_report).collect() }
    }

    /// Notes what the Ingress in `slot` claims, and who is not alone any more.
    fn claim(&mut self, slot: Slot) {
        let Some(held) = self.set.get(slot) else { return };
        let mut disputed = Vec::new();
        for (index, claim) in held.fragment.claims.iter().enumerate() {
            match self.claims.insert(slot, index, &claim, &self.set) {
                Others::None => {}
                Others::One(other) => disputed.extend([slot, other]),
                Others::Several => disputed.push(slot),
            }
        }
        for slot in disputed {
            if let Some(held) = self.set.get_mut(slot) {
                held.is_disputed = true;
            }
        }
    }

    fn held(&self, ingress: &Ingress, source: Option<Source>) -> Held {
        Held::new(
            Precedence {
                created: ingress.metadata.creation_timestamp.clone(),
                ingress: Arc::new(ingress.reference()),
            },
            admit(ingress, &self.settings),
            source,
        )
    }

    fn in_order(&self) -> impl Iterator<Item = &Held> {
        self.slots.values().filter_map(|slot| self.set.get(*slot))
    }

    /// Works out anew what the Ingresses in `slots` ask for.
    fn admit_again(&mut self, slots: BTreeSet<Slot>) -> Change {
        let mut changes = Changes::default();
        for slot in slots {
            let Some(source) = self.set.get_mut(slot).and_then(|held| held.source.take()) else { continue };
            let held = self.held(source.ingress(), None);
            let reference = Arc::clone(&held.precedence.ingress);
            self.replace(&reference, Some(Held { source: Some(source), ..held }), &mut changes);
        }
        changes.into_change(&self.set, &self.published, &self.settings)
    }

    /// Puts `new` in the place of what is held of `reference`, and works out anew what that changes for others.
    fn replace(&mut self, reference: &IngressRef, new: Option<Held>, changes: &mut Changes) {
        let slot = match (self.slots.get(reference), &new) {
            (Some(slot), _) => *slot,
            (None, None) => return,
            (None, Some(new)) => {
                let slot = self.set.add();
                self.slots.insert(Arc::clone(&new.precedence.ingress), slot);
                slot
            }
        };
        changes.remember(slot, reference, self.set.get(slot), &self.published);
        self.published.withdraw(slot, &self.set);
        let mut touched = BTreeSet::from([slot]);
        let old = self.set.get(slot);
        if old.zip(new.as_ref()).is_some_and(|(old, new)| old.claims_the_same(new)) {
            // The usual change: another revision behind the same hosts. It can't change what becomes of others.
            self.exchange(slot, new);
        } else {
            self.exchange_claims(slot, new, &mut touched);
        }
        for other in touched.iter().filter(|other| **other != slot) {
            if let Some(held) = self.set.get(*other) {
                changes.remember(*other, &held.precedence.ingress, Some(held), &self.published);
                self.published.withdraw(*other, &self.set);
            }
        }
        for slot in touched {
            self.published.publish(slot, &mut self.set, &self.claims, &self.settings);
        }
        if self.set.get(slot).is_none() {
            self.slots.remove(reference);
            self.set.free(slot);
        }
    }

    /// Puts `new` in `slot` with its claims, and adds to `touched` the others for whom that changes who owns what.
    fn exchange_claims(&mut self, slot: Slot, new: Option<Held>, touched: &mut BTreeSet<Slot>) {
        // Only hosts that others want too, before or after, can change what becomes of others.
        let disputed = self.disputed(slot, new.as_ref());
        let before: Vec<_> = disputed.iter().map(|host| self.owners(host)).collect();
        if let Some(old) = self.set.get(slot) {
            for claim in old.fragment.claims.iter() {
                self.claims.remove(slot, &claim.host, &self.set);
            }
        }
        self.exchange(slot, new);
        self.claim(slot);
        for (host, before) in disputed.iter().zip(before) {
            if self.owners(host) != before {
                touched.extend(self.claims.claimants(host, &self.set));
            }
        }
    }

    /// Hosts that the Ingress in `slot` or its new state wants, and others too; and the short names whose owners depend on them.
    fn disputed(&self, slot: Slot, new: Option<&Held>) -> BTreeSet<Box<str>> {
        let suffix = &self.settings.service_suffix;
        let mut disputed = BTreeSet::new();
        for claim in
            [self.set.get(slot), new].into_iter().flatten().flat_map(|held| held.fragment.claims.iter())
        {
            if self.claims.is_wanted_by_others(&claim.host, slot, &self.set) {
                disputed.insert(claim.host.as_ref().into());
            }
            let short = short_names(&claim.host, suffix);
            disputed.extend(
                short.filter(|host| self.claims.is_wanted_by_others(host, slot, &self.set)).map(Box::from),
            );
        }
        disputed
    }

    /// Who owns `host` on each gateway, and whether that one serves it: what the others' reports say depends on both.
    fn owners(&self, host: &str) -> [Option<(Slot, Option<Outcome>)>; 2] {
        let suffix = &self.settings.service_suffix;
        Gateway::ALL.map(|gateway| {
            let owner = self.claims.owner(host, gateway, suffix, &self.set)?;
            Some((owner, self.set.outcome(owner)))
        })
    }

    /// Puts `new` in the place of what is in `slot`, whose claims are not looked at.
    fn exchange(&mut self, slot: Slot, new: Option<Held>) {
        let old = self.set.take(slot);
        if let Some(old) = &old {
            self.by_service.remove(slot, &old.fragment.services);
            self.by_secret.remove(slot, &old.fragment.secrets);
        }
        let Some(mut new) = new else { return };
        if let Some(old) = old {
            share_unchanged(&old.fragment, &mut new.fragment);
            new.served = old.served;
            new.is_disputed = old.is_disputed;
        }
        self.by_service.add(slot, &new.fragment.services);
        self.by_secret.add(slot, &new.fragment.secrets);
        self.set.put(slot, new);
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
