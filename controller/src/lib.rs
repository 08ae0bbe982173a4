//! A small controller: it watches Knative's Ingresses and Kubernetes' Services, keeps a
//! [`Translator`](knative_gloo_translate::Translator), and writes Gloo's two Proxies and the status of each Ingress.
//!
//! ```text
//! watch                             state                       queue          writer
//! Ingresses, Services, Secrets ─┐                               ┌ Proxy    ┐   both Proxies   by server-side apply
//! EndpointSlices               ─┼─> Controller + Translator ──> ┤ (keys)   ├─> each status    by a patch of the subresource
//! Proxies: what is stored now  ─┘                               └ Status   ┘
//! ```
//!
//! - Nothing is written before all lists are complete. After that a thing to write is a key in a queue: what is written
//!   is worked out when its turn comes. So many changes become one write of the newest state, a write that fails is tried
//!   again without holding up others, and what the cluster holds already is not written at all.
//! - Nothing is remembered from one run to the next, so nothing can be wrong: what was deleted while nobody looked is not
//!   in the lists.
//! - Proxies come first. Once those that serve an Ingress are stored the gateways are probed, and when every endpoint of theirs
//!   has answered with the Ingress's hash it is called ready.
//!
//! Its modules, in the order in which they are best read: this one, with the loop that all goes through; `watch`, kube's
//! watcher with what it lacks; `controller`, the state and what each event changes of it; `reconcile`, what a key in the queue
//! has to write and what came of it; `writer` sends it; `desired` is a
//! Proxy as it should be, and `serves` compares it with what is stored; `ingress_entry`, `proxy_state`, `endpoints` and `secrets` hold what is known of
//! an object; `queue` when it is whose turn; `probe` asks the gateways.

#![doc = include_str!("../README.md")]

mod config;
mod conflict_backoff;
mod controller;
mod desired;
mod endpoints;
mod error_chain;
mod events;
mod gloo_verdict;
mod ingress_entry;
mod leader;
mod lease;
mod not_ready;
mod object;
mod object_span;
mod probe;
mod proxy_state;
mod publish;
mod queue;
mod reconcile;
mod retry_after;
mod room;
mod search_room;
mod secrets;
mod serves;
mod settle;
mod share;
mod shared_proxy;
mod stored_proxy;
mod telemetry;
mod verdict;
mod watch;
mod writer;

use std::{
    future::{Future, pending},
    pin::pin,
    time::Duration,
};

use futures_util::{
    StreamExt,
    stream::{FuturesUnordered, select_all},
};
use k8s_openapi::api::core::v1::Secret;
use knative_gloo_translate::Gateway;
use kube::{Api, Client, runtime::watcher};
use tokio::time::{MissedTickBehavior, interval, timeout};
use tracing::{info, warn};

pub use config::{Config, GatewayServices, RetryPolicy, client};
use controller::{Controller, Input};
pub use error_chain::ErrorChain;
use events::{Announcer, write_events};
pub use lease::LeaseConfig;
use lease::{Election, Leadership, gate_writes};
pub use probe::ProbeSettings;
use retry_after::keep_retry_after;
use telemetry::LeaseStanding;
pub use telemetry::{Health, Metrics, Telemetry, serve_telemetry};
use watch::{surface_watch_faults, watch};

/// How long the end waits for the answers to the last writes: well within the 30 s that Kubernetes grants.
const LAST_WRITES: Duration = Duration::from_secs(10);

/// How often the loop turns at least, so that a silent one is known to hang.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// Keeps the Proxies and the statuses up to date in the cluster of `client` until `stop` is ready, and then ends with the
/// writes that are under way, ten seconds later at most. It gives up at nothing: what fails is logged and tried again.
///
/// With [`Config::lease`] it writes only while it holds the Lease, keeps up with the cluster otherwise, and gives the Lease back
/// at the end.
pub async fn run(client: Client, config: Config, stop: impl Future<Output = ()>) {
    let retry = config.retry;
    let client = keep_retry_after(&client);
    let watched = surface_watch_faults(&client);
    let all = watcher::Config::default;
    let proxies = |gateway: Gateway| {
        let api = Api::namespaced(watched.clone(), &config.options.proxy_namespace);
        let named = all().fields(&format!("metadata.name={}", gateway.proxy_name()));
        watch(api, named, retry).map(move |event| Input::Proxy(gateway, event)).boxed()
    };
    let secrets = config.watch_secrets.then(|| {
        let tls = all().fields(secrets::SELECTOR).page_size(secrets::PAGE);
        // Judged as they come in: nothing behind this sees a private key.
        let events = watch::<Secret>(Api::all(watched.clone()), tls, retry);
        events.map(|event| Input::Secret(event.into())).boxed()
    });
    let mut inputs = select_all([
        watch(Api::all(watched.clone()), all(), retry).map(Input::Ingress).boxed(),
        watch(Api::all(watched.clone()), all(), retry).map(Input::Service).boxed(),
        watch(Api::all(watched.clone()), all(), retry).map(Input::EndpointSlice).boxed(),
        proxies(Gateway::External),
        proxies(Gateway::Internal),
    ]);
    inputs.extend(secrets);
    let telemetry = config.telemetry.clone();
    let (mut election, mut leadership) = match &config.lease {
        Some(lease) => {
            let namespace = &config.options.proxy_namespace;
            let (election, leadership) = Election::new(client.clone(), namespace, lease.clone(), telemetry);
            (Some(election), leadership)
        }
        None => {
            telemetry.health.set_lease(LeaseStanding::Held);
            (None, Leadership::alone())
        }
    };
    let client = gate_writes(&client, &leadership);
    let (announcer, events) = Announcer::new(&config);
    let mut events = pin!(write_events(client.clone(), config.clone(), events));
    let mut controller = Controller::new(client, config, announcer);
    let mut writes = FuturesUnordered::new();
    {
        // In the same task, so that a loop that hangs does not keep the Lease.
        let mut election = pin!(async {
            match &mut election {
                Some(election) => election.run().await,
                None => pending().await,
            }
        });
        let mut stop = pin!(stop);
        let mut heartbeat = interval(HEARTBEAT);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = &mut stop => break,
                Some(input) = inputs.next() => controller.handle(input),
                Some(()) = controller.queue.tick() => {}
                Some(written) = writes.next() => controller.written(written),
                event = controller.prober.next() => controller.probed(event),
                () = &mut election => {}
                () = leadership.changed() => {}
                () = &mut events => {}
                _ = heartbeat.tick() => {}
            }
            controller.set_leader(leadership.is_held());
            while let Some(write) = controller.next_write() {
                writes.push(write);
            }
            controller.tell();
        }
        let [external, internal] = Gateway::ALL.map(|gateway| controller.prober.counts(gateway));
        info!(
            under_way = writes.len(),
            waiting = controller.prober.asked_for(),
            ?external,
            ?internal,
            "stopping"
        );
        let answers = async {
            loop {
                tokio::select! {
                    written = writes.next() => match written {
                        Some(written) => controller.written(written),
                        None => break,
                    },
                    () = &mut election => {}
                }
            }
        };
        if timeout(LAST_WRITES, answers).await.is_err() {
            warn!(unanswered = writes.len(), "stopped without knowing what came of the last writes");
        }
    }
    // Not before all answers are in: nobody else may write until then.
    drop(writes);
    if let Some(election) = &mut election {
        election.release().await;
    }
}
