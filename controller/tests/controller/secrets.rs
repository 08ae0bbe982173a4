//! TLS Secrets that come, go bad, are fixed and go, while the controller runs.

use std::fs;

use gloo_proxy_model::Proxy;
use knative_gloo_translate::Gateway;
use serde_json::{Value, json};

use crate::support::{Testbed, ingress, key, log::Log, proxy_key, server::Server, store::Kind};

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
    let proxy: Proxy = serde_json::from_value(Value::clone(proxy)).unwrap();
    let configurations = proxy.spec.listeners.iter().flat_map(|listener| &listener.ssl_configurations);
    configurations.flat_map(|configuration| configuration.sni_domains.clone()).collect()
}

/// Two tenants, of whom one has a good Secret.
async fn two_tenants(of_the_other: Option<&str>) -> Testbed {
    let mut testbed = Testbed::new().await;
    testbed.put(with_tls("team-a", "good", "good.example.com"));
    testbed.put_secret(secret("p-256", "team-a", "good"));
    testbed.put(with_tls("team-b", "other", "other.example.com"));
    if let Some(fixture) = of_the_other {
        testbed.put_secret(secret(fixture, "team-b", "other"));
    }
    testbed.start_controller();
    testbed.settle().await;
    testbed
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
        let testbed = two_tenants(fixture).await;
        assert_eq!(served(&testbed.server), hosts, "{fixture:?}");
        // Plain HTTP goes on, and so the Ingress is served.
        testbed.until_ready("team-b", "other", "True").await;
    }
}

#[tokio::test]
async fn changed_secret_is_applied() {
    let mut testbed = two_tenants(None).await;
    for (change, hosts) in [
        (Some("p-384"), 2),
        (Some("key-of-another-ec"), 1),
        (Some("ed25519"), 2),
        (Some("rsa-1024"), 1),
        (Some("key-pkcs1"), 2),
        (None, 1),
    ] {
        match change {
            Some(fixture) => testbed.put_secret(secret(fixture, "team-b", "other")),
            None => testbed.server.edit(|store| store.delete(&key(Kind::Secret, "team-b", "other"))),
        }
        testbed.settle().await;
        assert_eq!(served(&testbed.server).len(), hosts, "{change:?}");
    }
}

#[tokio::test]
async fn secret_change_missed_by_the_watch_is_found_by_relisting() {
    let mut testbed = two_tenants(Some("p-384")).await;
    testbed.server.edit(|store| {
        store.put(Kind::Secret, secret("rsa-1024", "team-b", "other"));
        store.lose_history();
    });
    testbed.server.expire_watches();
    testbed.settle().await;
    assert_eq!(served(&testbed.server), ["good.example.com"]);
}

#[tokio::test]
async fn secret_change_with_the_same_verdict_is_not_written() {
    let mut testbed = two_tenants(Some("p-384")).await;
    let before = testbed.writes();
    testbed.put_secret(secret("p-521", "team-b", "other"));
    testbed.put_secret(secret("p-256", "team-c", "of-nobody"));
    testbed.settle().await;
    assert_eq!(testbed.writes(), before);
}

#[tokio::test]
async fn no_secrets_disables_the_secret_watch() {
    let mut testbed = Testbed::new().await;
    testbed.config.watch_secrets = false;
    testbed.put(with_tls("team-b", "other", "other.example.com"));
    testbed.put_secret(secret("rsa-1024", "team-b", "other"));
    testbed.server.hold_lists_of(Some(Kind::Secret));
    testbed.start_controller();
    testbed.settle().await;
    assert_eq!(served(&testbed.server), ["other.example.com"]);
}

#[tokio::test]
async fn log_names_the_unusable_secret_without_its_key() {
    let (log, _guard) = Log::start();
    let testbed = two_tenants(Some("rsa-1024")).await;
    assert_eq!(log.of("team-b", "other", &["unusable Secret", "RSA key of 1024 bits"]).len(), 1);
    for (_, object) in testbed.server.store().objects.iter().filter(|(key, _)| key.0 == Kind::Secret) {
        for (field, value) in object["data"].as_object().unwrap() {
            let start: String = value.as_str().unwrap().chars().take(40).collect();
            assert_eq!(log.lines(&[&start]), Vec::<String>::new(), "{field}");
        }
    }
}
