//! The API server, its watches, or the controller end and come back.

use knative_gloo_translate::Gateway;
use serde_json::json;

use crate::support::{
    World, ingress, key, proxy_key,
    server::{BOOKMARK_EVERY, Fault},
    store::Kind,
};
use crate::{blog, shop};

#[tokio::test]
async fn watches_resume_after_an_api_server_restart() {
    let mut world = World::with([shop(), blog()]).await;
    let lists = world.server.behaviour().lists;
    for round in 0..3 {
        world.server.stop().await;
        world.put(ingress("team-a", &format!("new-{round}"), &format!("new-{round}.example.com"), "new-1"));
        world.server.resume().await;
        world.settle().await;
    }
    world.server.stop().await;
    world.delete("team-b", "blog");
    world.server.resume().await;
    world.settle().await;
    assert_eq!(world.server.behaviour().lists, lists, "nothing had to be listed anew");
}

/// Changes and deletes Ingresses while the server is away and forgets what happened.
async fn loses_history(answers_gone: bool) {
    let mut world = World::with([shop(), blog()]).await;
    world.server.behaviour().answers_gone = answers_gone;
    world.server.stop().await;
    world.delete("team-b", "blog");
    world.put(ingress("team-a", "shop", "shop.example.com", "shop-2"));
    world.put(ingress("team-a", "new", "new.example.com", "new-1"));
    world.server.edit(|store| store.lose_history());
    let lists = world.server.behaviour().lists;
    world.server.resume().await;
    world.settle().await;
    assert_eq!(world.server.behaviour().lists, lists + 6, "each kind of objects is listed anew, once");
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
    let mut world = World::with([shop(), blog()]).await;
    // What happened is known to none of the watches, which go on and learn that they missed something.
    world.server.edit(|store| {
        store.put(Kind::Ingress, ingress("team-a", "shop", "shop.example.com", "shop-2"));
        store.delete(&key(Kind::Ingress, "team-b", "blog"));
        store.lose_history();
    });
    world.settle().await;
}

#[tokio::test]
async fn proxy_deleted_before_the_list_is_recreated() {
    let mut world = World::with([shop()]).await;
    let held = world.server.behaviour().held;
    world.server.hold_lists_of(Some(Kind::Proxy));
    world.server.edit(|store| {
        store.put(Kind::Ingress, blog());
        store.lose_history();
    });
    world.until("both Proxies are about to be listed", |server| server.behaviour().held >= held + 2).await;
    // They are written, which no watch sees, and then one goes, which no watch sees.
    world.until_ready("team-b", "blog", "True").await;
    world.server.edit(|store| store.delete(&proxy_key(Gateway::External)));
    world.server.edit(|store| store.lose_history());
    world.server.hold_lists_of(None);
    world.settle().await;
}

#[tokio::test]
async fn bookmark_avoids_a_relist() {
    let mut world = World::with([shop()]).await;
    let far = world.server.store().version + 2 * BOOKMARK_EVERY;
    for round in 0.. {
        if world.server.store().version > far {
            break;
        }
        world.put(ingress("team-a", "shop", "shop.example.com", &format!("shop-{round}")));
    }
    world.settle().await;
    // Nothing has ever happened to a Service, and yet the watch of Services is not lost.
    let bookmarked = world.server.store().version - BOOKMARK_EVERY;
    world.server.stop().await;
    world.server.edit(|store| {
        store.compacted = bookmarked;
        store.history.retain(|change| change.version > bookmarked);
    });
    let lists = world.server.behaviour().lists;
    world.server.resume().await;
    world.settle().await;
    assert_eq!(world.server.behaviour().lists, lists);
}

#[tokio::test]
async fn expired_watch_is_reopened() {
    let mut world = World::with([shop()]).await;
    let lists = world.server.behaviour().lists;
    for round in 0..10 {
        world.server.expire_watches();
        world.put(ingress("team-a", &format!("new-{round}"), &format!("new-{round}.example.com"), "new-1"));
        world.server.expire_watches();
        if round % 3 == 0 {
            world.settle().await;
        }
    }
    world.settle().await;
    assert_eq!(world.server.behaviour().lists, lists);
}

#[tokio::test]
async fn controller_restart_writes_nothing() {
    let bad = ingress("team-b", "bad", "bad host", "bad-1");
    let loser = ingress("team-b", "loser", "shop.example.com", "loser-1");
    let mut world = World::with([shop(), blog(), bad, loser]).await;
    world.stop_controller().await;
    // Gloo has added its status meanwhile.
    for gateway in Gateway::ALL {
        world.server.edit(|store| {
            let mut proxy = store.objects[&proxy_key(gateway)].clone();
            proxy["status"] =
                json!({"statuses": {"gloo-system": {"state": "Accepted", "reportedBy": "gloo"}}});
            store.put(Kind::Proxy, proxy);
        });
    }
    let before = world.writes();
    world.start_controller();
    world.settle().await;
    assert_eq!(world.writes(), before);
}

#[tokio::test]
async fn restart_catches_up_with_missed_changes() {
    let mut world = World::with([shop(), blog()]).await;
    world.stop_controller().await;
    world.delete("team-b", "blog");
    world.put(ingress("team-a", "new", "new.example.com", "new-1"));
    let before = world.writes();
    world.start_controller();
    world.settle().await;
    assert_eq!(
        world.writes()[&key(Kind::Ingress, "team-a", "shop")],
        before[&key(Kind::Ingress, "team-a", "shop")]
    );
}

#[tokio::test]
async fn restart_with_failing_proxy_writes_keeps_readiness() {
    let mut world = World::with([shop()]).await;
    world.stop_controller().await;
    world.put(blog());
    let before = world.writes();
    world.server.behaviour().write_faults = vec![(Kind::Proxy, Fault::Answer(500)); 10];
    world.start_controller();
    world.until_ready("team-b", "blog", "Unknown Uninitialized").await;
    world.settle().await;
    let shop = key(Kind::Ingress, "team-a", "shop");
    assert_eq!(world.writes()[&shop], before[&shop]);
}
