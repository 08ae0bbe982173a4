//! Replicas on a paused clock, and an API server that knows one Lease.
#![allow(clippy::arithmetic_side_effects, reason = "small numbers")]

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::{BodyExt, Full};
use kube::client::Body;
use serde_json::{Value, json};
use tokio::{task::JoinHandle, time::advance};
use tower::service_fn;

use super::*;

const STEP: Duration = Duration::from_millis(100);

/// The Lease as it is stored.
#[derive(Clone, Default)]
struct Server(Arc<Mutex<Stored>>);

#[derive(Default)]
struct Stored {
    lease: Option<Value>,
    version: u64,
}

/// How a replica reaches the server.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Link {
    #[default]
    Up,
    /// Requests are never answered.
    Hangs,
    /// Requests are answered with an error.
    Fails,
}

impl Server {
    fn answer(&self, method: &Method, lease: Option<Value>) -> (u16, Value) {
        let mut stored = self.0.lock().unwrap();
        let refusal = |code: u16| {
            let reason = if code == 404 { "NotFound" } else { "Conflict" };
            (code, json!({"kind": "Status", "status": "Failure", "reason": reason, "code": code}))
        };
        let sent = lease.as_ref().map(|lease| lease["metadata"]["resourceVersion"].clone());
        let known = stored.lease.as_ref().map(|lease| lease["metadata"]["resourceVersion"].clone());
        match *method {
            Method::GET => stored.lease.clone().map_or_else(|| refusal(404), |lease| (200, lease)),
            Method::POST if known.is_some() => refusal(409),
            Method::PUT if known.is_none() => refusal(404),
            Method::PUT if known != sent => refusal(409),
            _ => {
                stored.version += 1;
                let mut lease = lease.unwrap();
                lease["metadata"]["resourceVersion"] = json!(stored.version.to_string());
                stored.lease = Some(lease.clone());
                (200, lease)
            }
        }
    }

    /// Changes the Lease as somebody else does.
    fn edit(&self, edit: impl FnOnce(&mut Value)) {
        let mut lease = self.0.lock().unwrap().lease.clone().unwrap();
        edit(&mut lease);
        assert_eq!(self.answer(&Method::PUT, Some(lease)).0, 200);
    }

    fn spec(&self) -> Value {
        self.0.lock().unwrap().lease.as_ref().map_or(Value::Null, |lease| lease["spec"].clone())
    }

    fn client(&self, link: &Arc<Mutex<Link>>) -> Client {
        let (server, link) = (self.clone(), Arc::clone(link));
        let service = service_fn(move |request: Request<Body>| {
            let (server, link) = (server.clone(), *link.lock().unwrap());
            async move {
                if link == Link::Hangs {
                    std::future::pending::<()>().await;
                }
                let method = request.method().clone();
                let body = request.into_body().collect().await.unwrap().to_bytes();
                let (code, answer) = match link {
                    Link::Fails => (500, json!({"kind": "Status", "status": "Failure", "code": 500})),
                    Link::Up | Link::Hangs => server.answer(&method, serde_json::from_slice(&body).ok()),
                };
                let body = Full::new(Bytes::from(answer.to_string()));
                Ok::<_, Error>(Response::builder().status(code).body(body).unwrap())
            }
        });
        Client::new(service, "default")
    }
}

struct Replica {
    link: Arc<Mutex<Link>>,
    leadership: Leadership,
    telemetry: Telemetry,
    task: Option<JoinHandle<()>>,
    stop: Arc<tokio::sync::Notify>,
}

impl Replica {
    fn start(server: &Server, identity: &str) -> Self {
        let link = Arc::new(Mutex::new(Link::Up));
        let config = LeaseConfig { identity: identity.to_owned(), ..LeaseConfig::new("host") };
        let telemetry = Telemetry::default();
        telemetry.health.turned(true);
        let (mut election, leadership) =
            Election::new(server.client(&link), "gloo-system", config, telemetry.clone());
        let stop = Arc::new(tokio::sync::Notify::new());
        let stopped = Arc::clone(&stop);
        let task = tokio::spawn(async move {
            tokio::select! {
                () = election.run() => {}
                () = stopped.notified() => {}
            }
            election.release().await;
        });
        Self { link, leadership, telemetry, task: Some(task), stop }
    }

    fn set_link(&self, link: Link) {
        *self.link.lock().unwrap() = link;
    }

    fn is_held(&self) -> bool {
        self.leadership.is_held()
    }

    async fn stop(&mut self) {
        self.stop.notify_one();
        self.task.take().unwrap().await.unwrap();
    }
}

/// Lets time pass. No two replicas may hold the Lease at any time.
async fn pass(time: Duration, replicas: [&Replica; 2]) {
    let end = Instant::now() + time;
    while Instant::now() < end {
        sleep(STEP).await;
        assert!(!replicas.iter().all(|replica| replica.is_held()), "both hold it");
    }
}

/// Lets time pass until `replica` holds the Lease. Returns how long that took.
async fn until_held(replica: &Replica, other: &Replica) -> Duration {
    let start = Instant::now();
    while !replica.is_held() {
        assert!(start.elapsed() < Duration::from_secs(120), "it never holds it");
        pass(STEP, [replica, other]).await;
    }
    start.elapsed()
}

const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[tokio::test(start_paused = true)]
async fn one_replica_acquires_the_lease_and_the_other_stands_by() {
    let server = Server::default();
    let first = Replica::start(&server, "first");
    sleep(secs(1)).await;
    let second = Replica::start(&server, "second");
    assert!(first.is_held());
    assert!(second.telemetry.health.ready().is_err(), "it has not looked");
    for _ in 0..10 {
        pass(secs(30), [&first, &second]).await;
        first.telemetry.health.turned(true);
        second.telemetry.health.turned(true);
        assert!(first.is_held());
    }
    assert_eq!((first.telemetry.health.ready(), second.telemetry.health.ready()), (Ok(()), Ok(())));
    let spec = server.spec();
    assert_eq!(
        [&spec["holderIdentity"], &spec["leaseDurationSeconds"], &spec["leaseTransitions"]],
        [&json!("first"), &json!(15), &json!(0)]
    );
}

#[tokio::test(start_paused = true)]
async fn released_lease_is_acquired_at_once() {
    let server = Server::default();
    let mut first = Replica::start(&server, "first");
    sleep(secs(1)).await;
    let second = Replica::start(&server, "second");
    pass(secs(20), [&first, &second]).await;
    first.stop().await;
    assert!(!first.is_held());
    assert_eq!(server.spec()["holderIdentity"], json!(null));
    assert!(until_held(&second, &first).await <= secs(2) + STEP);
    assert_eq!(server.spec()["leaseTransitions"], json!(1));
}

#[tokio::test(start_paused = true)]
async fn lease_of_a_killed_holder_expires() {
    let server = Server::default();
    let first = Replica::start(&server, "first");
    sleep(secs(1)).await;
    let second = Replica::start(&server, "second");
    pass(secs(20), [&first, &second]).await;
    first.task.as_ref().unwrap().abort();
    let took = until_held(&second, &first).await;
    assert!(took > secs(12) && took < secs(18), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn disconnected_holder_stops_before_the_lease_expires() {
    for cut in [Link::Hangs, Link::Fails] {
        let server = Server::default();
        let first = Replica::start(&server, "first");
        sleep(secs(1)).await;
        let second = Replica::start(&server, "second");
        pass(secs(20), [&first, &second]).await;
        first.set_link(cut);
        pass(secs(7), [&first, &second]).await;
        assert!(first.is_held(), "its last renewal still counts");
        pass(secs(4), [&first, &second]).await;
        assert!(!first.is_held() && !second.is_held());
        assert!(until_held(&second, &first).await < secs(8));
        pass(secs(20), [&first, &second]).await;
        first.telemetry.health.turned(true);
        assert_eq!(first.telemetry.health.ready().unwrap_err(), "the lease could not be read or written");
        // It is back, and waits for its turn.
        first.set_link(Link::Up);
        pass(secs(60), [&first, &second]).await;
        first.telemetry.health.turned(true);
        assert!(second.is_held());
        assert_eq!(first.telemetry.health.ready(), Ok(()));
    }
}

#[tokio::test(start_paused = true)]
async fn paused_holder_knows_that_its_lease_expired() {
    let server = Server::default();
    let link = Arc::new(Mutex::new(Link::Up));
    let config = LeaseConfig { identity: "paused".to_owned(), ..LeaseConfig::new("host") };
    let (mut election, leadership) =
        Election::new(server.client(&link), "gloo-system", config, Telemetry::default());
    election.step().await;
    assert!(leadership.is_held());
    // Nothing of it runs, not even a timer.
    advance(secs(10) - STEP).await;
    assert!(leadership.is_held());
    advance(STEP).await;
    assert!(!leadership.is_held());
    // Before it has been told anything it sends nothing; reading is free.
    let gated = Api::<Lease>::namespaced(gate_writes(&server.client(&link), &leadership), "gloo-system");
    let lease = gated.get("knative-gloo-controller").await.unwrap();
    let refused = gated.replace("knative-gloo-controller", &PostParams::default(), &lease).await;
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("does not hold the lease"), "{refused}");
    election.step().await;
    assert!(leadership.is_held(), "nobody else has taken it");
    gated.replace("knative-gloo-controller", &PostParams::default(), &lease).await.unwrap_err();
    let lease = gated.get("knative-gloo-controller").await.unwrap();
    gated.replace("knative-gloo-controller", &PostParams::default(), &lease).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn lease_survives_a_short_failure_and_an_edit() {
    let server = Server::default();
    let first = Replica::start(&server, "first");
    sleep(secs(1)).await;
    let second = Replica::start(&server, "second");
    pass(secs(20), [&first, &second]).await;
    for _ in 0..5 {
        first.set_link(Link::Fails);
        pass(secs(5), [&first, &second]).await;
        first.set_link(Link::Up);
        pass(secs(5), [&first, &second]).await;
        // As `kubectl annotate` does.
        server.edit(|lease| lease["metadata"]["annotations"] = json!({"of": "somebody"}));
        for _ in 0..50 {
            pass(STEP, [&first, &second]).await;
            assert!(first.is_held());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn lease_does_not_depend_on_the_wall_clock() {
    for renewed in ["1970-01-01T00:00:00.000000Z", "2100-01-01T00:00:00.000000Z"] {
        let server = Server::default();
        let spec = json!({"holderIdentity": "another", "leaseDurationSeconds": 15, "renewTime": renewed});
        let lease = json!({"metadata": {"name": "knative-gloo-controller"}, "spec": spec});
        server.answer(&Method::POST, Some(lease));
        let replica = Replica::start(&server, "replica");
        let start = Instant::now();
        while !replica.is_held() {
            assert!(start.elapsed() < secs(60));
            sleep(STEP).await;
        }
        let took = start.elapsed();
        assert!(took >= secs(15) && took < secs(18), "{took:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn deleted_lease_is_recreated() {
    let server = Server::default();
    let first = Replica::start(&server, "first");
    sleep(secs(1)).await;
    server.0.lock().unwrap().lease = None;
    sleep(secs(5)).await;
    assert!(first.is_held());
    assert_eq!(server.spec()["holderIdentity"], json!("first"));
}

#[test]
fn lease_identities_are_unique() {
    let [first, second] = [(); 2].map(|()| LeaseConfig::new("host").identity);
    assert!(first.starts_with("host_") && first != second, "{first} {second}");
}
