//! What Gloo says of the Proxies is heard.

use std::time::Duration;

use knative_gloo_translate::Gateway;
use serde_json::{Value, json};

use crate::shop;
use crate::support::{Testbed, key, log::Log, proxy_key, store::Kind};

/// Gloo writes its status with the whole object.
fn gloo_says(testbed: &Testbed, gateway: Gateway, status: &Value) {
    testbed.server.edit(|store| {
        let mut proxy = Value::clone(&store.objects[&proxy_key(gateway)]);
        proxy["status"] = json!({"statuses": {"gloo-system": status}});
        store.put(Kind::Proxy, proxy);
    });
}

fn message(testbed: &Testbed) -> String {
    let shop = Value::clone(&testbed.server.store().objects[&key(Kind::Ingress, "team-a", "shop")]);
    shop["status"]["conditions"][0]["message"].as_str().unwrap().to_owned()
}

async fn waiting() -> Testbed {
    let mut testbed = Testbed::new().await;
    testbed.config.addresses = None;
    testbed.put(shop());
    testbed.start_controller();
    testbed.settle().await;
    testbed
}

#[tokio::test]
async fn gloo_verdict_is_logged_on_change_and_set_in_waiting_statuses() {
    let (log, _guard) = Log::start();
    let mut testbed = waiting().await;
    let rejected = json!({"state": "Rejected", "reason": "SSL secret not found", "reportedBy": "gloo"});
    gloo_says(&testbed, Gateway::External, &rejected);
    testbed.until_ready("team-a", "shop", "Unknown ProxyRejected").await;
    assert_eq!(message(&testbed), "Gloo has rejected the Proxy knative-external-proxy: SSL secret not found");
    gloo_says(&testbed, Gateway::External, &rejected);
    testbed.pass_barrier().await;
    assert_eq!(
        log.lines(&["WARN", "knative-external-proxy", "Gloo has rejected it: SSL secret not found"]).len(),
        1
    );

    gloo_says(&testbed, Gateway::External, &json!({"state": "Accepted", "reportedBy": "gloo"}));
    testbed.until_ready("team-a", "shop", "Unknown Uninitialized").await;
    let lines = log.lines(&["INFO", "knative-external-proxy", "Gloo says of it"]);
    assert_eq!(lines.len(), 1);
    assert!(lines[0].contains("1 accepted, 0 warning, 1 rejected"), "{}", lines[0]);
    let warning = json!({"state": "Warning", "reason": "InvalidDestinationWarning", "reportedBy": "gloo"});
    gloo_says(&testbed, Gateway::External, &warning);
    testbed.pass_barrier().await;
    assert_eq!(log.lines(&["INFO", "Gloo serves it, but: InvalidDestinationWarning"]).len(), 1);
}

#[tokio::test]
async fn proxy_ignored_by_gloo_is_reported_after_a_timeout() {
    let (log, _guard) = Log::start();
    let mut testbed = Testbed::new().await;
    testbed.config.addresses = None;
    testbed.config.gloo_silence = Duration::from_millis(20);
    testbed.put(shop());
    testbed.start_controller();
    testbed.until_ready("team-a", "shop", "Unknown ProxyIgnored").await;
    assert!(message(&testbed).contains("settings.gateway.persistProxySpec must be true"));
    while log.lines(&["WARN", "persistProxySpec"]).len() < 2 {
        testbed.pass_barrier().await;
    }
    for gateway in Gateway::ALL {
        gloo_says(&testbed, gateway, &json!({"state": "Accepted", "reportedBy": "gloo"}));
    }
    testbed.until_ready("team-a", "shop", "Unknown Uninitialized").await;
    testbed.pass_barrier().await;
    assert_eq!(log.lines(&["WARN", "persistProxySpec"]).len(), 2);
}
