//! More Ingresses than a Proxy has room for.

use knative_gloo_translate::Gateway;
use serde_json::{Value, json};

use crate::support::{
    World, ingress, key, log::Log, proxy_key, ready, server::Fault::Answer, server::Server, store::Kind,
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

async fn with_too_many(max_proxy_bytes: usize) -> World {
    let mut world = World::new().await;
    world.config.max_proxy_bytes = max_proxy_bytes;
    for number in 0..INGRESSES {
        world.put(large(number, &host(number)));
    }
    world
}

fn standing(server: &Server, number: usize) -> Option<String> {
    ready(&server.store(), &key(Kind::Ingress, "team-a", &format!("shop-{number}")))
}

/// Waits until the oldest are ready and the newest are told that there is no room. Returns how many are ready.
async fn until_told(world: &World) -> usize {
    let mut served = 0;
    world
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
    let stored = server.store().objects[&proxy_key(Gateway::External)].clone();
    let proxy = gloo_proxy_model::Proxy::from_value(&stored).unwrap().decompressed().unwrap();
    serde_json::to_string(&proxy).unwrap().contains(host)
}

fn events(world: &World, reason: &str) -> usize {
    let store = world.server.store();
    store.objects.iter().filter(|(key, event)| key.0 == Kind::Event && event["reason"] == *reason).count()
}

#[tokio::test]
async fn newest_ingresses_are_left_out_of_a_full_proxy_and_return() {
    let mut world = with_too_many(64 << 10).await;
    let replica = world.start_replica("only");
    let served = until_told(&world).await;
    assert!(served > 2, "{served}");
    let left_out = INGRESSES - served;
    world.until("events tell who is left out", |_| events(&world, "ProxyFull") >= left_out).await;
    assert_eq!(replica.metric("knative_gloo_left_out_ingresses"), left_out as f64);
    for number in 0..INGRESSES {
        assert_eq!(serves(&world.server, &host(number)), number < served, "{number}");
    }

    // An older one's change is applied.
    world.put(large(0, "changed.example.com"));
    world.until("the change is stored", |server| serves(server, "changed.example.com")).await;
    assert_eq!(until_told(&world).await, served);
    // One that is small, but newer, is left out too.
    world.put(ingress("team-a", "shop-99", "small.example.com", "shop"));
    world.until_ready("team-a", "shop-99", "False ProxyFull").await;

    // Another run finds the same, and writes nothing for it.
    let before = world.writes();
    replica.stop().await;
    let told = events(&world, "ProxyFull");
    world.start_controller();
    world.until("it finds who is left out", |_| events(&world, "ProxyFull") > told + left_out).await;
    assert_eq!(until_told(&world).await, served);
    assert_eq!(world.writes().get(&proxy_key(Gateway::External)), before.get(&proxy_key(Gateway::External)));

    for number in 0..left_out {
        world.delete("team-a", &format!("shop-{number}"));
    }
    world.until_ready("team-a", "shop-9", "True").await;
    world.settle().await;
    world.until("events tell who comes in again", |_| events(&world, "ProxyHasRoom") > 0).await;
}

/// What the server takes is found out where it takes less than was thought.
#[tokio::test]
async fn proxy_limit_adapts_to_the_api_server() {
    let (log, _guard) = Log::start();
    let mut world = with_too_many(10 << 20).await;
    // Each Proxy plain and compressed.
    world.server.behaviour().write_faults = vec![(Kind::Proxy, Answer(413)); 4];
    world.start_controller();
    assert!(until_told(&world).await > 2);
    assert_eq!(log.lines(&["could not be applied for its size"]).len(), 4);
    assert!(!log.lines(&["left out: the Ingresses of all namespaces fill more than"]).is_empty());
}
