//! Traffic moves to endpoints that the gateways know.

use std::time::Duration;

use knative_gloo_translate::Gateway;
use serde_json::{Value, json};

use crate::support::{World, ingress, key, proxy_key, store::Kind};
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
async fn at_rest(settle: Duration) -> World {
    let mut world = World::with([shop(), blog()]).await;
    world.stop_controller().await;
    world.config.settle = settle;
    // What has been there for long is not waited for.
    world.server.edit(|store| store.put(Kind::EndpointSlice, slice("shop-old")));
    world.start_controller();
    world.settle().await;
    world
}

/// Whether the external gateway is told to send requests there.
fn sends_to(world: &World, service: &str) -> bool {
    let store = world.server.store();
    store.objects[&proxy_key(Gateway::External)]["spec"].to_string().contains(&format!("\"{service}\""))
}

/// The Ingress waits with the routes that it had.
async fn is_held_back(world: &mut World) {
    world.until_ready("team-a", "shop", "Unknown EndpointsNotSettled").await;
    world.pass_barrier().await;
    assert!(sends_to(world, "shop-1") && !sends_to(world, "shop-2"));
    let shop = world.server.store().objects[&key(Kind::Ingress, "team-a", "shop")].clone();
    assert_eq!(shop["status"]["observedGeneration"], shop["metadata"]["generation"]);
    let message = shop["status"]["conditions"][0]["message"].as_str().unwrap();
    assert!(message.contains("team-a/shop-2"), "{message}");
}

#[tokio::test]
async fn change_to_unsettled_endpoints_delays_only_its_ingress() {
    let mut world = at_rest(NEVER).await;
    world.server.edit(|store| store.put(Kind::EndpointSlice, slice("shop-2")));
    world.put(shop_at("shop-2"));
    is_held_back(&mut world).await;

    // Others go on.
    let mut changed = blog();
    changed["spec"]["rules"][0]["hosts"] = json!(["news.example.com"]);
    world.put(changed);
    world.until_ready("team-b", "blog", "True").await;
    assert!(sends_to(&world, "shop-1"));

    // The newest state counts: it goes back, ...
    world.put(shop_at("shop-1"));
    world.settle().await;
    world.put(shop_at("shop-2"));
    is_held_back(&mut world).await;
    // ... or elsewhere, ...
    world.put(shop_at("shop-old"));
    world.settle().await;
    assert!(sends_to(&world, "shop-old"));
    // ... or is no longer valid.
    world.put(shop_at("shop-2"));
    world.until_ready("team-a", "shop", "Unknown EndpointsNotSettled").await;
    world.put(ingress("team-a", "shop", "not a host", "shop-2"));
    world.settle().await;
}

#[tokio::test]
async fn delayed_ingress_can_be_deleted() {
    let mut world = at_rest(NEVER).await;
    world.put(shop_at("shop-2"));
    is_held_back(&mut world).await;
    world.delete("team-a", "shop");
    world.settle().await;
    assert!(!sends_to(&world, "shop-1"));
    // It comes back as a new one.
    world.put(shop_at("shop-old"));
    world.settle().await;
}

#[tokio::test]
async fn change_is_published_once_its_endpoints_settle() {
    let mut world = at_rest(Duration::from_millis(50)).await;
    world.server.edit(|store| store.put(Kind::EndpointSlice, slice("shop-2")));
    world.put(shop_at("shop-2"));
    world.settle().await;
    assert!(sends_to(&world, "shop-2"));
    // There need not be any.
    world.put(shop_at("shop-3"));
    world.settle().await;
    assert!(sends_to(&world, "shop-3"));
    // Several changes while it waits: the last one counts.
    for service in ["shop-4", "shop-5", "shop-6"] {
        world.put(shop_at(service));
        tokio::task::yield_now().await;
    }
    world.settle().await;
    assert!(sends_to(&world, "shop-6"));
}

#[tokio::test]
async fn new_ingress_is_published_at_once_and_ready_later() {
    let mut world = at_rest(NEVER).await;
    world.put(ingress("team-a", "new", "new.example.com", "new-1"));
    world.until("it is published", |_| sends_to(&world, "new-1")).await;
    world.until_ready("team-a", "new", "Unknown EndpointsNotSettled").await;
    world.put(ingress("team-a", "other", "other.example.com", "shop-old"));
    world.until_ready("team-a", "other", "True").await;
    world.pass_barrier().await;
    world.until_ready("team-a", "new", "Unknown EndpointsNotSettled").await;
}

#[tokio::test]
async fn new_ingress_is_ready_once_its_endpoints_settle() {
    let mut world = at_rest(Duration::from_millis(50)).await;
    world.put(ingress("team-a", "new", "new.example.com", "new-1"));
    world.settle().await;
    world.until_ready("team-a", "new", "True").await;
}

#[tokio::test]
async fn restart_keeps_the_stored_proxies_until_new_endpoints_settle() {
    let mut world = at_rest(NEVER).await;
    world.put(shop_at("shop-2"));
    is_held_back(&mut world).await;
    let before = world.writes()[&proxy_key(Gateway::External)];
    world.stop_controller().await;
    world.start_controller();
    world.pass_barrier().await;
    assert!(sends_to(&world, "shop-1"));
    assert_eq!(world.writes()[&proxy_key(Gateway::External)], before);
    world.stop_controller().await;
    world.config.settle = Duration::from_millis(20);
    world.start_controller();
    world.settle().await;
    assert!(sends_to(&world, "shop-2"));
}
