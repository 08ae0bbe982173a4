//! Others who write the Proxies, and other ways to write them.

use knative_gloo_translate::{Gateway, Options};
use serde_json::{Value, json};

use crate::support::{Testbed, ingress, proxy_key, store::Kind};
use crate::{blog, shop};

#[tokio::test]
async fn modified_or_deleted_proxy_is_restored() {
    let mut testbed = Testbed::with([shop()]).await;
    for gateway in Gateway::ALL {
        let key = proxy_key(gateway);
        let good = Value::clone(&testbed.server.store().objects[&key]);
        for bad in
            [json!({}), json!({"listeners": "none"}), json!({"listeners": [{"name": "x", "bindPort": 1}]})]
        {
            let mut changed = good.clone();
            changed["spec"] = bad;
            testbed.server.edit(|store| store.put(Kind::Proxy, changed));
            testbed.settle().await;
        }
        testbed.server.edit(|store| store.delete(&key));
        testbed.settle().await;
    }
}

#[tokio::test]
async fn fields_added_to_a_proxy_by_others_are_kept() {
    let mut testbed = Testbed::with([shop()]).await;
    let key = proxy_key(Gateway::External);
    let before = testbed.writes();
    testbed.server.edit(|store| {
        let mut proxy = Value::clone(&store.objects[&key]);
        proxy["metadata"]["annotations"] = json!({"of": "somebody"});
        proxy["status"] = json!({"statuses": {"gloo-system": {"state": "Accepted"}}});
        store.put(Kind::Proxy, proxy);
    });
    testbed.pass_barrier().await;
    assert_eq!(testbed.writes(), before);
    testbed.put(blog());
    testbed.settle().await;
    assert_eq!(testbed.server.store().objects[&key]["metadata"]["annotations"], json!({"of": "somebody"}));
}

#[tokio::test]
async fn proxy_switches_between_plain_and_compressed() {
    let mut testbed = Testbed::new().await;
    testbed.config.max_plain_bytes = 0;
    testbed.put(shop());
    testbed.start_controller();
    testbed.settle().await;
    let fields = |testbed: &Testbed| -> Vec<String> {
        let spec = testbed.server.store().objects[&proxy_key(Gateway::External)]["spec"].clone();
        spec.as_object().unwrap().keys().cloned().collect()
    };
    assert_eq!(fields(&testbed), ["compressedSpec"]);
    let before = testbed.writes();
    testbed.stop_controller().await;
    testbed.start_controller();
    testbed.settle().await;
    assert_eq!(testbed.writes(), before);
    testbed.stop_controller().await;
    testbed.config.max_plain_bytes = usize::MAX;
    testbed.put(blog());
    testbed.start_controller();
    testbed.settle().await;
    assert_eq!(fields(&testbed), ["listeners"]);
}

/// Gloo's own translator, or a run under another name, has left the one form of the spec beside the other.
#[tokio::test]
async fn spec_of_another_field_manager_is_removed() {
    for compress in [true, false] {
        let mut testbed = Testbed::with([shop()]).await;
        testbed.stop_controller().await;
        testbed.config.max_plain_bytes = if compress { 0 } else { usize::MAX };
        let external = proxy_key(Gateway::External);
        testbed.server.edit(|store| {
            for gateway in Gateway::ALL {
                let mut proxy = Value::clone(&store.objects[&proxy_key(gateway)]);
                let theirs = gloo_proxy_model::Proxy::from_value(&proxy).unwrap().compressed().unwrap();
                let listeners = json!([{"name": "theirs", "bindPort": 1}]);
                proxy["spec"] =
                    json!({"compressedSpec": theirs.spec.compressed_spec, "listeners": listeners});
                proxy["metadata"]["labels"]["of"] = json!("gloo");
                proxy["status"] = json!({"statuses": {"gloo-system": {"state": "Accepted"}}});
                store.put(Kind::Proxy, proxy);
            }
        });
        testbed.start_controller();
        let field = if compress { "compressedSpec" } else { "listeners" };
        testbed
            .until("our spec alone is there", |server| {
                let spec = server.store().objects[&external]["spec"].clone();
                spec.as_object().unwrap().keys().collect::<Vec<_>>() == [field]
            })
            .await;
        testbed.server.edit(|store| {
            let proxy = &store.objects[&external];
            assert_eq!(proxy["metadata"]["labels"]["of"], "gloo");
            assert_eq!(proxy["status"]["statuses"]["gloo-system"]["state"], "Accepted");
        });
    }
}

#[tokio::test]
async fn no_ingress_is_ready_without_gateway_addresses() {
    let mut testbed = Testbed::new().await;
    testbed.config.addresses = None;
    testbed.put(shop());
    testbed.start_controller();
    testbed.settle().await;
    testbed.until_ready("team-a", "shop", "Unknown Uninitialized").await;
}

#[tokio::test]
async fn proxy_namespace_is_configurable() {
    let mut testbed = Testbed::new().await;
    testbed.config = knative_gloo_controller::Config {
        debounce: testbed.config.debounce,
        retry: testbed.config.retry,
        ..knative_gloo_controller::Config::new(Options::default().with_proxy_namespace("elsewhere"))
    };
    testbed.put(ingress("team-a", "bad", "bad host", "bad-1"));
    testbed.start_controller();
    testbed.until_ready("team-a", "bad", "False IngressRejected").await;
    testbed
        .until("both Proxies are there", |server| {
            let store = server.store();
            let proxies: Vec<_> = store
                .objects
                .iter()
                .filter(|(key, _)| key.0 == Kind::Proxy && key.1 == "elsewhere")
                .map(|it| it.1)
                .collect();
            proxies.len() == 2
        })
        .await;
}
