//! With `--leave-waiting`, another prober decides what is ready.

use k8s_openapi::{apimachinery::pkg::apis::meta::v1::Time, jiff::Timestamp};
use knative_ingress_model::{GatewayAddresses, Ingress};
use serde_json::{Value, json};

use crate::shop;
use crate::support::{Testbed, ingress, key, ready, store::Kind};

/// What the prober writes once it has been answered.
fn call_ready(testbed: &Testbed) {
    let key = key(Kind::Ingress, "team-a", "shop");
    testbed.server.edit(|store| {
        let object = Value::clone(&store.objects[&key]);
        let ingress: Ingress = serde_json::from_value(object.clone()).unwrap();
        let addresses = GatewayAddresses::internal("theirs.example", "theirs.internal");
        let status = ingress.ready_status(&addresses, &Time(Timestamp::constant(1_800_000_000, 0)));
        let version = object["metadata"]["resourceVersion"].clone();
        store
            .patch_status(&key, &json!({"metadata": {"resourceVersion": version}, "status": status}))
            .unwrap()
    });
}

#[tokio::test]
async fn readiness_set_by_another_prober_is_kept() {
    let mut testbed = Testbed::new().await;
    testbed.config.addresses = None;
    let key = key(Kind::Ingress, "team-a", "shop");
    testbed.put(shop());
    testbed.start_controller();
    for service in ["shop-1", "shop-2", "shop-3"] {
        testbed.put(ingress("team-a", "shop", "shop.example.com", service));
        testbed
            .until("the new generation waits", |server| {
                let store = server.store();
                let shop = &store.objects[&key];
                shop["status"]["observedGeneration"] == shop["metadata"]["generation"]
                    && ready(&store, &key).as_deref() == Some("Unknown Uninitialized")
            })
            .await;
        call_ready(&testbed);
        let said = testbed.server.store().objects[&key]["status"].clone();
        let writes = testbed.writes()[&key];
        testbed.pass_barrier().await;
        // Nor is it asked for again when something else of the Ingress changes, or after a restart.
        let mut labelled = ingress("team-a", "shop", "shop.example.com", service);
        labelled["metadata"]["labels"] = json!({"a": service});
        testbed.put(labelled);
        testbed.pass_barrier().await;
        testbed.stop_controller().await;
        testbed.start_controller();
        testbed.pass_barrier().await;
        assert_eq!(testbed.server.store().objects[&key]["status"], said);
        assert_eq!(testbed.writes()[&key], writes);
    }
    // What is wrong with the object is said all the same.
    testbed.put(ingress("team-a", "shop", "not a host", "shop-3"));
    testbed.until_ready("team-a", "shop", "False IngressRejected").await;
}
