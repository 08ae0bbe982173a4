//! What fails or is disputed is not tried at full speed, nor left alone for ever.

use std::time::Duration;

use knative_gloo_translate::Gateway;
use serde_json::{Value, json};

use crate::support::{
    Testbed,
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
    let mut testbed = Testbed::new().await;
    testbed.config.retry.max_delay = Duration::from_secs(3600);
    testbed.server.behaviour().end_of_watches = Some(end);
    testbed.put(shop());
    testbed.start_controller();
    let of_services = ["watch failed", "kind=Service"];
    testbed
        .until("it has paused often", |server| {
            let (watches, pauses) = (server.behaviour().watches, log.lines(&["watch failed"]).len());
            assert!(watches <= pauses + 6, "{watches} watches with {pauses} pauses");
            log.lines(&of_services).len() >= PAUSES.len()
        })
        .await;
    assert_eq!(log.pauses(&of_services)[..PAUSES.len()], PAUSES);
    // Before any of them makes a pause that a test can't wait for.
    testbed.server.behaviour().end_of_watches = None;
    testbed.put(blog());
    testbed.settle().await;
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
    let mut testbed = Testbed::with([shop()]).await;
    testbed.stop_controller().await;
    testbed.config.retry.max_delay = Duration::from_secs(3600);
    let fault = Fault::TooMany(1);
    testbed.server.behaviour().write_faults = vec![(Kind::Proxy, fault), (Kind::Ingress, fault)];
    testbed.server.behaviour().read_faults = vec![(Kind::Service, fault)];
    testbed.put(blog());
    testbed.start_controller();
    testbed.settle().await;
    assert_eq!(testbed.server.behaviour().failed, 3);
    for line in ["watch failed", "could not be applied", "its status could not be written"] {
        let told = "Too many requests, please try again later.";
        assert_eq!(log.pauses(&[line, told]), ["1s"], "{line}: {:?}", log.lines(&[line]));
    }
    let metrics = testbed.config.telemetry.metrics.encode();
    for kind in ["proxy", "status"] {
        let line = format!("knative_gloo_write_errors_total{{kind=\"{kind}\",reason=\"throttled\"}} 1");
        assert!(metrics.contains(&line), "{line} is not in\n{metrics}");
    }
}

#[tokio::test]
async fn long_retry_after_is_capped() {
    let mut testbed = Testbed::new().await;
    let fault = Fault::TooMany(u32::MAX);
    testbed.server.behaviour().write_faults = vec![(Kind::Proxy, fault), (Kind::Ingress, fault)];
    testbed.server.behaviour().read_faults = vec![(Kind::Service, fault)];
    testbed.put(shop());
    testbed.start_controller();
    testbed.settle().await;
    assert_eq!(testbed.server.behaviour().failed, 3);
}

#[tokio::test]
async fn extreme_durations_do_not_overflow() {
    let mut testbed = Testbed::new().await;
    testbed.config.debounce = Duration::from_millis(u64::MAX);
    testbed.put(shop());
    testbed.start_controller();
    testbed.until("the lists are complete", |server| server.behaviour().watches >= 6).await;
    testbed.stop_controller().await;
    assert!(testbed.writes().is_empty());

    testbed.config.debounce = Duration::from_millis(5);
    testbed.config.retry.max_delay = Duration::MAX;
    testbed.server.behaviour().write_faults = vec![(Kind::Proxy, Fault::Answer(422)); 2];
    testbed.start_controller();
    testbed.until_ready("team-a", "shop", "Unknown Uninitialized").await;
    testbed.put(blog());
    testbed.settle().await;
}

#[tokio::test]
async fn conflict_backoff_grows_against_another_writer() {
    let (log, _guard) = Log::start();
    let mut testbed = Testbed::new().await;
    testbed.config.retry.max_delay = Duration::from_secs(3600);
    testbed.put(shop());
    testbed.start_controller();
    testbed.settle().await;
    let key = proxy_key(Gateway::External);
    let ours = Value::clone(&testbed.server.store().objects[&key]);
    for _ in PAUSES {
        let mut theirs = ours.clone();
        theirs["spec"] = json!({});
        testbed.server.edit(|store| store.put(Kind::Proxy, theirs));
        testbed.until("ours is back", |server| server.store().objects[&key]["spec"] == ours["spec"]).await;
    }
    testbed.settle().await;
    assert_eq!(log.pauses(&["INFO", "another writer has changed it"]), PAUSES[..1]);
    assert_eq!(log.pauses(&["WARN", "another writer keeps changing it"]), PAUSES[1..]);
}
