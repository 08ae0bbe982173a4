//! TLS Secrets that come, go bad, are fixed and go, while the controller runs.

use std::fs;

use gloo_proxy_model::Proxy;
use knative_gloo_translate::Gateway;
use serde_json::{Value, json};

use crate::support::{World, ingress, key, log::Log, proxy_key, server::Server, store::Kind};

/// A Secret of `fixtures/secrets`, under another name.
fn secret(fixture: &str, namespace: &str, name: &str) -> Value {
    let file = fixtures::root().join(format!("secrets/{fixture}.yaml"));
    let mut secret: Value = serde_yaml::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    secret["metadata"] = json!({"namespace": namespace, "name": name});
    secret
}

/// An Ingress whose host has a certificate.
fn with_tls(namespace: &str, name: &str, host: &str) -> Value {
    let mut ingress = ingress(namespace, name, host, "backend");
    ingress["spec"]["tls"] = json!([{"hosts": [host], "secretName": name, "secretNamespace": namespace}]);
    ingress
}

/// The hosts that the external Proxy has a certificate for.
fn served(server: &Server) -> Vec<String> {
    let store = server.store();
    let Some(proxy) = store.objects.get(&proxy_key(Gateway::External)) else { return Vec::new() };
    let proxy: Proxy = serde_json::from_value(proxy.clone()).unwrap();
    let configurations = proxy.spec.listeners.iter().flat_map(|listener| &listener.ssl_configurations);
    configurations.flat_map(|configuration| configuration.sni_domains.clone()).collect()
}

/// Two tenants, of whom one has a good Secret.
async fn two_tenants(of_the_other: Option<&str>) -> World {
    let mut world = World::new().await;
    world.put(with_tls("team-a", "good", "good.example.com"));
    world.put_secret(secret("p-256", "team-a", "good"));
    world.put(with_tls("team-b", "other", "other.example.com"));
    if let Some(fixture) = of_the_other {
        world.put_secret(secret(fixture, "team-b", "other"));
    }
    world.start_controller();
    world.settle().await;
    world
}

#[tokio::test]
async fn unusable_secret_disables_https_of_its_hosts_only() {
    for (fixture, hosts) in [
        (Some("rsa-2048"), vec!["good.example.com", "other.example.com"]),
        (Some("rsa-1024"), vec!["good.example.com"]),
        (Some("staple-garbage"), vec!["good.example.com"]),
        (Some("type-opaque"), vec!["good.example.com"]),
        (None, vec!["good.example.com"]),
    ] {
        let world = two_tenants(fixture).await;
        assert_eq!(served(&world.server), hosts, "{fixture:?}");
        // Plain HTTP goes on, and so the Ingress is served.
        world.until_ready("team-b", "other", "True").await;
    }
}

#[tokio::test]
async fn changed_secret_is_applied() {
    let mut world = two_tenants(None).await;
    for (change, hosts) in [
        (Some("p-384"), 2),
        (Some("key-of-another-ec"), 1),
        (Some("ed25519"), 2),
        (Some("rsa-1024"), 1),
        (Some("key-pkcs1"), 2),
        (None, 1),
    ] {
        match change {
            Some(fixture) => world.put_secret(secret(fixture, "team-b", "other")),
            None => world.server.edit(|store| store.delete(&key(Kind::Secret, "team-b", "other"))),
        }
        world.settle().await;
        assert_eq!(served(&world.server).len(), hosts, "{change:?}");
    }
}

#[tokio::test]
async fn secret_change_missed_by_the_watch_is_found_by_relisting() {
    let mut world = two_tenants(Some("p-384")).await;
    world.server.edit(|store| {
        store.put(Kind::Secret, secret("rsa-1024", "team-b", "other"));
        store.lose_history();
    });
    world.server.expire_watches();
    world.settle().await;
    assert_eq!(served(&world.server), ["good.example.com"]);
}

#[tokio::test]
async fn secret_change_with_the_same_verdict_is_not_written() {
    let mut world = two_tenants(Some("p-384")).await;
    let before = world.writes();
    world.put_secret(secret("p-521", "team-b", "other"));
    world.put_secret(secret("p-256", "team-c", "of-nobody"));
    world.settle().await;
    assert_eq!(world.writes(), before);
}

#[tokio::test]
async fn no_secrets_disables_the_secret_watch() {
    let mut world = World::new().await;
    world.config.watch_secrets = false;
    world.put(with_tls("team-b", "other", "other.example.com"));
    world.put_secret(secret("rsa-1024", "team-b", "other"));
    world.server.hold_lists_of(Some(Kind::Secret));
    world.start_controller();
    world.settle().await;
    assert_eq!(served(&world.server), ["other.example.com"]);
}

#[tokio::test]
async fn log_names_the_unusable_secret_without_its_key() {
    let (log, _guard) = Log::start();
    let world = two_tenants(Some("rsa-1024")).await;
    assert_eq!(log.of("team-b", "other", &["unusable Secret", "RSA key of 1024 bits"]).len(), 1);
    for (_, object) in world.server.store().objects.iter().filter(|(key, _)| key.0 == Kind::Secret) {
        for (field, value) in object["data"].as_object().unwrap() {
            let start: String = value.as_str().unwrap().chars().take(40).collect();
            assert_eq!(log.lines(&[&start]), Vec::<String>::new(), "{field}");
        }
    }
}
