//! What Knative Serving did while a service was created, rolled out, split, tagged, switched back and forth, made local, mapped
//! and deleted: its own Ingresses, `fixtures/recorded/serving`, in its order, under a constant load.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use knative_gloo_conformance::checks::suite::ClusterUnderTest;
use knative_gloo_conformance::testbed::backend::Echo;
use knative_gloo_conformance::testbed::client::{self, Request};
use knative_gloo_conformance::testbed::kubernetes::KubernetesCluster;
use knative_gloo_translate::{Gateway, Scheme};
use knative_ingress_model::Ingress;
use tokio::time::sleep;

use crate::load::Load;
use crate::revisions::Revisions;
use crate::rig::Rig;

const NAMESPACE: &str = "default";
const PUBLIC: &str = "helloworld-go.default.example.com";
const PRIVATE: &str = "helloworld-go.default.svc.cluster.local";

/// No request fails in any step, and what Ready says is so: the next request, without a second try, meets the revision that the
/// Ingress names.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a kube-apiserver, which takes minutes to build"]
async fn knative_service_lifecycle() {
    let Rig { cluster, turn: _turn } = Rig::start(NAMESPACE).await;
    let cluster = Arc::new(cluster);
    let mut scenario =
        Scenario { steps: steps(), revisions: Revisions::new(&cluster), cluster: Arc::clone(&cluster) };
    let load = |host: &str| Load::start(&cluster, Gateway::External, host);

    scenario.revisions.create_placeholder("helloworld-go", NAMESPACE).await;
    scenario.play("1-create").await;
    scenario.meets(PUBLIC, None, "helloworld-go-00001").await;
    let hello = load(PUBLIC);
    hello.requests(100).await;

    scenario.play("2-rollout-v2").await;
    scenario.meets(PUBLIC, None, "helloworld-go-00002").await;
    scenario.meets("zero.default.example.com", None, "zero-00001").await;
    let zero = load("zero.default.example.com");
    for (step, revision) in [("2-rollout-v3", "helloworld-go-00003"), ("2-rollout-v4", "helloworld-go-00004")]
    {
        hello.requests(100).await;
        scenario.play(step).await;
        scenario.meets(PUBLIC, None, revision).await;
    }

    for (step, first) in [("3-split-50-50", 50), ("3-split-90-10", 90)] {
        scenario.play(step).await;
        let shares = scenario.shares(400).await;
        let seen = f64::from(shares["helloworld-go-00001"]) / 4.0;
        assert!((seen - f64::from(first)).abs() <= 10.0, "{step}: {shares:?}");
        assert_eq!(shares.values().sum::<u32>(), 400, "{step}: {shares:?}");
        for (tag, revision) in [("blue", "00001"), ("green", "00002"), ("latest", "00004")] {
            let revision = format!("helloworld-go-{revision}");
            scenario.meets(&format!("{tag}-{PUBLIC}"), None, &revision).await;
            scenario.meets(PUBLIC, Some(tag), &revision).await;
        }
    }

    scenario.play("4-green").await;
    scenario.meets(PUBLIC, None, "helloworld-go-00002").await;
    hello.requests(100).await;
    scenario.play("4-rollback").await;
    scenario.meets(PUBLIC, None, "helloworld-go-00001").await;
    hello.requests(100).await;
    scenario.play("5-zero").await;
    // To zero, the activator answers; and back.
    for program in ["activator", "zero-00001"] {
        scenario.replace("zero-00001", program, "zero.default.example.com").await;
    }
    expect_none_failed("rollouts, splits, blue/green and back", hello.finish().await);

    scenario.play("6-cluster-local").await;
    let echo = scenario.echo(Gateway::Internal, PRIVATE, None).await;
    assert_eq!(echo.host.name, "helloworld-go-00001");
    scenario.becomes_404("6-cluster-local", PUBLIC).await;

    scenario.play("7-domainmapping").await;
    let echo = scenario.echo(Gateway::External, "hello.mydomain.com", None).await;
    assert_eq!((echo.host.name.as_str(), echo.request.host.as_str()), ("helloworld-go-00001", PRIVATE));
    assert_eq!(echo.header("K-Original-Host"), Some("hello.mydomain.com"));
    scenario.meets(PUBLIC, None, "helloworld-go-00001").await;

    // Between the answer of the backend and that there is no such host, there must be nothing else.
    for ingress in ["hello.mydomain.com", "helloworld-go"] {
        scenario.delete(ingress).await;
    }
    scenario.becomes_404("8-delete", PUBLIC).await;
    scenario.becomes_404("8-delete", "hello.mydomain.com").await;

    scenario.play("9-others").await;
    for other in ["other0", "other1", "other2"] {
        scenario.meets(&format!("{other}.default.example.com"), None, &format!("{other}-00002")).await;
    }
    scenario.meets(PUBLIC, None, "helloworld-go-00001").await;
    scenario.delete("helloworld-go").await;
    scenario.becomes_404("9-others", PUBLIC).await;
    expect_none_failed("others meanwhile", zero.finish().await);
    for other in ["other0", "other1", "other2", "serve"] {
        scenario.delete(other).await;
    }
}

struct Scenario {
    cluster: Arc<KubernetesCluster>,
    steps: BTreeMap<String, Vec<Ingress>>,
    revisions: Revisions,
}

impl Scenario {
    /// Starts what the step's Ingresses name, writes them, and waits until each is Ready as written.
    async fn play(&mut self, step: &str) {
        let ingresses = self.steps.get(step).unwrap_or_else(|| panic!("no step {step}"));
        let started = Instant::now();
        for ingress in ingresses {
            self.revisions.start_for(ingress, &["helloworld-go"]).await;
            self.cluster.apply(ingress.clone()).await.unwrap();
        }
        for ingress in ingresses {
            self.cluster
                .wait_ready(ingress.reference())
                .await
                .unwrap_or_else(|error| panic!("{step}: {error}"));
        }
        println!("{step}: ready after {:.1} s", started.elapsed().as_secs_f64());
    }

    /// Another program takes the place of a revision's, and the one before goes when the gateway no longer asks it.
    async fn replace(&mut self, revision: &str, program: &str, host: &str) {
        let cluster = Arc::clone(&self.cluster);
        let gone = async {
            while echo(&cluster, Gateway::External, host, None).await.host.name != program {
                sleep(Duration::from_millis(20)).await;
            }
        };
        self.revisions.replace(revision, NAMESPACE, program, gone).await;
    }

    async fn delete(&self, name: &str) {
        let ingress = self.steps.values().flatten().find(|ingress| ingress.name() == name).unwrap();
        self.cluster.delete(&ingress.reference()).await.unwrap();
    }

    /// One request to the external gateway must be answered by that revision.
    async fn meets(&self, host: &str, tag: Option<&str>, revision: &str) {
        let echo = self.echo(Gateway::External, host, tag).await;
        assert_eq!(echo.header("Knative-Serving-Revision"), Some(revision), "{host} {tag:?}");
        assert_eq!(echo.host.name, revision, "{host} {tag:?}");
    }

    async fn echo(&self, gateway: Gateway, host: &str, tag: Option<&str>) -> Echo {
        echo(&self.cluster, gateway, host, tag).await
    }

    /// How many of so many requests each revision answers.
    async fn shares(&self, requests: u32) -> BTreeMap<String, u32> {
        let mut shares = BTreeMap::new();
        for _ in 0..requests {
            *shares.entry(self.echo(Gateway::External, PUBLIC, None).await.host.name).or_default() += 1;
        }
        shares
    }

    /// The external gateway answers 404 for a host in the end, and until then as before.
    async fn becomes_404(&self, step: &str, host: &str) {
        let started = Instant::now();
        loop {
            let request =
                Request::get("http", host, "/").to(self.cluster.address(Gateway::External, Scheme::Http));
            let status =
                client::send(&request).await.unwrap_or_else(|error| panic!("{step}: {host}: {error}")).status;
            match status {
                404 => break,
                200 => assert!(started.elapsed() < Duration::from_secs(60), "{step}: {host} is still served"),
                other => panic!("{step}: {host}: {other}"),
            }
            sleep(Duration::from_millis(10)).await;
        }
        println!("{step}: {host} answers 404 after {:.1} s", started.elapsed().as_secs_f64());
    }
}

/// One request that must be answered, without a second try.
async fn echo(cluster: &KubernetesCluster, gateway: Gateway, host: &str, tag: Option<&str>) -> Echo {
    let mut request = Request::get("http", host, "/").to(cluster.address(gateway, Scheme::Http));
    if let Some(tag) = tag {
        request = request.header("Knative-Serving-Tag", tag);
    }
    let response = client::send(&request).await.unwrap_or_else(|error| panic!("{host} {tag:?}: {error}"));
    let body = String::from_utf8_lossy(&response.body);
    assert_eq!(response.status, 200, "{host} {tag:?}: {body}");
    serde_json::from_str(&body).unwrap()
}

/// Tells what came, and fails unless all of it was 200.
pub fn expect_none_failed(what: &str, answers: BTreeMap<String, u64>) {
    println!("{what}: {answers:?}");
    assert!(answers.len() == 1 && answers.contains_key("200"), "{what}: {answers:?}");
}

/// The Ingresses of each step, as if written anew.
pub fn steps() -> BTreeMap<String, Vec<Ingress>> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/recorded/serving");
    let mut files: Vec<_> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert_eq!(files.len(), 28);
    let mut steps: BTreeMap<String, Vec<Ingress>> = BTreeMap::new();
    for file in files {
        let name = file.file_name().unwrap().to_str().unwrap();
        let step = name.split('.').next().unwrap().to_owned();
        let mut ingress: Ingress = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        let ObjectMeta { name, namespace, labels, annotations, .. } = ingress.metadata;
        ingress.metadata = ObjectMeta { name, namespace, labels, annotations, ..ObjectMeta::default() };
        ingress.status = knative_ingress_model::IngressStatus::default();
        steps.entry(step).or_default().push(ingress);
    }
    steps
}
