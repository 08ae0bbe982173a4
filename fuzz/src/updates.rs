//! The translator that is kept up to date against the batch.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::Service;
use knative_gloo_translate::{Change, Options, ServiceRef, Services, Translator, translate};
use knative_ingress_model::{Ingress, IngressRef};

use crate::change::assert_exact;
use crate::set::Set;
use crate::translate::assert_same;

/// More would only be slower.
const MOST_STEPS: usize = 24;

/// After each step the translator holds what the batch gives for the same Ingresses and Services, to the byte, and it named
/// exactly what changed.
pub fn check(data: &[u8]) {
    let Set { options, ingresses, services, steps } = Set::read(data);
    let mut held = Held { options: options.clone(), ingresses: BTreeMap::new() };
    let mut translator = Translator::new(options);
    let mut before = translator.translation();
    for step in steps.into_iter().take(MOST_STEPS) {
        let change = held.take(Step::of(step, &ingresses, &services, &held), &mut translator);
        let after = translator.translation();
        assert_same(&after, &translate(held.ingresses.values().rev(), &held.options), "the batch");
        assert_exact(&before, &change, &after);
        before = after;
    }
}

/// A call to the translator.
enum Step {
    Apply(Box<Ingress>),
    Remove(IngressRef),
    SetServices(Services),
    ApplyService(Box<Service>),
    RemoveService(ServiceRef),
}

impl Step {
    /// What a number means: which call in its low four bits, with what in the others.
    fn of(number: u16, ingresses: &[Ingress], services: &[Service], held: &Held) -> Self {
        let (call, which) = (number % 16, usize::from(number / 16));
        let ingress = nth(ingresses, which).cloned().unwrap_or_default();
        let service = nth(services, which).cloned().unwrap_or_default();
        match call {
            0..7 => Self::Apply(Box::new(ingress)),
            // An edit: it asks for what another asks for.
            7..9 => {
                let spec = nth(ingresses, which / 16).map(|other| other.spec.clone()).unwrap_or_default();
                Self::Apply(Box::new(Ingress { spec, ..ingress }))
            }
            9..12 => {
                let known: Vec<&IngressRef> = held.ingresses.keys().collect();
                Self::Remove(nth(&known, which).map_or_else(|| ingress.reference(), |known| (*known).clone()))
            }
            12 => {
                let chosen = services.iter().enumerate().filter(|(index, _)| (which >> index) & 1 == 1);
                Self::SetServices(chosen.map(|(_, service)| service).collect())
            }
            13..15 => Self::ApplyService(Box::new(service)),
            _ => Self::RemoveService(reference(&service)),
        }
    }
}

fn nth<T>(list: &[T], which: usize) -> Option<&T> {
    list.get(which.checked_rem(list.len())?)
}

fn reference(service: &Service) -> ServiceRef {
    let Service { metadata, .. } = service;
    ServiceRef::new(metadata.namespace.clone().unwrap_or_default(), metadata.name.clone().unwrap_or_default())
}

/// What the translator should hold.
struct Held {
    options: Options,
    ingresses: BTreeMap<IngressRef, Ingress>,
}

impl Held {
    fn take(&mut self, step: Step, translator: &mut Translator) -> Change {
        match step {
            Step::Apply(ingress) => {
                let change = translator.apply(&ingress);
                let same = self.ingresses.insert(ingress.reference(), (*ingress).clone()) == Some(*ingress);
                assert!(!same || change.is_empty(), "nothing is new, and {change:?}");
                change
            }
            Step::Remove(ingress) => {
                let change = translator.remove(&ingress);
                let held = self.ingresses.remove(&ingress).is_some();
                assert!(held || change.is_empty(), "it was not there, and {change:?}");
                change
            }
            Step::SetServices(services) => {
                self.options.services = Some(services.clone());
                translator.set_services(services)
            }
            Step::ApplyService(service) => {
                self.options.services.get_or_insert_default().insert(&service);
                translator.apply_service(&service)
            }
            Step::RemoveService(service) => {
                if let Some(services) = &mut self.options.services {
                    services.remove(&service);
                }
                translator.remove_service(&service)
            }
        }
    }
}
