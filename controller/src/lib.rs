//! A controller in one file: it watches Knative's Ingresses and Kubernetes' Services, keeps a [`Translator`], and writes
//! Gloo's two Proxies and the status of each Ingress.
//!
//! ```text
//! Ingresses ─┐                       ┌─> both Proxies    by server-side apply
//! Services  ─┴─> Translator ─> queue ┴─> each status     by a patch of the subresource
//! Proxies   ───> what the cluster holds: is there anything to write?
//! ```
//!
//! - Nothing is written before all lists are complete. After that a thing to write is a key in a queue: what is written
//!   is worked out when its turn comes. So many changes become one write of the newest state, a write that fails is tried
//!   again without holding up others, and what the cluster holds already is not written at all.
//! - Nothing is remembered from one run to the next, so nothing can be wrong: what was deleted while nobody looked is not
//!   in the lists.
//! - Proxies come first. An Ingress is called ready when the Proxies that serve it are stored. Whether Envoy has them by then
//!   is for a prober to know, which this is not.

#![doc = include_str!("../README.md")]

mod config;
mod held;
mod queue;
mod watch;
mod write;

use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
    pin::pin,
    time::Duration,
};

use futures_util::{
    StreamExt,
    future::BoxFuture,
    stream::{FuturesUnordered, select_all},
};
use gloo_proxy_model::{COMPRESS_ANNOTATION, Proxy};
use k8s_openapi::{api::core::v1::Service, apimachinery::pkg::apis::meta::v1::Time, jiff::Timestamp};
use knative_gloo_translate::{
    Change, Gateway, IngressReport, Outcome, Readiness, ServiceRef, Services, Severity, Translator,
};
use knative_ingress_model::{Ingress, IngressRef};
use kube::{Api, Client, Error, ResourceExt, core::DeserializeGuard, runtime::watcher};
use tracing::{debug, error, info, warn};

pub use config::{Backoff, Config};
use held::{HeldIngress, HeldProxy, reference, version};
use queue::{Key, Queue};
use watch::{Seen, watch};
use write::{Written, apply_proxy, patch_status};

/// Keeps the Proxies and the statuses up to date in the cluster of `client` until `stop` is ready, and then ends with the
/// writes that are under way. It gives up at nothing: what fails is logged and tried again.
pub async fn run(client: Client, config: Config, stop: impl Future<Output = ()>) {
    let all = watcher::Config::default;
    let proxies = |gateway: Gateway| {
        let api = Api::namespaced(client.clone(), &config.options.proxy_namespace);
        let named = all().fields(&format!("metadata.name={}", gateway.proxy_name()));
        watch(api, named, config.backoff).map(move |seen| Input::Proxy(gateway, seen)).boxed()
    };
    let mut inputs = select_all([
        watch(Api::all(client.clone()), all(), config.backoff).map(Input::Ingress).boxed(),
        watch(Api::all(client.clone()), all(), config.backoff).map(Input::Service).boxed(),
        proxies(Gateway::External),
        proxies(Gateway::Internal),
    ]);
    let mut controller = Controller::new(client, config);
    let mut writes = FuturesUnordered::new();
    let mut stop = pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            Some(input) = inputs.next() => controller.take(input),
            Some(()) = controller.queue.tick() => {}
            Some(written) = writes.next() => controller.written(written),
        }
        while let Some(write) = controller.next_write() {
            writes.push(write);
        }
    }
    info!(under_way = writes.len(), "stopping");
    while writes.next().await.is_some() {}
}

enum Input {
    Ingress(Seen<DeserializeGuard<Ingress>>),
    Service(Seen<Service>),
    Proxy(Gateway, Seen<DeserializeGuard<Proxy>>),
}

/// The state of the world, as far as it is known.
struct Controller {
    client: Client,
    config: Config,
    queue: Queue,
    translator: Translator,
    ingresses: BTreeMap<IngressRef, HeldIngress>,
    external: HeldProxy,
    internal: HeldProxy,
    lists: Lists,
    /// How often the Proxies have changed.
    revision: u64,
    /// Ingresses whose status waits for the Proxies to be stored.
    deferred: BTreeSet<IngressRef>,
}

/// The lists that have been seen whole.
#[derive(Default)]
struct Lists {
    ingresses: bool,
    services: bool,
    external: bool,
    internal: bool,
}

impl Lists {
    const fn are_complete(&self) -> bool {
        let Self { ingresses, services, external, internal } = *self;
        ingresses && services && external && internal
    }
}

impl Controller {
    fn new(client: Client, config: Config) -> Self {
        Self {
            client,
            queue: Queue::default(),
            translator: Translator::new(config.options.clone().with_services(Services::new())),
            config,
            ingresses: BTreeMap::new(),
            external: HeldProxy::default(),
            internal: HeldProxy::default(),
            lists: Lists::default(),
            revision: 0,
            deferred: BTreeSet::new(),
        }
    }

    fn take(&mut self, input: Input) {
        let had_started = self.lists.are_complete();
        match input {
            Input::Ingress(seen) => self.take_ingresses(seen),
            Input::Service(seen) => self.take_services(seen),
            Input::Proxy(gateway, seen) => self.take_proxies(gateway, seen),
        }
        if !had_started && self.lists.are_complete() {
            info!(ingresses = self.ingresses.len(), "the lists are complete");
            for ingress in self.ingresses.keys().cloned().collect::<Vec<_>>() {
                if let Some(report) = self.translator.report(&ingress) {
                    log(&report);
                }
                self.touch(Key::Status(ingress));
            }
            Gateway::ALL.map(Key::Proxy).into_iter().for_each(|proxy| self.touch(proxy));
        }
    }

    fn take_ingresses(&mut self, seen: Seen<DeserializeGuard<Ingress>>) {
        match seen {
            // What is listed from now on is newer than all that has been seen, even if a restored etcd counts from further back.
            Seen::Listing => self.ingresses.values_mut().for_each(|held| held.version = 0),
            Seen::All(all) => {
                let listed: BTreeSet<_> = all.iter().map(reference).collect();
                let gone: Vec<_> =
                    self.ingresses.keys().filter(|held| !listed.contains(*held)).cloned().collect();
                gone.iter().for_each(|ingress| self.remove(ingress));
                all.into_iter().for_each(|ingress| self.apply(ingress));
                self.lists.ingresses = true;
            }
            Seen::Applied(ingress) => self.apply(ingress),
            Seen::Deleted(ingress) => self.remove(&reference(&ingress)),
        }
    }

    fn take_services(&mut self, seen: Seen<Service>) {
        let change = match seen {
            Seen::Listing => return,
            Seen::All(all) => {
                self.lists.services = true;
                self.translator.set_services(all.into_iter().collect())
            }
            Seen::Applied(service) => self.translator.apply_service(&service),
            Seen::Deleted(service) => self.translator.remove_service(&ServiceRef::new(
                service.namespace().unwrap_or_default(),
                service.name_any(),
            )),
        };
        self.follow(change);
    }

    fn take_proxies(&mut self, gateway: Gateway, seen: Seen<DeserializeGuard<Proxy>>) {
        let held = self.proxy(gateway);
        let is_other = match seen {
            Seen::Listing => {
                held.version = 0;
                false
            }
            Seen::All(all) => {
                let found = all.into_iter().next();
                let is_other =
                    held.see(found.as_ref().map_or(0, version), found.and_then(|found| found.0.ok()));
                match gateway {
                    Gateway::External => self.lists.external = true,
                    Gateway::Internal => self.lists.internal = true,
                }
                is_other
            }
            Seen::Applied(found) => held.see(version(&found), found.0.ok()),
            Seen::Deleted(found) => held.see(version(&found), None),
        };
        if is_other && self.lists.are_complete() {
            // Our own change, or one of somebody else, with whom it would be no use to quarrel at full speed.
            self.queue.touch(Key::Proxy(gateway), self.config.backoff.first);
        }
    }

    fn apply(&mut self, found: DeserializeGuard<Ingress>) {
        let (reference, version) = (reference(&found), version(&found));
        let ingress = match found.0 {
            Ok(ingress) => ingress,
            Err(invalid) => {
                error!(ingress = %reference, "left out, since it can't be read: {invalid}");
                return self.remove(&reference);
            }
        };
        if self.ingresses.get(&reference).is_some_and(|held| version < held.version) {
            return;
        }
        let change = self.translator.apply(&ingress);
        let held = self.ingresses.entry(reference.clone()).or_default();
        held.see(version, ingress);
        self.follow(change);
        self.touch(Key::Status(reference));
    }

    fn remove(&mut self, ingress: &IngressRef) {
        self.ingresses.remove(ingress);
        let change = self.translator.remove(ingress);
        self.follow(change);
    }

    /// Sees to it that what `change` names is written.
    fn follow(&mut self, change: Change) {
        let is_changed = |gateway: &Gateway| !change.proxy(*gateway).is_empty();
        let changed: Vec<_> = Gateway::ALL.into_iter().filter(is_changed).collect();
        self.revision = self.revision.saturating_add(u64::from(!changed.is_empty()));
        for gateway in changed {
            self.proxy(gateway).wanted = self.revision;
            self.touch(Key::Proxy(gateway));
        }
        for report in change.reports {
            if let Some(held) = self.ingresses.get_mut(&report.ingress) {
                held.revision = self.revision;
            }
            if self.lists.are_complete() {
                log(&report);
            }
            self.touch(Key::Status(report.ingress));
        }
    }

    fn touch(&mut self, key: Key) {
        if self.lists.are_complete() {
            self.queue.touch(key, self.config.gather);
        }
    }

    const fn proxy(&mut self, gateway: Gateway) -> &mut HeldProxy {
        match gateway {
            Gateway::External => &mut self.external,
            Gateway::Internal => &mut self.internal,
        }
    }

    /// The next request to send.
    fn next_write(&mut self) -> Option<BoxFuture<'static, Written>> {
        while let Some(key) = self.queue.next(self.config.parallel) {
            let write = match &key {
                Key::Proxy(gateway) => self.write_proxy(*gateway),
                Key::Status(ingress) => self.write_status(ingress),
            };
            if write.is_some() {
                return write;
            }
            self.queue.done(key, self.config.gather);
        }
        None
    }

    /// `None` if the cluster holds it as it should be.
    fn write_proxy(&mut self, gateway: Gateway) -> Option<BoxFuture<'static, Written>> {
        let mut desired = self.translator.proxy(gateway);
        if self.config.compress {
            let annotations = desired.metadata.annotations.get_or_insert_default();
            annotations.insert(COMPRESS_ANNOTATION.to_owned(), "true".to_owned());
        }
        let revision = self.revision;
        let held = self.proxy(gateway);
        if held.is_settled(&desired) {
            held.stored = revision;
            self.settle_deferred();
            return None;
        }
        Some(apply_proxy(&self.client, &self.config, gateway, desired, revision))
    }

    /// `None` if the cluster holds it as it should be, or if it is not ours, or if it isn't its turn yet.
    fn write_status(&mut self, reference: &IngressRef) -> Option<BoxFuture<'static, Written>> {
        let held = self.ingresses.get(reference)?;
        let report = self.translator.report(reference)?;
        // As precise as Kubernetes writes times.
        let now = Time(Timestamp::from_second(Timestamp::now().as_second()).unwrap_or_default());
        let status = |readiness| report.status(&held.ingress, readiness, &now);
        let mut desired =
            status(self.config.addresses.as_ref().map_or(Readiness::Waiting, Readiness::Serving))?;
        let is_stored = self.external.has(held.revision) && self.internal.has(held.revision);
        let waiting = status(Readiness::Waiting)?;
        if !is_stored && desired != waiting && !held.is_settled(&desired) {
            self.deferred.insert(reference.clone());
            // It is soon told apart, unless the Proxies can't be stored.
            if !Gateway::ALL.into_iter().any(|gateway| self.queue.is_failing(&Key::Proxy(gateway))) {
                return None;
            }
            desired = waiting;
        }
        (!held.is_settled(&desired)).then(|| patch_status(&self.client, &self.config, &held.ingress, desired))
    }

    fn written(&mut self, written: Written) {
        let (key, result) = match written {
            Written::Proxy { gateway, desired, revision, answer } => {
                let result = answer.map(|proxy| {
                    info!(proxy = gateway.proxy_name(), version = proxy.metadata.resource_version, "applied");
                    let held = self.proxy(gateway);
                    held.stored = revision;
                    if !held.wrote(*desired, proxy) {
                        warn!(
                            proxy = gateway.proxy_name(),
                            "the cluster holds something else than was applied"
                        );
                    }
                });
                (Key::Proxy(gateway), result)
            }
            Written::Status { ingress, desired, answer } => {
                let result = answer.map(|answer| {
                    debug!(%ingress, version = answer.metadata.resource_version, "status written");
                    if self.ingresses.get_mut(&ingress).is_some_and(|held| !held.wrote(&desired, answer)) {
                        warn!(%ingress, "the cluster holds another status than was written");
                    }
                });
                (Key::Status(ingress), result)
            }
        };
        let is_proxy = matches!(key, Key::Proxy(_));
        match result {
            // 404: the Ingress is gone, as its watch will tell.
            Err(Error::Api(status)) if status.code == 404 && !is_proxy => {
                self.queue.done(key, self.config.gather)
            }
            Err(error) => self.retry(key, &error),
            Ok(()) => self.queue.done(key, self.config.gather),
        }
        if is_proxy {
            self.settle_deferred();
        }
    }

    /// Tries again later, or sooner if only a change can help.
    fn retry(&mut self, key: Key, error: &Error) {
        let Config { backoff, gather, .. } = self.config;
        let (mut code, mut asked) = (0, Duration::ZERO);
        if let Error::Api(status) = error {
            let seconds = status.details.as_ref().map_or(0, |details| details.retry_after_seconds);
            (code, asked) = (status.code, Duration::from_secs(seconds.into()));
        }
        let least = if matches!(code, 400 | 403 | 413 | 422) { backoff.longest } else { asked };
        let is_refused = matches!(code, 400 | 403 | 409 | 413 | 422);
        match (&key, code) {
            (Key::Status(ingress), 409) => debug!(%ingress, "it has changed in between"),
            (Key::Status(ingress), _) => warn!(%ingress, "its status could not be written: {error}"),
            (Key::Proxy(gateway), _) => {
                let size = self.translator.proxy(*gateway).size();
                let hint =
                    if size.fits_etcd() { "" } else { " (it is too large for etcd unless compressed)" };
                error!(proxy = gateway.proxy_name(), "could not be applied: {error}{hint}");
            }
        }
        self.queue.failed(key, is_refused, |failures| backoff.after(failures).max(least), gather);
    }

    /// The Proxies are stored, or can't be: in either case there is a status to write.
    fn settle_deferred(&mut self) {
        std::mem::take(&mut self.deferred).into_iter().for_each(|ingress| self.touch(Key::Status(ingress)));
    }
}

/// Says what became of an Ingress.
fn log(report: &IngressReport) {
    let ingress = &report.ingress;
    match report.outcome {
        Outcome::Rejected => warn!(%ingress, "rejected"),
        Outcome::Translated => debug!(%ingress, virtual_hosts = report.served.len(), "translated"),
        Outcome::Skipped => debug!(%ingress, "skipped, being of another class"),
    }
    for diagnostic in &report.diagnostics {
        match diagnostic.severity {
            Severity::Error => warn!(%ingress, "error: {diagnostic}"),
            Severity::Warning => info!(%ingress, "warning: {diagnostic}"),
            Severity::Info => debug!(%ingress, "info: {diagnostic}"),
        }
    }
}
