//! Two replicas, as programs with the rights of `deploy.yaml` and no more, of which one is killed, paused or cut off.

use crate::definitions::define;
use crate::replica::{OPTIONS, Replica, until};
use crate::restart::{Testbed, create_namespace, deploy, put, team};
use crate::server::{KubeApiServer, User};
use gloo_proxy_model::Proxy;
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::events::v1::Event;
use knative_gloo_translate::{BindPorts, Gateway, Options};
use kube::api::ListParams;
use kube::{Api, Client};

/// One that is rejected.
const REJECTED: usize = 10;

/// Who holds the Lease, without the random part.
async fn holder(client: &Client) -> Option<String> {
    let api = Api::<Lease>::namespaced(client.clone(), "gloo-system");
    let lease = api.get_opt("knative-gloo-controller").await.unwrap()?;
    let identity = lease.spec?.holder_identity?;
    Some(identity.split('_').next().unwrap().to_owned())
}

pub async fn until_held_by(client: &Client, name: &str) {
    until(&format!("{name} holds the Lease"), async || holder(client).await.as_deref() == Some(name)).await;
}

fn start(name: &str, server: &KubeApiServer) -> Replica {
    Replica::start(name, &server.kubeconfig(User::Controller), OPTIONS, &[])
}

/// Whatever becomes of the holder, the other writes what has changed since, and the former holder writes nothing more: also
/// one that runs on as if nothing had happened.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a kube-apiserver, which takes minutes to build"]
async fn standby_replica_takes_over() {
    let server = KubeApiServer::start().await;
    let mut beside = server.start_beside().await;
    let admin = server.client(User::Admin).await;
    define(&admin).await;
    deploy(&admin).await;
    create_namespace(&admin, team(1)).await.unwrap();
    let testbed = Testbed::new(&admin);
    put(&admin, 1, "first").await.unwrap();

    let first = start("first", &server);
    testbed.settled().await;
    assert_eq!(holder(&admin).await.as_deref(), Some("first"));
    let second = start("second", &server);
    until("the second is warm", async || second.is_ready()).await;
    assert_eq!((second.metric("knative_gloo_lease_held"), second.writes()), (0.0, 0.0));

    // Paused for longer than its Lease lasts.
    first.signal("-STOP");
    put(&admin, 1, "second").await.unwrap();
    until_held_by(&admin, "second").await;
    let last = testbed.settled().await;
    first.signal("-CONT");
    until("the first knows", async || first.log().contains("lost the lease")).await;
    let before = first.writes();
    put(&admin, 1, "third").await.unwrap();
    let next = testbed.settled().await;
    assert!(last.proxies.iter().zip(&next.proxies).all(|(last, next)| last != next));
    assert_eq!(first.writes(), before, "{}", first.log());

    // Killed.
    drop(second);
    put(&admin, 1, "fourth").await.unwrap();
    until_held_by(&admin, "first").await;
    testbed.settled().await;

    // Cut off: its API server is gone, while that of the others is there.
    let cut = start("cut", &beside);
    until("it is warm", async || cut.is_ready()).await;
    first.signal("-TERM");
    until_held_by(&admin, "cut").await;
    put(&admin, 1, "fifth").await.unwrap();
    testbed.settled().await;
    let third = start("third", &server);
    until("the third is warm", async || third.is_ready()).await;
    beside.kill();
    put(&admin, 1, "sixth").await.unwrap();
    until_held_by(&admin, "third").await;
    testbed.settled().await;
    assert_eq!(cut.metric("knative_gloo_lease_held"), 0.0);
    for replica in [&first, &cut, &third] {
        assert!(!replica.log().contains("panicked"), "{}", replica.log());
    }
    assert!(!third.log().contains("Forbidden"), "the rights are enough:\n{}", third.log());
}

/// While a version is replaced by another with other options, the one that holds the Lease writes alone: neither undoes what the other
/// has written, and what needs no change is not written by the next.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a kube-apiserver, which takes minutes to build"]
async fn two_versions_do_not_overwrite_each_other() {
    let server = KubeApiServer::start().await;
    let admin = server.client(User::Admin).await;
    define(&admin).await;
    deploy(&admin).await;
    for number in [1, REJECTED] {
        create_namespace(&admin, team(number)).await.unwrap();
        put(&admin, number, "first").await.unwrap();
    }
    let bind_ports = BindPorts { http: 8080, https: 8443 };
    let old_testbed = Testbed::new(&admin);
    let new_testbed = Testbed::with_options(&admin, Options::default().with_bind_ports(bind_ports));
    let new_options = format!("{OPTIONS}bindPorts: {{http: 8080, https: 8443}}\n");

    let old = start("old", &server);
    old_testbed.settled().await;
    let new = Replica::start("new", &server.kubeconfig(User::Controller), &new_options, &[]);
    until("the new one is warm", async || new.is_ready()).await;
    let mut generations = generations(&admin).await;
    for revision in ["second", "third", "fourth"] {
        put(&admin, 1, revision).await.unwrap();
        old_testbed.settled().await;
        generations = generations.map(|generation| generation + 1);
        assert_eq!(self::generations(&admin).await, generations, "{revision}: each Proxy is written once");
    }
    assert_eq!(new.writes(), 0.0);
    until("the old one tells", async || reporters(&admin).await == ["old"]).await;
    let before = old_testbed.settled().await;

    // A rollout stops the old one. The other writes its own Proxies, once, and no status, since all of them are right.
    assert!(old.stop().await.success());
    let after = new_testbed.settled().await;
    generations = generations.map(|generation| generation + 1);
    assert_eq!(self::generations(&admin).await, generations);
    assert_eq!(before.ingresses, after.ingresses);
    until("the new one tells", async || reporters(&admin).await == ["old", "new"]).await;

    // Rolled back: the old one is warm, and waits.
    let old = start("old", &server);
    until("the old one is warm", async || old.is_ready()).await;
    put(&admin, 1, "fifth").await.unwrap();
    new_testbed.settled().await;
    generations = generations.map(|generation| generation + 1);
    assert_eq!((self::generations(&admin).await, old.writes()), (generations, 0.0));
    assert!(new.stop().await.success());
    old_testbed.settled().await;
    generations = generations.map(|generation| generation + 1);
    assert_eq!(self::generations(&admin).await, generations);
}

/// How often the spec of each Proxy has changed.
async fn generations(client: &Client) -> [i64; 2] {
    let api = Api::<Proxy>::namespaced(client.clone(), "gloo-system");
    let proxies = Gateway::ALL.map(|gateway| api.get(gateway.proxy_name()));
    let [external, internal] = proxies;
    [external.await, internal.await].map(|proxy| proxy.unwrap().metadata.generation.unwrap())
}

/// Who has told of the rejected Ingress, the first time first.
async fn reporters(client: &Client) -> Vec<String> {
    let api = Api::<Event>::namespaced(client.clone(), &team(REJECTED));
    let mut events = api.list(&ListParams::default()).await.unwrap().items;
    events.sort_by_key(|event| event.event_time.clone());
    let instances = events.into_iter().filter_map(|event| event.reporting_instance);
    instances.map(|instance| instance.split('_').next().unwrap().to_owned()).collect()
}
