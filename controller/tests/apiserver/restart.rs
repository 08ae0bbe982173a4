//! The controller with a thousand Ingresses while its API server goes away and comes back.

use std::collections::BTreeMap;
use std::future::Future;
use std::time::{Duration, Instant};

use futures_util::{StreamExt, TryStreamExt, stream};
use gloo_proxy_model::{Proxy, diff};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;
use knative_gloo_controller::{Config, RetryPolicy, run};
use knative_gloo_manifests::{Limits, read};
use knative_gloo_translate::{ClassFilter, Gateway, Options, Outcome, Readiness, translate};
use knative_ingress_model::{Ingress, IngressRef, keys::INGRESS_CLASS};
use kube::api::ListParams;
use kube::{Api, Client, Error};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::time::sleep;

use crate::definitions::define;
use crate::request::send;
use crate::server::{KubeApiServer, PATIENCE, User};

const INGRESSES: usize = 1000;
const TEAMS: usize = 20;

/// Nothing is lost: whenever the testbed has come to rest, the Proxies are what `translate` gives for the Ingresses that are
/// there, and each status says so. And then nothing is written that is so already.
///
/// The changes made while the controller's API server is away are made through another one on the same etcd.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a kube-apiserver, which takes minutes to build"]
async fn thousand_ingresses_are_served_during_a_restart() {
    let mut server = KubeApiServer::start().await;
    let beside = server.start_beside().await;
    let admin = beside.client(User::Admin).await;
    define(&admin).await;
    deploy(&admin).await;
    each(0..TEAMS, |team| create_namespace(&admin, format!("team-{team}"))).await;
    each((0..INGRESSES + 50).filter(|number| has_tls(*number)), |number| put_secret(&admin, number)).await;
    each(0..INGRESSES, |number| put(&admin, number, "first")).await;

    let retry = RetryPolicy { initial_delay: Duration::from_millis(100), max_delay: Duration::from_secs(1) };
    let config = Config { retry, ..Config::new(Options::default()) };
    let testbed = Testbed { client: admin.clone(), config: config.clone() };
    let (stop, stopped) = oneshot::channel::<()>();
    let client = server.client(User::Controller).await;
    let controller = tokio::spawn(run(client, config, async { drop(stopped.await) }));
    let first = testbed.settled().await;
    assert_eq!(first.ingresses.len(), INGRESSES);
    for outcome in [Outcome::Translated, Outcome::Rejected] {
        assert!(first.outcomes.contains(&outcome), "{outcome:?}");
    }

    // It goes away while the controller writes, ...
    each(0..100, |number| put(&admin, number, "second")).await;
    server.kill();
    // ... others go on, ...
    each(100..200, |number| put(&admin, number, "third")).await;
    each(200..300, |number| delete(&admin, number)).await;
    each(INGRESSES..INGRESSES + 50, |number| put(&admin, number, "third")).await;
    assert!(testbed.look().await.is_err(), "the controller can't know of all that");
    server.restart().await;
    // ... and it is back.
    let second = testbed.settled().await;
    assert_eq!(second.ingresses.len(), INGRESSES - 50);
    each(150..250, |number| put(&admin, number, "fourth")).await;
    each(300..350, |number| delete(&admin, number)).await;
    let third = testbed.settled().await;
    assert_eq!(third.ingresses.len(), INGRESSES - 50);

    // A change of one Ingress writes that one's status and the Proxies, and no other thing that has been right before.
    put(&admin, 999, "fifth").await.unwrap();
    let last = testbed.settled().await;
    let changed: Vec<_> =
        last.ingresses.iter().filter(|(name, version)| third.ingresses.get(name) != Some(version)).collect();
    let [(changed, _)] = changed[..] else { panic!("{changed:?}") };
    assert_eq!(changed.to_string(), format!("{}/{}", team(999), name(999)));
    assert!(third.proxies.iter().zip(&last.proxies).all(|(before, after)| before != after));

    stop.send(()).unwrap();
    controller.await.unwrap();
}

pub fn team(number: usize) -> String {
    format!("team-{}", number % TEAMS)
}

fn name(number: usize) -> String {
    format!("shop-{number}")
}

/// Mostly two rules, some with TLS; of a hundred one shares its host with another, and one can't be served.
fn ingress(number: usize, revision: &str) -> Value {
    let (namespace, name) = (team(number), name(number));
    let rule = |host: String, visibility: &str| {
        json!({"hosts": [host], "visibility": visibility, "http": {"paths": [{"splits": [{
            "serviceNamespace": namespace,
            "serviceName": format!("{name}-{revision}"),
            "servicePort": 80,
            "percent": 100,
            "appendHeaders": {"Knative-Serving-Revision": format!("{name}-{revision}")},
        }]}]}})
    };
    let host = match number % 100 {
        10 => format!("{name}.example.com:80"),
        20 => "everybodys.example.com".to_owned(),
        _ => format!("{name}.{namespace}.example.com"),
    };
    let mut spec = json!({"rules": [
        rule(host.clone(), "ExternalIP"),
        rule(format!("{name}.{namespace}.svc.cluster.local"), "ClusterLocal"),
    ]});
    if has_tls(number) {
        spec["tls"] = json!([{"hosts": [host], "secretName": name, "secretNamespace": namespace}]);
    }
    json!({
        "apiVersion": "networking.internal.knative.dev/v1alpha1",
        "kind": "Ingress",
        "metadata": {"namespace": namespace, "name": name, "annotations": {INGRESS_CLASS: ClassFilter::GLOO}},
        "spec": spec,
    })
}

fn has_tls(number: usize) -> bool {
    number.is_multiple_of(7)
}

fn path(number: usize) -> String {
    let (namespace, name) = (team(number), name(number));
    format!("/apis/networking.internal.knative.dev/v1alpha1/namespaces/{namespace}/ingresses/{name}")
}

pub async fn put(client: &Client, number: usize, revision: &str) -> Result<Value, Error> {
    let path = format!("{}?fieldManager=knative&force=true&fieldValidation=Strict", path(number));
    send(client, "APPLY", &path, &ingress(number, revision)).await
}

/// One that the gateways can serve with: a listener for HTTPS is there only then.
pub async fn put_secret(client: &Client, number: usize) -> Result<Value, Error> {
    let (namespace, name) = (team(number), name(number));
    let file = fixtures::root().join("secrets/p-256.yaml");
    let mut secret: Value = serde_yaml::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    secret["metadata"] = json!({"namespace": namespace, "name": name});
    send(client, "POST", &format!("/api/v1/namespaces/{namespace}/secrets"), &secret).await
}

async fn delete(client: &Client, number: usize) -> Result<Value, Error> {
    send(client, "DELETE", &path(number), &Value::Null).await
}

pub async fn create_namespace(client: &Client, name: String) -> Result<Value, Error> {
    send(client, "POST", "/api/v1/namespaces", &json!({"metadata": {"name": name}})).await
}

/// All that `deploy.yaml` has for a cluster, accepted as it stands; but the rights go to the user that the controller is here.
pub async fn deploy(client: &Client) {
    deploy_for(client, Some(User::Controller)).await;
}

/// All that `deploy.yaml` has, with the rights for its account or for a user.
pub async fn deploy_for(client: &Client, user: Option<User>) {
    create_namespace(client, "gloo-system".to_owned()).await.unwrap();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy.yaml");
    for document in read(file, &std::fs::read(file).unwrap(), &Limits::default()) {
        let mut object = document.unwrap().into_value();
        if let Some((subjects, user)) = object.get_mut("subjects").zip(user) {
            *subjects = json!([{"kind": "User", "name": user.name()}]);
        }
        let (kind, version) = (object["kind"].as_str().unwrap(), object["apiVersion"].as_str().unwrap());
        let group = if version.contains('/') { "apis" } else { "api" };
        let namespace = match object["metadata"]["namespace"].as_str() {
            Some(namespace) => format!("namespaces/{namespace}/"),
            None => String::new(),
        };
        let collection = format!("{}s", kind.to_lowercase());
        let path = format!("/{group}/{version}/{namespace}{collection}?fieldValidation=Strict");
        send(client, "POST", &path, &object).await.unwrap_or_else(|error| panic!("{kind}: {error}"));
    }
}

/// Does something for each of `numbers`, some at a time.
async fn each<F: Future<Output = Result<Value, Error>>>(
    numbers: impl IntoIterator<Item = usize>,
    request: impl Fn(usize) -> F,
) {
    stream::iter(numbers).map(request).buffer_unordered(16).try_collect::<Vec<_>>().await.unwrap();
}

pub struct Testbed {
    client: Client,
    config: Config,
}

/// The testbed at rest: versions of all that the controller writes.
pub struct AtRest {
    pub ingresses: BTreeMap<IngressRef, Option<String>>,
    pub proxies: [Option<String>; 2],
    outcomes: Vec<Outcome>,
}

impl Testbed {
    /// As `client` sees it; an Ingress is ready there once its Proxies are stored.
    pub fn new(client: &Client) -> Self {
        Self::with_options(client, Options::default())
    }

    /// The same with other options of the translation.
    pub fn with_options(client: &Client, options: Options) -> Self {
        Self { client: client.clone(), config: Config::new(options) }
    }

    pub async fn settled(&self) -> AtRest {
        let give_up = Instant::now() + PATIENCE;
        loop {
            match self.look().await {
                Ok(at_rest) => return at_rest,
                Err(problem) => assert!(Instant::now() < give_up, "still not at rest: {problem}"),
            }
            sleep(Duration::from_millis(250)).await;
        }
    }

    /// The error says what does not follow from the Ingresses.
    async fn look(&self) -> Result<AtRest, String> {
        let api = Api::<Ingress>::all(self.client.clone());
        let ingresses = api.list(&ListParams::default()).await.unwrap().items;
        let translation = translate(&ingresses, &self.config.options);
        let proxies = Gateway::ALL.map(|gateway| self.proxy(gateway, translation.proxy(gateway)));
        let [external, internal] = proxies;
        let proxies = [external.await?, internal.await?];
        let readiness = self.config.addresses.as_ref().map_or(Readiness::Waiting, Readiness::Serving);
        // No condition may change, so no time is written.
        let now = Time(Timestamp::UNIX_EPOCH);
        for (ingress, report) in ingresses.iter().zip(&translation.reports) {
            assert_eq!(ingress.reference(), report.ingress);
            let desired = report.status(ingress, readiness, &now).unwrap();
            if ingress.status != desired {
                return Err(format!("{}: {:?} must be {desired:?}", report.ingress, ingress.status));
            }
        }
        let version = |ingress: &Ingress| (ingress.reference(), ingress.metadata.resource_version.clone());
        Ok(AtRest {
            ingresses: ingresses.iter().map(version).collect(),
            proxies,
            outcomes: translation.reports.iter().map(|report| report.outcome).collect(),
        })
    }

    /// The version of the stored Proxy, if that is as `desired`.
    async fn proxy(&self, gateway: Gateway, desired: &Proxy) -> Result<Option<String>, String> {
        let api = Api::<Proxy>::namespaced(self.client.clone(), &self.config.options.proxy_namespace);
        let stored = api.get_opt(gateway.proxy_name()).await.unwrap();
        let stored = stored.ok_or_else(|| format!("there is no {gateway} Proxy"))?.decompressed().unwrap();
        if stored.spec == desired.spec && stored.metadata.labels == desired.metadata.labels {
            Ok(stored.metadata.resource_version)
        } else {
            Err(format!("the {gateway} Proxy must be changed by\n{}", diff(&stored, desired)))
        }
    }
}
