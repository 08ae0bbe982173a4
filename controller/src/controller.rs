//! What is known of the world, and what is made of what is seen.

use std::collections::{BTreeMap, BTreeSet};

use gloo_proxy_model::Proxy;
use k8s_openapi::api::core::v1::Service;
use knative_gloo_translate::{
    Change, Gateway, IngressReport, Outcome, ServiceRef, Services, Severity, Translator,
};
use knative_ingress_model::{Ingress, IngressRef};
use kube::{Client, Resource, ResourceExt, core::DeserializeGuard};
use tracing::{debug, error, info, warn};

use crate::{
    Config,
    held::{HeldIngress, HeldProxy, is_older, reference, version},
    queue::{Key, Queue},
    watch::Seen,
};

pub(crate) enum Input {
    Ingress(Seen<DeserializeGuard<Ingress>>),
    Service(Seen<DeserializeGuard<Service>>),
    Proxy(Gateway, Seen<DeserializeGuard<Proxy>>),
}

/// The state of the world, as far as it is known.
pub(crate) struct Controller {
    pub(crate) client: Client,
    pub(crate) config: Config,
    pub(crate) queue: Queue,
    pub(crate) translator: Translator,
    pub(crate) ingresses: BTreeMap<IngressRef, HeldIngress>,
    pub(crate) external: HeldProxy,
    pub(crate) internal: HeldProxy,
    lists: Lists,
    /// How often the Proxies have changed.
    pub(crate) revision: u64,
    /// Ingresses whose status waits for the Proxies to be stored.
    pub(crate) deferred: BTreeSet<IngressRef>,
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
    pub(crate) fn new(client: Client, config: Config) -> Self {
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

    pub(crate) fn take(&mut self, input: Input) {
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
            Seen::Listing => self.ingresses.values_mut().for_each(|held| held.version = None),
            Seen::All { objects: mut all, .. } => {
                let listed: BTreeSet<_> = all.iter().map(reference).collect();
                let gone: Vec<_> =
                    self.ingresses.keys().filter(|held| !listed.contains(*held)).cloned().collect();
                gone.iter().for_each(|ingress| self.remove(ingress));
                oldest_first(&mut all);
                all.into_iter().for_each(|ingress| self.apply(ingress));
                self.lists.ingresses = true;
            }
            Seen::Applied(ingress) => self.apply(ingress),
            Seen::Deleted(ingress) => self.remove(&reference(&ingress)),
        }
    }

    fn take_services(&mut self, seen: Seen<DeserializeGuard<Service>>) {
        match seen {
            Seen::Listing => {}
            Seen::All { objects, .. } => {
                let change = self.translator.set_services(objects.into_iter().filter_map(readable).collect());
                self.follow(change);
                self.lists.services = true;
            }
            Seen::Applied(service) => {
                let reference = service_reference(&service);
                let change = match readable(service) {
                    Some(service) => self.translator.apply_service(&service),
                    None => self.translator.remove_service(&reference),
                };
                self.follow(change);
            }
            Seen::Deleted(service) => {
                let change = self.translator.remove_service(&service_reference(&service));
                self.follow(change);
            }
        }
    }

    fn take_proxies(&mut self, gateway: Gateway, seen: Seen<DeserializeGuard<Proxy>>) {
        let held = self.proxy(gateway);
        let is_others = match seen {
            Seen::Listing => {
                held.version = None;
                false
            }
            Seen::All { objects, version: of_list } => {
                let found = objects.into_iter().next();
                // One that is not there is not there at the version of the list, which may come after a write of ours.
                let version = found.as_ref().map_or(of_list, version);
                let is_others = held.see(version, found.and_then(|found| found.0.ok()));
                match gateway {
                    Gateway::External => self.lists.external = true,
                    Gateway::Internal => self.lists.internal = true,
                }
                is_others
            }
            Seen::Applied(found) => held.see(version(&found), found.0.ok()),
            Seen::Deleted(found) => held.see(version(&found), None),
        };
        if is_others && self.lists.are_complete() {
            // It would be no use to quarrel at full speed.
            let backoff = self.config.backoff;
            let rivalry = self.proxy(gateway).rivalry.goes_on(backoff);
            let (proxy, pause) = (gateway.proxy_name(), rivalry.pause(backoff));
            if rivalry.rounds() > 1 {
                warn!(proxy, ?pause, rounds = rivalry.rounds(), "somebody else keeps changing it");
            } else {
                info!(proxy, ?pause, "somebody else has changed it");
            }
            self.queue.touch(Key::Proxy(gateway), pause);
        }
    }

    fn apply(&mut self, found: DeserializeGuard<Ingress>) {
        let (reference, version) = (reference(&found), version(&found));
        let Some(ingress) = readable(found) else { return self.remove(&reference) };
        if self.ingresses.get(&reference).is_some_and(|held| is_older(version, held.version)) {
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
            // All that is there at the start is told when that is known.
            if self.lists.are_complete() {
                log(&report);
            }
            self.touch(Key::Status(report.ingress));
        }
    }

    pub(crate) fn touch(&mut self, key: Key) {
        if self.lists.are_complete() {
            self.queue.touch(key, self.config.gather);
        }
    }

    pub(crate) const fn proxy(&mut self, gateway: Gateway) -> &mut HeldProxy {
        match gateway {
            Gateway::External => &mut self.external,
            Gateway::Internal => &mut self.internal,
        }
    }
}

/// The order in which they win a host that several want: so each is told once whether it has it, rather than all those who
/// lose it again with each that is older.
fn oldest_first(ingresses: &mut [DeserializeGuard<Ingress>]) {
    ingresses.sort_by_cached_key(|ingress| {
        let created = ingress.meta().creation_timestamp.clone();
        (created.is_none(), created, reference(ingress))
    });
}

/// One that can't be read must not stop the others.
fn readable<K: Resource<DynamicType = ()>>(found: DeserializeGuard<K>) -> Option<K> {
    let named = reference(&found);
    match found.0 {
        Ok(object) => Some(object),
        Err(invalid) => {
            error!(kind = %K::kind(&()), object = %named, "left out, since it can't be read: {invalid}");
            None
        }
    }
}

fn service_reference(service: &impl ResourceExt) -> ServiceRef {
    ServiceRef::new(service.namespace().unwrap_or_default(), service.name_any())
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
    fn whoever_comes_first_wins() {
        let mut guards = Vec::new();
        for (age, created) in [Some(3), None, Some(1), Some(2), Some(1)].into_iter().enumerate() {
            for (namespace, name) in [("b", "a"), ("a", "b"), ("a", "a")] {
                guards.push(DeserializeGuard(Ok(ingress(namespace, &format!("{name}-{age}"), created))));
            }
        }
        oldest_first(&mut guards);
        let sorted: Vec<Ingress> = guards.into_iter().filter_map(readable).collect();
        let options = Options::default().with_class(ClassFilter::Any);
        for (place, first) in sorted.iter().enumerate() {
            for second in sorted.iter().skip(place + 1) {
                let translation = translate([second, first], &options);
                let winners: Vec<_> =
                    translation.reports.iter().filter(|report| !report.served.is_empty()).collect();
                assert_eq!(winners.len(), 1);
                assert_eq!(winners[0].ingress, first.reference(), "{} comes later", second.reference());
            }
        }
    }
}
