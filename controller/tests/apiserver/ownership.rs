//! Server-side apply of Proxies and patches of statuses, as the controller sends them.

use gloo_proxy_model::{Listener, Proxy, ProxySpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ManagedFieldsEntry, Time};
use k8s_openapi::jiff::Timestamp;
use knative_gloo_translate::{ClassFilter, Options, Readiness, translate};
use knative_ingress_model::{GatewayAddresses, Ingress};
use kube::api::{Patch, PatchParams, PostParams};
use kube::{Api, Error};
use serde_json::{Value, json};

use crate::definitions::{define, definitions, establish};
use crate::server::{KubeApiServer, User};

fn proxy(listeners: &[&str]) -> Proxy {
    let listener = |name: &&str| Listener { name: (*name).to_owned(), ..Listener::default() };
    let mut proxy = Proxy {
        spec: ProxySpec { listeners: listeners.iter().map(listener).collect(), ..ProxySpec::default() },
        ..Proxy::default()
    };
    proxy.metadata.name = Some("shared".to_owned());
    proxy.metadata.labels = Some([("made-by".to_owned(), "us".to_owned())].into());
    proxy
}

/// Which fields `manager` owns, as the API server lists them.
pub fn owned(proxy: &Proxy, manager: &str) -> Vec<String> {
    let entries = proxy.metadata.managed_fields.iter().flatten();
    let of_manager = entries.filter(|entry| entry.manager.as_deref() == Some(manager));
    let mut fields = Vec::new();
    for ManagedFieldsEntry { fields_v1, .. } in of_manager {
        leaves(&fields_v1.as_ref().unwrap().0, "", &mut fields);
    }
    fields
}

fn leaves(fields: &Value, at: &str, found: &mut Vec<String>) {
    match fields.as_object().filter(|fields| !fields.is_empty()) {
        Some(fields) => fields.iter().for_each(|(name, inner)| leaves(inner, &format!("{at}/{name}"), found)),
        None => found.push(at.to_owned()),
    }
}

fn code<T: std::fmt::Debug>(answer: Result<T, Error>) -> u16 {
    match answer {
        Err(Error::Api(status)) => status.code,
        other => panic!("expected a refusal, found {other:?}"),
    }
}

/// Each writer owns what it applied and nothing else: what is applied again changes nothing, what others wrote stays, what is
/// left out goes, and what another owns is a conflict unless forced.
#[tokio::test]
#[ignore = "needs a kube-apiserver, which takes minutes to build"]
async fn proxies_are_server_side_applied_with_a_field_manager() {
    let server = KubeApiServer::start().await;
    let client = server.client(User::Admin).await;
    define(&client).await;
    let api = Api::<Proxy>::namespaced(client, "default");
    let us = PatchParams::apply("us").validation_strict();
    let apply = async |parameters: &PatchParams, proxy: &Proxy| {
        api.patch("shared", parameters, &Patch::Apply(proxy)).await
    };

    let first = apply(&us, &proxy(&["http"])).await.unwrap();
    assert_eq!(first.spec, proxy(&["http"]).spec);
    assert_eq!(owned(&first, "us"), ["/f:metadata/f:labels/f:made-by", "/f:spec/f:listeners"]);
    let again = apply(&us, &proxy(&["http"])).await.unwrap();
    assert_eq!(again.metadata.resource_version, first.metadata.resource_version);

    // Gloo writes its status with the object, since there is no subresource; another program adds a label.
    let status = json!({"status": {"statuses": {"gloo-system": {"state": 1, "reportedBy": "gloo"}}}});
    let gloo = PatchParams { field_manager: Some("gloo".to_owned()), ..PatchParams::default() };
    let reported = api.patch("shared", &gloo, &Patch::Merge(&status)).await.unwrap();
    assert_ne!(reported.metadata.resource_version, again.metadata.resource_version);
    let label = json!({"metadata": {"labels": {"seen-by": "somebody"}}});
    let labelled = api.patch("shared", &gloo, &Patch::Merge(&label)).await.unwrap();
    let again = apply(&us, &proxy(&["http"])).await.unwrap();
    assert_eq!(again, labelled, "what others own is left alone, and nothing is written");

    let changed = apply(&us, &proxy(&["http", "https"])).await.unwrap();
    assert_eq!(changed.spec, proxy(&["http", "https"]).spec);
    assert_eq!(changed.status, reported.status);
    assert_eq!(changed.metadata.labels, labelled.metadata.labels);
    assert!(changed.metadata.generation > again.metadata.generation);

    let rival = PatchParams::apply("rival");
    assert_eq!(
        code(apply(&rival, &proxy(&["other"])).await),
        409,
        "our listeners are not the rival's to change"
    );
    let taken = apply(&rival.clone().force(), &proxy(&["other"])).await.unwrap();
    assert!(!owned(&taken, "us").contains(&"/f:spec/f:listeners".to_owned()));
    let back = apply(&us.clone().force(), &proxy(&["http"])).await.unwrap();
    assert_eq!(back.spec, proxy(&["http"]).spec);

    let mut unlabelled = proxy(&["http"]);
    unlabelled.metadata.labels = None;
    let kept = apply(&us, &unlabelled).await.unwrap();
    assert!(kept.metadata.labels.unwrap().contains_key("made-by"), "the rival applied it too");
    let mut rivals = proxy(&["http"]);
    rivals.metadata.labels = None;
    let gone = apply(&rival, &rivals).await.unwrap();
    assert_eq!(gone.metadata.labels.unwrap().into_keys().collect::<Vec<_>>(), ["seen-by"]);

    let mut unreadable = serde_json::to_value(proxy(&["http"])).unwrap();
    unreadable["spec"]["listeners"][0]["bindPort"] = "http".into();
    let answer = api.patch("shared", &us.force(), &Patch::Apply(&unreadable)).await;
    assert_eq!(code(answer), 422, "what the model can't read doesn't get in");
}

/// A status goes through its subresource alone, and is written only for the version that was read.
#[tokio::test]
#[ignore = "needs a kube-apiserver, which takes minutes to build"]
async fn statuses_are_patched() {
    let server = KubeApiServer::start().await;
    let client = server.client(User::Admin).await;
    define(&client).await;
    let api = Api::<Ingress>::namespaced(client, "default");
    let rule = json!({"hosts": ["shop.example.com"], "http": {"paths": [{"splits": [
        {"serviceNamespace": "default", "serviceName": "shop", "servicePort": 80, "percent": 100},
    ]}]}});
    let ingress = json!({"metadata": {"name": "shop"}, "spec": {"rules": [rule]}});
    let created = api.create(&PostParams::default(), &Ingress::from_value(&ingress).unwrap()).await.unwrap();

    let options = Options::default().with_class(ClassFilter::Any);
    let [report] = translate([&created], &options).reports.try_into().unwrap();
    let addresses = GatewayAddresses::internal("public.gloo-system", "private.gloo-system");
    let now = Time(Timestamp::from_second(1_600_000_000).unwrap());
    let desired = report.status(&created, Readiness::Serving(&addresses), &now).unwrap();
    let patch =
        |version: &Option<String>| json!({"metadata": {"resourceVersion": version}, "status": desired});
    let send =
        async |patch: &Value| api.patch_status("shop", &PatchParams::default(), &Patch::Merge(patch)).await;

    let written = send(&patch(&created.metadata.resource_version)).await.unwrap();
    assert_eq!(written.status, desired);
    assert_eq!(written.metadata.generation, created.metadata.generation, "a status is no new generation");
    let again = send(&patch(&written.metadata.resource_version)).await.unwrap();
    assert_eq!(again.metadata.resource_version, written.metadata.resource_version);
    assert_eq!(
        code(send(&patch(&created.metadata.resource_version)).await),
        409,
        "it has changed since it was read"
    );

    let both = json!({"spec": {"rules": []}, "status": {"observedGeneration": 7}});
    let by_status = send(&both).await.unwrap();
    assert_eq!((by_status.spec, by_status.status.observed_generation), (created.spec, 7));
    let by_spec = api.patch("shop", &PatchParams::default(), &Patch::Merge(&both)).await.unwrap();
    assert!(by_spec.spec.rules.is_empty());
    let mut untouched = desired.clone();
    untouched.observed_generation = 7;
    assert_eq!(by_spec.status, untouched);
}

/// Where a definition lacks a field, an apply loses it, though it is validated strictly; a trial tells so beforehand.
#[tokio::test]
#[ignore = "needs a kube-apiserver, which takes minutes to build"]
async fn pruned_field_is_lost() {
    let server = KubeApiServer::start().await;
    let client = server.client(User::Admin).await;
    let [_, mut definition] = definitions();
    let validation = definition.spec.versions[0].schema.as_mut().unwrap();
    let schema = validation.open_api_v3_schema.as_mut().unwrap();
    let spec = schema.properties.as_mut().unwrap().get_mut("spec").unwrap();
    assert!(spec.x_kubernetes_preserve_unknown_fields.take().is_some());
    assert!(spec.properties.as_mut().unwrap().remove("compressedSpec").is_some());
    establish(&client, &definition).await;

    let api = Api::<Proxy>::namespaced(client, "default");
    let strict = PatchParams::apply("us").validation_strict();
    let apply = async |parameters: &PatchParams, proxy: &Proxy| {
        api.patch("shared", parameters, &Patch::Apply(proxy)).await.unwrap()
    };
    let plain = apply(&strict, &proxy(&["http"])).await;
    let compressed = proxy(&["http"]).compressed().unwrap();
    assert_eq!(apply(&strict.clone().dry_run(), &compressed).await.spec, ProxySpec::default());
    assert_eq!(api.get("shared").await.unwrap(), plain);
    assert_eq!(apply(&strict, &compressed).await.spec, ProxySpec::default());
}
