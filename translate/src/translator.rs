//! The set of Ingresses that is held, kept up to date one call at a time.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use k8s_openapi::{api::core::v1::Service, apimachinery::pkg::apis::meta::v1::ObjectMeta};
use knative_ingress_model::{Ingress, IngressRef, keys};

use crate::{
    Change, Code, Diagnostic, Gateway, IngressReport, Options, ServiceRef, Services, Severity, Translation,
    admit::admit,
    assemble,
    changes::Changes,
    fragment::Fragment,
    held::{Held, Set},
    lower,
    publish::Published,
    resolve::{Claims, Precedence, Slot, short_names},
    settings::Settings,
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
    slots: BTreeMap<IngressRef, Slot>,
    set: Set,
    claims: Claims,
    published: Published,
    /// The Ingresses that depend on a Service.
    by_service: HashMap<ServiceRef, BTreeSet<Slot>>,
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
            by_service: HashMap::new(),
        }
    }

    /// The options, with the Services as they are now.
    pub const fn options(&self) -> &Options {
        &self.settings.options
    }

    /// Takes in `ingress`, or its new state.
    pub fn apply(&mut self, ingress: &Ingress) -> Change {
        let held = self.held(ingress, Some(source(ingress)));
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
            Some(known) => {
                known.differing(&services).iter().flat_map(|service| self.dependents(service)).collect()
            }
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
            (true, true) => self.admit_again(self.dependents(&reference).collect()),
            (false, _) => self.admit_again(self.slots.values().copied().collect()),
        }
    }

    /// Forgets a Service.
    pub fn remove_service(&mut self, service: &ServiceRef) -> Change {
        let was_known =
            self.settings.options.services.as_mut().is_some_and(|services| services.remove(service));
        if was_known { self.admit_again(self.dependents(service).collect()) } else { Change::default() }
    }

    /// What the set comes to.
    pub fn translation(&self) -> Translation {
        Translation {
            external: self.proxy(Gateway::External),
            internal: self.proxy(Gateway::Internal),
            reports: self.in_order().map(Held::report).collect(),
        }
    }

    /// The Proxy of `gateway`.
    pub fn proxy(&self, gateway: Gateway) -> gloo_proxy_model::Proxy {
        assemble::proxy(gateway, || self.in_order(), &self.published, &self.settings)
    }

    /// What became of an Ingress; `None` if it is not held.
    pub fn report(&self, ingress: &IngressRef) -> Option<IngressReport> {
        self.slots.get(ingress).and_then(|slot| self.set.get(*slot)).map(Held::report)
    }

    /// Takes in `ingresses` at once, into an empty set that will not change any more.
    pub(crate) fn load<'a>(&mut self, ingresses: impl IntoIterator<Item = &'a Ingress>) {
        for ingress in ingresses {
            let mut held = self.held(ingress, None);
            let reference = &held.precedence.ingress;
            if let Some(slot) = self.slots.get(reference) {
                held.fragment.diagnostics.push(replaced());
                self.set.put(*slot, held);
            } else {
                let slot = self.set.add();
                self.slots.insert(reference.clone(), slot);
                self.set.put(slot, held);
            }
        }
        self.claims.reserve(self.set.iter().map(|(_, held)| held.fragment.claims.len()).sum());
        for (slot, held) in self.set.iter() {
            for claim in &held.fragment.claims {
                self.claims.insert(slot, claim, &self.set);
            }
        }
        for slot in self.set.slots() {
            self.published.publish(slot, &mut self.set, &self.claims, &self.settings);
        }
    }

    fn held(&self, ingress: &Ingress, source: Option<Box<Ingress>>) -> Held {
        Held::new(
            Precedence { created: ingress.metadata.creation_timestamp.clone(), ingress: ingress.reference() },
            admit(ingress, &self.settings),
            source,
        )
    }

    fn in_order(&self) -> impl Iterator<Item = &Held> {
        self.slots.values().filter_map(|slot| self.set.get(*slot))
    }

    fn dependents(&self, service: &ServiceRef) -> impl Iterator<Item = Slot> + use<> {
        self.by_service.get(service).cloned().unwrap_or_default().into_iter()
    }

    /// Works out anew what the Ingresses in `slots` ask for.
    fn admit_again(&mut self, slots: BTreeSet<Slot>) -> Change {
        let mut changes = Changes::default();
        for slot in slots {
            let Some(source) = self.set.get_mut(slot).and_then(|held| held.source.take()) else { continue };
            let reference = source.reference();
            let fragment = admit(&source, &self.settings);
            let precedence = Precedence {
                created: source.metadata.creation_timestamp.clone(),
                ingress: reference.clone(),
            };
            self.replace(&reference, Some(Held::new(precedence, fragment, Some(source))), &mut changes);
        }
        changes.into_change(&self.set, &self.published, &self.settings)
    }

    /// Puts `new` in the place of what is held of `reference`, and works out anew what that changes for others.
    fn replace(&mut self, reference: &IngressRef, new: Option<Held>, changes: &mut Changes) {
        let slot = match (self.slots.get(reference), &new) {
            (Some(slot), _) => *slot,
            (None, None) => return,
            (None, Some(_)) => {
                let slot = self.set.add();
                self.slots.insert(reference.clone(), slot);
                slot
            }
        };
        changes.remember(slot, reference, self.set.get(slot), &self.published);
        self.published.withdraw(slot, &self.set);

        // Only hosts that others want too, before or after, can change what becomes of others.
        let disputed = self.disputed(slot, new.as_ref());
        let owners: Vec<_> = disputed.iter().map(|host| self.owners(host)).collect();
        let mut touched: BTreeSet<Slot> = BTreeSet::from([slot]);
        let former: Vec<Vec<Slot>> = disputed.iter().map(|host| self.claims.claimants(host)).collect();
        self.exchange(slot, new);
        for ((host, before), former) in disputed.iter().zip(owners).zip(former) {
            if self.owners(host) != before {
                touched.extend(former);
                touched.extend(self.claims.claimants(host));
            }
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

    /// Hosts that the Ingress in `slot` or its new state wants, and others too; and the short names whose owners depend on them.
    fn disputed(&self, slot: Slot, new: Option<&Held>) -> BTreeSet<String> {
        let suffix = &self.settings.service_suffix;
        let wanted_by = |held: &Held| -> Vec<String> {
            held.fragment
                .claims
                .iter()
                .flat_map(|claim| {
                    std::iter::once(claim.host.as_str()).chain(short_names(&claim.host, suffix))
                })
                .filter(|host| self.claims.claimants(host).iter().any(|other| *other != slot))
                .map(str::to_owned)
                .collect()
        };
        [self.set.get(slot), new].into_iter().flatten().flat_map(wanted_by).collect()
    }

    fn owners(&self, host: &str) -> [Option<Slot>; 2] {
        let suffix = &self.settings.service_suffix;
        Gateway::ALL.map(|gateway| self.claims.owner(host, gateway, suffix, &self.set))
    }

    /// Takes the claims of what is in `slot` away and puts in `new` with its own.
    fn exchange(&mut self, slot: Slot, new: Option<Held>) {
        let old = self.set.take(slot);
        if let Some(old) = &old {
            for claim in &old.fragment.claims {
                self.claims.remove(slot, &claim.host, &old.precedence);
            }
            for service in &old.fragment.services {
                if let Some(dependents) = self.by_service.get_mut(service) {
                    dependents.remove(&slot);
                    if dependents.is_empty() {
                        self.by_service.remove(service);
                    }
                }
            }
        }
        let Some(mut new) = new else { return };
        if let Some(old) = old {
            share_unchanged(&old.fragment, &mut new.fragment);
            new.served = old.served;
        }
        for service in &new.fragment.services {
            self.by_service.entry(service.clone()).or_default().insert(slot);
        }
        self.set.put(slot, new);
        if let Some(new) = self.set.get(slot) {
            for claim in &new.fragment.claims {
                self.claims.insert(slot, claim, &self.set);
            }
        }
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

/// What of `ingress` a later look at it needs.
fn source(ingress: &Ingress) -> Box<Ingress> {
    let ObjectMeta { name, namespace, creation_timestamp, annotations, labels, .. } = &ingress.metadata;
    let kept = |map: &Option<BTreeMap<String, String>>, is_read: fn(&str) -> bool| {
        map.as_ref().map(|map| {
            map.iter()
                .filter(|(key, _)| is_read(key))
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect()
        })
    };
    Box::new(Ingress {
        kind: ingress.kind,
        metadata: ObjectMeta {
            name: name.clone(),
            namespace: namespace.clone(),
            creation_timestamp: creation_timestamp.clone(),
            annotations: kept(annotations, |key| key == keys::INGRESS_CLASS || lower::reads_annotation(key)),
            labels: kept(labels, |key| key == keys::ROUTE_NAMESPACE),
            ..ObjectMeta::default()
        },
        spec: ingress.spec.clone(),
        unknown: ingress.unknown.clone(),
        ..Ingress::default()
    })
}

fn replaced() -> Diagnostic {
    Diagnostic {
        severity: Severity::Warning,
        code: Code::Replaced,
        path: "metadata.name".to_owned(),
        message: "an object of this namespace and name was given before, and is replaced by this one"
            .to_owned(),
    }
}
