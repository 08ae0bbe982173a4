//! A small API server on loopback: LIST, WATCH, server-side apply, and patches of statuses.

use std::{
    collections::HashMap,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard},
    time::Instant,
};

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::{Method, Request, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::{net::TcpListener, sync::watch, task::JoinHandle, task::JoinSet};

use super::answer::{Body, json, refusal, too_many};
use super::meter::{Arrival, Meter, Metered};
use super::store::{Key, Kind, Refused, Store};
use super::watches::{selects, watch};

/// What goes wrong with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is answered with this code.
    Answer(u16),
    /// It is answered 429, as by an API server that has too much to do: not before so many seconds.
    TooMany(u32),
    /// The connection is closed before it is looked at.
    Drop,
    /// It is done, and then the connection is closed.
    DropAfterwards,
    /// It is done when late requests are let through, as if it had been on its way until then.
    Late,
}

/// What becomes of every watch at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// It is over, without an event.
    Over,
    /// It is answered that its version is forgotten.
    Forgotten,
}

/// How the server behaves, beside what it stores.
#[derive(Default)]
pub(crate) struct Behaviour {
    /// The faults of the next writes of a kind of objects, in order.
    pub(crate) write_faults: Vec<(Kind, Fault)>,
    /// The faults of the next lists and watches, in order.
    pub(crate) read_faults: Vec<(Kind, Fault)>,
    /// Whether a watch from a lost version is answered 410, rather than with 200 and an error in the stream.
    pub(crate) answers_gone: bool,
    pub(crate) end_of_watches: Option<End>,
    /// How many of the next events of Ingresses have their `object` before their `type`, which the controller can't read.
    pub(crate) reversed_events: usize,
    /// Lists and watches that have waited for being let through.
    pub(crate) held: usize,
    /// Pages of lists that were asked for.
    pub(crate) lists: usize,
    pub(crate) watches: usize,
    /// Writes that have come as far as the gate.
    pub(crate) arrived: usize,
    /// Faults that have come to pass.
    pub(crate) failed: usize,
}

pub(super) struct Shared {
    pub(super) store: Mutex<Store>,
    pub(super) behaviour: Mutex<Behaviour>,
    /// Says that something has changed.
    pub(super) changed: watch::Sender<()>,
    /// Closed, writes wait before they are looked at.
    gate: watch::Sender<bool>,
    /// Whether late requests are let through.
    late: watch::Sender<bool>,
    /// Lists of this kind wait.
    held: watch::Sender<Option<Kind>>,
    /// Each new value ends all watches.
    pub(super) expiry: watch::Sender<u64>,
    meter: Arc<Meter>,
}

pub(crate) struct Server {
    shared: Arc<Shared>,
    address: SocketAddr,
    task: Option<JoinHandle<()>>,
}

/// A way to what a server stores.
#[derive(Clone)]
pub(crate) struct View(Arc<Shared>);

impl View {
    pub(crate) fn store(&self) -> MutexGuard<'_, Store> {
        self.0.store.lock().unwrap()
    }

    /// Changes what is stored, and says so.
    pub(crate) fn edit<T>(&self, edit: impl FnOnce(&mut Store) -> T) -> T {
        let result = edit(&mut self.store());
        self.notify();
        result
    }

    /// Lets tests look at what they wait for.
    pub(crate) fn notify(&self) {
        self.0.changed.send_replace(());
    }
}

impl Server {
    pub(crate) fn view(&self) -> View {
        View(Arc::clone(&self.shared))
    }

    pub(crate) async fn start() -> Self {
        let shared = Arc::new(Shared {
            store: Mutex::default(),
            behaviour: Mutex::default(),
            changed: watch::Sender::new(()),
            gate: watch::Sender::new(true),
            late: watch::Sender::new(false),
            held: watch::Sender::new(None),
            expiry: watch::Sender::new(0),
            meter: Arc::default(),
        });
        // Versions of a real cluster don't begin at 0.
        shared.store.lock().unwrap().version = 1000;
        let mut server = Self { shared, address: (Ipv4Addr::LOCALHOST, 0).into(), task: None };
        server.resume().await;
        server
    }

    /// Listens, at the same address as the last time.
    pub(crate) async fn resume(&mut self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        self.address = listener.local_addr().unwrap();
        let shared = Arc::clone(&self.shared);
        self.task = Some(tokio::spawn(async move {
            // Dropped, it ends all connections.
            let mut connections = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let shared = Arc::clone(&shared);
                let socket = Metered { stream, meter: Arc::clone(&shared.meter) };
                connections.spawn(async move {
                    let service = service_fn(move |request| answer(Arc::clone(&shared), request));
                    // A client that leaves, or a fault.
                    let _ = http1::Builder::new().serve_connection(TokioIo::new(socket), service).await;
                });
                while connections.try_join_next().is_some() {}
            }
        }));
    }

    /// Ends all connections and refuses new ones.
    pub(crate) async fn stop(&mut self) {
        let task = self.task.take().unwrap();
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
    }

    pub(crate) fn uri(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn store(&self) -> MutexGuard<'_, Store> {
        self.shared.store.lock().unwrap()
    }

    /// Changes the store, and lets watches and tests know.
    pub(crate) fn edit<T>(&self, edit: impl FnOnce(&mut Store) -> T) -> T {
        let result = edit(&mut self.store());
        self.shared.changed.send_replace(());
        result
    }

    pub(crate) fn meter(&self) -> &Meter {
        &self.shared.meter
    }

    pub(crate) fn behaviour(&self) -> MutexGuard<'_, Behaviour> {
        self.shared.behaviour.lock().unwrap()
    }

    /// Ready when anything may have changed since the last time.
    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        self.shared.changed.subscribe()
    }

    pub(crate) fn set_gate(&self, is_open: bool) {
        self.shared.gate.send_replace(is_open);
    }

    pub(crate) fn let_late_requests_through(&self) {
        self.shared.late.send_replace(true);
    }

    pub(crate) fn hold_lists_of(&self, kind: Option<Kind>) {
        self.shared.held.send_replace(kind);
    }

    /// Ends all watches as a server does when their time is over.
    pub(crate) fn expire_watches(&self) {
        self.shared.expiry.send_modify(|expiry| *expiry += 1);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

/// The part of a path that names objects.
struct Target {
    kind: Kind,
    /// Of one object alone, and whether of its status.
    object: Option<(Key, bool)>,
}

impl Target {
    fn of(path: &str) -> Option<Self> {
        let kind_of = |plural: &str| Kind::ALL.into_iter().find(|kind| kind.plural() == plural);
        let segments: Vec<_> = path.split('/').skip(1).collect();
        let (api, rest) = match *segments {
            ["api", version, ref rest @ ..] => (version.to_owned(), rest),
            ["apis", group, version, ref rest @ ..] => (format!("{group}/{version}"), rest),
            _ => return None,
        };
        let target = match *rest {
            [plural] | ["namespaces", _, plural] => Self { kind: kind_of(plural)?, object: None },
            ["namespaces", namespace, plural, name, ref sub @ ..] if matches!(*sub, [] | ["status"]) => {
                let kind = kind_of(plural)?;
                Self { kind, object: Some(((kind, namespace.to_owned(), name.to_owned()), !sub.is_empty())) }
            }
            _ => return None,
        };
        (target.kind.api_version() == api).then_some(target)
    }
}

async fn answer(shared: Arc<Shared>, request: Request<Incoming>) -> Result<Response<Body>, &'static str> {
    let is_write = request.method() != Method::GET;
    let Some(target) = Target::of(request.uri().path()) else {
        return Ok(refusal(&(404, "NotFound", format!("no {}", request.uri()))));
    };
    let kind = target.kind;
    if is_write && matches!(kind, Kind::Lease | Kind::Event) {
        // Neither waits with the others nor is counted with them.
    } else if is_write {
        shared.behaviour.lock().unwrap().arrived += 1;
        shared.changed.send_replace(());
        shared.gate.subscribe().wait_for(|is_open| *is_open).await.unwrap();
    } else if *shared.held.borrow() == Some(kind) {
        shared.behaviour.lock().unwrap().held += 1;
        shared.changed.send_replace(());
        shared.held.subscribe().wait_for(|held| *held != Some(kind)).await.unwrap();
    }
    let fault = {
        let mut behaviour = shared.behaviour.lock().unwrap();
        let faults = if is_write { &mut behaviour.write_faults } else { &mut behaviour.read_faults };
        let fault = faults.iter().position(|fault| fault.0 == kind).map(|place| faults.remove(place).1);
        behaviour.failed += usize::from(fault.is_some());
        fault
    };
    shared.changed.send_replace(());
    let (parts, body) = request.into_parts();
    // Read whatever becomes of it: a connection that is closed over an unread body loses the answer too.
    let Ok(body) = body.collect().await else { return Err("the client has gone") };
    let of_query = query(parts.uri.query().unwrap_or_default());
    shared.meter.arrivals().push(Arrival {
        at: Instant::now(),
        method: parts.method.clone(),
        kind,
        is_watch: of_query.contains_key("watch"),
        is_trial: of_query.contains_key("dryRun"),
    });
    let request = Request::from_parts(parts, body.to_bytes());
    match fault {
        Some(Fault::Answer(code)) => return Ok(refusal(&(code, "Fault", "as the test wants it".to_owned()))),
        Some(Fault::TooMany(seconds)) => return Ok(too_many(seconds)),
        Some(Fault::Drop) => return Err("dropped"),
        Some(Fault::Late) => {
            shared.late.subscribe().wait_for(|is_over| *is_over).await.unwrap();
        }
        Some(Fault::DropAfterwards) | None => {}
    }
    let key = target.object.as_ref().map(|(key, _)| key.clone());
    let result = handle(&shared, target, request).await;
    shared.changed.send_replace(());
    if fault == Some(Fault::DropAfterwards) {
        // Whoever isn't told that it has been written may write it again.
        shared.store.lock().unwrap().forget_last_write(&key.unwrap());
        return Err("dropped afterwards");
    }
    Ok(result.unwrap_or_else(|refused| refusal(&refused)))
}

async fn handle(
    shared: &Arc<Shared>,
    Target { kind, object }: Target,
    request: Request<Bytes>,
) -> Result<Response<Body>, Refused> {
    let query = query(request.uri().query().unwrap_or_default());
    let wanted = |what: &str| (400, "BadRequest", format!("{what} is wanted"));
    let content_type = request.headers().get("content-type").cloned();
    let method = request.method().clone();
    let body = request.into_body();
    let content = |r#type: &str| match &content_type {
        Some(found) if found == r#type => serde_json::from_slice::<Value>(&body).map_err(|_| wanted("JSON")),
        _ => Err(wanted(r#type)),
    };
    if kind == Kind::Lease && method != Method::GET {
        let lease = content("application/json")?;
        let name = lease["metadata"]["name"].as_str().ok_or_else(|| wanted("a name"))?.to_owned();
        let is_new = object.is_none();
        let key = (kind, "gloo-system".to_owned(), name);
        let lease = shared.store.lock().unwrap().write_lease(&key, lease, is_new)?;
        return Ok(json(200, &lease));
    }
    if kind == Kind::Event {
        let event = content("application/json")?;
        let namespace = event["metadata"]["namespace"].as_str().ok_or_else(|| wanted("a namespace"))?;
        return Ok(json(200, &shared.store.lock().unwrap().create_event(namespace, event.clone())));
    }
    let Some((key, is_status)) = object else {
        let selector = query.get("fieldSelector").and_then(|selector| selector.split_once('='));
        let selector =
            selector.map(|(field, value)| (format!("/{}", field.replace('.', "/")), value.to_owned()));
        if query.get("watch").is_some_and(|watch| watch == "true") {
            let from = query.get("resourceVersion").and_then(|version| version.parse().ok());
            let from = from.ok_or_else(|| wanted("a resourceVersion"))?;
            return watch(
                shared,
                kind,
                selector,
                from,
                query.get("allowWatchBookmarks").is_some_and(|it| it == "true"),
            );
        }
        shared.behaviour.lock().unwrap().lists += 1;
        let is_wanted = |object: &Value| selects(selector.as_ref(), object);
        let limit = query.get("limit").and_then(|limit| limit.parse().ok());
        let list = shared.store.lock().unwrap().list(kind, is_wanted, limit, query.get("continue"))?;
        return Ok(json(200, &list));
    };
    let mut store = shared.store.lock().unwrap();
    match (kind, method, is_status) {
        (Kind::Proxy, Method::PATCH, false)
            if content_type.as_ref().is_some_and(|it| it == "application/merge-patch+json") =>
        {
            let stored = store.merge_proxy(&key, &content("application/merge-patch+json")?)?;
            Ok(json(200, &stored))
        }
        (Kind::Proxy, Method::PATCH, false) => {
            let manager = query.get("fieldManager").ok_or_else(|| wanted("a fieldManager"))?;
            if query.get("force").is_none_or(|force| force != "true") {
                return Err((409, "Conflict", "another field manager".to_owned()));
            }
            let is_trial = query.get("dryRun").is_some_and(|it| it == "All");
            let stored = store.apply(&key, manager, content("application/apply-patch+yaml")?, is_trial)?;
            Ok(json(200, &stored))
        }
        (Kind::Proxy | Kind::Lease, Method::GET, false) => store
            .objects
            .get(&key)
            .map(|proxy| json(200, proxy))
            .ok_or((404, "NotFound", "it is not there".to_owned())),
        (Kind::Ingress, Method::PATCH, true) => {
            let stored = store.patch_status(&key, &content("application/merge-patch+json")?)?;
            Ok(json(200, &stored))
        }
        (_, method, _) => Err((405, "MethodNotAllowed", format!("no {method} of {key:?}"))),
    }
}

fn query(query: &str) -> HashMap<String, String> {
    let decoded = |text: &str| text.replace("%3D", "=").replace("%2F", "/");
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), decoded(value)))
        .collect()
}
