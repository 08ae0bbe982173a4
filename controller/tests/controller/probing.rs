//! Ready means served: what the gateways answer decides, and nothing else is asked.

use std::{collections::BTreeSet, time::Instant};

use k8s_openapi::{apimachinery::pkg::apis::meta::v1::Time, jiff::Timestamp};
use knative_gloo_translate::Gateway;
use knative_ingress_model::{GatewayAddresses, Ingress, keys::INGRESS_CLASS};
use serde_json::{Value, json};

use crate::support::{Testbed, ingress, key, store::Kind};
use crate::{blog, shop};

const WAITING: &str = "Unknown Uninitialized";

/// How often a host has been asked for so far.
fn asked(testbed: &Testbed, host: &str) -> usize {
    testbed.gateways.behaviour().asked.iter().filter(|(_, asked)| asked == host).count()
}

/// Waits until a host has been asked for so many more times.
async fn is_asked_for(testbed: &Testbed, host: &str, times: usize) {
    let before = asked(testbed, host);
    testbed.until("it is asked for", |_| asked(testbed, host) >= before + times).await;
}

#[tokio::test]
async fn ingress_is_ready_once_it_is_served() {
    let mut testbed = Testbed::new().await;
    testbed.gateways.behaviour().is_frozen = true;
    testbed.put(shop());
    testbed.start_controller();
    testbed.until_ready("team-a", "shop", WAITING).await;
    is_asked_for(&testbed, "shop.example.com", 5).await;
    testbed.until_ready("team-a", "shop", WAITING).await;
    testbed.gateways.behaviour().is_frozen = false;
    testbed.settle().await;
    testbed.until_ready("team-a", "shop", "True").await;
    assert_eq!(testbed.writes()[&key(Kind::Ingress, "team-a", "shop")], 2, "waiting, and ready");

    // A change is another version, which the gateways don't serve yet.
    testbed.gateways.behaviour().is_frozen = true;
    testbed.put(ingress("team-a", "shop", "shop.example.com", "shop-2"));
    testbed.until_ready("team-a", "shop", WAITING).await;
    is_asked_for(&testbed, "shop.example.com", 5).await;
    testbed.until_ready("team-a", "shop", WAITING).await;
    testbed.gateways.behaviour().is_frozen = false;
    testbed.settle().await;
    assert_eq!(testbed.writes()[&key(Kind::Ingress, "team-a", "shop")], 4);
}

/// As when the class of all Ingresses is changed: clients are sent on to where an Ingress was served, until it is served here.
#[tokio::test]
async fn ingress_of_another_implementation_stays_ready_there_until_it_is_served_here() {
    let shop_key = key(Kind::Ingress, "team-a", "shop");
    let mut theirs = shop();
    let read: Ingress = serde_json::from_value(theirs.clone()).unwrap();
    theirs["metadata"]["annotations"][INGRESS_CLASS] = json!("kourier.ingress.networking.knative.dev");
    let addresses = GatewayAddresses::internal("kourier.kourier-system", "kourier-internal.kourier-system");
    let mut status = read.ready_status(&addresses, &Time(Timestamp::constant(1_800_000_000, 0)));
    status.observed_generation = 1;
    theirs["status"] = json!(status);
    let mut testbed = Testbed::with([theirs, blog()]).await;
    let said = testbed.server.store().objects[&shop_key]["status"].clone();
    testbed.gateways.behaviour().is_frozen = true;
    testbed.put(shop());
    is_asked_for(&testbed, "shop.example.com", 5).await;
    testbed.pass_barrier().await;
    assert_eq!(testbed.server.store().objects[&shop_key]["status"], said);
    testbed.gateways.behaviour().is_frozen = false;
    testbed.settle().await;
    assert_eq!(testbed.writes()[&shop_key], 1, "the new addresses");
}

#[tokio::test]
async fn hosts_are_probed_only_where_they_are_served() {
    let mut mixed = shop();
    mixed["spec"]["httpOption"] = json!("Redirected");
    mixed["spec"]["tls"] =
        json!([{"hosts": ["shop.example.com"], "secretName": "shop", "secretNamespace": "team-a"}]);
    let mut private = mixed["spec"]["rules"][0].clone();
    private["hosts"] = json!(["shop.team-a.svc.cluster.local"]);
    private["visibility"] = json!("ClusterLocal");
    mixed["spec"]["rules"].as_array_mut().unwrap().push(private);
    let mut thief = ingress("team-b", "thief", "shop.example.com", "thief-1");
    thief["spec"]["rules"][0]["hosts"] = json!(["shop.example.com", "thief.example.com"]);
    let testbed = Testbed::with([mixed, thief, ingress("team-b", "bad", "not a host", "bad-1")]).await;
    testbed.until_ready("team-a", "shop", "True").await;
    let [external, internal] = Gateway::ALL.map(|gateway| testbed.gateways.pods(gateway)[0]);
    let asked: BTreeSet<_> = testbed.gateways.behaviour().asked.iter().cloned().collect();
    let wanted = [
        (Gateway::External, external, "shop.example.com"),
        (Gateway::Internal, internal, "shop.example.com"),
        (Gateway::Internal, internal, "shop.team-a"),
        (Gateway::Internal, internal, "shop.team-a.svc"),
        (Gateway::Internal, internal, "shop.team-a.svc.cluster.local"),
    ];
    assert_eq!(asked, wanted.map(|(gateway, number, host)| ((gateway, number), host.to_owned())).into());
}

#[tokio::test]
async fn failing_gateway_pod_delays_readiness_until_replaced() {
    for hangs in [true, false] {
        let mut testbed = Testbed::with([blog()]).await;
        let number = testbed.gateways.add_pod(Gateway::External).await;
        let pod = (Gateway::External, number);
        if hangs {
            testbed.gateways.behaviour().hung.push(pod);
        } else {
            testbed.gateways.behaviour().empty.push(pod);
        }
        testbed.put(shop());
        testbed.until_ready("team-a", "shop", WAITING).await;
        // One that needs the other gateway alone is not held up.
        let mut private = ingress("team-b", "private", "private.example.com", "private-1");
        private["spec"]["rules"][0]["visibility"] = json!("ClusterLocal");
        testbed.put(private);
        testbed.until_ready("team-b", "private", "True").await;
        testbed.until_ready("team-a", "shop", WAITING).await;
        // Nor is it any more that what was ready once.
        testbed.until_ready("team-b", "blog", "True").await;
        testbed.gateways.add_pod(Gateway::External).await;
        testbed.gateways.remove_pod(Gateway::External, number);
        testbed.settle().await;
        testbed.until_ready("team-a", "shop", "True").await;
    }
}

#[tokio::test]
async fn gateway_without_pods_delays_readiness() {
    let mut testbed = Testbed::with([blog()]).await;
    let pods = testbed.gateways.pods(Gateway::External);
    for number in pods {
        testbed.gateways.remove_pod(Gateway::External, number);
    }
    testbed.put(shop());
    testbed.until_ready("team-a", "shop", WAITING).await;
    testbed.until_ready("team-b", "blog", "True").await;
    testbed.gateways.add_pod(Gateway::External).await;
    testbed.settle().await;
    testbed.until_ready("team-a", "shop", "True").await;
}

#[tokio::test]
async fn ingress_changed_during_probing_is_ready_at_its_new_generation() {
    let mut testbed = Testbed::with([blog()]).await;
    testbed.gateways.behaviour().is_frozen = true;
    testbed.put(shop());
    is_asked_for(&testbed, "shop.example.com", 3).await;
    testbed.put(ingress("team-a", "shop", "other.example.com", "shop-2"));
    is_asked_for(&testbed, "other.example.com", 3).await;
    let before = asked(&testbed, "shop.example.com");
    is_asked_for(&testbed, "other.example.com", 10).await;
    assert_eq!(asked(&testbed, "shop.example.com"), before, "what has been is not asked for");
    testbed.gateways.behaviour().is_frozen = false;
    testbed.settle().await;
    testbed.until_ready("team-a", "shop", "True").await;
}

#[tokio::test]
async fn ingress_deleted_during_probing_is_forgotten() {
    let mut testbed = Testbed::with([blog()]).await;
    testbed.gateways.behaviour().is_frozen = true;
    testbed.put(shop());
    is_asked_for(&testbed, "shop.example.com", 3).await;
    testbed.delete("team-a", "shop");
    testbed.put(ingress("team-a", "next", "next.example.com", "next-1"));
    is_asked_for(&testbed, "next.example.com", 3).await;
    let before = asked(&testbed, "shop.example.com");
    is_asked_for(&testbed, "next.example.com", 10).await;
    assert_eq!(asked(&testbed, "shop.example.com"), before);
    testbed.gateways.behaviour().is_frozen = false;
    testbed.settle().await;
}

#[tokio::test]
async fn restart_resumes_probing_without_repeating_probes() {
    let mut testbed = Testbed::with([blog()]).await;
    testbed.gateways.behaviour().is_frozen = true;
    testbed.put(shop());
    testbed.until_ready("team-a", "shop", WAITING).await;
    testbed.stop_controller().await;
    let (writes, of_blog) = (testbed.writes(), asked(&testbed, "blog.example.com"));
    testbed.start_controller();
    is_asked_for(&testbed, "shop.example.com", 5).await;
    assert_eq!(testbed.writes(), writes, "nothing is written again");
    testbed.gateways.behaviour().is_frozen = false;
    testbed.until_ready("team-a", "shop", "True").await;
    assert_eq!(asked(&testbed, "blog.example.com"), of_blog, "what is ready is not asked for");
    testbed.settle().await;
}

#[tokio::test]
async fn no_probes_when_probing_is_disabled_or_done_elsewhere() {
    for with_addresses in [true, false] {
        let mut testbed = Testbed::new().await;
        if with_addresses {
            testbed.config.options.probe = false;
        } else {
            testbed.config.addresses = None;
        }
        testbed.put(shop());
        testbed.start_controller();
        testbed.settle().await;
        testbed.until_ready("team-a", "shop", if with_addresses { "True" } else { WAITING }).await;
        assert_eq!(testbed.gateways.behaviour().asked, []);
    }
}

/// Tells how long it takes until the last of a thousand is ready, which depends on the machine.
#[tokio::test]
async fn thousand_ingresses_become_ready() {
    let mut testbed = Testbed::new().await;
    testbed.start_controller();
    testbed.settle().await;
    let start = Instant::now();
    testbed.server.edit(|store| {
        for number in 0..1_000 {
            let name = format!("service-{number}");
            store.put(Kind::Ingress, ingress("team-a", &name, &format!("{name}.example.com"), &name));
        }
    });
    let is_ready = |ingress: &Value| {
        let conditions = ingress["status"]["conditions"].as_array();
        conditions.is_some_and(|all| all.iter().any(|one| one["type"] == "Ready" && one["status"] == "True"))
    };
    testbed
        .until("all are ready", |server| {
            let store = server.store();
            let named = |(kind, _, name): &&(Kind, String, String)| {
                *kind == Kind::Ingress && name.starts_with("service-")
            };
            let mut ingresses = store.objects.iter().filter(|(key, _)| named(key));
            ingresses.all(|(_, ingress)| is_ready(ingress))
        })
        .await;
    println!("{:.1} s until the last of 1,000 Ingresses was ready", start.elapsed().as_secs_f64());
    let requests = testbed.gateways.behaviour().asked.len();
    println!("{requests} requests, of which 2,000 have to be");
    testbed.settle().await;
}
