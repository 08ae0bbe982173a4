//! Two replicas, as programs with the rights of `deploy.yaml` and no more, of which one is killed, paused or cut off.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use k8s_openapi::api::coordination::v1::Lease;
use kube::{Api, Client};
use tempfile::TempDir;
use tokio::time::sleep;

use crate::definitions::define;
use crate::restart::{World, create_namespace, deploy, put, team};
use crate::server::{KubeApiServer, PATIENCE, POLL, User};

const OPTIONS: &str = "apiVersion: knative-gloo-translate/v1\nkind: TranslateOptions\nprobe: false\n";

/// A controller's process. Dropped, it is killed.
struct Replica {
    process: Child,
    telemetry: SocketAddr,
    directory: TempDir,
}

impl Replica {
    fn start(name: &str, server: &KubeApiServer) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let file = |name: &str| directory.path().join(name);
        std::fs::write(file("kubeconfig"), server.kubeconfig(User::Controller).to_string()).unwrap();
        std::fs::write(file("options.yaml"), OPTIONS).unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let telemetry = listener.local_addr().unwrap();
        drop(listener);
        let process = Command::new(env!("CARGO_BIN_EXE_knative-gloo-controller"))
            .arg(format!("--options={}", file("options.yaml").display()))
            .arg(format!("--listen={telemetry}"))
            .args(["--settle=0", "--lease-duration=3"])
            .env("KUBECONFIG", file("kubeconfig"))
            .env("HOSTNAME", name)
            .env("RUST_LOG", "info")
            .stderr(std::fs::File::create(file("log")).unwrap())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Self { process, telemetry, directory }
    }

    fn signal(&self, signal: &str) {
        let sent = Command::new("kill").arg(signal).arg(self.process.id().to_string()).status().unwrap();
        assert!(sent.success(), "{signal}");
    }

    /// The answer to a request, if there is one.
    fn get(&self, path: &str) -> Option<String> {
        let mut stream = TcpStream::connect(self.telemetry).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
        write!(stream, "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        Some(answer)
    }

    fn is_ready(&self) -> bool {
        self.get("/readyz").is_some_and(|answer| answer.starts_with("HTTP/1.1 200 "))
    }

    fn metric(&self, name: &str) -> f64 {
        let answer = self.get("/metrics").unwrap();
        let line = answer.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("no {name} in\n{answer}")).parse().unwrap()
    }

    /// Proxies and statuses that it has asked the API server to write.
    fn writes(&self) -> f64 {
        ["proxy", "status"]
            .map(|kind| self.metric(&format!("knative_gloo_writes_total{{kind=\"{kind}\"}}")))
            .iter()
            .sum()
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.directory.path().join("log")).unwrap()
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        if std::thread::panicking() {
            eprintln!("{}", self.log());
        }
    }
}

async fn until(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let start = Instant::now();
    while !condition().await {
        assert!(start.elapsed() < PATIENCE, "still not so: {what}");
        sleep(POLL).await;
    }
}

/// Who holds the Lease, without the random part.
async fn holder(client: &Client) -> Option<String> {
    let api = Api::<Lease>::namespaced(client.clone(), "gloo-system");
    let lease = api.get_opt("knative-gloo-controller").await.unwrap()?;
    let identity = lease.spec?.holder_identity?;
    Some(identity.split('_').next().unwrap().to_owned())
}

async fn until_held_by(client: &Client, name: &str) {
    until(&format!("{name} holds the Lease"), async || holder(client).await.as_deref() == Some(name)).await;
}

/// Whatever becomes of the holder, the other writes what has changed since, and the former holder writes nothing more: also
/// one that runs on as if nothing had happened.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a kube-apiserver, which takes minutes to build"]
async fn another_replica_takes_over() {
    let server = KubeApiServer::start().await;
    let mut beside = server.start_beside().await;
    let admin = server.client(User::Admin).await;
    define(&admin).await;
    deploy(&admin).await;
    create_namespace(&admin, team(1)).await.unwrap();
    let world = World::new(&admin);
    put(&admin, 1, "first").await.unwrap();

    let first = Replica::start("first", &server);
    world.settled().await;
    assert_eq!(holder(&admin).await.as_deref(), Some("first"));
    let second = Replica::start("second", &server);
    until("the second is warm", async || second.is_ready()).await;
    assert_eq!((second.metric("knative_gloo_lease_held"), second.writes()), (0.0, 0.0));

    // Paused for longer than its Lease lasts.
    first.signal("-STOP");
    put(&admin, 1, "second").await.unwrap();
    until_held_by(&admin, "second").await;
    let last = world.settled().await;
    first.signal("-CONT");
    until("the first knows", async || first.log().contains("lost the lease")).await;
    let before = first.writes();
    put(&admin, 1, "third").await.unwrap();
    let next = world.settled().await;
    assert!(last.proxies.iter().zip(&next.proxies).all(|(last, next)| last != next));
    assert_eq!(first.writes(), before, "{}", first.log());

    // Killed.
    drop(second);
    put(&admin, 1, "fourth").await.unwrap();
    until_held_by(&admin, "first").await;
    world.settled().await;

    // Cut off: its API server is gone, while that of the others is there.
    let cut = Replica::start("cut", &beside);
    until("it is warm", async || cut.is_ready()).await;
    first.signal("-TERM");
    until_held_by(&admin, "cut").await;
    put(&admin, 1, "fifth").await.unwrap();
    world.settled().await;
    let third = Replica::start("third", &server);
    until("the third is warm", async || third.is_ready()).await;
    beside.kill();
    put(&admin, 1, "sixth").await.unwrap();
    until_held_by(&admin, "third").await;
    world.settled().await;
    assert_eq!(cut.metric("knative_gloo_lease_held"), 0.0);
    for replica in [&first, &cut, &third] {
        assert!(!replica.log().contains("panicked"), "{}", replica.log());
    }
    assert!(!third.log().contains("Forbidden"), "the rights are enough:\n{}", third.log());
}
