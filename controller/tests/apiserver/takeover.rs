//! The controller takes over Proxies that Gloo's own translator, or an earlier run of the controller, has written.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use gloo_proxy_model::{Proxy, diff};
use knative_gloo_controller::{Config, run};
use knative_gloo_translate::{Gateway, Options, Translation, translate};
use knative_ingress_model::Ingress;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams};
use kube::{Api, Client};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::time::sleep;

use crate::definitions::define;
use crate::ownership::owned;
use crate::request::send;
use crate::restart::{create_namespace, deploy, put};
use crate::server::{KubeApiServer, PATIENCE, POLL, User};

/// Who wrote the Proxies before.
#[derive(Debug)]
enum Predecessor {
    /// Gloo's own translator, which applies plain listeners.
    GlooIngress,
    /// The controller.
    Controller { field_manager: &'static str, compress: bool },
}

const OURS: &str = "knative-gloo-controller";

const PREDECESSORS: [Predecessor; 5] = [
    Predecessor::GlooIngress,
    Predecessor::Controller { field_manager: OURS, compress: false },
    Predecessor::Controller { field_manager: OURS, compress: true },
    Predecessor::Controller { field_manager: "earlier", compress: false },
    Predecessor::Controller { field_manager: "earlier", compress: true },
];

/// The spec that is left is the controller's alone, compressed or not; Gloo's labels and statuses stay.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a kube-apiserver, which takes minutes to build"]
async fn spec_of_a_former_field_manager_is_removed() {
    let server = KubeApiServer::start().await;
    let admin = server.client(User::Admin).await;
    define(&admin).await;
    deploy(&admin).await;
    create_namespace(&admin, "team-1".to_owned()).await.unwrap();
    let cluster = Cluster { admin, controller: server.client(User::Controller).await };

    for (number, predecessor) in PREDECESSORS.iter().enumerate() {
        for compress in [false, true] {
            let case = format!("{predecessor:?}, then with compress: {compress}");
            put(&cluster.admin, 1, &format!("{number}-{compress}-before")).await.unwrap();
            cluster.delete_proxies().await;
            match *predecessor {
                Predecessor::GlooIngress => cluster.apply_as_gloo_ingress().await,
                Predecessor::Controller { field_manager, compress } => {
                    cluster.run_controller(field_manager, compress, &case).await;
                }
            }
            let before = cluster.report_as_gloo().await;

            // What is served already is not written again, so there has to be something new.
            put(&cluster.admin, 1, &format!("{number}-{compress}-after")).await.unwrap();
            cluster.run_controller(OURS, compress, &case).await;
            for (gateway, before) in Gateway::ALL.into_iter().zip(before) {
                let after = cluster.proxy(gateway).await;
                let after = Proxy::from_value(&after).unwrap();
                let labels = after.metadata.labels.clone().unwrap_or_default();
                for (key, value) in before.metadata.labels.iter().flatten() {
                    assert_eq!(labels.get(key), Some(value), "{case}: label {key} of the {gateway} Proxy");
                }
                assert!(before.status.is_some());
                assert_eq!(after.status, before.status, "{case}: status of the {gateway} Proxy");
                assert_eq!(owners(&after, "/f:status"), ["gloo"], "{case}: {gateway}");
                assert_eq!(owners(&after, "/f:spec"), [OURS], "{case}: {gateway}");
            }
        }
    }
}

/// The field managers that own something of what begins with `path`.
pub fn owners(proxy: &Proxy, path: &str) -> Vec<String> {
    let managers = proxy.metadata.managed_fields.iter().flatten().filter_map(|entry| entry.manager.clone());
    let owns = |manager: &String| owned(proxy, manager).iter().any(|field| field.starts_with(path));
    managers.filter(owns).collect::<BTreeSet<_>>().into_iter().collect()
}

struct Cluster {
    admin: Client,
    controller: Client,
}

impl Cluster {
    fn proxies(&self) -> Api<Proxy> {
        Api::namespaced(self.admin.clone(), &Options::default().proxy_namespace)
    }

    /// The Proxy as the API server holds it.
    async fn proxy(&self, gateway: Gateway) -> Value {
        let (namespace, name) = (Options::default().proxy_namespace, gateway.proxy_name());
        let path = format!("/apis/gloo.solo.io/v1/namespaces/{namespace}/proxies/{name}");
        send(&self.admin, "GET", &path, &Value::Null).await.unwrap()
    }

    async fn delete_proxies(&self) {
        self.proxies().delete_collection(&DeleteParams::default(), &ListParams::default()).await.unwrap();
    }

    async fn apply_as_gloo_ingress(&self) {
        for gateway in Gateway::ALL {
            let proxy = json!({
                "apiVersion": "gloo.solo.io/v1",
                "kind": "Proxy",
                "metadata": {"name": gateway.proxy_name(), "labels": {"created_by": "gloo-knative-translator"}},
                "spec": {"listeners": [{"name": "http", "bindAddress": "::", "bindPort": 80, "httpListener": {}}]},
            });
            let parameters = PatchParams::apply("gloo-ingress").validation_strict();
            self.proxies().patch(gateway.proxy_name(), &parameters, &Patch::Apply(&proxy)).await.unwrap();
        }
    }

    /// Adds what Gloo's control plane writes beside the spec.
    async fn report_as_gloo(&self) -> Vec<Proxy> {
        let mut reported = Vec::new();
        for gateway in Gateway::ALL {
            let report = json!({
                "metadata": {"labels": {"seen-by": "gloo"}},
                "status": {"statuses": {"gloo-system": {"state": "Accepted", "reportedBy": "gloo"}}},
            });
            let gloo = PatchParams { field_manager: Some("gloo".to_owned()), ..PatchParams::default() };
            let answer = self.proxies().patch(gateway.proxy_name(), &gloo, &Patch::Merge(&report)).await;
            reported.push(answer.unwrap());
        }
        reported
    }

    /// Runs the controller until both Proxies hold what the Ingresses give, in the one form and in no other.
    async fn run_controller(&self, field_manager: &str, compress: bool, case: &str) {
        let ingresses = Api::<Ingress>::all(self.admin.clone());
        let ingresses = ingresses.list(&ListParams::default()).await.unwrap().items;
        let desired = translate(&ingresses, &Options::default());

        let field_manager = field_manager.to_owned();
        let max_plain_bytes = if compress { 0 } else { usize::MAX };
        let settle = Duration::ZERO;
        let config = Config { max_plain_bytes, field_manager, settle, ..Config::new(Options::default()) };
        let (stop, stopped) = oneshot::channel::<()>();
        let controller = tokio::spawn(run(self.controller.clone(), config, async { drop(stopped.await) }));
        let give_up = Instant::now() + PATIENCE;
        while let Err(problem) = self.look(&desired, compress).await {
            assert!(Instant::now() < give_up, "{case}: {problem}");
            sleep(POLL).await;
        }
        stop.send(()).unwrap();
        controller.await.unwrap();
    }

    /// The error says what is not yet as it has to be.
    async fn look(&self, desired: &Translation, compress: bool) -> Result<(), String> {
        for gateway in Gateway::ALL {
            let Some(stored) = self.proxies().get_opt(gateway.proxy_name()).await.unwrap() else {
                return Err(format!("there is no {gateway} Proxy"));
            };
            let stored = stored.decompressed().map_err(|error| error.to_string())?;
            let change = diff(&stored, desired.proxy(gateway));
            if !change.is_empty() {
                return Err(format!("the {gateway} Proxy must be changed by\n{change}"));
            }
            let spec = self.proxy(gateway).await["spec"].clone();
            let fields: Vec<_> = spec.as_object().into_iter().flat_map(|spec| spec.keys()).collect();
            let expected = if compress { "compressedSpec" } else { "listeners" };
            if fields != [expected] {
                return Err(format!(
                    "the spec of the {gateway} Proxy: found {fields:?}, expected {expected}"
                ));
            }
        }
        Ok(())
    }
}
