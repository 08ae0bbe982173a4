//! The controller takes over what an earlier version of it has left in a cluster: `earlier/`, of commit 2bb5771, which was killed while it
//! held the Lease.
//!
//! What is there is options.yaml, as that version's `deploy.yaml` has it but for `probe`, since there are no gateways here, and the objects
//! that it has written or that it was given, as the API server held them. To make them anew, or of another version, build the controller there
//! and name its program:
//!
//! `EARLIER_CONTROLLER=PROGRAM cargo test -p knative-gloo-controller --all-features --test apiserver upgrade -- --ignored --test-threads 1`

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use gloo_proxy_model::Proxy;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use knative_gloo_manifests::{Limits, read};
use knative_gloo_translate::{Gateway, Options};
use knative_ingress_model::{ConditionStatus, Ingress, IngressRef};
use kube::api::ListParams;
use kube::{Api, Client};
use serde_json::Value;

use crate::definitions::define;
use crate::replica::{Replica, until};
use crate::replicas::until_held_by;
use crate::request::send;
use crate::restart::{Testbed, create_namespace, deploy, put, put_secret, team};
use crate::server::{KubeApiServer, User};
use crate::takeover::owners;

/// One that is served, one with TLS, one that is rejected, and two that want the same host.
const INGRESSES: [usize; 5] = [1, 7, 10, 20, 120];
const WITH_TLS: usize = 7;

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/apiserver/earlier").join(name)
}

fn options() -> String {
    std::fs::read_to_string(file("options.yaml")).unwrap()
}

/// What is ready stays so all the while, the Lease is taken when it has run out, and nothing of the earlier version stays in the Proxies.
async fn earlier_version_is_followed(form: &str, flags: &[&str]) {
    if let Ok(program) = std::env::var("EARLIER_CONTROLLER") {
        write_what_is_left(&program, form, flags).await;
    }
    let server = cluster().await;
    let admin = server.client(User::Admin).await;
    let left: Vec<Value> = serde_json::from_slice(&std::fs::read(file(form)).unwrap()).unwrap();
    for object in &left {
        restore(&admin, object).await;
    }
    let before = ready_since(&admin).await;
    assert_eq!(before.len(), 3, "{before:?}");

    let controller = Replica::start("present", &server.kubeconfig(User::Controller), &options(), &[]);
    until_held_by(&admin, "present").await;
    let text = options();
    let mut documents = read("options.yaml", text.as_bytes(), &Limits::default());
    let parsed = documents.next().unwrap().unwrap().parse_with_defaults(&Options::default()).unwrap();
    let testbed = Testbed::with_options(&admin, parsed);
    testbed.settled().await;
    assert_eq!(ready_since(&admin).await, before);

    put(&admin, 1, "second").await.unwrap();
    testbed.settled().await;
    for gateway in Gateway::ALL {
        let proxy = send(&admin, "GET", &proxy_path(gateway), &Value::Null).await.unwrap();
        let fields: Vec<_> = proxy["spec"].as_object().unwrap().keys().cloned().collect();
        assert_eq!(fields, ["listeners"], "{gateway}");
        let proxy = Proxy::from_value(&proxy).unwrap();
        assert_eq!(owners(&proxy, "/f:spec"), ["knative-gloo-controller"], "{gateway}");
    }
    let log = controller.log();
    let troubles = log.lines().filter(|line| line.contains(" WARN ") || line.contains(" ERROR "));
    let others: Vec<_> = troubles.filter(|line| !line.contains("object=shop-10 ")).collect();
    assert!(others.is_empty(), "{others:#?}");
    assert!(controller.stop().await.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a kube-apiserver, which takes minutes to build"]
async fn earlier_version_with_plain_proxies_is_followed() {
    earlier_version_is_followed("plain.json", &[]).await;
}

/// As its `deploy.yaml` had it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a kube-apiserver, which takes minutes to build"]
async fn earlier_version_with_compressed_proxies_is_followed() {
    earlier_version_is_followed("compressed.json", &["--compress"]).await;
}

/// What is there beside what `earlier/` has.
async fn cluster() -> KubeApiServer {
    let server = KubeApiServer::start().await;
    let admin = server.client(User::Admin).await;
    define(&admin).await;
    deploy(&admin).await;
    for team in INGRESSES.map(team).into_iter().collect::<BTreeSet<_>>() {
        create_namespace(&admin, team).await.unwrap();
    }
    put_secret(&admin, WITH_TLS).await.unwrap();
    server
}

/// Since when each Ingress that is ready has been so.
async fn ready_since(admin: &Client) -> BTreeMap<IngressRef, Option<Time>> {
    let ingresses = Api::<Ingress>::all(admin.clone()).list(&ListParams::default()).await.unwrap();
    let ready = ingresses.into_iter().filter(Ingress::is_ready);
    ready
        .map(|ingress| {
            let condition = ingress.status.condition("Ready").unwrap();
            (ingress.reference(), condition.last_transition_time.clone())
        })
        .collect()
}

fn proxy_path(gateway: Gateway) -> String {
    format!("/apis/gloo.solo.io/v1/namespaces/gloo-system/proxies/{}", gateway.proxy_name())
}

const LEASE: &str = "/apis/coordination.k8s.io/v1/namespaces/gloo-system/leases/knative-gloo-controller";

/// Runs an earlier version until all is as it has it, kills it, and writes down what is left.
async fn write_what_is_left(program: &str, form: &str, flags: &[&str]) {
    let server = cluster().await;
    let admin = server.client(User::Admin).await;
    for number in INGRESSES {
        put(&admin, number, "first").await.unwrap();
    }
    let kubeconfig = server.kubeconfig(User::Controller);
    let earlier = Replica::start_program(program.as_ref(), "earlier", &kubeconfig, &options(), flags);
    until("each Ingress has a status", async || {
        let ingresses = Api::<Ingress>::all(admin.clone()).list(&ListParams::default()).await.unwrap();
        ingresses.iter().all(|ingress| {
            ingress.status.observed_generation == 1
                && ingress
                    .status
                    .condition("Ready")
                    .is_some_and(|ready| ready.status != ConditionStatus::Unknown)
        })
    })
    .await;
    drop(earlier);
    let mut left = Vec::new();
    let ingresses = "/apis/networking.internal.knative.dev/v1alpha1/ingresses";
    let list = send(&admin, "GET", ingresses, &Value::Null).await.unwrap();
    left.extend(list["items"].as_array().unwrap().iter().cloned());
    for path in Gateway::ALL.map(proxy_path).into_iter().chain([LEASE.to_owned()]) {
        left.push(send(&admin, "GET", &path, &Value::Null).await.unwrap());
    }
    let left: Vec<_> = left.into_iter().map(without_identity).collect();
    std::fs::write(file(form), format!("{:#}\n", Value::Array(left))).unwrap();
}

/// Without what another API server gives each object anew.
fn without_identity(mut object: Value) -> Value {
    for field in ["uid", "resourceVersion", "creationTimestamp"] {
        object["metadata"].as_object_mut().unwrap().remove(field);
    }
    object
}

/// Creates an object as it was, with its status and with who owns which field.
async fn restore(admin: &Client, object: &Value) {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap().to_owned();
    let (version, namespace, name) =
        (text("/apiVersion"), text("/metadata/namespace"), text("/metadata/name"));
    let plural = match text("/kind").as_str() {
        "Ingress" => "ingresses",
        "Proxy" => "proxies",
        "Lease" => "leases",
        other => panic!("{other}"),
    };
    let collection = format!("/apis/{version}/namespaces/{namespace}/{plural}");
    let path = format!("{collection}/{name}");
    let mut bare = object.clone();
    bare["metadata"].as_object_mut().unwrap().remove("managedFields");
    let mut stored = send(admin, "POST", &format!("{collection}?fieldManager=restore"), &bare).await.unwrap();
    if plural == "ingresses" {
        stored["status"] = object["status"].clone();
        stored = send(admin, "PUT", &format!("{path}/status?fieldManager=restore"), &stored).await.unwrap();
    }
    // Whoever writes nothing but who owns what owns nothing of it.
    stored["metadata"]["managedFields"] = object["metadata"]["managedFields"].clone();
    let stored = send(admin, "PUT", &format!("{path}?fieldManager=restore"), &stored).await.unwrap();
    assert_eq!(without_identity(stored), *object);
}
