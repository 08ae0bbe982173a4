//! The translator that is kept up to date gives at every step what the batch gives, and says exactly what changed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where its assumption fails"
)]

mod support;

use std::collections::BTreeMap;

use gloo_proxy_model::{ListenerType, Proxy, SslConfig, VirtualHost};
use k8s_openapi::api::core::v1::Service;
use knative_gloo_translate::{
    Change, Gateway, Options, SecretRef, SecretVerdict, ServiceRef, Translation, Translator, translate,
};
use knative_ingress_model::{Ingress, IngressRef};
use proptest::{collection::vec, option, prelude::*, sample::Index};
use support::{contender, ingress, options, secret, service};

/// A call to the translator.
#[derive(Clone, Debug)]
enum Step {
    Apply(Box<Ingress>),
    /// One that is held already, as it is.
    ApplyAgain(Index),
    Remove(Index),
    SetServices(Vec<Service>),
    ApplyService(Box<Service>),
    RemoveService(Index),
    SetSecrets(Vec<(SecretRef, SecretVerdict)>),
    /// Created, fixed or damaged.
    ApplySecret(SecretRef, SecretVerdict),
    RemoveSecret(SecretRef),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => ingress().prop_map(|ingress| Step::Apply(Box::new(ingress))),
        4 => contender().prop_map(|ingress| Step::Apply(Box::new(ingress))),
        1 => any::<Index>().prop_map(Step::ApplyAgain),
        4 => any::<Index>().prop_map(Step::Remove),
        1 => vec(service(), 0..4).prop_map(Step::SetServices),
        1 => service().prop_map(|service| Step::ApplyService(Box::new(service))),
        1 => any::<Index>().prop_map(Step::RemoveService),
        1 => vec(secret(), 0..4).prop_map(Step::SetSecrets),
        3 => secret().prop_map(|(secret, verdict)| Step::ApplySecret(secret, verdict)),
        1 => secret().prop_map(|(secret, _)| Step::RemoveSecret(secret)),
    ]
}

/// What the translator should hold.
struct Model {
    options: Options,
    ingresses: BTreeMap<IngressRef, Ingress>,
    services: BTreeMap<ServiceRef, Service>,
    /// None if nothing is known of any.
    secrets: Option<BTreeMap<SecretRef, SecretVerdict>>,
}

fn reference(service: &Service) -> ServiceRef {
    ServiceRef::new(service.metadata.namespace.clone().unwrap(), service.metadata.name.clone().unwrap())
}

impl Model {
    fn step(&mut self, step: Step, translator: &mut Translator) -> Change {
        let nth = |index: Index, ingresses: &BTreeMap<IngressRef, Ingress>| {
            (!ingresses.is_empty())
                .then(|| ingresses.values().nth(index.index(ingresses.len())).unwrap().clone())
        };
        match step {
            Step::Apply(ingress) => {
                self.ingresses.insert(ingress.reference(), (*ingress).clone());
                translator.apply(&ingress)
            }
            Step::ApplyAgain(index) => {
                let change =
                    nth(index, &self.ingresses).map(|ingress| translator.apply(&ingress)).unwrap_or_default();
                assert!(change.is_empty(), "nothing is new, and {change:?}");
                change
            }
            Step::Remove(index) => {
                let Some(ingress) = nth(index, &self.ingresses) else { return Change::default() };
                self.ingresses.remove(&ingress.reference());
                translator.remove(&ingress.reference())
            }
            Step::SetServices(services) => {
                // Of two of one name the later counts.
                self.services =
                    services.iter().map(|service| (reference(service), service.clone())).collect();
                self.renew_services();
                translator.set_services(services.into_iter().collect())
            }
            Step::ApplyService(service) => {
                let change = translator.apply_service(&service);
                self.services.insert(reference(&service), *service);
                self.renew_services();
                change
            }
            Step::RemoveService(index) => {
                if self.services.is_empty() {
                    return Change::default();
                }
                let service = self.services.keys().nth(index.index(self.services.len())).unwrap().clone();
                self.services.remove(&service);
                self.renew_services();
                translator.remove_service(&service)
            }
            Step::SetSecrets(secrets) => {
                self.secrets = Some(secrets.iter().cloned().collect());
                self.renew_secrets();
                translator.set_secrets(secrets.into_iter().collect())
            }
            Step::ApplySecret(secret, verdict) => {
                self.secrets.get_or_insert_default().insert(secret.clone(), verdict.clone());
                self.renew_secrets();
                translator.apply_secret(&secret, verdict)
            }
            Step::RemoveSecret(secret) => {
                if let Some(secrets) = &mut self.secrets {
                    secrets.remove(&secret);
                }
                self.renew_secrets();
                translator.remove_secret(&secret)
            }
        }
    }

    /// Made anew, not changed by the calls that the translator makes: or both would have their faults.
    fn renew_services(&mut self) {
        self.options.services = Some(self.services.values().collect());
    }

    /// Like [`renew_services`](Self::renew_services).
    fn renew_secrets(&mut self) {
        self.options.secrets = self.secrets.clone().map(|secrets| secrets.into_iter().collect());
    }

    fn batch(&self) -> Translation {
        translate(self.ingresses.values().rev(), &self.options)
    }
}

type VirtualHosts = Vec<(String, VirtualHost)>;

fn virtual_hosts(proxy: &Proxy) -> VirtualHosts {
    let mut all = Vec::new();
    for listener in &proxy.spec.listeners {
        let Some(ListenerType::Http(http)) = &listener.listener_type else { panic!("no HTTP listener") };
        all.extend(http.virtual_hosts.iter().map(|host| (listener.name.clone(), VirtualHost::clone(host))));
    }
    all
}

fn configurations(proxy: &Proxy) -> Vec<SslConfig> {
    proxy.spec.listeners.iter().flat_map(|listener| listener.ssl_configurations.clone()).collect()
}

/// Takes what went away out of `before` and adds what came, and asks whether that is `after`.
fn replay<T: PartialEq + Clone + std::fmt::Debug>(
    before: &[T],
    changes: impl Iterator<Item = (Option<T>, Option<T>)>,
    after: &[T],
) {
    let mut left = before.to_vec();
    let mut rest = after.to_vec();
    for (gone, came) in changes {
        assert_ne!(gone, came, "named, but not changed");
        if let Some(gone) = gone {
            let place = left.iter().position(|known| *known == gone);
            left.remove(place.unwrap_or_else(|| panic!("was not there: {gone:?}")));
        }
        if let Some(came) = came {
            let place = rest.iter().position(|known| *known == came);
            rest.remove(place.unwrap_or_else(|| panic!("is not there: {came:?}")));
        }
    }
    for unchanged in left {
        let place = rest.iter().position(|known| *known == unchanged);
        rest.remove(place.unwrap_or_else(|| panic!("changed, but not named: {unchanged:?}")));
    }
    assert!(rest.is_empty(), "came, but not named: {rest:?}");
}

/// `change` is all that lies between `before` and `after`.
fn check_change(before: &Translation, change: &Change, after: &Translation) {
    for gateway in Gateway::ALL {
        let (was, is, change) = (before.proxy(gateway), after.proxy(gateway), change.proxy(gateway));
        let hosts = change.virtual_hosts.iter().map(|change| {
            let side = |host: &Option<std::sync::Arc<VirtualHost>>| {
                host.as_ref().map(|host| (change.scheme.to_string(), VirtualHost::clone(host)))
            };
            (side(&change.before), side(&change.after))
        });
        replay(&virtual_hosts(was), hosts, &virtual_hosts(is));
        let ssl =
            change.ssl_configurations.iter().map(|change| (change.before.clone(), change.after.clone()));
        replay(&configurations(was), ssl, &configurations(is));
        let names = |proxy: &Proxy| -> Vec<String> {
            proxy.spec.listeners.iter().map(|listener| listener.name.clone()).collect()
        };
        let listeners = change.listeners.iter().map(|change| {
            let name = Some(change.scheme.to_string());
            if change.present { (None, name) } else { (name, None) }
        });
        replay(&names(was), listeners, &names(is));
    }
    for report in &after.reports {
        let was = before.reports.iter().find(|known| known.ingress == report.ingress);
        let named = change.reports.iter().find(|known| known.ingress == report.ingress);
        assert_eq!(named.is_some(), was != Some(report), "{report}");
        assert!(named.is_none_or(|named| named == report), "{report}");
    }
    let gone = before.reports.iter().filter(|was| after.reports.iter().all(|is| is.ingress != was.ingress));
    assert!(gone.map(|report| &report.ingress).eq(&change.removed));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn incremental_updates_equal_batch_translation(
        options in options(),
        secrets in option::of(vec(secret(), 0..6)),
        steps in vec(step(), 1..16),
    ) {
        // The Services are those of the steps.
        let mut options = options;
        options.services = None;
        let secrets = secrets.map(|secrets| secrets.into_iter().collect());
        let mut model = Model { options, ingresses: BTreeMap::new(), services: BTreeMap::new(), secrets };
        model.renew_secrets();
        let mut translator = Translator::new(model.options.clone());
        let mut before = translator.translation();
        let (first, mut merged) = (before.clone(), Change::default());
        for step in steps {
            let change = model.step(step, &mut translator);
            merged.merge(change.clone());
            let after = translator.translation();
            let batch = model.batch();
            prop_assert_eq!(&after, &batch);
            for gateway in Gateway::ALL {
                let bytes = |translation: &Translation| serde_json::to_string(translation.proxy(gateway)).unwrap();
                prop_assert_eq!(bytes(&after), bytes(&batch));
                prop_assert_eq!(&translator.proxy(gateway), after.proxy(gateway));
            }
            check_change(&before, &change, &after);
            // What all calls changed together is what lies between the first state and this one.
            check_change(&first, &merged, &after);
            before = after;
        }
    }
}
