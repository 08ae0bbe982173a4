//! The translator that is kept up to date gives at every step what the batch gives, and says exactly what changed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where its assumption fails"
)]

mod support;

use std::{collections::BTreeMap, sync::Arc};

use gloo_proxy_model::{ListenerType, Proxy, SslConfig, VirtualHost};
use k8s_openapi::{api::core::v1::Service, apimachinery::pkg::apis::meta::v1::ObjectMeta};
use knative_gloo_translate::{
    Change, ClassFilter, Gateway, Options, Outcome, SecretRef, SecretVerdict, Secrets, ServiceRef, Services,
    Translation, Translator, translate,
};
use knative_ingress_model::{Ingress, IngressRef, IngressTls};
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

/// An Ingress of team-a, older, and one of team-b that want the same host.
fn contenders() -> [Ingress; 2] {
    let ingress = |namespace: &str, year: i32| {
        let json = serde_json::json!({
            "metadata": {"name": "shop", "namespace": namespace, "creationTimestamp": format!("{year}-01-01T00:00:00Z")},
            "spec": {"rules": [{"hosts": ["a.example.com"], "http": {"paths": [{"splits": [
                {"serviceNamespace": namespace, "serviceName": "shop", "servicePort": 80, "percent": 100}
            ]}]}}]},
        });
        Ingress::from_json(json.to_string().as_bytes()).unwrap()
    };
    [ingress("team-a", 2020), ingress("team-b", 2021)]
}

/// The other gets the host when its owner goes, and not before: not while the owner is rejected.
#[test]
fn removing_the_owner_hands_the_host_to_the_next_claimant() {
    let [owner, next] = contenders();
    let mut broken = owner.clone();
    broken.spec.http_option = Some(knative_ingress_model::HttpOption::Unknown("x".to_owned()));
    for states in [vec![&owner], vec![&broken], vec![&owner, &broken], vec![&broken, &owner]] {
        let options = Options::default().with_class(knative_gloo_translate::ClassFilter::Any);
        let mut translator = Translator::new(options.clone());
        translator.apply(&next);
        for state in states {
            let change = translator.apply(state);
            assert!(change.reports.iter().any(|report| report.ingress == next.reference()));
            assert!(!translator.report(&next.reference()).unwrap().is_served(Gateway::External));
            assert_eq!(translator.translation(), translate([state, &next], &options));
        }
        let change = translator.remove(&owner.reference());
        assert!(change.reports.iter().any(|report| report.ingress == next.reference()));
        assert!(translator.report(&next.reference()).unwrap().is_served(Gateway::External));
        assert_eq!(translator.translation(), translate([&next], &options));
    }
}

/// A host has https for as long as its Secret is there and usable, whichever way that changes.
#[test]
fn changed_secret_updates_the_ingress_that_references_it() {
    let [mut shop, _] = contenders();
    let certificate = IngressTls {
        secret_name: "cert".to_owned(),
        secret_namespace: "team-a".to_owned(),
        ..IngressTls::default()
    };
    shop.spec.tls.push(certificate);
    let secret = SecretRef::new("team-a", "cert");
    let options = Options::default().with_class(ClassFilter::Any);
    let mut translator = Translator::new(options.clone().with_secrets(Secrets::new()));
    translator.apply(&shop);
    let mut becomes =
        |change: &dyn Fn(&mut Translator) -> Change, known: &[SecretVerdict], has_https: bool| {
            let change = change(&mut translator);
            assert_eq!(change.external.ssl_configurations.len(), 1, "{change:?}");
            let secrets = known.iter().map(|verdict| (secret.clone(), verdict.clone())).collect();
            let after = translator.translation();
            assert_eq!(after, translate([&shop], &options.clone().with_secrets(secrets)));
            assert_eq!(!configurations(&after.external).is_empty(), has_https);
        };
    let [usable, unusable] = [SecretVerdict::Usable, SecretVerdict::unusable("expired")];
    let apply = |verdict: &SecretVerdict| {
        let verdict = verdict.clone();
        let secret = secret.clone();
        move |translator: &mut Translator| translator.apply_secret(&secret, verdict.clone())
    };
    becomes(&apply(&usable), std::slice::from_ref(&usable), true);
    becomes(&apply(&unusable), std::slice::from_ref(&unusable), false);
    becomes(&apply(&usable), std::slice::from_ref(&usable), true);
    becomes(&|translator| translator.remove_secret(&secret), &[], false);
    let known: Secrets = [(secret.clone(), usable.clone())].into_iter().collect();
    becomes(&|translator| translator.set_secrets(known.clone()), std::slice::from_ref(&usable), true);
    becomes(&|translator| translator.set_secrets(Secrets::new()), &[], false);
}

/// An Ingress that was made anew may be the newer one now.
#[test]
fn changed_age_changes_the_owner() {
    let [older, next] = contenders();
    let mut anew = older.clone();
    anew.metadata.creation_timestamp =
        Some(knative_ingress_model::Time(k8s_openapi::jiff::Timestamp::constant(1_700_000_000, 0)));
    let options = Options::default().with_class(ClassFilter::Any);
    let mut translator = Translator::new(options.clone());
    for (state, is_served) in [(&older, false), (&anew, true), (&older, false)] {
        translator.apply(state);
        translator.apply(&next);
        assert_eq!(translator.report(&next.reference()).unwrap().is_served(Gateway::External), is_served);
        assert_eq!(translator.translation(), translate([state, &next], &options));
    }
}

/// The number of a named port follows the Service, whichever way that changes.
#[test]
fn changed_service_updates_the_ingress_that_references_it() {
    let [mut shop, _] = contenders();
    let paths = shop.spec.rules[0].http.as_mut().unwrap().paths.as_mut().unwrap();
    paths[0].splits.as_mut().unwrap()[0].service_port =
        knative_ingress_model::IntOrString::String("http".to_owned());
    let service = |port: i32| {
        let service = serde_json::json!({"metadata": {"name": "shop", "namespace": "team-a"}, "spec": {"ports": [{"name": "http", "port": port}]}});
        serde_json::from_value::<Service>(service).unwrap()
    };
    let options = Options::default().with_class(ClassFilter::Any);
    let mut translator = Translator::new(options.clone().with_services(Services::new()));
    translator.apply(&shop);
    let mut becomes = |change: &dyn Fn(&mut Translator) -> Change, port: Option<i32>| {
        let change = change(&mut translator);
        assert_eq!(change.reports.len(), 1, "{change:?}");
        let services: Services = port.map(service).iter().collect();
        let after = translator.translation();
        assert_eq!(after, translate([&shop], &options.clone().with_services(services)));
        let expected = if port.is_some() { Outcome::Translated } else { Outcome::Rejected };
        assert_eq!(after.reports[0].outcome, expected);
    };
    becomes(&|translator| translator.apply_service(&service(80)), Some(80));
    becomes(&|translator| translator.apply_service(&service(81)), Some(81));
    becomes(&|translator| translator.remove_service(&ServiceRef::new("team-a", "shop")), None);
    becomes(&|translator| translator.set_services([&service(80)].into_iter().collect()), Some(80));
    becomes(&|translator| translator.set_services([&service(81)].into_iter().collect()), Some(81));
    becomes(&|translator| translator.set_services(Services::new()), None);
}

/// A ClusterIngress belongs to the namespace that its label names, also after it is worked out again.
#[test]
fn changed_label_moves_a_cluster_ingress_to_another_namespace() {
    let owned_by = |namespace: &str| {
        let json = serde_json::json!({
            "kind": "ClusterIngress",
            "metadata": {"name": "shop", "labels": {"a": "b", "serving.knative.dev/routeNamespace": namespace}},
            "spec": {"rules": [{"hosts": ["a.example.com"], "http": {"paths": [{"splits": [
                {"serviceNamespace": "team-a", "serviceName": "shop", "servicePort": 80, "percent": 100}
            ]}]}}]},
        });
        Ingress::from_json(json.to_string().as_bytes()).unwrap()
    };
    let (own, foreign) = (owned_by("team-a"), owned_by("team-b"));
    let options = Options::default().with_class(ClassFilter::Any);
    let mut translator = Translator::new(options.clone());
    for (state, outcome) in
        [(&own, Outcome::Translated), (&foreign, Outcome::Rejected), (&own, Outcome::Translated)]
    {
        translator.apply(state);
        assert_eq!(translator.report(&state.reference()).unwrap().outcome, outcome);
        assert_eq!(translator.translation(), translate([state], &options));
    }
    translator.set_services(Services::new());
    assert_eq!(translator.translation(), translate([&own], &options.with_services(Services::new())));
}

/// An Ingress whose output is too large keeps its hosts, and is looked at again when a Service or a Secret makes it smaller or larger.
#[test]
fn oversized_ingress_keeps_its_hosts_and_dependencies() {
    let [mut shop, next] = contenders();
    let certificate = IngressTls {
        secret_name: "cert".to_owned(),
        secret_namespace: "team-a".to_owned(),
        ..IngressTls::default()
    };
    shop.spec.tls.push(certificate);
    let secret = SecretRef::new("team-a", "cert");
    let alias_of = |name: &str| {
        let spec = serde_json::json!({"type": "ExternalName", "externalName": format!("{name}.team-a.svc.cluster.local"), "ports": [{"port": 80}]});
        let service = serde_json::json!({"metadata": {"name": "shop", "namespace": "team-a"}, "spec": spec});
        serde_json::from_value::<Service>(service).unwrap()
    };
    let (short, long) = (alias_of("shop-1"), alias_of(&"s".repeat(60)));
    let small = Options::default()
        .with_class(ClassFilter::Any)
        .with_services([&short].into_iter().collect())
        .with_secrets(Secrets::new());
    let fits = |limit: &usize| {
        let translation = translate([&shop], &small.clone().with_max_output_bytes(*limit));
        translation.reports[0].outcome == Outcome::Translated
    };
    let limit = (0..10_000).find(fits).unwrap();
    let mut translator = Translator::new(small.with_max_output_bytes(limit));
    translator.apply(&shop);
    translator.apply(&next);
    let becomes = |translator: &Translator, outcome: Outcome| {
        assert_eq!(translator.report(&shop.reference()).unwrap().outcome, outcome);
        assert!(!translator.report(&next.reference()).unwrap().is_served(Gateway::External));
        assert_eq!(translator.translation(), translate([&shop, &next], translator.options()));
    };
    becomes(&translator, Outcome::Translated);
    translator.apply_service(&long);
    becomes(&translator, Outcome::Rejected);
    translator.apply_service(&short);
    becomes(&translator, Outcome::Translated);
    translator.apply_secret(&secret, SecretVerdict::Usable);
    becomes(&translator, Outcome::Rejected);
    translator.remove_secret(&secret);
    becomes(&translator, Outcome::Translated);
    translator.remove(&shop.reference());
    assert!(translator.report(&next.reference()).unwrap().is_served(Gateway::External));
}

/// An Ingress without a namespace is another object than the ClusterIngress of its name.
#[test]
fn ingress_without_namespace_does_not_replace_cluster_ingress() {
    let cluster = br#"{"kind": "ClusterIngress", "metadata": {"name": "shop", "labels": {"serving.knative.dev/routeNamespace": "team-a"}},
        "spec": {"rules": [{"hosts": ["a.example.com"], "http": {"paths": [{"splits": [
            {"serviceNamespace": "team-a", "serviceName": "shop", "servicePort": 80, "percent": 100}]}]}}]}}"#;
    let cluster = Ingress::from_json(cluster).unwrap();
    let mut stray = contenders()[0].clone();
    stray.metadata.namespace = None;
    let options = Options::default().with_class(knative_gloo_translate::ClassFilter::Any);
    let mut translator = Translator::new(options.clone());
    translator.apply(&cluster);
    translator.apply(&stray);
    assert!(translator.report(&cluster.reference()).unwrap().is_served(Gateway::External));
    assert!(!translator.report(&stray.reference()).unwrap().is_served(Gateway::External));
    assert_eq!(translator.translation(), translate([&cluster, &stray], &options));
    translator.remove(&stray.reference());
    assert!(translator.report(&cluster.reference()).unwrap().is_served(Gateway::External));
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
            }
            check_change(&before, &change, &after);
            // What all calls changed together is what lies between the first state and this one.
            check_change(&first, &merged, &after);
            before = after;
        }
    }
}

/// A cache of the API server's objects makes a new `Arc` of an Ingress whenever anything of it changes, as its status does.
#[test]
fn apply_shared_drops_the_older_arc() {
    let ingress = || {
        let split = serde_json::json!({"serviceNamespace": "a", "serviceName": "b", "servicePort": 80, "percent": 100});
        let rule = serde_json::json!({"hosts": ["a.example.com"], "http": {"paths": [{"splits": [split]}]}});
        let object =
            serde_json::json!({"metadata": {"namespace": "a", "name": "a"}, "spec": {"rules": [rule]}});
        Arc::new(Ingress::from_value(&object).unwrap())
    };
    let mut translator = Translator::new(Options::default().with_class(ClassFilter::Any));
    let (first, second) = (ingress(), ingress());
    translator.apply_shared(&first);
    assert!(translator.apply_shared(&second).is_empty());
    assert_eq!((Arc::strong_count(&first), Arc::strong_count(&second)), (1, 2));
}

/// A translator is a collection of Ingresses: it can be extended, collected, counted and iterated in order.
#[test]
fn translator_implements_collection_traits() {
    let ingress = |name: &str| {
        let metadata = ObjectMeta {
            name: Some(name.to_owned()),
            namespace: Some("team-a".to_owned()),
            ..ObjectMeta::default()
        };
        Ingress { metadata, ..Ingress::default() }
    };
    let (first, second) = (ingress("first"), ingress("second"));
    let mut translator: Translator = [&second].into_iter().collect();
    assert_eq!(translator.options(), &Options::default());
    translator.extend([&first, &second]);
    assert_eq!(translator.len(), 2);
    assert!(translator.iter().eq([&first.reference(), &second.reference()]));
    translator.remove(&first.reference());
    translator.remove(&second.reference());
    assert!(translator.is_empty());
}
