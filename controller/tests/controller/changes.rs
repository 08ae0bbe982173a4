//! What authors of Ingresses and Services do.

use std::time::Duration;

use knative_gloo_translate::Gateway;
use knative_ingress_model::keys::INGRESS_CLASS;
use serde_json::{Value, json};

use crate::support::{Testbed, ingress, key, log::Log, proxy_key, store::Kind};
use crate::{blog, shop};

#[tokio::test]
async fn startup_writes_each_object_once() {
    let testbed = Testbed::with([shop(), blog()]).await;
    let writes = testbed.writes();
    assert_eq!(writes.len(), 4, "{writes:?}");
    assert!(writes.values().all(|count| *count == 1), "{writes:?}");
}

#[tokio::test]
async fn no_writes_before_all_lists_are_complete() {
    for held in Kind::WATCHED {
        let mut testbed = Testbed::new().await;
        testbed.config.debounce = Duration::ZERO;
        let mut with_named_port = shop();
        with_named_port["spec"]["rules"][0]["http"]["paths"][0]["splits"][0]["servicePort"] = json!("web");
        testbed.put(with_named_port);
        testbed.put_service(service("shop-1", "web", 8080));
        testbed.server.hold_lists_of(Some(held));
        testbed.start_controller();
        // Of the six watches two are for Proxies.
        let others = if held == Kind::Proxy { 4 } else { 5 };
        for rounds in 1..=5 {
            testbed.until("others are watched", |server| server.behaviour().watches == others * rounds).await;
            testbed.server.expire_watches();
        }
        assert!(testbed.writes().is_empty(), "without {held:?}: {:?}", testbed.writes());
        testbed.server.hold_lists_of(None);
        testbed.settle().await;
        let writes = testbed.writes();
        assert!(
            writes.len() == 3 && writes.values().all(|count| *count == 1),
            "without {held:?}: {writes:?}"
        );
    }
}

#[tokio::test]
async fn change_updates_only_the_affected_proxy() {
    let mut testbed = Testbed::with([shop(), blog()]).await;
    let before = testbed.writes();
    testbed.put(ingress("team-a", "shop", "shop.example.com", "shop-2"));
    testbed.settle().await;
    let mut expected = before.clone();
    for changed in
        [key(Kind::Ingress, "team-a", "shop"), proxy_key(Gateway::External), proxy_key(Gateway::Internal)]
    {
        *expected.get_mut(&changed).unwrap() += 1;
    }
    assert_eq!(testbed.writes(), expected);

    let mut private = ingress("team-b", "private", "private.example.com", "private-1");
    private["spec"]["rules"][0]["visibility"] = json!("ClusterLocal");
    testbed.put(private);
    testbed.settle().await;
    *expected.get_mut(&proxy_key(Gateway::Internal)).unwrap() += 1;
    expected.insert(key(Kind::Ingress, "team-b", "private"), 1);
    assert_eq!(testbed.writes(), expected);
}

#[tokio::test]
async fn change_without_effect_is_not_written() {
    let mut testbed = Testbed::with([shop()]).await;
    let before = testbed.writes();
    let mut labelled = shop();
    labelled["metadata"]["labels"] = json!({"a": "b"});
    testbed.put(labelled);
    testbed.settle().await;
    assert_eq!(testbed.writes(), before);
}

#[tokio::test]
async fn domain_conflict_is_reported_and_ends_when_the_owner_is_deleted() {
    let mut testbed = Testbed::with([shop()]).await;
    testbed.put(ingress("team-b", "thief", "shop.example.com", "thief-1"));
    testbed.settle().await;
    testbed.until_ready("team-b", "thief", "False DomainConflict").await;
    testbed.delete("team-a", "shop");
    testbed.settle().await;
    testbed.until_ready("team-b", "thief", "True").await;
}

#[tokio::test]
async fn deleted_ingress_is_removed_from_the_proxies() {
    let mut testbed = Testbed::with([shop(), blog()]).await;
    testbed.delete("team-a", "shop");
    testbed.settle().await;
    testbed.delete("team-b", "blog");
    testbed.settle().await;
    let spec = testbed.server.store().objects[&proxy_key(Gateway::External)]["spec"].clone();
    assert_eq!(spec, json!({}), "nothing is left to be served");
}

#[tokio::test]
async fn recreated_ingress_gets_its_status() {
    let mut testbed = Testbed::with([shop(), blog()]).await;
    for _ in 0..20 {
        testbed.delete("team-a", "shop");
        testbed.put(shop());
    }
    testbed.settle().await;
}

#[tokio::test]
async fn rapid_changes_are_all_applied() {
    let mut testbed = Testbed::with([shop(), blog()]).await;
    for round in 0..50 {
        testbed.put(ingress("team-a", "shop", &format!("shop-{round}.example.com"), "shop-1"));
        tokio::task::yield_now().await;
    }
    testbed.settle().await;
}

#[tokio::test]
async fn invalid_ingress_does_not_affect_others() {
    let mut testbed = Testbed::with([shop(), ingress("team-b", "bad", "bad.example.com:80", "bad-1")]).await;
    testbed.until_ready("team-b", "bad", "False IngressRejected").await;
    testbed.until_ready("team-a", "shop", "True").await;
    let before = testbed.writes();
    testbed.put(ingress("team-b", "bad", "bad.example.com:8080", "bad-1"));
    testbed.settle().await;
    assert_eq!(testbed.writes()[&proxy_key(Gateway::External)], before[&proxy_key(Gateway::External)]);
    testbed.put(ingress("team-b", "bad", "good.example.com", "bad-1"));
    testbed.settle().await;
    testbed.until_ready("team-b", "bad", "True").await;
}

#[tokio::test]
async fn unparseable_ingress_does_not_affect_others() {
    let unreadable = |name| {
        let mut ingress = ingress("team-b", name, "odd.example.com", "odd-1");
        ingress["spec"]["rules"] = json!("none");
        ingress
    };
    // Nested deeper than a reader follows.
    let deep = |name| {
        let mut ingress = unreadable(name);
        ingress["deep"] = (0..200).fold(json!("none"), |deep, _| json!([deep]));
        ingress
    };
    let mut testbed = Testbed::with([shop(), unreadable("listed"), deep("deep-listed")]).await;
    testbed.put(unreadable("watched"));
    testbed.put(deep("deep-watched"));
    testbed.put(blog());
    testbed.settle().await;
    // One that was readable is no longer served by what it once said.
    let mut broken = blog();
    broken["spec"] = unreadable("")["spec"].clone();
    testbed.put(broken);
    testbed.settle().await;
    testbed.put(blog());
    testbed.settle().await;
}

/// An event that can't be read at all is lost. Only a new list tells what it said.
#[tokio::test]
async fn unreadable_event_leads_to_a_new_list() {
    let mut testbed = Testbed::with([shop()]).await;
    testbed.server.behaviour().reversed_events = 1;
    testbed.put(blog());
    testbed.until_ready("team-b", "blog", "True").await;
    assert_eq!(testbed.server.behaviour().reversed_events, 0);
    testbed.settle().await;
}

#[tokio::test]
async fn ingress_of_another_class_is_ignored() {
    let mut other = blog();
    other["metadata"]["annotations"][INGRESS_CLASS] = json!("kourier");
    let mut testbed = Testbed::with([shop(), other.clone()]).await;
    assert!(!testbed.writes().contains_key(&key(Kind::Ingress, "team-b", "blog")));
    // It changes hands, and back.
    testbed.put(blog());
    testbed.settle().await;
    testbed.put(other);
    testbed.settle().await;
}

#[tokio::test]
async fn named_port_resolves_once_its_service_exists() {
    let mut waiting = shop();
    waiting["spec"]["rules"][0]["http"]["paths"][0]["splits"][0]["servicePort"] = json!("web");
    let mut testbed = Testbed::with([waiting, blog()]).await;
    testbed.until_ready("team-a", "shop", "False IngressRejected").await;
    testbed.put_service(service("shop-1", "web", 8080));
    testbed.settle().await;
    testbed.until_ready("team-a", "shop", "True").await;
    testbed.put_service(service("shop-1", "web", 9090));
    testbed.settle().await;
    testbed.put_service(service("of-nobody", "web", 8080));
    testbed.settle().await;
    testbed.server.edit(|store| store.delete(&key(Kind::Service, "team-a", "shop-1")));
    testbed.settle().await;
    testbed.until_ready("team-a", "shop", "False IngressRejected").await;
}

#[tokio::test]
async fn unparseable_service_does_not_affect_others() {
    let with_named_port = |name: &str| {
        let mut ingress = ingress("team-a", name, &format!("{name}.example.com"), name);
        ingress["spec"]["rules"][0]["http"]["paths"][0]["splits"][0]["servicePort"] = json!("web");
        ingress
    };
    let unreadable = |name: &str| {
        let mut service = service(name, "web", 8080);
        service["spec"]["ports"] = json!("none");
        service
    };
    let mut testbed = Testbed::new().await;
    testbed.put_service(unreadable("listed"));
    testbed.put_service(service("good", "web", 8080));
    for name in ["listed", "watched", "good"] {
        testbed.put(with_named_port(name));
    }
    testbed.start_controller();
    testbed.until_ready("team-a", "good", "True").await;
    testbed.until_ready("team-a", "listed", "False IngressRejected").await;
    testbed.put_service(service("watched", "web", 8080));
    testbed.until_ready("team-a", "watched", "True").await;
    // What it once said does not count any more.
    testbed.put_service(unreadable("watched"));
    testbed.until_ready("team-a", "watched", "False IngressRejected").await;
    testbed.put_service(service("listed", "web", 8080));
    testbed.put_service(service("watched", "web", 8080));
    testbed.settle().await;
}

#[tokio::test]
async fn startup_translates_once_whichever_list_completes_last() {
    for held in Kind::WATCHED {
        let (log, _guard) = Log::start();
        let mut testbed = Testbed::new().await;
        let mut bad = shop();
        bad["spec"]["rules"][0]["http"]["paths"][0]["splits"][0]["servicePort"] = json!("web");
        testbed.put(bad);
        // Its port has no such name, so what is said changes with the list of Services.
        testbed.put_service(service("shop-1", "other", 8080));
        testbed.server.hold_lists_of(Some(held));
        testbed.start_controller();
        let others = if held == Kind::Proxy { 4 } else { 5 };
        testbed.until("others are watched", |server| server.behaviour().watches == others).await;
        testbed.server.hold_lists_of(None);
        testbed.settle().await;
        assert_eq!(log.of("team-a", "shop", &["rejected"]).len(), 1, "{held:?} last");
    }
}

fn service(name: &str, port: &str, number: u16) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"namespace": "team-a", "name": name},
        "spec": {"ports": [{"name": port, "port": number}]},
    })
}
