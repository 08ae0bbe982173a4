//! A stand-in for Gloo's control plane: it reads Proxies, Services, EndpointSlices and Secrets from the API server and says
//! what each gateway's Envoy is to serve, with the real Gloo's clock:
//!
//! - once a second everything that has changed until then is translated, and only then;
//! - the endpoints of a Service that is new are found by a loop of its own, which knows the Services of the last
//!   translation: they reach the gateways a translation *after* the routes that want them, a second later, sometimes two;
//! - the endpoints of a known Service are those of the moment of the translation;
//! - a Proxy without virtual hosts has no listener;
//! - the verdict (Accepted, Warning, Rejected, and why) is written into the Proxy's status. What Envoy makes of the
//!   configuration is not looked at.

mod environment;
mod verdict;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt;
use gloo_proxy_model::{Proxy, ResourceRef};
use k8s_openapi::api::core::v1::{Secret, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use knative_gloo_translate::Gateway;
use kube::runtime::reflector::{Store, store};
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Api, Client, Resource};
use serde::de::DeserializeOwned;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};

pub(super) use environment::SERVICE_NAME;
use environment::{environment, reference};

use crate::envoy_config::{Environment, EnvoyConfig, build};

/// How often Gloo translates, and how often it looks for new endpoints.
const TICK: Duration = Duration::from_secs(1);

/// Where the endpoints' loop stands between two translations.
const ENDPOINTS_AFTER: Duration = Duration::from_millis(700);

/// The control plane. It ends when it is dropped; what the gateways serve then stays as it is.
pub struct GlooControlPlane {
    configurations: BTreeMap<Gateway, watch::Receiver<Arc<EnvoyConfig>>>,
    _tasks: JoinSet<()>,
}

impl GlooControlPlane {
    /// Starts it on the objects that this client sees.
    pub fn start(client: &Client) -> Self {
        let mut tasks = JoinSet::new();
        let seen = Seen {
            proxies: follow(client, &mut tasks),
            services: follow(client, &mut tasks),
            slices: follow(client, &mut tasks),
            secrets: follow(client, &mut tasks),
        };
        let (mut senders, mut configurations) = (BTreeMap::new(), BTreeMap::new());
        for gateway in Gateway::ALL {
            let (sender, receiver) = watch::channel(Arc::default());
            senders.insert(gateway, sender);
            configurations.insert(gateway, receiver);
        }
        let services = Arc::new(Mutex::new(KnownServices::default()));
        tasks.spawn(discover_endpoints(Arc::clone(&services)));
        tasks.spawn(translate(client.clone(), seen, services, senders));
        Self { configurations, _tasks: tasks }
    }

    /// What a gateway's Envoy is to serve, from now on.
    pub fn configuration(&self, gateway: Gateway) -> Option<watch::Receiver<Arc<EnvoyConfig>>> {
        self.configurations.get(&gateway).cloned()
    }
}

/// All objects of a kind, as the watch has them.
fn follow<K>(client: &Client, tasks: &mut JoinSet<()>) -> Store<K>
where
    K: Resource + Clone + Debug + DeserializeOwned + Send + Sync + 'static,
    K::DynamicType: Default + Clone + Eq + Hash + Send + Sync,
{
    let (store, writer) = store();
    let objects = watcher(Api::<K>::all(client.clone()), watcher::Config::default()).default_backoff();
    // What fails is tried again by the watch itself.
    tasks.spawn(objects.reflect(writer).for_each(|_| async {}));
    store
}

/// How long a verdict may take to be written: an API server that is away must not stop the clock.
const VERDICT_WITHIN: Duration = Duration::from_millis(300);

/// The Proxies as they are stored.
type Proxies = BTreeMap<Gateway, Option<Arc<Proxy>>>;

/// What is watched.
struct Seen {
    proxies: Store<Proxy>,
    services: Store<Service>,
    slices: Store<EndpointSlice>,
    secrets: Store<Secret>,
}

/// Services on their way from the translation to the discovery of endpoints and back.
#[derive(Debug, Default)]
struct KnownServices {
    /// Those of the last translation.
    translated: BTreeSet<ResourceRef>,
    /// Those whose endpoints are followed.
    discovered: BTreeSet<ResourceRef>,
}

async fn discover_endpoints(services: Arc<Mutex<KnownServices>>) {
    let start = Instant::now();
    let mut ticks = interval_at(start.checked_add(ENDPOINTS_AFTER).unwrap_or(start), TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let mut services = services.lock().unwrap_or_else(PoisonError::into_inner);
        let KnownServices { translated, discovered } = &mut *services;
        discovered.clone_from(translated);
    }
}

async fn translate(
    client: Client,
    seen: Seen,
    services: Arc<Mutex<KnownServices>>,
    gateways: BTreeMap<Gateway, watch::Sender<Arc<EnvoyConfig>>>,
) {
    let mut ticks = interval_at(Instant::now(), TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut before: Option<(Environment, Proxies)> = None;
    loop {
        ticks.tick().await;
        let environment = seen.environment(&services);
        let proxies: Proxies =
            Gateway::ALL.into_iter().map(|gateway| (gateway, seen.proxy(gateway))).collect();
        if before.as_ref().is_some_and(|(known, of)| *known == environment && same(of, &proxies)) {
            continue;
        }
        let mut verdicts = Vec::new();
        for (gateway, sender) in &gateways {
            let stored = proxies.get(gateway).cloned().flatten();
            let proxy = stored.as_deref().cloned().unwrap_or_default();
            // One that cannot be read leaves everything as it was.
            let Ok(proxy) = proxy.decompressed() else { continue };
            let config = build(&proxy, &environment);
            let verdict = verdict::verdict(&config.reports);
            sender.send_if_modified(|current| {
                let differs = **current != config;
                if differs {
                    *current = Arc::new(config);
                }
                differs
            });
            verdicts.extend(stored.map(|stored| (stored, verdict)));
        }
        let mut is_told = true;
        for (proxy, verdict) in &verdicts {
            let written = timeout(VERDICT_WITHIN, verdict::write(&client, proxy, verdict)).await;
            is_told &= matches!(written, Ok(Ok(())));
        }
        // What could not be written is said again a second later.
        before = is_told.then_some((environment, proxies));
    }
}

fn same(before: &Proxies, after: &Proxies) -> bool {
    before.iter().zip(after).all(|((_, before), (_, after))| match (before, after) {
        (Some(before), Some(after)) => Arc::ptr_eq(before, after),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    })
}

impl Seen {
    fn environment(&self, services: &Mutex<KnownServices>) -> Environment {
        let (known, slices, secrets) = (self.services.state(), self.slices.state(), self.secrets.state());
        let mut services = services.lock().unwrap_or_else(PoisonError::into_inner);
        services.translated = known.iter().map(|service| reference(&service.metadata)).collect();
        environment(
            known.iter().map(AsRef::as_ref),
            slices.iter().map(AsRef::as_ref),
            secrets.iter().map(AsRef::as_ref),
            &services.discovered,
        )
    }

    fn proxy(&self, gateway: Gateway) -> Option<Arc<Proxy>> {
        self.proxies.find(|proxy| {
            proxy.metadata.name.as_deref() == Some(gateway.proxy_name())
                && proxy.metadata.namespace.as_deref() == Some(verdict::GLOO_NAMESPACE)
        })
    }
}
