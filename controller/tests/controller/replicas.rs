//! Several replicas: the holder of the Lease writes, the others keep up and take over.

use knative_gloo_translate::Gateway;
use serde_json::json;
use tokio::task::yield_now;

use crate::support::{Replica, World, ingress, key, proxy_key, server::Fault, store::Kind};
use crate::{blog, shop};

fn news() -> serde_json::Value {
    ingress("team-c", "news", "news.example.com", "news-1")
}

/// Waits until a replica that does not write could take over.
async fn until_warm(world: &World, replica: &Replica) {
    world.until("it is warm", |_| replica.telemetry.health.ready().is_ok()).await;
    assert_eq!(replica.metric("knative_gloo_lease_held"), 0.0);
}

#[tokio::test]
async fn only_the_lease_holder_writes_and_a_standby_takes_over() {
    let mut world = World::new().await;
    world.put(shop());
    let first = world.start_replica("first");
    world.settle().await;
    assert_eq!(world.holder().as_deref(), Some("first"));
    let second = world.start_replica("second");
    until_warm(&world, &second).await;
    world.put(blog());
    world.settle().await;
    for kind in ["proxy", "status", "lease"] {
        assert_eq!(second.metric(&format!("knative_gloo_writes_total{{kind=\"{kind}\"}}")), 0.0, "{kind}");
    }
    // Stopped, it gives the Lease back.
    first.stop().await;
    assert_eq!(world.holder(), None);
    world.put(news());
    world.settle().await;
    assert_eq!(world.holder().as_deref(), Some("second"));
    assert_eq!(second.metric("knative_gloo_lease_held"), 1.0);
    // Killed, it is followed when its Lease has run out.
    let third = world.start_replica("third");
    until_warm(&world, &third).await;
    second.task.abort();
    world.put(ingress("team-c", "more-news", "more.example.com", "news-1"));
    world.settle().await;
    assert_eq!(world.holder().as_deref(), Some("third"));
    // The change of hands has cost no write beside.
    assert_eq!(world.writes()[&proxy_key(Gateway::External)], 4);
    third.stop().await;
}

#[tokio::test]
async fn late_write_of_a_former_lease_holder_is_rejected() {
    let mut world = World::with([shop()]).await;
    world.stop_controller().await;
    let first = world.start_replica("first");
    let second = world.start_replica("second");
    world.until("the first holds it", |_| first.metric("knative_gloo_lease_held") == 1.0).await;
    until_warm(&world, &second).await;
    // Its write of a Proxy is on its way for long.
    world.server.behaviour().write_faults.push((Kind::Proxy, Fault::Late));
    world.put(blog());
    world.until("it is on its way", |server| server.behaviour().write_faults.is_empty()).await;
    let lease = key(Kind::Lease, "gloo-system", "knative-gloo-controller");
    world.server.edit(|store| {
        let mut object = store.objects[&lease].clone();
        object["spec"]["holderIdentity"] = json!("second");
        store.write_lease(&lease, object, false).unwrap();
    });
    world.put(news());
    world.settle().await;
    assert_eq!(world.holder().as_deref(), Some("second"));
    let version = |world: &World| {
        let store = world.server.store();
        Gateway::ALL.map(|gateway| store.objects[&proxy_key(gateway)]["metadata"]["resourceVersion"].clone())
    };
    let before = (version(&world), world.server.store().stale_applies);
    world.server.let_late_requests_through();
    world.until("it has arrived", |server| server.store().stale_applies > before.1).await;
    for _ in 0..100 {
        yield_now().await;
    }
    assert_eq!(version(&world), before.0);
    world.until("the first knows that it is over", |_| first.metric("knative_gloo_lease_held") == 0.0).await;
    first.stop().await;
    second.stop().await;
}

#[tokio::test]
async fn constantly_changing_proxy_is_still_written() {
    let mut world = World::with([shop()]).await;
    // As Gloo does, which tells its verdict in the Proxy.
    for round in 0..20 {
        let before = world.server.store().stale_applies;
        world.server.set_gate(false);
        let arrived = world.server.behaviour().arrived;
        world.put(ingress("team-a", "shop", "shop.example.com", &format!("shop-{round}")));
        world.until("a write waits", |server| server.behaviour().arrived > arrived).await;
        for gateway in Gateway::ALL {
            world.server.edit(|store| {
                let mut proxy = store.objects[&proxy_key(gateway)].clone();
                proxy["metadata"]["annotations"] = json!({"round": round.to_string()});
                store.put(Kind::Proxy, proxy);
            });
        }
        world.server.set_gate(true);
        world.settle().await;
        assert!(world.server.store().stale_applies > before, "round {round}");
    }
}
