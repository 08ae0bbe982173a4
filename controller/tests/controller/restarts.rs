//! The API server, its watches, or the controller end and come back.

use knative_gloo_translate::Gateway;
use serde_json::{Value, json};

use crate::support::{Testbed, ingress, key, proxy_key, server::Fault, store::Kind, watches::BOOKMARK_EVERY};
use crate::{blog, shop};

#[tokio::test]
async fn watches_resume_after_an_api_server_restart() {
    let mut testbed = Testbed::with([shop(), blog()]).await;
    let lists = testbed.server.behaviour().lists;
    for round in 0..3 {
        testbed.server.stop().await;
        testbed.put(ingress("team-a", &format!("new-{round}"), &format!("new-{round}.example.com"), "new-1"));
        testbed.server.resume().await;
        testbed.settle().await;
    }
    testbed.server.stop().await;
    testbed.delete("team-b", "blog");
    testbed.server.resume().await;
    testbed.settle().await;
    assert_eq!(testbed.server.behaviour().lists, lists, "nothing had to be listed anew");
}

/// Changes and deletes Ingresses while the server is away and forgets what happened.
async fn loses_history(answers_gone: bool) {
    let mut testbed = Testbed::with([shop(), blog()]).await;
    testbed.server.behaviour().answers_gone = answers_gone;
    testbed.server.stop().await;
    testbed.delete("team-b", "blog");
    testbed.put(ingress("team-a", "shop", "shop.example.com", "shop-2"));
    testbed.put(ingress("team-a", "new", "new.example.com", "new-1"));
    testbed.server.edit(|store| store.lose_history());
    let lists = testbed.server.behaviour().lists;
    testbed.server.resume().await;
    testbed.settle().await;
    assert_eq!(testbed.server.behaviour().lists, lists + 6, "each kind of objects is listed anew, once");
}

#[tokio::test]
async fn gone_410_in_the_watch_stream_is_relisted() {
    loses_history(false).await;
}

#[tokio::test]
async fn gone_410_as_the_watch_response_is_relisted() {
    loses_history(true).await;
}

#[tokio::test]
async fn changes_missed_by_compaction_are_found_by_relisting() {
    let mut testbed = Testbed::with([shop(), blog()]).await;
    // What happened is known to none of the watches, which go on and learn that they missed something.
    testbed.server.edit(|store| {
        store.put(Kind::Ingress, ingress("team-a", "shop", "shop.example.com", "shop-2"));
        store.delete(&key(Kind::Ingress, "team-b", "blog"));
        store.lose_history();
    });
    testbed.settle().await;
}

#[tokio::test]
async fn proxy_deleted_before_the_list_is_recreated() {
    let mut testbed = Testbed::with([shop()]).await;
    let held = testbed.server.behaviour().held;
    testbed.server.hold_lists_of(Some(Kind::Proxy));
    testbed.server.edit(|store| {
        store.put(Kind::Ingress, blog());
        store.lose_history();
    });
    testbed.until("both Proxies are about to be listed", |server| server.behaviour().held >= held + 2).await;
    // They are written, which no watch sees, and then one goes, which no watch sees.
    testbed.until_ready("team-b", "blog", "True").await;
    testbed.server.edit(|store| store.delete(&proxy_key(Gateway::External)));
    testbed.server.edit(|store| store.lose_history());
    testbed.server.hold_lists_of(None);
    testbed.settle().await;
}

#[tokio::test]
async fn bookmark_avoids_a_relist() {
    let mut testbed = Testbed::with([shop()]).await;
    let far = testbed.server.store().version + 2 * BOOKMARK_EVERY;
    for round in 0.. {
        if testbed.server.store().version > far {
            break;
        }
        testbed.put(ingress("team-a", "shop", "shop.example.com", &format!("shop-{round}")));
    }
    testbed.settle().await;
    // Nothing has ever happened to a Service, and yet the watch of Services is not lost.
    let bookmarked = testbed.server.store().version - BOOKMARK_EVERY;
    testbed.server.stop().await;
    testbed.server.edit(|store| {
        store.compacted = bookmarked;
        store.history.retain(|change| change.version > bookmarked);
    });
    let lists = testbed.server.behaviour().lists;
    testbed.server.resume().await;
    testbed.settle().await;
    assert_eq!(testbed.server.behaviour().lists, lists);
}

#[tokio::test]
async fn expired_watch_is_reopened() {
    let mut testbed = Testbed::with([shop()]).await;
    let lists = testbed.server.behaviour().lists;
    for round in 0..10 {
        testbed.server.expire_watches();
        testbed.put(ingress("team-a", &format!("new-{round}"), &format!("new-{round}.example.com"), "new-1"));
        testbed.server.expire_watches();
        if round % 3 == 0 {
            testbed.settle().await;
        }
    }
    testbed.settle().await;
    assert_eq!(testbed.server.behaviour().lists, lists);
}

#[tokio::test]
async fn controller_restart_writes_nothing() {
    let bad = ingress("team-b", "bad", "bad host", "bad-1");
    let loser = ingress("team-b", "loser", "shop.example.com", "loser-1");
    let mut testbed = Testbed::with([shop(), blog(), bad, loser]).await;
    testbed.stop_controller().await;
    // Gloo has added its status meanwhile.
    for gateway in Gateway::ALL {
        testbed.server.edit(|store| {
            let mut proxy = Value::clone(&store.objects[&proxy_key(gateway)]);
            proxy["status"] =
                json!({"statuses": {"gloo-system": {"state": "Accepted", "reportedBy": "gloo"}}});
            store.put(Kind::Proxy, proxy);
        });
    }
    let before = testbed.writes();
    testbed.start_controller();
    testbed.settle().await;
    assert_eq!(testbed.writes(), before);
}

#[tokio::test]
async fn restart_catches_up_with_missed_changes() {
    let mut testbed = Testbed::with([shop(), blog()]).await;
    testbed.stop_controller().await;
    testbed.delete("team-b", "blog");
    testbed.put(ingress("team-a", "new", "new.example.com", "new-1"));
    let before = testbed.writes();
    testbed.start_controller();
    testbed.settle().await;
    assert_eq!(
        testbed.writes()[&key(Kind::Ingress, "team-a", "shop")],
        before[&key(Kind::Ingress, "team-a", "shop")]
    );
}

#[tokio::test]
async fn restart_with_failing_proxy_writes_keeps_readiness() {
    let mut testbed = Testbed::with([shop()]).await;
    testbed.stop_controller().await;
    testbed.put(blog());
    let before = testbed.writes();
    testbed.server.behaviour().write_faults = vec![(Kind::Proxy, Fault::Answer(500)); 10];
    testbed.start_controller();
    testbed.until_ready("team-b", "blog", "Unknown Uninitialized").await;
    testbed.settle().await;
    let shop = key(Kind::Ingress, "team-a", "shop");
    assert_eq!(testbed.writes()[&shop], before[&shop]);
}
