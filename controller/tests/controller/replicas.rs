//! Several replicas: the holder of the Lease writes, the others keep up and take over.

use knative_gloo_translate::Gateway;
use serde_json::{Value, json};
use tokio::task::yield_now;

use crate::support::{Replica, Testbed, ingress, key, proxy_key, server::Fault, store::Kind};
use crate::{blog, shop};

fn news() -> serde_json::Value {
    ingress("team-c", "news", "news.example.com", "news-1")
}

/// Waits until a replica that does not write could take over.
async fn until_warm(testbed: &Testbed, replica: &Replica) {
    testbed.until("it is warm", |_| replica.telemetry.health.ready().is_ok()).await;
    assert_eq!(replica.metric("knative_gloo_lease_held"), 0.0);
}

#[tokio::test]
async fn only_the_lease_holder_writes_and_a_standby_takes_over() {
    let mut testbed = Testbed::new().await;
    testbed.put(shop());
    let first = testbed.start_replica("first");
    testbed.settle().await;
    assert_eq!(testbed.holder().as_deref(), Some("first"));
    let second = testbed.start_replica("second");
    until_warm(&testbed, &second).await;
    testbed.put(blog());
    testbed.settle().await;
    for kind in ["proxy", "status", "lease"] {
        assert_eq!(second.metric(&format!("knative_gloo_writes_total{{kind=\"{kind}\"}}")), 0.0, "{kind}");
    }
    // Stopped, it gives the Lease back.
    first.stop().await;
    assert_eq!(testbed.holder(), None);
    testbed.put(news());
    testbed.settle().await;
    assert_eq!(testbed.holder().as_deref(), Some("second"));
    assert_eq!(second.metric("knative_gloo_lease_held"), 1.0);
    // Killed, it is followed when its Lease has run out.
    let third = testbed.start_replica("third");
    until_warm(&testbed, &third).await;
    second.task.abort();
    testbed.put(ingress("team-c", "more-news", "more.example.com", "news-1"));
    testbed.settle().await;
    assert_eq!(testbed.holder().as_deref(), Some("third"));
    // The change of hands has cost no write beside.
    assert_eq!(testbed.writes()[&proxy_key(Gateway::External)], 4);
    third.stop().await;
}

#[tokio::test]
async fn late_write_of_a_former_lease_holder_is_rejected() {
    let mut testbed = Testbed::with([shop()]).await;
    testbed.stop_controller().await;
    let first = testbed.start_replica("first");
    let second = testbed.start_replica("second");
    testbed.until("the first holds it", |_| first.metric("knative_gloo_lease_held") == 1.0).await;
    until_warm(&testbed, &second).await;
    // Its write of a Proxy is on its way for long.
    testbed.server.behaviour().write_faults.push((Kind::Proxy, Fault::Late));
    testbed.put(blog());
    testbed.until("it is on its way", |server| server.behaviour().write_faults.is_empty()).await;
    let lease = key(Kind::Lease, "gloo-system", "knative-gloo-controller");
    testbed.server.edit(|store| {
        let mut object = Value::clone(&store.objects[&lease]);
        object["spec"]["holderIdentity"] = json!("second");
        store.write_lease(&lease, object, false).unwrap();
    });
    testbed.put(news());
    testbed.settle().await;
    assert_eq!(testbed.holder().as_deref(), Some("second"));
    let version = |testbed: &Testbed| {
        let store = testbed.server.store();
        Gateway::ALL.map(|gateway| store.objects[&proxy_key(gateway)]["metadata"]["resourceVersion"].clone())
    };
    let before = (version(&testbed), testbed.server.store().stale_applies);
    testbed.server.let_late_requests_through();
    testbed.until("it has arrived", |server| server.store().stale_applies > before.1).await;
    for _ in 0..100 {
        yield_now().await;
    }
    assert_eq!(version(&testbed), before.0);
    testbed
        .until("the first knows that it is over", |_| first.metric("knative_gloo_lease_held") == 0.0)
        .await;
    first.stop().await;
    second.stop().await;
}

#[tokio::test]
async fn constantly_changing_proxy_is_still_written() {
    let mut testbed = Testbed::with([shop()]).await;
    // As Gloo does, which tells its verdict in the Proxy.
    for round in 0..20 {
        let before = testbed.server.store().stale_applies;
        testbed.server.set_gate(false);
        let arrived = testbed.server.behaviour().arrived;
        testbed.put(ingress("team-a", "shop", "shop.example.com", &format!("shop-{round}")));
        testbed.until("a write waits", |server| server.behaviour().arrived > arrived).await;
        for gateway in Gateway::ALL {
            testbed.server.edit(|store| {
                let mut proxy = Value::clone(&store.objects[&proxy_key(gateway)]);
                proxy["metadata"]["annotations"] = json!({"round": round.to_string()});
                store.put(Kind::Proxy, proxy);
            });
        }
        testbed.server.set_gate(true);
        testbed.settle().await;
        assert!(testbed.server.store().stale_applies > before, "round {round}");
    }
}
