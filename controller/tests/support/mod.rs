//! The controller against the small API server: what a test does to the testbed, and what must hold in the end.
#![allow(dead_code)]

pub(crate) mod answer;
pub(crate) mod gateways;
pub(crate) mod log;
pub(crate) mod meter;
pub(crate) mod server;
pub(crate) mod store;
pub(crate) mod watches;

use std::{collections::BTreeMap, num::NonZeroU16, time::Duration};

use gloo_proxy_model::Proxy;
use k8s_openapi::{
    api::core::v1::{Secret, Service},
    apimachinery::pkg::apis::meta::v1::Time,
    jiff::Timestamp,
};
use knative_gloo_controller::{Config, LeaseConfig, ProbeSettings, RetryPolicy, Telemetry, client, run};
use knative_gloo_translate::{ClassFilter, Gateway, Readiness, SecretRef, SecretVerdict, translate};
use knative_ingress_model::{Ingress, keys::INGRESS_CLASS};
use serde_json::{Value, json};
use tokio::{sync::oneshot, task::JoinHandle, time::timeout};

use gateways::Gateways;
use server::Server;
use store::{Key, Kind, Store};

/// How long a test waits for what must come.
const DEADLINE: Duration = Duration::from_secs(300);

pub(crate) struct Testbed {
    pub(crate) server: Server,
    pub(crate) gateways: Gateways,
    pub(crate) config: Config,
    controller: Option<(Option<oneshot::Sender<()>>, JoinHandle<()>)>,
    barriers: usize,
}

impl Testbed {
    /// A server and nothing else.
    pub(crate) async fn new() -> Self {
        let retry =
            RetryPolicy { initial_delay: Duration::from_millis(5), max_delay: Duration::from_millis(40) };
        let probe = ProbeSettings {
            timeout: Duration::from_millis(500),
            first_pause: Duration::from_millis(5),
            longest_pause: Duration::from_millis(40),
            ..ProbeSettings::default()
        };
        let config = Config {
            debounce: Duration::from_millis(5),
            settle: Duration::ZERO,
            retry,
            probe,
            ..Config::default()
        };
        let server = Server::start().await;
        let gateways = Gateways::start(&server).await;
        Self { server, gateways, config, controller: None, barriers: 0 }
    }

    /// A server with these Ingresses, and a controller that has come to rest.
    pub(crate) async fn with(ingresses: impl IntoIterator<Item = Value>) -> Self {
        let mut testbed = Self::new().await;
        for ingress in ingresses {
            testbed.put(ingress);
        }
        testbed.start_controller();
        testbed.settle().await;
        testbed
    }

    pub(crate) fn start_controller(&mut self) {
        let client = client(kube::Config::new(self.server.uri().parse().unwrap())).unwrap();
        let (stop, stopped) = oneshot::channel();
        let config = self.config.clone();
        let task = tokio::spawn(run(client, config, async move {
            // Or the test has ended.
            let _ = stopped.await;
        }));
        self.controller = Some((Some(stop), task));
    }

    /// Another controller of the same cluster. Not to be mixed with the one above.
    pub(crate) fn start_replica(&self, identity: &str) -> Replica {
        let client = client(kube::Config::new(self.server.uri().parse().unwrap())).unwrap();
        let lease = LeaseConfig {
            identity: identity.to_owned(),
            duration_seconds: NonZeroU16::new(2).unwrap(),
            ..LeaseConfig::new("host")
        };
        let telemetry = Telemetry::default();
        let config = Config { lease: Some(lease), telemetry: telemetry.clone(), ..self.config.clone() };
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(run(client, config, async move {
            let _ = stopped.await;
        }));
        Replica { telemetry, stop, task }
    }

    /// Who holds the Lease.
    pub(crate) fn holder(&self) -> Option<String> {
        let key = key(Kind::Lease, "gloo-system", "knative-gloo-controller");
        let store = self.server.store();
        store.objects.get(&key)?["spec"]["holderIdentity"].as_str().map(str::to_owned)
    }

    pub(crate) async fn stop_controller(&mut self) {
        self.tell_to_stop();
        self.stopped().await;
    }

    pub(crate) fn tell_to_stop(&mut self) {
        self.controller.as_mut().unwrap().0.take().unwrap().send(()).unwrap();
    }

    pub(crate) async fn stopped(&mut self) {
        let (_, task) = self.controller.take().unwrap();
        timeout(DEADLINE, task).await.expect("the controller stops").unwrap();
    }

    pub(crate) fn put(&self, ingress: Value) {
        self.server.edit(|store| store.put(Kind::Ingress, ingress));
    }

    pub(crate) fn put_service(&self, service: Value) {
        self.server.edit(|store| store.put(Kind::Service, service));
    }

    pub(crate) fn put_secret(&self, secret: Value) {
        self.server.edit(|store| store.put(Kind::Secret, secret));
    }

    pub(crate) fn delete(&self, namespace: &str, name: &str) {
        self.server.edit(|store| store.delete(&key(Kind::Ingress, namespace, name)));
    }

    /// Waits until the type `Ready` of an Ingress's status has this status and reason.
    pub(crate) async fn until_ready(&self, namespace: &str, name: &str, wanted: &str) {
        let key = key(Kind::Ingress, namespace, name);
        self.until(wanted, |server| ready(&server.store(), &key).as_deref() == Some(wanted)).await;
    }

    /// Waits for `condition`, which is looked at whenever something has changed.
    pub(crate) async fn until(&self, what: &str, mut condition: impl FnMut(&Server) -> bool) {
        let mut changes = self.server.changes();
        let wait = async {
            loop {
                changes.mark_unchanged();
                if condition(&self.server) {
                    return;
                }
                changes.changed().await.unwrap();
            }
        };
        if timeout(DEADLINE, wait).await.is_err() {
            panic!("still not so: {what}\n{}", self.problem().unwrap_or_default());
        }
    }

    /// Waits until the cluster is as it must be for what it holds, and until everything that the controller had still to do
    /// has been done; then nothing may have been written twice.
    pub(crate) async fn settle(&mut self) {
        let mut behind = None;
        self.until("everything is as it must be", |server| {
            behind = first_behind(&server.store(), behind.take());
            behind.is_none() && self.problem().is_none()
        })
        .await;
        let writes = self.writes();
        self.pass_barrier().await;
        if self.writes() != writes {
            assert_eq!(self.problem(), None, "what was right stays right");
        }
        assert_eq!(self.server.store().repeated, [], "nothing is written twice");
    }

    /// Twice gives the controller something to do that changes no Proxy, and waits until it is done: what it had to do before
    /// has been done by then.
    pub(crate) async fn pass_barrier(&mut self) {
        for _ in 0..2 {
            self.barriers += 1;
            let name = format!("barrier-{}", self.barriers);
            self.put(ingress("barrier", &name, "not a host", "backend"));
            let key = key(Kind::Ingress, "barrier", &name);
            self.until("the barrier is passed", |server| is_written(&server.store().objects[&key])).await;
        }
    }

    /// How often objects have been written so far.
    pub(crate) fn writes(&self) -> BTreeMap<Key, usize> {
        let mut writes = self.server.store().writes.clone();
        writes.retain(|(_, namespace, _), _| namespace != "barrier");
        writes
    }

    /// What the cluster holds that does not follow from its Ingresses and Services.
    pub(crate) fn problem(&self) -> Option<String> {
        let store = self.server.store();
        let of =
            |kind| store.objects.iter().filter(move |(key, _)| key.0 == kind).map(|(_, object)| &**object);
        let read = of(Kind::Ingress).map(|object| serde_json::from_value(object.clone()));
        let ingresses: Vec<Ingress> = read.flatten().collect();
        let read = of(Kind::Service).map(|object| serde_json::from_value(object.clone()));
        let services: Vec<Service> = read.collect::<Result<_, _>>().unwrap();
        let mut options = self.config.options.clone().with_services(services.into_iter().collect());
        if self.config.watch_secrets {
            let read = of(Kind::Secret).map(|object| serde_json::from_value::<Secret>(object.clone()));
            // The API server sends no others.
            let tls = read.flatten().filter(|secret| secret.type_.as_deref() == Some("kubernetes.io/tls"));
            let judged = tls.map(|secret| (SecretRef::from(&secret), SecretVerdict::check(&secret)));
            options = options.with_secrets(judged.collect());
        }
        let translation = translate(&ingresses, &options);
        for (gateway, desired) in
            [(Gateway::External, &translation.external), (Gateway::Internal, &translation.internal)]
        {
            let Some(stored) = store.objects.get(&proxy_key(gateway)) else {
                return Some(format!("there is no {}", gateway.proxy_name()));
            };
            let stored = match serde_json::from_value::<Proxy>(Value::clone(stored)) {
                Ok(stored) => stored.decompressed().unwrap(),
                Err(error) => return Some(format!("{}: {error}", gateway.proxy_name())),
            };
            if stored.spec != desired.spec || stored.metadata.labels != desired.metadata.labels {
                let diff = gloo_proxy_model::diff(&stored, desired);
                return Some(format!("{} must be changed by\n{diff}", gateway.proxy_name()));
            }
        }
        let readiness = self.config.addresses.as_ref().map_or(Readiness::Waiting, Readiness::Serving);
        // No condition may change, so no time is written.
        let now = Time(Timestamp::UNIX_EPOCH);
        for (ingress, report) in ingresses.iter().zip(&translation.reports) {
            assert_eq!(ingress.reference(), report.ingress);
            // One of another class is whoever else's it is.
            let Some(desired) = report.status(ingress, readiness, &now) else { continue };
            if ingress.status != desired {
                return Some(format!("{}: {:?} must be {desired:?}", report.ingress, ingress.status));
            }
        }
        None
    }
}

/// One of several controllers.
pub(crate) struct Replica {
    pub(crate) telemetry: Telemetry,
    stop: oneshot::Sender<()>,
    pub(crate) task: JoinHandle<()>,
}

impl Replica {
    pub(crate) async fn stop(self) {
        self.stop.send(()).unwrap();
        timeout(DEADLINE, self.task).await.expect("it stops").unwrap();
    }

    /// The value of a metric, labels included in its name.
    pub(crate) fn metric(&self, name: &str) -> f64 {
        let text = self.telemetry.metrics.encode();
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("no {name} in\n{text}")).parse().unwrap()
    }
}

pub(crate) fn key(kind: Kind, namespace: &str, name: &str) -> Key {
    (kind, namespace.to_owned(), name.to_owned())
}

pub(crate) fn proxy_key(gateway: Gateway) -> Key {
    key(Kind::Proxy, "gloo-system", gateway.proxy_name())
}

/// The first Ingress whose status does not speak of its newest generation, which is soon seen: first of all of `known`.
fn first_behind(store: &Store, known: Option<Key>) -> Option<Key> {
    let is_behind = |key: &Key| {
        store.objects.get(key).is_some_and(|ingress| {
            !is_written(ingress)
                && ingress["metadata"]["annotations"][INGRESS_CLASS] == ClassFilter::GLOO
                // One that can't be read has no status.
                && ingress["spec"]["rules"].is_array()
        })
    };
    known.filter(is_behind).or_else(|| {
        let ingresses = store.objects.keys().filter(|key| key.0 == Kind::Ingress);
        ingresses.into_iter().find(|key| is_behind(key)).cloned()
    })
}

fn is_written(ingress: &Value) -> bool {
    ingress["status"]["observedGeneration"] == ingress["metadata"]["generation"]
}

/// An Ingress with one host and one backend.
pub(crate) fn ingress(namespace: &str, name: &str, host: &str, service: &str) -> Value {
    json!({
        "apiVersion": Kind::Ingress.api_version(),
        "kind": "Ingress",
        "metadata": {"namespace": namespace, "name": name, "annotations": {INGRESS_CLASS: ClassFilter::GLOO}},
        "spec": {"rules": [{"hosts": [host], "http": {"paths": [{"splits": [
            {"serviceNamespace": namespace, "serviceName": service, "servicePort": 80, "percent": 100},
        ]}]}}]},
    })
}

/// Status and reason of the type `Ready` of an Ingress's status.
pub(crate) fn ready(store: &Store, key: &Key) -> Option<String> {
    let ingress: Ingress = serde_json::from_value(Value::clone(store.objects.get(key)?)).unwrap();
    let condition = ingress.status.condition("Ready")?;
    let status = serde_json::to_value(&condition.status).unwrap();
    Some(format!("{} {}", status.as_str().unwrap(), condition.reason).trim().to_owned())
}
