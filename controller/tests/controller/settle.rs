//! Traffic moves to endpoints that the gateways know.

use std::time::Duration;

use knative_gloo_translate::Gateway;
use serde_json::{Value, json};

use crate::support::{Testbed, ingress, key, proxy_key, store::Kind};
use crate::{blog, shop};

/// Longer than any test lasts.
const NEVER: Duration = Duration::from_secs(3600);

fn slice(service: &str) -> Value {
    json!({
        "apiVersion": Kind::EndpointSlice.api_version(),
        "kind": "EndpointSlice",
        "addressType": "IPv4",
        "metadata": {"namespace": "team-a", "name": service, "labels": {"kubernetes.io/service-name": service}},
        "endpoints": [{"addresses": ["10.0.0.1"], "conditions": {"ready": true}}],
    })
}

fn shop_at(service: &str) -> Value {
    ingress("team-a", "shop", "shop.example.com", service)
}

/// A controller at rest that serves the shop from `shop-1`, and from now on waits for endpoints.
async fn at_rest(settle: Duration) -> Testbed {
    let mut testbed = Testbed::with([shop(), blog()]).await;
    testbed.stop_controller().await;
    testbed.config.settle = settle;
    // What has been there for long is not waited for.
    testbed.server.edit(|store| store.put(Kind::EndpointSlice, slice("shop-old")));
    testbed.start_controller();
    testbed.settle().await;
    testbed
}

/// Whether the external gateway is told to send requests there.
fn sends_to(testbed: &Testbed, service: &str) -> bool {
    let store = testbed.server.store();
    store.objects[&proxy_key(Gateway::External)]["spec"].to_string().contains(&format!("\"{service}\""))
}

/// The Ingress waits with the routes that it had.
async fn is_held_back(testbed: &mut Testbed) {
    testbed.until_ready("team-a", "shop", "Unknown EndpointsNotSettled").await;
    testbed.pass_barrier().await;
    assert!(sends_to(testbed, "shop-1") && !sends_to(testbed, "shop-2"));
    let shop = Value::clone(&testbed.server.store().objects[&key(Kind::Ingress, "team-a", "shop")]);
    assert_eq!(shop["status"]["observedGeneration"], shop["metadata"]["generation"]);
    let message = shop["status"]["conditions"][0]["message"].as_str().unwrap();
    assert!(message.contains("team-a/shop-2"), "{message}");
}

#[tokio::test]
async fn change_to_unsettled_endpoints_delays_only_its_ingress() {
    let mut testbed = at_rest(NEVER).await;
    testbed.server.edit(|store| store.put(Kind::EndpointSlice, slice("shop-2")));
    testbed.put(shop_at("shop-2"));
    is_held_back(&mut testbed).await;

    // Others go on.
    let mut changed = blog();
    changed["spec"]["rules"][0]["hosts"] = json!(["news.example.com"]);
    testbed.put(changed);
    testbed.until_ready("team-b", "blog", "True").await;
    assert!(sends_to(&testbed, "shop-1"));

    // The newest state counts: it goes back, ...
    testbed.put(shop_at("shop-1"));
    testbed.settle().await;
    testbed.put(shop_at("shop-2"));
    is_held_back(&mut testbed).await;
    // ... or elsewhere, ...
    testbed.put(shop_at("shop-old"));
    testbed.settle().await;
    assert!(sends_to(&testbed, "shop-old"));
    // ... or is no longer valid.
    testbed.put(shop_at("shop-2"));
    testbed.until_ready("team-a", "shop", "Unknown EndpointsNotSettled").await;
    testbed.put(ingress("team-a", "shop", "not a host", "shop-2"));
    testbed.settle().await;
}

#[tokio::test]
async fn delayed_ingress_can_be_deleted() {
    let mut testbed = at_rest(NEVER).await;
    testbed.put(shop_at("shop-2"));
    is_held_back(&mut testbed).await;
    testbed.delete("team-a", "shop");
    testbed.settle().await;
    assert!(!sends_to(&testbed, "shop-1"));
    // It comes back as a new one.
    testbed.put(shop_at("shop-old"));
    testbed.settle().await;
}

#[tokio::test]
async fn change_is_published_once_its_endpoints_settle() {
    let mut testbed = at_rest(Duration::from_millis(50)).await;
    testbed.server.edit(|store| store.put(Kind::EndpointSlice, slice("shop-2")));
    testbed.put(shop_at("shop-2"));
    testbed.settle().await;
    assert!(sends_to(&testbed, "shop-2"));
    // There need not be any.
    testbed.put(shop_at("shop-3"));
    testbed.settle().await;
    assert!(sends_to(&testbed, "shop-3"));
    // Several changes while it waits: the last one counts.
    for service in ["shop-4", "shop-5", "shop-6"] {
        testbed.put(shop_at(service));
        tokio::task::yield_now().await;
    }
    testbed.settle().await;
    assert!(sends_to(&testbed, "shop-6"));
}

#[tokio::test]
async fn new_ingress_is_published_at_once_and_ready_later() {
    let mut testbed = at_rest(NEVER).await;
    testbed.put(ingress("team-a", "new", "new.example.com", "new-1"));
    testbed.until("it is published", |_| sends_to(&testbed, "new-1")).await;
    testbed.until_ready("team-a", "new", "Unknown EndpointsNotSettled").await;
    testbed.put(ingress("team-a", "other", "other.example.com", "shop-old"));
    testbed.until_ready("team-a", "other", "True").await;
    testbed.pass_barrier().await;
    testbed.until_ready("team-a", "new", "Unknown EndpointsNotSettled").await;
}

#[tokio::test]
async fn new_ingress_is_ready_once_its_endpoints_settle() {
    let mut testbed = at_rest(Duration::from_millis(50)).await;
    testbed.put(ingress("team-a", "new", "new.example.com", "new-1"));
    testbed.settle().await;
    testbed.until_ready("team-a", "new", "True").await;
}

#[tokio::test]
async fn restart_keeps_the_stored_proxies_until_new_endpoints_settle() {
    let mut testbed = at_rest(NEVER).await;
    testbed.put(shop_at("shop-2"));
    is_held_back(&mut testbed).await;
    let before = testbed.writes()[&proxy_key(Gateway::External)];
    testbed.stop_controller().await;
    testbed.start_controller();
    testbed.pass_barrier().await;
    assert!(sends_to(&testbed, "shop-1"));
    assert_eq!(testbed.writes()[&proxy_key(Gateway::External)], before);
    testbed.stop_controller().await;
    testbed.config.settle = Duration::from_millis(20);
    testbed.start_controller();
    testbed.settle().await;
    assert!(sends_to(&testbed, "shop-2"));
}
