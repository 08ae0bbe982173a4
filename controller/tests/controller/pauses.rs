//! What fails or is disputed is not tried at full speed, nor left alone for ever.

use std::time::Duration;

use knative_gloo_translate::Gateway;
use serde_json::json;

use crate::support::{
    World,
    log::Log,
    proxy_key,
    server::{End, Fault},
    store::Kind,
};
use crate::{blog, shop};

/// Each pause of the tests is twice as long as the one before, from the first on.
const PAUSES: [&str; 6] = ["5ms", "10ms", "20ms", "40ms", "80ms", "160ms"];

/// Reads that end at once are opened again, but each after a longer pause; and nothing is lost.
async fn are_opened_again_slowly(end: End) {
    let (log, _guard) = Log::start();
    let mut world = World::new().await;
    world.config.retry.max_delay = Duration::from_secs(3600);
    world.server.behaviour().end_of_watches = Some(end);
    world.put(shop());
    world.start_controller();
    let of_services = ["watch failed", "kind=Service"];
    world
        .until("it has paused often", |server| {
            let (watches, pauses) = (server.behaviour().watches, log.lines(&["watch failed"]).len());
            assert!(watches <= pauses + 6, "{watches} watches with {pauses} pauses");
            log.lines(&of_services).len() >= PAUSES.len()
        })
        .await;
    assert_eq!(log.pauses(&of_services)[..PAUSES.len()], PAUSES);
    // Before any of them makes a pause that a test can't wait for.
    world.server.behaviour().end_of_watches = None;
    world.put(blog());
    world.settle().await;
}

#[tokio::test]
async fn watches_that_end_at_once_back_off() {
    are_opened_again_slowly(End::Over).await;
}

#[tokio::test]
async fn watches_answered_410_at_once_back_off() {
    are_opened_again_slowly(End::Forgotten).await;
}

#[tokio::test]
async fn retry_after_is_respected() {
    let (log, _guard) = Log::start();
    let mut world = World::with([shop()]).await;
    world.stop_controller().await;
    world.config.retry.max_delay = Duration::from_secs(3600);
    let fault = Fault::TooMany(1);
    world.server.behaviour().write_faults = vec![(Kind::Proxy, fault), (Kind::Ingress, fault)];
    world.server.behaviour().read_faults = vec![(Kind::Service, fault)];
    world.put(blog());
    world.start_controller();
    world.settle().await;
    assert_eq!(world.server.behaviour().failed, 3);
    for line in ["watch failed", "could not be applied", "its status could not be written"] {
        let told = "Too many requests, please try again later.";
        assert_eq!(log.pauses(&[line, told]), ["1s"], "{line}: {:?}", log.lines(&[line]));
    }
    let metrics = world.config.telemetry.metrics.encode();
    for kind in ["proxy", "status"] {
        let line = format!("knative_gloo_write_errors_total{{kind=\"{kind}\",reason=\"throttled\"}} 1");
        assert!(metrics.contains(&line), "{line} is not in\n{metrics}");
    }
}

#[tokio::test]
async fn long_retry_after_is_capped() {
    let mut world = World::new().await;
    let fault = Fault::TooMany(u32::MAX);
    world.server.behaviour().write_faults = vec![(Kind::Proxy, fault), (Kind::Ingress, fault)];
    world.server.behaviour().read_faults = vec![(Kind::Service, fault)];
    world.put(shop());
    world.start_controller();
    world.settle().await;
    assert_eq!(world.server.behaviour().failed, 3);
}

#[tokio::test]
async fn extreme_durations_do_not_overflow() {
    let mut world = World::new().await;
    world.config.debounce = Duration::from_millis(u64::MAX);
    world.put(shop());
    world.start_controller();
    world.until("the lists are complete", |server| server.behaviour().watches >= 6).await;
    world.stop_controller().await;
    assert!(world.writes().is_empty());

    world.config.debounce = Duration::from_millis(5);
    world.config.retry.max_delay = Duration::MAX;
    world.server.behaviour().write_faults = vec![(Kind::Proxy, Fault::Answer(422)); 2];
    world.start_controller();
    world.until_ready("team-a", "shop", "Unknown Uninitialized").await;
    world.put(blog());
    world.settle().await;
}

#[tokio::test]
async fn conflict_backoff_grows_against_another_writer() {
    let (log, _guard) = Log::start();
    let mut world = World::new().await;
    world.config.retry.max_delay = Duration::from_secs(3600);
    world.put(shop());
    world.start_controller();
    world.settle().await;
    let key = proxy_key(Gateway::External);
    let ours = world.server.store().objects[&key].clone();
    for _ in PAUSES {
        let mut theirs = ours.clone();
        theirs["spec"] = json!({});
        world.server.edit(|store| store.put(Kind::Proxy, theirs));
        world.until("ours is back", |server| server.store().objects[&key]["spec"] == ours["spec"]).await;
    }
    world.settle().await;
    assert_eq!(log.pauses(&["INFO", "another writer has changed it"]), PAUSES[..1]);
    assert_eq!(log.pauses(&["WARN", "another writer keeps changing it"]), PAUSES[1..]);
}
