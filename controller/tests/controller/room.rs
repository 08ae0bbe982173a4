//! More Ingresses than a Proxy has room for.

use knative_gloo_translate::Gateway;
use serde_json::{Value, json};

use crate::support::{
    Testbed, ingress, key, log::Log, proxy_key, ready, server::Fault::Answer, server::Server, store::Kind,
};

const INGRESSES: usize = 10;

/// About 11 kB of a compressed Proxy each; those of a lower number are older.
fn large(number: usize, host: &str) -> Value {
    let mut ingress = ingress("team-a", &format!("shop-{number}"), host, "shop");
    let mut state = (number as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        format!("{state:016x}")
    };
    let value: String = (0..1000).map(|_| random()).collect();
    ingress["spec"]["rules"][0]["http"]["paths"][0]["splits"][0]["appendHeaders"] =
        json!({"X-Random": value});
    ingress
}

fn host(number: usize) -> String {
    format!("shop-{number}.example.com")
}

async fn with_too_many(max_proxy_bytes: usize) -> Testbed {
    let mut testbed = Testbed::new().await;
    testbed.config.max_proxy_bytes = max_proxy_bytes;
    for number in 0..INGRESSES {
        testbed.put(large(number, &host(number)));
    }
    testbed
}

fn standing(server: &Server, number: usize) -> Option<String> {
    ready(&server.store(), &key(Kind::Ingress, "team-a", &format!("shop-{number}")))
}

/// Waits until the oldest are ready and the newest are told that there is no room. Returns how many are ready.
async fn until_told(testbed: &Testbed) -> usize {
    let mut served = 0;
    testbed
        .until("the newest are left out", |server| {
            let all: Vec<_> = (0..INGRESSES).map(|number| standing(server, number)).collect();
            served = all.iter().take_while(|ready| ready.as_deref() == Some("True")).count();
            let newest = all.iter().skip(served);
            served > 0
                && served < INGRESSES
                && newest.clone().all(|it| it.as_deref() == Some("False ProxyFull"))
        })
        .await;
    served
}

fn serves(server: &Server, host: &str) -> bool {
    let stored = Value::clone(&server.store().objects[&proxy_key(Gateway::External)]);
    let proxy = gloo_proxy_model::Proxy::from_value(&stored).unwrap().decompressed().unwrap();
    serde_json::to_string(&proxy).unwrap().contains(host)
}

fn events(testbed: &Testbed, reason: &str) -> usize {
    let store = testbed.server.store();
    store.objects.iter().filter(|(key, event)| key.0 == Kind::Event && event["reason"] == *reason).count()
}

#[tokio::test]
async fn newest_ingresses_are_left_out_of_a_full_proxy_and_return() {
    let mut testbed = with_too_many(64 << 10).await;
    let replica = testbed.start_replica("only");
    let served = until_told(&testbed).await;
    assert!(served > 2, "{served}");
    let left_out = INGRESSES - served;
    testbed.until("events tell who is left out", |_| events(&testbed, "ProxyFull") >= left_out).await;
    assert_eq!(replica.metric("knative_gloo_left_out_ingresses"), left_out as f64);
    for number in 0..INGRESSES {
        assert_eq!(serves(&testbed.server, &host(number)), number < served, "{number}");
    }

    // An older one's change is applied.
    testbed.put(large(0, "changed.example.com"));
    testbed.until("the change is stored", |server| serves(server, "changed.example.com")).await;
    assert_eq!(until_told(&testbed).await, served);
    // One that is small, but newer, is left out too.
    testbed.put(ingress("team-a", "shop-99", "small.example.com", "shop"));
    testbed.until_ready("team-a", "shop-99", "False ProxyFull").await;

    // Another run finds the same, and writes nothing for it.
    let before = testbed.writes();
    replica.stop().await;
    let told = events(&testbed, "ProxyFull");
    testbed.start_controller();
    testbed.until("it finds who is left out", |_| events(&testbed, "ProxyFull") > told + left_out).await;
    assert_eq!(until_told(&testbed).await, served);
    assert_eq!(
        testbed.writes().get(&proxy_key(Gateway::External)),
        before.get(&proxy_key(Gateway::External))
    );

    for number in 0..left_out {
        testbed.delete("team-a", &format!("shop-{number}"));
    }
    testbed.until_ready("team-a", "shop-9", "True").await;
    testbed.settle().await;
    testbed.until("events tell who comes in again", |_| events(&testbed, "ProxyHasRoom") > 0).await;
}

/// Another leader decides the same: it writes no Proxy and no status, and what is left out keeps its host, also from a newer Ingress of
/// another namespace, until there is room.
#[tokio::test]
async fn left_out_ingresses_stay_so_when_the_leader_changes() {
    let mut testbed = with_too_many(64 << 10).await;
    testbed.put(ingress("team-b", "stranger", &host(INGRESSES - 1), "shop"));
    let first = testbed.start_replica("first");
    let served = until_told(&testbed).await;
    testbed.until_ready("team-b", "stranger", "False DomainConflict").await;
    let second = testbed.start_replica("second");
    testbed.until("it is warm", |_| second.telemetry.health.ready().is_ok()).await;
    testbed.pass_barrier().await;
    let before = (testbed.writes(), testbed.server.store().objects[&proxy_key(Gateway::External)].clone());

    first.stop().await;
    let left_out = (INGRESSES - served) as f64;
    testbed
        .until("the other has found who is left out", |_| {
            second.metric("knative_gloo_left_out_ingresses") == left_out
        })
        .await;
    assert_eq!(testbed.holder().as_deref(), Some("second"));
    testbed.pass_barrier().await;
    let after = (testbed.writes(), testbed.server.store().objects[&proxy_key(Gateway::External)].clone());
    assert_eq!(after, before);
    assert_eq!(until_told(&testbed).await, served);
    testbed.until_ready("team-b", "stranger", "False DomainConflict").await;

    // It goes on as the first would have.
    for number in served..INGRESSES - 1 {
        testbed.delete("team-a", &format!("shop-{number}"));
    }
    testbed.delete("team-a", "shop-0");
    testbed.until_ready("team-a", "shop-9", "True").await;
    assert!(serves(&testbed.server, &host(INGRESSES - 1)));
    testbed.until_ready("team-b", "stranger", "False DomainConflict").await;
    second.stop().await;
}

/// What keeps the hosts of a rejected Ingress takes room, but none from older Ingresses.
#[tokio::test]
async fn rejected_ingress_does_not_displace_older_ones() {
    let mut testbed = Testbed::new().await;
    testbed.config.max_proxy_bytes = 64 << 10;
    for number in 0..3 {
        testbed.put(large(number, &host(number)));
    }
    testbed.start_controller();
    testbed.settle().await;

    let mut rejected = ingress("team-b", "rejected", "rejected.example.com", "shop");
    let mut state = 1_u64;
    let hosts: Vec<_> = (0..3000)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            format!("{state:016x}-{:016x}.example.com", state.rotate_left(21).wrapping_mul(state | 1))
        })
        .collect();
    rejected["spec"]["rules"][0]["hosts"] = json!(hosts);
    rejected["spec"]["rules"][0]["http"]["paths"][0]["splits"][0]["percent"] = json!(99);
    testbed.put(rejected);
    testbed.put(large(0, "changed.example.com"));
    testbed.until_ready("team-b", "rejected", "False IngressRejected").await;
    testbed.until("the change is stored", |server| serves(server, "changed.example.com")).await;
    for number in 0..3 {
        testbed.until_ready("team-a", &format!("shop-{number}"), "True").await;
    }
    assert!(!serves(&testbed.server, &hosts[0]), "there is no room for its hosts");
    assert_eq!(events(&testbed, "ProxyFull"), 0);
    assert!((1..3).all(|number| serves(&testbed.server, &host(number))));
}

/// What the server takes is found out where it takes less than was thought.
#[tokio::test]
async fn proxy_limit_adapts_to_the_api_server() {
    let (log, _guard) = Log::start();
    let mut testbed = with_too_many(10 << 20).await;
    // Each Proxy plain and compressed.
    testbed.server.behaviour().write_faults = vec![(Kind::Proxy, Answer(413)); 4];
    testbed.start_controller();
    assert!(until_told(&testbed).await > 2);
    assert_eq!(log.lines(&["could not be applied for its size"]).len(), 4);
    assert!(!log.lines(&["left out: the Ingresses of all namespaces fill more than"]).is_empty());
}

/// What another translator has left is in the way only until it is replaced: nobody is left out for it.
#[tokio::test]
async fn large_proxy_of_another_form_is_replaced() {
    let mut testbed = with_too_many(10 << 20).await;
    testbed.start_controller();
    testbed.settle().await;
    testbed.stop_controller().await;
    testbed.config.max_plain_bytes = 0;
    // Of the first one's fields an apply takes none away.
    testbed.config.field_manager = "another".to_owned();
    testbed.server.edit(|store| {
        let sizes = Gateway::ALL.map(|gateway| store.objects[&proxy_key(gateway)].to_string().len());
        // Either form has room, both together have not.
        store.max_proxy_bytes = sizes.into_iter().max().map(|largest| largest + 1000);
    });
    testbed.put(ingress("team-b", "blog", "blog.example.com", "blog"));
    testbed.start_controller();
    testbed.until_ready("team-b", "blog", "True").await;
    for gateway in Gateway::ALL {
        let spec = testbed.server.store().objects[&proxy_key(gateway)]["spec"].clone();
        assert_eq!(spec.as_object().unwrap().keys().collect::<Vec<_>>(), ["compressedSpec"]);
    }
    assert_eq!(events(&testbed, "ProxyFull"), 0);
}
