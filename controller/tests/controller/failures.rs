//! A slow and a failing API server.

use std::time::Duration;

use knative_gloo_translate::Gateway;
use serde_json::json;

use crate::support::{
    Testbed, ingress, key,
    log::Log,
    proxy_key,
    server::Fault::{self, Answer, Drop, DropAfterwards},
    store::Kind,
};
use crate::{blog, shop};

#[tokio::test]
async fn changes_during_a_slow_write_are_merged() {
    let mut testbed = Testbed::with([shop()]).await;
    let proxy = proxy_key(Gateway::External);
    let before = testbed.writes()[&proxy];
    testbed.server.set_gate(false);
    let arrived = testbed.server.behaviour().arrived;
    testbed.put(blog());
    testbed.until("both Proxies are on their way", |server| server.behaviour().arrived >= arrived + 2).await;
    for round in 0..100 {
        testbed.put(ingress("team-a", "shop", "shop.example.com", &format!("new-{round}")));
        tokio::task::yield_now().await;
    }
    testbed.server.set_gate(true);
    testbed.settle().await;
    let writes = testbed.writes()[&proxy] - before;
    assert!((2..10).contains(&writes), "{writes} writes of 101 changes");
}

#[tokio::test]
async fn unanswered_write_times_out_and_is_retried() {
    let mut testbed = Testbed::new().await;
    testbed.config.write_timeout = Duration::from_millis(20);
    testbed.put(shop());
    testbed.server.set_gate(false);
    testbed.start_controller();
    testbed.until("it is tried again and again", |server| server.behaviour().arrived > 6).await;
    testbed.server.set_gate(true);
    testbed.config.write_timeout = Duration::from_secs(30);
    testbed.settle().await;
}

#[tokio::test]
async fn failed_writes_are_retried() {
    let ways =
        [Answer(500), Drop, Answer(503), DropAfterwards, Answer(429), Answer(409), Answer(404), Answer(504)];
    for fault in ways {
        let mut testbed = Testbed::with([shop()]).await;
        testbed.server.behaviour().write_faults =
            [[(Kind::Proxy, fault); 3], [(Kind::Ingress, fault); 3]].concat();
        testbed.put(blog());
        testbed.put(ingress("team-a", "shop", "shop.example.com", "shop-2"));
        testbed.settle().await;
        let behaviour = testbed.server.behaviour();
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
        let mut testbed = Testbed::new().await;
        testbed.server.behaviour().read_faults = faults(4);
        testbed.put(shop());
        testbed.start_controller();
        testbed.settle().await;
        testbed.server.behaviour().read_faults = faults(2);
        testbed.server.expire_watches();
        testbed.put(blog());
        testbed.settle().await;
        // Those that are of nothing that has changed too.
        testbed.until("each has failed", |server| server.behaviour().failed == 6 * Kind::WATCHED.len()).await;
    }
}

#[tokio::test]
async fn total_outage_is_survived() {
    let mut testbed = Testbed::with([shop()]).await;
    let faults = [Answer(500), Drop, DropAfterwards, Answer(503), Drop, Answer(409)];
    for round in 0..5 {
        let of = |kind| faults.map(move |fault: Fault| (kind, fault));
        testbed.server.behaviour().write_faults = [of(Kind::Proxy), of(Kind::Ingress)].concat();
        for name in ["a", "b", "c", "shop"] {
            let host = format!("{name}-{round}.example.com");
            testbed.put(ingress("team-a", name, &host, "backend"));
        }
        testbed.delete("team-a", "c");
        testbed.server.stop().await;
        testbed.server.resume().await;
        testbed.settle().await;
    }
}

#[tokio::test]
async fn rejected_proxy_write_is_reported_and_waits_for_a_change() {
    let mut testbed = Testbed::new().await;
    testbed.config.retry.max_delay = Duration::from_secs(3600);
    testbed.put(shop());
    testbed.server.behaviour().write_faults = vec![(Kind::Proxy, Answer(422)); 2];
    testbed.start_controller();
    testbed.until_ready("team-a", "shop", "Unknown Uninitialized").await;
    testbed.put(blog());
    testbed.settle().await;
    testbed.until_ready("team-a", "shop", "True").await;
}

#[tokio::test]
async fn proxy_writes_do_not_wait_for_status_writes() {
    let mut testbed = Testbed::new().await;
    testbed.config.max_status_writes = 1;
    // Nobody answers the write of the status for as long as the test may last.
    testbed.config.write_timeout = Duration::from_secs(3600);
    testbed.put(ingress("team-a", "bad", "bad host", "bad-1"));
    testbed.start_controller();
    testbed.settle().await;
    testbed.server.set_gate(false);
    let arrived = testbed.server.behaviour().arrived;
    testbed.put(ingress("team-a", "bad", "another bad host", "bad-1"));
    testbed.put(ingress("team-a", "worse", "bad host", "bad-1"));
    testbed.until("a status is on its way", |server| server.behaviour().arrived > arrived).await;
    testbed.put(shop());
    testbed.until("Proxies are on their way", |server| server.behaviour().arrived > arrived + 2).await;
    testbed.server.set_gate(true);
    testbed.settle().await;
}

#[tokio::test]
async fn status_is_written_for_the_observed_generation() {
    let mut testbed = Testbed::with([shop()]).await;
    for round in 0..5 {
        testbed.server.set_gate(false);
        let arrived = testbed.server.behaviour().arrived;
        // It is rejected, so the status alone is written.
        testbed.put(ingress("team-a", "shop", &format!("bad {round}"), "shop-1"));
        testbed.until("the status is on its way", |server| server.behaviour().arrived > arrived).await;
        testbed.delete("team-a", "shop");
        testbed.put(shop());
        testbed.server.set_gate(true);
        testbed.settle().await;
    }
}

#[tokio::test]
async fn field_pruned_by_the_schema_causes_no_write_loop() {
    let mut testbed = Testbed::new().await;
    testbed.server.edit(|store| store.pruned = Some("publicLoadBalancer"));
    testbed.put(shop());
    testbed.start_controller();
    testbed.until_ready("team-a", "shop", "True").await;
    testbed.pass_barrier().await;
    assert_eq!(testbed.writes()[&key(Kind::Ingress, "team-a", "shop")], 1);
    let mut labelled = shop();
    labelled["metadata"]["labels"] = json!({"a": "b"});
    testbed.put(labelled);
    testbed.pass_barrier().await;
    assert_eq!(testbed.writes()[&key(Kind::Ingress, "team-a", "shop")], 1);
    testbed.server.edit(|store| store.pruned = None);
    testbed.put(ingress("team-a", "shop", "shop.example.com", "shop-2"));
    testbed.settle().await;
}

#[tokio::test]
async fn proxy_with_pruned_fields_is_not_applied() {
    let mut testbed = Testbed::with([shop()]).await;
    testbed.stop_controller().await;
    let spec =
        |testbed: &Testbed| testbed.server.store().objects[&proxy_key(Gateway::External)]["spec"].clone();
    let good = spec(&testbed);
    testbed.server.edit(|store| store.pruned_of_proxies = Some("compressedSpec"));
    testbed.config.max_plain_bytes = 0;
    testbed.put(blog());
    testbed.start_controller();
    stays_waiting(&mut testbed).await;
    assert_eq!(spec(&testbed), good);
    testbed.server.edit(|store| store.pruned_of_proxies = None);
    testbed.settle().await;
    testbed.until_ready("team-b", "blog", "True").await;
}

#[tokio::test]
async fn pruned_proxy_makes_no_ingress_ready() {
    let mut testbed = Testbed::new().await;
    testbed.config.max_plain_bytes = 0;
    testbed.put(shop());
    testbed.start_controller();
    testbed.settle().await;
    testbed.server.edit(|store| store.pruned_of_proxies = Some("compressedSpec"));
    testbed.put(blog());
    stays_waiting(&mut testbed).await;
    testbed.server.edit(|store| store.pruned_of_proxies = None);
    testbed.settle().await;
    testbed.until_ready("team-b", "blog", "True").await;
}

/// What can't be stored is tried again and again, and the Ingress that waits for it goes on waiting.
async fn stays_waiting(testbed: &mut Testbed) {
    testbed.until_ready("team-b", "blog", "Unknown Uninitialized").await;
    let arrived = testbed.server.behaviour().arrived;
    testbed.until("it is tried again", |server| server.behaviour().arrived > arrived + 4).await;
    testbed.pass_barrier().await;
    testbed.until_ready("team-b", "blog", "Unknown Uninitialized").await;
}

#[tokio::test]
async fn missing_status_subresource_is_reported_and_retried() {
    let (log, _guard) = Log::start();
    let mut testbed = Testbed::new().await;
    testbed.server.behaviour().write_faults = vec![(Kind::Ingress, Answer(404)); 3];
    testbed.put(shop());
    testbed.start_controller();
    testbed.settle().await;
    assert_eq!(log.lines(&["DEBUG", "it seems to be gone"]).len(), 1);
    assert_eq!(log.of("team-a", "shop", &["WARN", "its status could not be written"]).len(), 2);
}

#[tokio::test]
async fn status_of_a_deleted_ingress_is_not_retried() {
    let (log, _guard) = Log::start();
    let mut testbed = Testbed::with([shop()]).await;
    testbed.server.set_gate(false);
    let arrived = testbed.server.behaviour().arrived;
    testbed.put(ingress("team-a", "shop", "bad host", "shop-1"));
    testbed.until("the status is on its way", |server| server.behaviour().arrived > arrived).await;
    testbed.delete("team-a", "shop");
    testbed.put(blog());
    // Both Proxies of before have been withdrawn; the deletion comes before what follows.
    testbed.until("Proxies are on their way", |server| server.behaviour().arrived > arrived + 2).await;
    testbed.server.set_gate(true);
    testbed.settle().await;
    assert_eq!(log.lines(&["object=shop", "WARN", "status"]), [""; 0]);
}

#[tokio::test]
async fn shutdown_waits_for_pending_writes() {
    let mut testbed = Testbed::with([shop()]).await;
    testbed.server.set_gate(false);
    let arrived = testbed.server.behaviour().arrived;
    testbed.put(blog());
    testbed.until("both Proxies are on their way", |server| server.behaviour().arrived >= arrived + 2).await;
    let before = testbed.writes();
    testbed.tell_to_stop();
    testbed.server.set_gate(true);
    testbed.stopped().await;
    for gateway in Gateway::ALL {
        assert_eq!(testbed.writes()[&proxy_key(gateway)], before[&proxy_key(gateway)] + 1);
    }
    testbed.start_controller();
    testbed.settle().await;
}

#[tokio::test]
async fn shutdown_reports_failed_writes() {
    let (log, _guard) = Log::start();
    let mut testbed = Testbed::with([shop()]).await;
    testbed.server.set_gate(false);
    let arrived = testbed.server.behaviour().arrived;
    testbed.put(blog());
    testbed.until("both Proxies are on their way", |server| server.behaviour().arrived >= arrived + 2).await;
    testbed.server.behaviour().write_faults = vec![(Kind::Proxy, Answer(500))];
    testbed.tell_to_stop();
    testbed.server.set_gate(true);
    testbed.stopped().await;
    assert_eq!(log.lines(&["ERROR", "could not be applied"]).len(), 1);
}

#[tokio::test]
async fn shutdown_gives_up_on_unanswered_writes() {
    let (log, _guard) = Log::start();
    let mut testbed = Testbed::new().await;
    testbed.config.write_timeout = Duration::from_secs(3600);
    testbed.server.set_gate(false);
    testbed.put(shop());
    testbed.start_controller();
    testbed.until("both Proxies are on their way", |server| server.behaviour().arrived >= 2).await;
    testbed.tell_to_stop();
    // From now on time is over as soon as there is nothing to do but to wait; and a minute is the test's own patience.
    tokio::time::pause();
    testbed.stopped().await;
    assert_eq!(log.lines(&["WARN", "unanswered=2"]).len(), 1);
}
