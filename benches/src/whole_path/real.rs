//! A kube-apiserver with an etcd of its own.

use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error,
    fs,
    net::Ipv4Addr,
    path::Path,
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use futures_util::{StreamExt, TryStreamExt, stream};
use hyper::Method;
use k8s_openapi::{Resource, api::rbac::v1::ClusterRoleBinding, jiff::Timestamp};
use knative_gloo_conformance::testbed::kubernetes::{KubeApiServer, KubernetesError, User, define_all};
use knative_ingress_model::Ingress;
use kube::{
    Api, Client,
    api::{Patch, PatchParams},
    runtime::watcher::{self, Event, watcher},
};
use serde_json::{Value, json, to_value};
use tempfile::TempDir;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
    time::{sleep, timeout},
};

use super::{
    api_server::{
        meter::{Arrival, Meter, Metered},
        store::{Key, Kind},
    },
    world::{GATEWAY_NAMESPACE, Traffic, World, is_ready, key, objects},
};

/// How long the controller may take for anything.
const PATIENCE: Duration = Duration::from_secs(600);
/// How long the log of requests has to be silent to be complete.
const NOTED_WITHIN: Duration = Duration::from_millis(50);
/// How much later than a newer request an older one may be noted.
const OUT_OF_ORDER: Duration = Duration::from_secs(5);
/// How many objects are stored at a time before the controller comes.
const AT_A_TIME: usize = 16;

/// The server, what it says of its Ingresses, and what goes between it and the controller.
pub(super) struct RealWorld {
    // First, so that those who use the server end before it.
    _tasks: JoinSet<()>,
    admin: Client,
    kubeconfig: Value,
    meter: Arc<Meter>,
    told: watch::Receiver<BTreeMap<Key, Told>>,
    /// The newest generation of each Ingress that was put.
    newest: Mutex<BTreeMap<Key, i64>>,
    audit: TempDir,
    server: KubeApiServer,
}

/// What a watch has told of an Ingress last.
#[derive(Clone, Copy, Debug)]
struct Told {
    generation: i64,
    is_ready: bool,
}

impl World for RealWorld {
    // What etcd takes by default.
    const MOST_BYTES: usize = 1_572_864;

    async fn new(ingresses: &[Ingress]) -> Result<Self, Box<dyn Error>> {
        let audit = tempfile::tempdir()?;
        let server = KubeApiServer::start_with(audit_arguments(audit.path())?).await?;
        let admin = server.client(User::Admin).await?;
        define(&admin).await?;
        fill(&admin, ingresses).await?;
        let mut kubeconfig = server.kubeconfig(User::Controller);
        let meter = Arc::<Meter>::default();
        let mut tasks = JoinSet::new();
        let address = kubeconfig.pointer_mut("/clusters/0/cluster/server").ok_or("no server")?;
        let behind = address.as_str().and_then(|it| it.strip_prefix("https://")).ok_or("no https")?;
        let before = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let metered = format!("https://{}", before.local_addr()?);
        tasks.spawn(forward(before, behind.to_owned(), Arc::clone(&meter)));
        *address = json!(metered);
        let (tell, told) = watch::channel(BTreeMap::new());
        tasks.spawn(listen(Api::all(admin.clone()), tell));
        Ok(Self { _tasks: tasks, admin, kubeconfig, meter, told, newest: Mutex::default(), audit, server })
    }

    fn kubeconfig(&self) -> Value {
        self.kubeconfig.clone()
    }

    fn processes(&self) -> Vec<(&'static str, u32)> {
        let (api_server, etcd) = self.server.process_ids();
        api_server.map(|process| ("kube-apiserver", process)).into_iter().chain([("etcd", etcd)]).collect()
    }

    async fn put(&self, mut ingress: Value) -> Result<Instant, Box<dyn Error>> {
        let text = |pointer: &str| ingress.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let (namespace, name) = (text("/metadata/namespace").to_owned(), text("/metadata/name").to_owned());
        let patch = json!({"spec": ingress.get_mut("spec").map(Value::take)});
        let api = Api::<Ingress>::namespaced(self.admin.clone(), &namespace);
        let stored = api.patch(&name, &PatchParams::default(), &Patch::Merge(&patch)).await?;
        let at = Instant::now();
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        newest.insert(key(&stored), stored.metadata.generation.unwrap_or_default());
        Ok(at)
    }

    async fn until_ready(&self, keys: &[Key]) -> Result<(), Box<dyn Error>> {
        let newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut told = self.told.clone();
        let mut first = 0;
        let all_are = |told: &BTreeMap<Key, Told>| {
            while let Some(key) = keys.get(first) {
                let least = newest.get(key).copied().unwrap_or_default();
                if !told.get(key).is_some_and(|it| it.is_ready && it.generation >= least) {
                    return false;
                }
                first += 1;
            }
            true
        };
        timeout(PATIENCE, told.wait_for(all_are))
            .await
            .map_err(|_| "the controller does not come to an end")??;
        Ok(())
    }

    async fn arrivals_since(&self, then: Instant) -> Result<Vec<Arrival>, Box<dyn Error>> {
        let read = || fs::read_to_string(self.audit.path().join(AUDIT_LOG));
        let mut log = read()?;
        // A request is noted after its answer has been sent.
        loop {
            sleep(NOTED_WITHIN).await;
            let longer = read()?;
            if longer.len() == log.len() {
                break;
            }
            log = longer;
        }
        let (now, clock) = (Instant::now(), SystemTime::now());
        let mut arrivals = Vec::new();
        // The newest come first, more or less. Only the last line may still be on its way.
        for line in log.lines().rev() {
            let Ok(entry) = serde_json::from_str::<Value>(line) else { continue };
            let Some(arrival) = arrival(&entry, now, clock)? else { continue };
            if arrival.at + OUT_OF_ORDER < then {
                break;
            }
            arrivals.push(arrival);
        }
        arrivals.retain(|arrival| arrival.at >= then);
        arrivals.sort_by_key(|arrival| arrival.at);
        Ok(arrivals)
    }

    fn traffic(&self) -> Traffic {
        // What is read from the controller is what it has sent.
        Traffic { sent: self.meter.received(), received: self.meter.sent() }
    }

    /// etcd keeps it on its disk.
    fn forget_history(&self) {}
}

/// The file that the API server notes the controller's requests in.
const AUDIT_LOG: &str = "audit.log";

/// What makes the API server note the controller's requests in `directory`.
fn audit_arguments(directory: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let policy = json!({
        "apiVersion": "audit.k8s.io/v1",
        "kind": "Policy",
        "omitStages": ["RequestReceived"],
        "rules": [{"level": "Metadata", "users": [User::Controller.name()]}, {"level": "None"}],
    });
    let file = directory.join("policy.yaml");
    fs::write(&file, policy.to_string())?;
    Ok(vec![
        format!("--audit-policy-file={}", file.display()),
        format!("--audit-log-path={}", directory.join(AUDIT_LOG).display()),
    ])
}

/// A request that an entry of the log tells of, once it is answered: when its answer was sent, or its watch had begun.
fn arrival(entry: &Value, now: Instant, clock: SystemTime) -> Result<Option<Arrival>, Box<dyn Error>> {
    let text = |pointer: &str| entry.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let resource = text("/objectRef/resource");
    let Some(kind) = Kind::ALL.into_iter().find(|kind| plural(*kind) == resource) else { return Ok(None) };
    let is_watch = text("/verb") == "watch";
    if is_watch != (text("/stage") == "ResponseStarted") {
        return Ok(None);
    }
    let method = match text("/verb") {
        "create" => Method::POST,
        "update" => Method::PUT,
        "patch" => Method::PATCH,
        "delete" => Method::DELETE,
        _ => Method::GET,
    };
    let ago = clock.duration_since(text("/stageTimestamp").parse::<Timestamp>()?.into()).unwrap_or_default();
    let at = now.checked_sub(ago).ok_or("it was before the machine was started")?;
    let is_trial = text("/requestURI").contains("dryRun=");
    Ok(Some(Arrival { at, method, kind, is_watch, is_trial }))
}

fn plural(kind: Kind) -> String {
    match kind {
        Kind::Ingress => "ingresses".to_owned(),
        Kind::Proxy => "proxies".to_owned(),
        Kind::Service | Kind::Secret | Kind::EndpointSlice | Kind::Lease | Kind::Event => {
            format!("{}s", kind.name().to_lowercase())
        }
    }
}

/// Defines both kinds, the Proxy as loosely as Gloo does: what a listener holds has no types. With those of the model, the API server
/// takes many times as long to check a plain Proxy.
pub(super) async fn define(admin: &Client) -> Result<(), Box<dyn Error>> {
    let mut proxy = to_value(gloo_proxy_model::custom_resource_definition())?;
    let listener =
        "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/listeners/items/properties";
    let listener =
        proxy.pointer_mut(listener).and_then(Value::as_object_mut).ok_or("no listeners are defined")?;
    for field in ["httpListener", "tcpListener", "hybridListener", "aggregateListener"] {
        let anything = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
        listener.insert(field.to_owned(), anything).ok_or(field)?;
    }
    let definitions = [knative_ingress_model::custom_resource_definition(), serde_json::from_value(proxy)?];
    define_all(admin, &definitions).await.map_err(|error: KubernetesError| error.into())
}

/// Stores what is there before the controller comes.
async fn fill(admin: &Client, ingresses: &[Ingress]) -> Result<(), Box<dyn Error>> {
    let objects = objects(ingresses)?;
    let namespace =
        |object: &Value| object.pointer("/metadata/namespace").and_then(Value::as_str).map(str::to_owned);
    let mut namespaces: BTreeSet<String> =
        objects.iter().filter_map(|(_, object)| namespace(object)).collect();
    namespaces.insert(GATEWAY_NAMESPACE.to_owned());
    create_namespaces(admin, namespaces).await?;
    // What its own account may do costs no less to look up.
    let rights: ClusterRoleBinding = serde_json::from_value(json!({
        "metadata": {"name": "controller"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"kind": "User", "name": User::Controller.name()}],
    }))?;
    let bindings = format!("/apis/{}/{}", ClusterRoleBinding::API_VERSION, "clusterrolebindings");
    create(admin, [(bindings, to_value(rights)?)].into_iter()).await?;
    let objects = objects.into_iter().map(|(kind, mut object)| {
        let group = if kind.api_version().contains('/') { "apis" } else { "api" };
        let path = format!(
            "/{group}/{}/namespaces/{}/{}",
            kind.api_version(),
            namespace(&object).unwrap_or_default(),
            plural(kind)
        );
        if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.remove("resourceVersion");
        }
        // There are more of them than a cluster has addresses.
        if let Some(spec) = object.get_mut("spec").and_then(Value::as_object_mut)
            && kind == Kind::Service
            && spec.get("type").and_then(Value::as_str) != Some("ExternalName")
        {
            spec.insert("clusterIP".to_owned(), json!("None"));
        }
        (path, object)
    });
    create(admin, objects).await
}

/// Creates namespaces.
pub(super) async fn create_namespaces(
    client: &Client,
    names: impl IntoIterator<Item = String>,
) -> Result<(), Box<dyn Error>> {
    let namespace = |name| ("/api/v1/namespaces".to_owned(), json!({"metadata": {"name": name}}));
    create(client, names.into_iter().map(namespace)).await
}

/// Creates each object at its path. Some are there several times.
async fn create(
    client: &Client,
    objects: impl Iterator<Item = (String, Value)>,
) -> Result<(), Box<dyn Error>> {
    let create = async |(path, object): (String, Value)| {
        let request = hyper::Request::post(path).header("Content-Type", "application/json");
        match client.request::<Value>(request.body(object.to_string().into_bytes())?).await {
            Err(kube::Error::Api(status)) if status.reason == "AlreadyExists" => Ok(()),
            answer => answer.map(drop).map_err(Box::<dyn Error>::from),
        }
    };
    stream::iter(objects).map(create).buffer_unordered(AT_A_TIME).try_collect().await
}

/// Passes on what comes to `listener` to the server at `address`, and counts it.
async fn forward(listener: TcpListener, address: String, meter: Arc<Meter>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let (meter, address) = (Arc::clone(&meter), address.clone());
        connections.spawn(async move {
            let Ok(mut server) = TcpStream::connect(address).await else { return };
            let _ = (stream.set_nodelay(true), server.set_nodelay(true));
            // Either side may leave.
            let _ = copy_bidirectional(&mut Metered { stream, meter }, &mut server).await;
        });
    }
}

/// Tells what a watch says of the Ingresses.
async fn listen(api: Api<Ingress>, tell: watch::Sender<BTreeMap<Key, Told>>) {
    let mut events = pin!(watcher(api, watcher::Config::default()));
    while let Some(event) = events.next().await {
        // It is tried again by itself.
        if let Ok(Event::Apply(ingress) | Event::InitApply(ingress)) = event {
            let generation = ingress.metadata.generation.unwrap_or_default();
            let is_ready = to_value(&ingress).is_ok_and(|ingress| is_ready(&ingress));
            tell.send_modify(|told| {
                told.insert(key(&ingress), Told { generation, is_ready });
            });
        }
    }
}
