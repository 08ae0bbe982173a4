//! A stand-in for Gloo's own translator, its Deployment `ingress`, as 1.22 reads in `projects/knative/pkg/translator/translator_syncer.go`
//! and in solo-kit's `Reconciler`:
//!
//! - its own Proxies are those with the label `created_by: gloo-knative`; one without it is created, which fails where it is there;
//! - one whose listeners, decompressed, are as they should be is left alone; another is replaced as a whole, its status too, with
//!   `listeners` in plain;
//! - once Gloo has accepted both, each Ingress that has changed is said to be ready.
//!
//! What the Proxies hold is what `translate` gives in that dialect, which the recordings of the real one hold it to.

use std::time::Duration;

use gloo_proxy_model::{Proxy, State};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;
use knative_gloo_controller::Config;
use knative_gloo_translate::{Dialect, Gateway, Options, Readiness, Translation, translate};
use knative_ingress_model::Ingress;
use kube::api::{ListParams, Patch, PatchParams, PostParams};
use kube::{Api, Client, Error};
use serde_json::json;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};

const MANAGER: &str = "gloo-ingress";
const CREATED_BY: &str = "created_by=gloo-knative";

/// Runs until it is aborted.
pub fn start(client: Client, namespace: String) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut ticks = interval(Duration::from_secs(1));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if let Err(error) = sync(&client, &namespace).await {
                eprintln!("gloo's translator: {error}");
            }
        }
    })
}

async fn sync(client: &Client, namespace: &str) -> Result<(), Error> {
    let ingresses = Api::<Ingress>::all(client.clone()).list(&ListParams::default()).await?.items;
    let translation = translate(&ingresses, &Options::default().with_dialect(Dialect::Gloo1_22));
    let proxies = Api::<Proxy>::namespaced(client.clone(), namespace);
    let own = proxies.list(&ListParams::default().labels(CREATED_BY)).await?.items;
    let as_gloo = PostParams { field_manager: Some(MANAGER.to_owned()), ..PostParams::default() };
    for gateway in Gateway::ALL {
        let (name, mut desired) = (gateway.proxy_name(), translation.proxy(gateway).clone());
        let Some(original) = own.iter().find(|proxy| proxy.metadata.name.as_deref() == Some(name)) else {
            proxies.create(&as_gloo, &desired).await?;
            continue;
        };
        let listeners =
            original.clone().decompressed().map_err(|error| Error::Service(error.into()))?.spec.listeners;
        if listeners != desired.spec.listeners {
            desired.metadata.resource_version.clone_from(&original.metadata.resource_version);
            proxies.replace(name, &as_gloo, &desired).await?;
        }
    }
    if !own.is_empty() && own.iter().all(is_accepted) {
        tell_ready(client, &ingresses, &translation).await?;
    }
    Ok(())
}

fn is_accepted(proxy: &Proxy) -> bool {
    let statuses = proxy.status.iter().flat_map(|status| status.statuses.values());
    statuses.into_iter().any(|status| status.state == State::Accepted)
}

async fn tell_ready(client: &Client, ingresses: &[Ingress], translation: &Translation) -> Result<(), Error> {
    // The gateways' Services, as Gloo's installation names them.
    let addresses = Config::default().addresses.unwrap_or_else(|| panic!("no addresses by default"));
    let now = Time(Timestamp::now());
    let as_gloo = PatchParams { field_manager: Some(MANAGER.to_owned()), ..PatchParams::default() };
    for (ingress, report) in ingresses.iter().zip(&translation.reports) {
        if Some(ingress.status.observed_generation) == ingress.metadata.generation {
            continue;
        }
        if let Some(status) = report.status(ingress, Readiness::Serving(&addresses), &now) {
            let api = Api::<Ingress>::namespaced(client.clone(), &report.ingress.namespace);
            api.patch_status(&report.ingress.name, &as_gloo, &Patch::Merge(json!({"status": status})))
                .await?;
        }
    }
    Ok(())
}
