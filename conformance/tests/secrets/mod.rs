//! What the real Envoy says of each TLS Secret of `fixtures/secrets`, in a listener as Gloo makes it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gloo_proxy_model::{
    HttpListener, Listener, ListenerType, Proxy, ProxySpec, ResourceRef, SslConfig, SslSecrets, VirtualHost,
};
use k8s_openapi::api::core::v1::Secret;
use knative_gloo_conformance::envoy_config::{self, Environment, TlsSecret};
use knative_gloo_conformance::testbed;
use knative_gloo_conformance::testbed::client::{self, Request};
use knative_gloo_conformance::testbed::envoy::{Verdict, standalone, validate};

use knative_gloo_translate::{Gateway, Scheme};
use libtest_mimic::{Failed, Trial};
use tokio::runtime::Runtime;
use tokio::sync::Semaphore;

use super::pool;

/// Envoys that run at once: each takes a processor for a tenth of a second.
const AT_ONCE: usize = 4;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/secrets")
}

/// Proves that `envoy.yaml`, to which the verdicts of the translator are held, is what Envoy says.
pub(crate) fn trials(runtime: &Arc<Runtime>) -> Vec<Trial> {
    let (taken, followed) = (Arc::clone(runtime), Arc::clone(runtime));
    vec![
        Trial::test("secrets/are_taken_or_refused", move || taken.block_on(all())),
        Trial::test("secrets/are_followed_while_they_change", move || followed.block_on(changes())),
    ]
}

/// Proves that a Secret that is damaged, mended and deleted takes https from its own host alone, and gives it back.
async fn changes() -> Result<(), Failed> {
    let cluster = pool::take().await?;
    let mut wrong = Vec::new();
    for (name, has_https) in [
        ("secret-missing", false),
        ("secret-mended", true),
        ("secret-damaged", false),
        ("secret-mended", true),
        ("secret-with-a-garbage-staple", false),
        ("secret-mended", true),
        ("secret-missing", false),
    ] {
        let file = folder().join(format!("../adversarial/tls/{name}.in.yaml"));
        let mut testbed = testbed::read(name, &std::fs::read(file)?)?;
        testbed.furnish(&BTreeSet::new()).await?;
        cluster.replace(&testbed).await?;
        if let Some(reason) = cluster.outcome().refusal() {
            wrong.push(format!("{name}: {reason}"));
        }
        for (scheme, host, is_served) in [
            (Scheme::Http, "bad.example.com", true),
            (Scheme::Https, "bad.example.com", has_https),
            (Scheme::Https, "one.healthy-a.example.com", true),
        ] {
            let address = cluster.address(Gateway::External, scheme);
            let answer = client::send(&Request::get(scheme.as_str(), host, "/").to(address)).await;
            if answer.as_ref().is_ok_and(|answer| answer.status == 200) != is_served {
                let answer = answer.map(|answer| answer.status);
                wrong.push(format!("{name}: {scheme}://{host}: {answer:?}"));
            }
        }
    }
    pool::give_back(cluster);
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

async fn all() -> Result<(), Failed> {
    let binary = super::binary()?;
    let at_once = Arc::new(Semaphore::new(AT_ONCE));
    let mut running = Vec::new();
    for entry in std::fs::read_dir(folder())? {
        let path = entry?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let is_table = ["envoy", "gloo", "verdicts"].contains(&name.as_str());
        if is_table || path.extension().is_none_or(|extension| extension != "yaml") {
            continue;
        }
        let secret: Secret = serde_yaml::from_str(&std::fs::read_to_string(&path)?)?;
        let at_once = Arc::clone(&at_once);
        running.push((
            name,
            tokio::spawn(async move {
                let _permit = at_once.acquire().await.map_err(|error| error.to_string())?;
                is_accepted(binary, &secret).await
            }),
        ));
    }
    let mut found = BTreeMap::new();
    for (name, task) in running {
        let accepted = task.await??;
        found.insert(name, if accepted { "accepted" } else { "refused" }.to_owned());
    }
    let file = folder().join("envoy.yaml");
    if std::env::var_os("INSTA_UPDATE").is_some_and(|value| value == "force") {
        let head = "# What the real Envoy says of each Secret in a listener as Gloo makes it. Written by `conformance/tests/secrets`.\n";
        std::fs::write(&file, format!("{head}{}", serde_yaml::to_string(&found)?))?;
    }
    let recorded: BTreeMap<String, String> = serde_yaml::from_str(&std::fs::read_to_string(file)?)?;
    let names = found.keys().chain(recorded.keys());
    let differing: Vec<&String> = names.filter(|name| found.get(*name) != recorded.get(*name)).collect();
    if differing.is_empty() { Ok(()) } else { Err(format!("not as in envoy.yaml: {differing:?}").into()) }
}

/// Whether Envoy takes the listener `https` with that Secret. What is not UTF-8 Gloo can't even send.
async fn is_accepted(binary: &Path, secret: &Secret) -> Result<bool, String> {
    let Some(secret) = TlsSecret::of(secret) else { return Ok(false) };
    let name = ResourceRef::new("secret", "secrets");
    let ssl = SslConfig {
        secrets: Some(SslSecrets::SecretRef(name.clone())),
        one_way_tls: Some(true),
        ..SslConfig::default()
    };
    // A listener without any Gloo leaves out.
    let virtual_host =
        VirtualHost { name: "any".to_owned(), domains: vec!["*".to_owned()], ..VirtualHost::default() };
    let virtual_hosts = vec![Arc::new(virtual_host)];
    let listener = Listener {
        name: "https".to_owned(),
        bind_address: "::".to_owned(),
        bind_port: 443,
        listener_type: Some(ListenerType::Http(HttpListener { virtual_hosts, ..HttpListener::default() })),
        ssl_configurations: vec![ssl],
        ..Listener::default()
    };
    let proxy =
        Proxy { spec: ProxySpec { listeners: vec![listener], ..ProxySpec::default() }, ..Proxy::default() };
    let environment = Environment { secrets: [(name, secret)].into(), ..Environment::default() };
    let lowered = envoy_config::build(&proxy, &environment);
    if lowered.listeners.len() != 1 {
        return Err(format!("{} listeners", lowered.listeners.len()));
    }
    let bootstrap = standalone(&lowered.listeners, &lowered.routes, &lowered.clusters);
    let verdict = validate(binary, &bootstrap).await.map_err(|error| error.to_string())?;
    Ok(verdict == Verdict::Accepted)
}
