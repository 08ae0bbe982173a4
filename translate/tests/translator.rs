//! What a [`Translator`] does when one thing changes, case by case. That it always gives what the batch gives is a law: `incremental.rs`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where its assumption fails"
)]

use std::sync::Arc;

use k8s_openapi::{api::core::v1::Service, apimachinery::pkg::apis::meta::v1::ObjectMeta};
use knative_gloo_translate::{
    Change, ClassFilter, Gateway, Options, Outcome, SecretRef, SecretVerdict, Secrets, ServiceRef, Services,
    Translator, translate,
};
use knative_ingress_model::{Ingress, IngressTls, Visibility};

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

/// Gives an Ingress of team-a a certificate. Returns the Secret that it is in.
fn add_certificate(ingress: &mut Ingress) -> SecretRef {
    let certificate = IngressTls {
        secret_name: "cert".to_owned(),
        secret_namespace: "team-a".to_owned(),
        ..IngressTls::default()
    };
    ingress.spec.tls.push(certificate);
    SecretRef::new("team-a", "cert")
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
    let secret = add_certificate(&mut shop);
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
            let mut listeners = after.external.spec.listeners.iter();
            assert_eq!(listeners.any(|listener| !listener.ssl_configurations.is_empty()), has_https);
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

/// The certificate of a private host comes and goes on the internal gateway alone.
#[test]
fn certificate_of_a_private_host_changes_the_internal_proxy_alone() {
    let [mut shop, _] = contenders();
    add_certificate(&mut shop);
    shop.spec.rules[0].visibility = Some(Visibility::ClusterLocal);
    let mut translator = Translator::new(Options::default().with_class(ClassFilter::Any));
    for change in [translator.apply(&shop), translator.remove(&shop.reference())] {
        assert_eq!(change.internal.ssl_configurations.len(), 1, "{change:?}");
        assert!(change.external.ssl_configurations.is_empty(), "{change:?}");
    }
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
    let secret = add_certificate(&mut shop);
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

/// Held is the state that was applied last, and no other.
#[test]
fn translator_holds_the_latest_state_of_an_ingress() {
    let [shop, other] = contenders();
    let mut changed = shop.clone();
    add_certificate(&mut changed);
    let mut translator = Translator::new(Options::default());
    translator.apply(&other);
    assert!(!translator.holds(&shop));
    translator.apply(&shop);
    assert!(translator.holds(&shop) && !translator.holds(&changed));
    translator.apply(&changed);
    assert!(translator.holds(&changed) && !translator.holds(&shop));
    translator.remove(&shop.reference());
    assert!(!translator.holds(&changed));
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
