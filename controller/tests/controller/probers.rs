//! With `--leave-waiting`, another prober decides what is ready.

use k8s_openapi::{apimachinery::pkg::apis::meta::v1::Time, jiff::Timestamp};
use knative_ingress_model::{GatewayAddresses, Ingress};
use serde_json::json;

use crate::shop;
use crate::support::{World, ingress, key, ready, store::Kind};

/// What the prober writes once it has been answered.
fn call_ready(world: &World) {
    let key = key(Kind::Ingress, "team-a", "shop");
    world.server.edit(|store| {
        let object = store.objects[&key].clone();
        let ingress: Ingress = serde_json::from_value(object.clone()).unwrap();
        let addresses = GatewayAddresses::internal("theirs.example", "theirs.internal");
        let status = ingress.status_served(&addresses, &Time(Timestamp::constant(1_800_000_000, 0)));
        let version = object["metadata"]["resourceVersion"].clone();
        store
            .patch_status(&key, &json!({"metadata": {"resourceVersion": version}, "status": status}))
            .unwrap()
    });
}

#[tokio::test]
async fn readiness_set_by_another_prober_is_kept() {
    let mut world = World::new().await;
    world.config.addresses = None;
    let key = key(Kind::Ingress, "team-a", "shop");
    world.put(shop());
    world.start_controller();
    for service in ["shop-1", "shop-2", "shop-3"] {
        world.put(ingress("team-a", "shop", "shop.example.com", service));
        world
            .until("the new generation waits", |server| {
                let store = server.store();
                let shop = &store.objects[&key];
                shop["status"]["observedGeneration"] == shop["metadata"]["generation"]
                    && ready(&store, &key).as_deref() == Some("Unknown Uninitialized")
            })
            .await;
        call_ready(&world);
        let said = world.server.store().objects[&key]["status"].clone();
        let writes = world.writes()[&key];
        world.pass_barrier().await;
        // Nor is it asked for again when something else of the Ingress changes, or after a restart.
        let mut labelled = ingress("team-a", "shop", "shop.example.com", service);
        labelled["metadata"]["labels"] = json!({"a": service});
        world.put(labelled);
        world.pass_barrier().await;
        world.stop_controller().await;
        world.start_controller();
        world.pass_barrier().await;
        assert_eq!(world.server.store().objects[&key]["status"], said);
        assert_eq!(world.writes()[&key], writes);
    }
    // What is wrong with the object is said all the same.
    world.put(ingress("team-a", "shop", "not a host", "shop-3"));
    world.until_ready("team-a", "shop", "False IngressRejected").await;
}
