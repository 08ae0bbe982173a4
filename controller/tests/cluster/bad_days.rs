//! What goes wrong in a cluster, and that Ready stays true through it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::{StreamExt, stream};
use gloo_proxy_model::Proxy;
use knative_gloo_conformance::checks::suite::ClusterUnderTest;
use knative_gloo_conformance::testbed::backend::Echo;
use knative_gloo_conformance::testbed::client::{self, Request};
use knative_gloo_conformance::testbed::kubernetes::KubernetesCluster;
use knative_gloo_translate::{ClassFilter, Gateway, Scheme};
use knative_ingress_model::keys::INGRESS_CLASS;
use knative_ingress_model::{Ingress, IngressRef};
use kube::Api;
use serde_json::json;
use tokio::time::sleep;

use crate::load::Load;
use crate::revisions::Revisions;
use crate::rig::Rig;
use crate::serving::expect_none_failed;

const NAMESPACE: &str = "team";
const PATIENCE: Duration = Duration::from_secs(60);

/// Requests go on while a pod of the gateway is replaced, and what becomes Ready meanwhile is served by each pod.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a kube-apiserver, which takes minutes to build"]
async fn gateway_pod_is_replaced() {
    let mut day = Day::begin().await;
    day.ready("shop", "first").await;
    let load = day.load("shop");
    load.requests(50).await;
    let (old, _) = day.cluster.gateway_pods(Gateway::External).pop_first().unwrap();
    day.cluster.add_gateway_pod(Gateway::External).await.unwrap();
    day.ready("shop", "second").await;
    day.ready("newcomer", "first").await;
    day.each_pod_serves("shop", "second").await;
    day.each_pod_serves("newcomer", "first").await;
    let pod = day.cluster.take_gateway_pod(Gateway::External, &old).await.unwrap();
    // Its last requests are answered before it goes.
    load.requests(50).await;
    drop(pod);
    day.ready("shop", "third").await;
    day.each_pod_serves("shop", "third").await;
    expect_none_failed("a gateway pod is replaced", load.finish().await);
}

/// While a pod of the gateway hangs nothing that it must serve becomes Ready, and what it need not serve does. When it is no
/// longer among the Service's endpoints it is no longer waited for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a kube-apiserver, which takes minutes to build"]
async fn gateway_pod_hangs() {
    let mut day = Day::begin().await;
    let hung = day.cluster.add_gateway_pod(Gateway::External).await.unwrap();
    day.ready("shop", "first").await;
    day.cluster.with_gateway_pod(&hung, |pod| pod.hang()).unwrap();
    day.write("shop", "second").await;
    day.ready_private("inner", "first").await;
    let shop = day.get("shop").await;
    assert!(!shop.is_ready(), "a pod hangs, and {:?}", shop.status);
    let pod = day.cluster.take_gateway_pod(Gateway::External, &hung).await.unwrap();
    day.wait_ready("shop").await;
    day.each_pod_serves("shop", "second").await;
    drop(pod);
}

/// The gateways go on while the API server is away, and what changes afterwards becomes Ready.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a kube-apiserver, which takes minutes to build"]
async fn api_server_restarts() {
    let mut day = Day::begin().await;
    day.ready("shop", "first").await;
    let load = day.load("shop");
    day.cluster.kill_api_server().await;
    load.requests(100).await;
    day.cluster.restart_api_server().await.unwrap();
    day.ready("shop", "second").await;
    day.ready("newcomer", "first").await;
    expect_none_failed("the API server restarts", load.finish().await);
}

/// A controller that is killed between the Proxy and the status leaves an Ingress that isn't Ready, and the next one goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a kube-apiserver, which takes minutes to build"]
async fn controller_is_killed_between_proxy_and_status() {
    let mut day = Day::begin().await;
    day.ready("shop", "first").await;
    let load = day.load("shop");
    for revision in ["second", "third", "fourth"] {
        day.write("shop", revision).await;
        day.until_proxy_names(revision).await;
        day.cluster.kill_controller();
        let shop = day.get("shop").await;
        assert!(!shop.is_ready(), "stored, not probed, and {:?}", shop.status);
        day.cluster.start_controller().await.unwrap();
        day.wait_ready("shop").await;
        day.each_pod_serves("shop", revision).await;
    }
    expect_none_failed("the controller is killed", load.finish().await);
}

/// A thousand at once all become Ready, and each answers the next request.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a kube-apiserver, which takes minutes to build"]
async fn thousand_ingresses_are_created_at_once() {
    let day = &mut Day::begin().await;
    day.revisions.start("first", NAMESPACE).await;
    let names: Vec<_> = (0..1000).map(|number| format!("shop-{number}")).collect();
    let started = Instant::now();
    let day = &*day;
    stream::iter(&names)
        .for_each_concurrent(16, |name| async {
            day.cluster.apply(ingress(name, "first", "ExternalIP")).await.unwrap();
        })
        .await;
    let created = started.elapsed();
    let api = day.cluster.ingresses(NAMESPACE);
    loop {
        let all = api.list(&kube::api::ListParams::default()).await.unwrap();
        let ready = all.items.iter().filter(|ingress| ingress.is_ready()).count();
        if ready == names.len() {
            break;
        }
        assert!(started.elapsed() < 5 * PATIENCE, "{ready} of {} are Ready", names.len());
        sleep(Duration::from_millis(100)).await;
    }
    println!(
        "a thousand Ingresses: created in {:.1} s, the last is Ready after {:.1} s",
        created.as_secs_f64(),
        started.elapsed().as_secs_f64()
    );
    stream::iter(&names).for_each_concurrent(8, |name| day.each_pod_serves(name, "first")).await;
}

/// An Ingress that changes while it is probed is Ready as it is at last, and not before.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a kube-apiserver, which takes minutes to build"]
async fn ingress_changes_during_probing() {
    let mut day = Day::begin().await;
    for (before, at_last) in [("first", "second"), ("third", "fourth"), ("fifth", "sixth")] {
        day.write("shop", before).await;
        day.until_proxy_names(before).await;
        day.write("shop", at_last).await;
        let ready = day.wait_ready("shop").await;
        assert_eq!(ready.status.observed_generation, ready.metadata.generation.unwrap());
        day.each_pod_serves("shop", at_last).await;
    }
}

/// An Ingress that is deleted while it is probed leaves nothing behind, and may come again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a kube-apiserver, which takes minutes to build"]
async fn ingress_is_deleted_during_probing() {
    let mut day = Day::begin().await;
    day.ready("neighbour", "first").await;
    let load = day.load("neighbour");
    for revision in ["first", "second", "third"] {
        day.write("shop", revision).await;
        day.until_proxy_names("shop.example.com").await;
        day.cluster.delete(&reference("shop")).await.unwrap();
        day.becomes_404("shop").await;
    }
    day.ready("shop", "fourth").await;
    day.each_pod_serves("shop", "fourth").await;
    expect_none_failed("deleted while probed", load.finish().await);
}

struct Day {
    cluster: Arc<KubernetesCluster>,
    revisions: Revisions,
    // Last: the next cluster starts when this one has ended.
    _turn: tokio::sync::MutexGuard<'static, ()>,
}

impl Day {
    async fn begin() -> Self {
        let Rig { cluster, turn } = Rig::start(NAMESPACE).await;
        let cluster = Arc::new(cluster);
        Self { revisions: Revisions::new(&cluster), cluster, _turn: turn }
    }

    /// Writes an Ingress `name` for `name.example.com` that leads to a revision, started in this moment unless it runs.
    async fn write(&mut self, name: &str, revision: &str) {
        self.revisions.start(revision, NAMESPACE).await;
        self.cluster.apply(ingress(name, revision, "ExternalIP")).await.unwrap();
    }

    /// The same until it is Ready; then every pod must serve it at once.
    async fn ready(&mut self, name: &str, revision: &str) {
        self.write(name, revision).await;
        self.wait_ready(name).await;
        self.each_pod_serves(name, revision).await;
    }

    async fn ready_private(&mut self, name: &str, revision: &str) {
        self.revisions.start(revision, NAMESPACE).await;
        self.cluster.apply(ingress(name, revision, "ClusterLocal")).await.unwrap();
        self.wait_ready(name).await;
    }

    async fn wait_ready(&self, name: &str) -> Ingress {
        self.cluster.wait_ready(reference(name)).await.unwrap_or_else(|error| {
            panic!("{error}\nthe controller's log:\n{}", self.cluster.controller_log().unwrap_or_default())
        })
    }

    async fn get(&self, name: &str) -> Ingress {
        self.cluster.get(&reference(name)).await.unwrap().unwrap()
    }

    fn load(&self, name: &str) -> Load {
        Load::start(&self.cluster, Gateway::External, &format!("{name}.example.com"))
    }

    /// One request to each pod of the external gateway, with no second try.
    async fn each_pod_serves(&self, name: &str, revision: &str) {
        let host = format!("{name}.example.com");
        for (pod, address) in self.cluster.gateway_pods(Gateway::External) {
            let response = client::send(&Request::get("http", &host, "/").to(address)).await;
            let response = response.unwrap_or_else(|error| panic!("{pod}: {host}: {error}"));
            let body = String::from_utf8_lossy(&response.body);
            assert_eq!(response.status, 200, "{pod}: {host}: {body}");
            let echo: Echo = serde_json::from_str(&body).unwrap();
            assert_eq!(echo.host.name, revision, "{pod}: {host}");
        }
    }

    /// Waits until the stored external Proxy has this word in it.
    async fn until_proxy_names(&self, word: &str) {
        let api = Api::<Proxy>::namespaced(self.cluster.client().clone(), "gloo-system");
        let started = Instant::now();
        loop {
            let proxy = api.get_opt(Gateway::External.proxy_name()).await.unwrap().unwrap_or_default();
            let text = serde_json::to_string(&proxy.decompressed().unwrap()).unwrap();
            if text.contains(word) {
                return;
            }
            assert!(started.elapsed() < PATIENCE, "the Proxy does not name {word}");
            sleep(Duration::from_millis(2)).await;
        }
    }

    async fn becomes_404(&self, name: &str) {
        let host = format!("{name}.example.com");
        let started = Instant::now();
        let api = Api::<Proxy>::namespaced(self.cluster.client().clone(), "gloo-system");
        loop {
            let address = self.cluster.address(Gateway::External, Scheme::Http);
            let status = client::send(&Request::get("http", &host, "/").to(address)).await.unwrap().status;
            let proxy = api.get(Gateway::External.proxy_name()).await.unwrap().decompressed().unwrap();
            if status == 404 && !serde_json::to_string(&proxy).unwrap().contains(&host) {
                return;
            }
            assert!(started.elapsed() < PATIENCE, "{host} still answers {status}");
            sleep(Duration::from_millis(20)).await;
        }
    }
}

fn reference(name: &str) -> IngressRef {
    ingress(name, "", "").reference()
}

fn ingress(name: &str, revision: &str, visibility: &str) -> Ingress {
    let host = if visibility == "ClusterLocal" {
        format!("{name}.{NAMESPACE}.svc.cluster.local")
    } else {
        format!("{name}.example.com")
    };
    let annotations = BTreeMap::from([(INGRESS_CLASS, ClassFilter::GLOO)]);
    serde_json::from_value(json!({
        "apiVersion": "networking.internal.knative.dev/v1alpha1",
        "kind": "Ingress",
        "metadata": {"name": name, "namespace": NAMESPACE, "annotations": annotations},
        "spec": {"httpOption": "Enabled", "rules": [{
            "hosts": [host],
            "visibility": visibility,
            "http": {"paths": [{"splits": [{
                "serviceName": revision, "serviceNamespace": NAMESPACE, "servicePort": 80, "percent": 100,
            }]}]},
        }]},
    }))
    .unwrap()
}
