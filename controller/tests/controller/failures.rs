//! A slow and a failing API server.

use std::time::Duration;

use knative_gloo_translate::Gateway;
use serde_json::json;

use crate::support::{
    World, ingress, key,
    log::Log,
    proxy_key,
    server::Fault::{self, Answer, Drop, DropAfterwards},
    store::Kind,
};
use crate::{blog, shop};

#[tokio::test]
async fn changes_during_a_slow_write_are_merged() {
    let mut world = World::with([shop()]).await;
    let proxy = proxy_key(Gateway::External);
    let before = world.writes()[&proxy];
    world.server.set_gate(false);
    let arrived = world.server.behaviour().arrived;
    world.put(blog());
    world.until("both Proxies are on their way", |server| server.behaviour().arrived >= arrived + 2).await;
    for round in 0..100 {
        world.put(ingress("team-a", "shop", "shop.example.com", &format!("new-{round}")));
        tokio::task::yield_now().await;
    }
    world.server.set_gate(true);
    world.settle().await;
    let writes = world.writes()[&proxy] - before;
    assert!((2..10).contains(&writes), "{writes} writes of 101 changes");
}

#[tokio::test]
async fn unanswered_write_times_out_and_is_retried() {
    let mut world = World::new().await;
    world.config.write_timeout = Duration::from_millis(20);
    world.put(shop());
    world.server.set_gate(false);
    world.start_controller();
    world.until("it is tried again and again", |server| server.behaviour().arrived > 6).await;
    world.server.set_gate(true);
    world.config.write_timeout = Duration::from_secs(30);
    world.settle().await;
}

#[tokio::test]
async fn failed_writes_are_retried() {
    let ways =
        [Answer(500), Drop, Answer(503), DropAfterwards, Answer(429), Answer(409), Answer(404), Answer(504)];
    for fault in ways {
        let mut world = World::with([shop()]).await;
        world.server.behaviour().write_faults =
            [[(Kind::Proxy, fault); 3], [(Kind::Ingress, fault); 3]].concat();
        world.put(blog());
        world.put(ingress("team-a", "shop", "shop.example.com", "shop-2"));
        world.settle().await;
        let behaviour = world.server.behaviour();
        // What has been written, though nobody said so, is seen by the watch.
        assert!(
            behaviour.failed > 2 && (behaviour.write_faults.is_empty() || fault == DropAfterwards),
            "{fault:?}"
        );
    }
}

#[tokio::test]
async fn failed_reads_are_retried() {
    for fault in [Answer(500), Drop, Answer(403), Answer(429), Answer(410)] {
        let faults = |times| Kind::WATCHED.into_iter().flat_map(|kind| vec![(kind, fault); times]).collect();
        let mut world = World::new().await;
        world.server.behaviour().read_faults = faults(4);
        world.put(shop());
        world.start_controller();
        world.settle().await;
        world.server.behaviour().read_faults = faults(2);
        world.server.expire_watches();
        world.put(blog());
        world.settle().await;
        // Those that are of nothing that has changed too.
        world.until("each has failed", |server| server.behaviour().failed == 6 * Kind::WATCHED.len()).await;
    }
}

#[tokio::test]
async fn total_outage_is_survived() {
    let mut world = World::with([shop()]).await;
    let faults = [Answer(500), Drop, DropAfterwards, Answer(503), Drop, Answer(409)];
    for round in 0..5 {
        let of = |kind| faults.map(move |fault: Fault| (kind, fault));
        world.server.behaviour().write_faults = [of(Kind::Proxy), of(Kind::Ingress)].concat();
        for name in ["a", "b", "c", "shop"] {
            let host = format!("{name}-{round}.example.com");
            world.put(ingress("team-a", name, &host, "backend"));
        }
        world.delete("team-a", "c");
        world.server.stop().await;
        world.server.resume().await;
        world.settle().await;
    }
}

#[tokio::test]
async fn rejected_proxy_write_is_reported_and_waits_for_a_change() {
    let mut world = World::new().await;
    world.config.retry.max_delay = Duration::from_secs(3600);
    world.put(shop());
    world.server.behaviour().write_faults = vec![(Kind::Proxy, Answer(422)); 2];
    world.start_controller();
    world.until_ready("team-a", "shop", "Unknown Uninitialized").await;
    world.put(blog());
    world.settle().await;
    world.until_ready("team-a", "shop", "True").await;
}

#[tokio::test]
async fn proxy_writes_do_not_wait_for_status_writes() {
    let mut world = World::new().await;
    world.config.max_status_writes = 1;
    // Nobody answers the write of the status for as long as the test may last.
    world.config.write_timeout = Duration::from_secs(3600);
    world.put(ingress("team-a", "bad", "bad host", "bad-1"));
    world.start_controller();
    world.settle().await;
    world.server.set_gate(false);
    let arrived = world.server.behaviour().arrived;
    world.put(ingress("team-a", "bad", "another bad host", "bad-1"));
    world.put(ingress("team-a", "worse", "bad host", "bad-1"));
    world.until("a status is on its way", |server| server.behaviour().arrived > arrived).await;
    world.put(shop());
    world.until("Proxies are on their way", |server| server.behaviour().arrived > arrived + 2).await;
    world.server.set_gate(true);
    world.settle().await;
}

#[tokio::test]
async fn status_is_written_for_the_observed_generation() {
    let mut world = World::with([shop()]).await;
    for round in 0..5 {
        world.server.set_gate(false);
        let arrived = world.server.behaviour().arrived;
        // It is rejected, so the status alone is written.
        world.put(ingress("team-a", "shop", &format!("bad {round}"), "shop-1"));
        world.until("the status is on its way", |server| server.behaviour().arrived > arrived).await;
        world.delete("team-a", "shop");
        world.put(shop());
        world.server.set_gate(true);
        world.settle().await;
    }
}

#[tokio::test]
async fn field_pruned_by_the_schema_causes_no_write_loop() {
    let mut world = World::new().await;
    world.server.edit(|store| store.pruned = Some("publicLoadBalancer"));
    world.put(shop());
    world.start_controller();
    world.until_ready("team-a", "shop", "True").await;
    world.pass_barrier().await;
    assert_eq!(world.writes()[&key(Kind::Ingress, "team-a", "shop")], 1);
    let mut labelled = shop();
    labelled["metadata"]["labels"] = json!({"a": "b"});
    world.put(labelled);
    world.pass_barrier().await;
    assert_eq!(world.writes()[&key(Kind::Ingress, "team-a", "shop")], 1);
    world.server.edit(|store| store.pruned = None);
    world.put(ingress("team-a", "shop", "shop.example.com", "shop-2"));
    world.settle().await;
}

#[tokio::test]
async fn proxy_with_pruned_fields_is_not_applied() {
    let mut world = World::with([shop()]).await;
    world.stop_controller().await;
    let spec = |world: &World| world.server.store().objects[&proxy_key(Gateway::External)]["spec"].clone();
    let good = spec(&world);
    world.server.edit(|store| store.pruned_of_proxies = Some("compressedSpec"));
    world.config.max_plain_bytes = 0;
    world.put(blog());
    world.start_controller();
    stays_waiting(&mut world).await;
    assert_eq!(spec(&world), good);
    world.server.edit(|store| store.pruned_of_proxies = None);
    world.settle().await;
    world.until_ready("team-b", "blog", "True").await;
}

#[tokio::test]
async fn pruned_proxy_makes_no_ingress_ready() {
    let mut world = World::new().await;
    world.config.max_plain_bytes = 0;
    world.put(shop());
    world.start_controller();
    world.settle().await;
    world.server.edit(|store| store.pruned_of_proxies = Some("compressedSpec"));
    world.put(blog());
    stays_waiting(&mut world).await;
    world.server.edit(|store| store.pruned_of_proxies = None);
    world.settle().await;
    world.until_ready("team-b", "blog", "True").await;
}

/// What can't be stored is tried again and again, and the Ingress that waits for it goes on waiting.
async fn stays_waiting(world: &mut World) {
    world.until_ready("team-b", "blog", "Unknown Uninitialized").await;
    let arrived = world.server.behaviour().arrived;
    world.until("it is tried again", |server| server.behaviour().arrived > arrived + 4).await;
    world.pass_barrier().await;
    world.until_ready("team-b", "blog", "Unknown Uninitialized").await;
}

#[tokio::test]
async fn missing_status_subresource_is_reported_and_retried() {
    let (log, _guard) = Log::start();
    let mut world = World::new().await;
    world.server.behaviour().write_faults = vec![(Kind::Ingress, Answer(404)); 3];
    world.put(shop());
    world.start_controller();
    world.settle().await;
    assert_eq!(log.lines(&["DEBUG", "it seems to be gone"]).len(), 1);
    assert_eq!(log.of("team-a", "shop", &["WARN", "its status could not be written"]).len(), 2);
}

#[tokio::test]
async fn status_of_a_deleted_ingress_is_not_retried() {
    let (log, _guard) = Log::start();
    let mut world = World::with([shop()]).await;
    world.server.set_gate(false);
    let arrived = world.server.behaviour().arrived;
    world.put(ingress("team-a", "shop", "bad host", "shop-1"));
    world.until("the status is on its way", |server| server.behaviour().arrived > arrived).await;
    world.delete("team-a", "shop");
    world.put(blog());
    // Both Proxies of before have been withdrawn; the deletion comes before what follows.
    world.until("Proxies are on their way", |server| server.behaviour().arrived > arrived + 2).await;
    world.server.set_gate(true);
    world.settle().await;
    assert_eq!(log.lines(&["object=shop", "WARN", "status"]), [""; 0]);
}

#[tokio::test]
async fn shutdown_waits_for_pending_writes() {
    let mut world = World::with([shop()]).await;
    world.server.set_gate(false);
    let arrived = world.server.behaviour().arrived;
    world.put(blog());
    world.until("both Proxies are on their way", |server| server.behaviour().arrived >= arrived + 2).await;
    let before = world.writes();
    world.tell_to_stop();
    world.server.set_gate(true);
    world.stopped().await;
    for gateway in Gateway::ALL {
        assert_eq!(world.writes()[&proxy_key(gateway)], before[&proxy_key(gateway)] + 1);
    }
    world.start_controller();
    world.settle().await;
}

#[tokio::test]
async fn shutdown_reports_failed_writes() {
    let (log, _guard) = Log::start();
    let mut world = World::with([shop()]).await;
    world.server.set_gate(false);
    let arrived = world.server.behaviour().arrived;
    world.put(blog());
    world.until("both Proxies are on their way", |server| server.behaviour().arrived >= arrived + 2).await;
    world.server.behaviour().write_faults = vec![(Kind::Proxy, Answer(500))];
    world.tell_to_stop();
    world.server.set_gate(true);
    world.stopped().await;
    assert_eq!(log.lines(&["ERROR", "could not be applied"]).len(), 1);
}

#[tokio::test]
async fn shutdown_gives_up_on_unanswered_writes() {
    let (log, _guard) = Log::start();
    let mut world = World::new().await;
    world.config.write_timeout = Duration::from_secs(3600);
    world.server.set_gate(false);
    world.put(shop());
    world.start_controller();
    world.until("both Proxies are on their way", |server| server.behaviour().arrived >= 2).await;
    world.tell_to_stop();
    // From now on time is over as soon as there is nothing to do but to wait; and a minute is the test's own patience.
    tokio::time::pause();
    world.stopped().await;
    assert_eq!(log.lines(&["WARN", "unanswered=2"]).len(), 1);
}
