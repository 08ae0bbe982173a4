//! What is known of the cluster, and what each event changes of it.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::{mem, time::Duration};

use k8s_openapi::{
    api::{core::v1::Service, discovery::v1::EndpointSlice},
    apimachinery::pkg::apis::meta::v1::ObjectMeta,
};
use knative_gloo_translate::{
    Change, Gateway, IngressReport, Outcome, ProxyChange, Secrets, Services, Severity, Translator,
    VirtualHostChange,
};
use knative_ingress_model::{Ingress, IngressRef};
use kube::{Client, ResourceExt, runtime::watcher::Event};
use tracing::{Span, debug, info, warn};

use crate::{
    Config, GatewayServices,
    endpoints::Endpoints,
    events::Announcer,
    ingress_entry::IngressEntry,
    object::{is_older, service_ref, version},
    object_span::ingress_span,
    probe::{self, ObservedGateway, Prober},
    proxy_state::ProxyState,
    queue::{Key, Queue},
    room::Room,
    secrets::SecretEvent,
    settle::Settle,
    stored_proxy::StoredProxy,
    telemetry::Latency,
};

/// What one of the watches tells.
pub(crate) enum Input {
    Ingress(Event<Ingress>),
    Service(Event<Service>),
    Secret(SecretEvent),
    EndpointSlice(Event<EndpointSlice>),
    Proxy(Gateway, Event<StoredProxy>),
}

/// The state of the cluster, as far as it is known.
pub(crate) struct Controller {
    pub(crate) client: Client,
    pub(crate) config: Config,
    pub(crate) queue: Queue,
    pub(crate) translator: Translator,
    /// What a list under way has told so far.
    listed_ingresses: BTreeMap<IngressRef, Box<Ingress>>,
    pub(crate) ingresses: BTreeMap<IngressRef, IngressEntry>,
    listed_services: Services,
    listed_secrets: Secrets,
    pub(crate) endpoints: Endpoints,
    pub(crate) prober: Prober<probe::Client>,
    external_gateway: ObservedGateway,
    internal_gateway: ObservedGateway,
    pub(crate) settle: Settle,
    /// The newest state of Ingresses that is not published yet: the translator has an older one.
    pub(crate) held_back: BTreeMap<IngressRef, Ingress>,
    pub(crate) external: ProxyState,
    pub(crate) internal: ProxyState,
    pub(crate) room: Room,
    synced: Synced,
    /// How often the Proxies have changed.
    pub(crate) revision: u64,
    /// Ingresses whose status waits for the Proxies to be stored.
    pub(crate) deferred: BTreeSet<IngressRef>,
    /// Whether this replica writes.
    pub(crate) is_leader: bool,
    /// What a replica that doesn't would have written.
    pub(crate) withheld: HashSet<Key>,
    pub(crate) latency: Latency,
    pub(crate) announcer: Announcer,
}

/// The lists that have been seen whole.
#[derive(Default)]
struct Synced {
    ingresses: bool,
    services: bool,
    /// From the start where they are not watched.
    secrets: bool,
    endpoint_slices: bool,
    external: bool,
    internal: bool,
}

impl Synced {
    const fn all(&self) -> bool {
        let Self { ingresses, services, secrets, endpoint_slices, external, internal } = *self;
        ingresses && services && secrets && endpoint_slices && external && internal
    }
}

impl Controller {
    pub(crate) fn new(client: Client, config: Config, announcer: Announcer) -> Self {
        let mut options = config.options.clone().with_services(Services::new());
        options.secrets = config.watch_secrets.then(Secrets::new);
        let GatewayServices { external, internal } = &config.gateway_services;
        let endpoints = Endpoints::locating([external, internal].map(Clone::clone));
        Self {
            client,
            queue: Queue::default(),
            translator: Translator::new(options),
            synced: Synced { secrets: !config.watch_secrets, ..Synced::default() },
            prober: Prober::new(probe::Client::new(config.probe.timeout), config.probe),
            external_gateway: ObservedGateway::new(config.gateway_services.external.clone()),
            internal_gateway: ObservedGateway::new(config.gateway_services.internal.clone()),
            settle: Settle::new(config.settle),
            held_back: BTreeMap::new(),
            room: Room::new(config.max_proxy_bytes),
            config,
            listed_ingresses: BTreeMap::new(),
            ingresses: BTreeMap::new(),
            listed_services: Services::new(),
            listed_secrets: Secrets::new(),
            endpoints,
            external: ProxyState::default(),
            internal: ProxyState::default(),
            revision: 0,
            deferred: BTreeSet::new(),
            is_leader: false,
            withheld: HashSet::new(),
            latency: Latency::default(),
            announcer,
        }
    }

    /// Takes in what a watch tells, and enqueues what may have to be written for it.
    pub(crate) fn handle(&mut self, input: Input) {
        let was_synced = self.synced.all();
        match input {
            Input::Ingress(event) => self.handle_ingress(event),
            Input::Service(event) => self.handle_service(event),
            Input::Secret(event) => self.handle_secret(event),
            Input::EndpointSlice(event) => self.handle_endpoint_slice(event),
            Input::Proxy(gateway, event) => self.handle_proxy(gateway, event),
        }
        if !was_synced && self.synced.all() {
            info!(ingresses = self.ingresses.len(), "the lists are complete");
            for ingress in self.ingresses.keys().cloned().collect::<Vec<_>>() {
                self.enqueue(Key::Status(ingress));
            }
            self.tell_all();
            let delay = self.settle_at_start().max(self.config.debounce);
            Gateway::ALL.map(Key::Proxy).into_iter().for_each(|proxy| self.queue.enqueue(proxy, delay));
        }
    }

    pub(crate) const fn is_synced(&self) -> bool {
        self.synced.all()
    }

    fn handle_ingress(&mut self, event: Event<Ingress>) {
        match event {
            Event::Init => self.listed_ingresses.clear(),
            Event::InitApply(ingress) => {
                self.listed_ingresses.insert(ingress.reference(), Box::new(ingress));
            }
            Event::InitDone => {
                let listed = mem::take(&mut self.listed_ingresses);
                let gone: Vec<_> =
                    self.ingresses.keys().filter(|known| !listed.contains_key(*known)).cloned().collect();
                for (reference, ingress) in &listed {
                    self.keep(reference, ingress);
                }
                gone.iter().for_each(|ingress| self.remove(ingress));
                let mut listed: Vec<_> = listed.into_values().collect();
                oldest_first(&mut listed);
                for ingress in listed {
                    let reference = ingress.reference();
                    self.publish(*ingress);
                    self.enqueue(Key::Status(reference));
                }
                self.synced.ingresses = true;
            }
            Event::Apply(ingress) => {
                let reference = ingress.reference();
                if self.observe(ingress) {
                    self.enqueue(Key::Status(reference));
                }
            }
            Event::Delete(ingress) => self.remove(&ingress.reference()),
        }
    }

    fn handle_service(&mut self, event: Event<Service>) {
        let change = match event {
            Event::Init => {
                self.listed_services = Services::new();
                self.gateways().into_iter().for_each(ObservedGateway::list_begins);
                return;
            }
            Event::InitApply(service) => {
                self.listed_services.insert(&service);
                self.observe_gateway(&service);
                return;
            }
            Event::InitDone => {
                self.gateways().into_iter().for_each(ObservedGateway::list_ends);
                self.locate_gateways();
                let change = self.translator.set_services(std::mem::take(&mut self.listed_services));
                self.follow(change);
                self.synced.services = true;
                return;
            }
            Event::Apply(service) => {
                self.observe_gateway(&service);
                self.translator.apply_service(&service)
            }
            Event::Delete(service) => {
                let reference = service_ref(&service);
                let deleted = self.gateways().into_iter().filter(|gateway| *gateway.service() == reference);
                deleted.for_each(ObservedGateway::observe_absent);
                self.translator.remove_service(&reference)
            }
        };
        self.follow(change);
        self.locate_gateways();
    }

    fn handle_secret(&mut self, event: SecretEvent) {
        let change = match event {
            SecretEvent::Init => {
                self.listed_secrets = Secrets::new();
                return;
            }
            SecretEvent::InitApply(secret, verdict) => {
                self.listed_secrets.insert(secret, verdict);
                return;
            }
            SecretEvent::InitDone => {
                let change = self.translator.set_secrets(std::mem::take(&mut self.listed_secrets));
                self.follow(change);
                self.synced.secrets = true;
                return;
            }
            SecretEvent::Apply(secret, verdict) => self.translator.apply_secret(&secret, verdict),
            SecretEvent::Delete(secret) => self.translator.remove_secret(&secret),
        };
        self.follow(change);
    }

    fn handle_endpoint_slice(&mut self, event: Event<EndpointSlice>) {
        self.synced.endpoint_slices |= matches!(event, Event::InitDone);
        self.endpoints.handle(event);
        self.locate_gateways();
    }

    const fn gateways(&mut self) -> [&mut ObservedGateway; 2] {
        [&mut self.external_gateway, &mut self.internal_gateway]
    }

    fn observe_gateway(&mut self, service: &Service) {
        let reference = service_ref(service);
        let observed = self.gateways().into_iter().filter(|gateway| *gateway.service() == reference);
        observed.for_each(|gateway| gateway.observe(service));
    }

    /// Tells the prober where the gateways listen.
    fn locate_gateways(&mut self) {
        let gateways =
            [(Gateway::External, &self.external_gateway), (Gateway::Internal, &self.internal_gateway)];
        for (gateway, observed) in gateways {
            let endpoints = observed.endpoints(self.endpoints.slices(observed.service()));
            self.prober.set_endpoints(gateway, endpoints);
        }
    }

    /// Takes in what the prober has found.
    pub(crate) fn probed(&mut self, event: probe::Event) {
        let (probe::Event::Served(ingress) | probe::Event::Waiting(ingress)) = event;
        self.queue.enqueue(Key::Status(ingress), Duration::ZERO);
    }

    fn handle_proxy(&mut self, gateway: Gateway, event: Event<StoredProxy>) {
        if matches!(event, Event::InitDone) {
            match gateway {
                Gateway::External => self.synced.external = true,
                Gateway::Internal => self.synced.internal = true,
            }
        }
        self.observe_size(gateway, &event);
        let is_by_another = self.proxy(gateway).handle(event);
        self.hear_verdict(gateway);
        if is_by_another && !self.is_leader {
            // By the holder of the Lease, most likely.
            self.enqueue(Key::Proxy(gateway));
        } else if is_by_another && self.synced.all() {
            // Back off when another writer keeps changing the object.
            let retry = self.config.retry;
            let conflicts = &mut self.proxy(gateway).conflicts;
            conflicts.record(retry);
            let (proxy, pause, rounds) = (gateway.proxy_name(), conflicts.pause(retry), conflicts.rounds());
            if rounds > 1 {
                warn!(proxy, ?pause, rounds, "another writer keeps changing it");
            } else {
                info!(proxy, ?pause, "another writer has changed it");
            }
            self.queue.enqueue(Key::Proxy(gateway), pause);
        } else if self.proxy(gateway).is_in_doubt {
            // To be asked for.
            self.enqueue(Key::Proxy(gateway));
        }
    }

    /// The Ingress as it is known to be stored, but without what it asks for.
    pub(crate) fn ingress(&self, reference: &IngressRef) -> Option<Ingress> {
        self.ingresses.get(reference).map(|entry| entry.without_spec(reference))
    }

    fn keep(&mut self, reference: &IngressRef, ingress: &Ingress) {
        match self.ingresses.get_mut(reference) {
            Some(entry) => entry.observe(ingress),
            None => {
                self.ingresses.insert(reference.clone(), IngressEntry::new(ingress));
            }
        }
    }

    /// Takes in an Ingress as it is stored, unless a newer version is known. Returns whether it was taken in.
    pub(crate) fn observe(&mut self, ingress: Ingress) -> bool {
        let reference = ingress.reference();
        let known = self.ingresses.get(&reference);
        if known.is_some_and(|known| is_older(version(&ingress), known.version())) {
            return false;
        }
        // As after each write of a status.
        let says_the_same = known.is_some_and(|known| {
            let ObjectMeta { uid, generation, .. } = &ingress.metadata;
            generation.is_some()
                && (known.uid(), known.generation()) == (uid.as_deref(), *generation)
                && !self.held_back.contains_key(&reference)
                && self.translator.holds(&ingress)
        });
        self.latency.observe(&self.config.telemetry.metrics, &ingress);
        self.keep(&reference, &ingress);
        if !says_the_same {
            self.publish(ingress);
        } else if ingress.is_ready() {
            self.settle.forget(&reference);
        }
        true
    }

    /// The span of what is logged about an Ingress.
    pub(crate) fn span(&self, ingress: &IngressRef) -> Span {
        ingress_span(ingress, self.ingresses.get(ingress).and_then(IngressEntry::generation))
    }

    fn remove(&mut self, ingress: &IngressRef) {
        if let Some(mut entry) = self.ingresses.remove(ingress) {
            entry.tally.forget(&self.config.telemetry.metrics);
        }
        self.prober.forget(ingress);
        self.held_back.remove(ingress);
        self.settle.forget(ingress);
        self.room.forget(ingress);
        let change = self.translator.remove(ingress);
        self.follow(change);
        self.latency.forget(ingress);
        self.announcer.forget(ingress);
        self.withheld.remove(&Key::Status(ingress.clone()));
    }

    /// Enqueues what `change` names.
    pub(crate) fn follow(&mut self, change: Change) {
        let is_changed = |gateway: &Gateway| !change.proxy(*gateway).is_empty();
        let changed: Vec<_> = Gateway::ALL.into_iter().filter(is_changed).collect();
        self.revision = self.revision.saturating_add(u64::from(!changed.is_empty()));
        let is_measured = self.is_leader && self.synced.all();
        if is_measured && !changed.is_empty() {
            self.latency.changed(self.revision);
        }
        for gateway in changed {
            self.proxy(gateway).wanted = self.revision;
            self.room.changed(gateway);
            self.enqueue(Key::Proxy(gateway));
            if self.synced.all() {
                self.log_virtual_hosts(gateway, change.proxy(gateway));
            }
        }
        for report in change.reports {
            // What is there at the start is logged once all lists are complete.
            let _entered = self.synced.all().then(|| self.span(&report.ingress).entered());
            if let Some(entry) = self.ingresses.get_mut(&report.ingress) {
                entry.revision = self.revision;
                entry.tally.count(&self.config.telemetry.metrics, &report);
            }
            if is_measured && let Some(ingress) = self.ingress(&report.ingress) {
                self.latency.ingress_changed(&ingress, !report.served.is_empty());
                self.announcer.announce(&ingress, &report);
            }
            if self.synced.all() {
                log(&report, self.is_leader);
            }
            self.enqueue(Key::Status(report.ingress));
        }
    }

    /// Logs what the next write changes in a Proxy.
    fn log_virtual_hosts(&self, gateway: Gateway, change: &ProxyChange) {
        for VirtualHostChange { scheme, ingress, before, after, .. } in &change.virtual_hosts {
            let _entered = self.span(ingress).entered();
            let what = match (before, after) {
                (None, _) => "added",
                (Some(_), None) => "removed",
                (Some(_), Some(_)) => "changed",
            };
            let virtual_host = after.as_ref().or(before.as_ref()).map(|host| host.name.as_str());
            debug!(proxy = gateway.proxy_name(), listener = %scheme, virtual_host, "virtual host {what}");
        }
    }

    pub(crate) fn enqueue(&mut self, key: Key) {
        if self.synced.all() {
            self.queue.enqueue(key, self.config.debounce);
        }
    }

    pub(crate) const fn proxy(&mut self, gateway: Gateway) -> &mut ProxyState {
        match gateway {
            Gateway::External => &mut self.external,
            Gateway::Internal => &mut self.internal,
        }
    }
}

/// The order in which they win a host that several want: so each is told once whether it has it, rather than all those who
/// lose it again with each that is older.
fn oldest_first(ingresses: &mut [Box<Ingress>]) {
    ingresses.sort_by_cached_key(|ingress| {
        let created = ingress.creation_timestamp();
        (created.is_none(), created, ingress.reference())
    });
}

/// Logs what became of an Ingress. A replica that does not write has rejected nothing: it says only what it would do.
pub(crate) fn log(report: &IngressReport, is_leader: bool) {
    match report.outcome {
        Outcome::Rejected if is_leader => warn!("rejected"),
        Outcome::Rejected => debug!("rejected, by the replica that writes"),
        Outcome::Translated => debug!(virtual_hosts = report.served.len(), "translated"),
        Outcome::Skipped => debug!("skipped, being of another class"),
    }
    for diagnostic in &report.diagnostics {
        match diagnostic.severity {
            Severity::Error if is_leader => warn!(severity = "error", "{diagnostic}"),
            Severity::Error => debug!(severity = "error", "{diagnostic}"),
            Severity::Warning if is_leader => info!(severity = "warning", "{diagnostic}"),
            Severity::Warning => debug!(severity = "warning", "{diagnostic}"),
            Severity::Info => debug!(severity = "info", "{diagnostic}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::{apimachinery::pkg::apis::meta::v1::Time, jiff::Timestamp};
    use knative_gloo_translate::{ClassFilter, Options, translate};
    use serde_json::json;

    use super::*;

    fn ingress(namespace: &str, name: &str, created: Option<i64>) -> Ingress {
        let split =
            json!({"serviceNamespace": namespace, "serviceName": "shop", "servicePort": 80, "percent": 100});
        let mut ingress: Ingress = serde_json::from_value(json!({
            "metadata": {"namespace": namespace, "name": name},
            "spec": {"rules": [{"hosts": ["shop.example.com"], "http": {"paths": [{"splits": [split]}]}}]},
        }))
        .unwrap();
        ingress.metadata.creation_timestamp =
            created.map(|seconds| Time(Timestamp::from_second(seconds).unwrap()));
        ingress
    }

    #[test]
    fn oldest_first_agrees_with_domain_conflict_resolution() {
        let mut sorted = Vec::new();
        for (age, created) in [Some(3), None, Some(1), Some(2), Some(1)].into_iter().enumerate() {
            for (namespace, name) in [("b", "a"), ("a", "b"), ("a", "a")] {
                sorted.push(Box::new(ingress(namespace, &format!("{name}-{age}"), created)));
            }
        }
        oldest_first(&mut sorted);
        let options = Options::default().with_class(ClassFilter::Any);
        for (place, first) in sorted.iter().enumerate() {
            for second in sorted.iter().skip(place + 1) {
                let translation = translate([&**second, &**first], &options);
                let winners: Vec<_> =
                    translation.reports.iter().filter(|report| !report.served.is_empty()).collect();
                assert_eq!(winners.len(), 1);
                assert_eq!(winners[0].ingress, first.reference(), "{} comes later", second.reference());
            }
        }
    }
}
