//! The ready endpoints of each Service, as its EndpointSlices tell: since when there is one, and of the gateways' Services addresses and
//! ports. Of the slices themselves nothing else is kept.

use std::{
    collections::{BTreeMap, btree_map},
    mem,
    sync::Arc,
    time::Duration,
};

use k8s_openapi::{
    api::discovery::v1::EndpointSlice, apimachinery::pkg::apis::meta::v1::Time, jiff::Timestamp,
};
use knative_gloo_translate::ServiceRef;
use kube::{ResourceExt, runtime::watcher::Event};
use tokio::time::Instant;

/// The label that names the Service of a slice.
const SERVICE_NAME: &str = "kubernetes.io/service-name";

/// The ready endpoints of all Services.
#[derive(Debug, Default)]
pub(crate) struct Endpoints {
    known: Known,
    /// What a list under way has told so far.
    listed: Known,
    has_been_listed: bool,
    /// The Services of which it is asked where their endpoints are. Of all others nothing is kept but that there are some.
    located: Vec<ServiceRef>,
}

/// Nearly all Services of a cluster are in it, so each takes little room.
#[derive(Debug, Default)]
struct Known {
    /// By name.
    namespaces: BTreeMap<Box<str>, Namespace>,
    /// The slices of the Services that are located.
    located: BTreeMap<ServiceRef, BTreeMap<Box<str>, ReadySlice>>,
}

#[derive(Debug, Default)]
struct Namespace {
    /// Those with a ready endpoint.
    services: BTreeMap<Arc<str>, ReadyService>,
    /// The Service of each slice with a ready endpoint.
    owners: BTreeMap<Box<str>, Arc<str>>,
}

/// A Service that has a ready endpoint.
#[derive(Debug)]
struct ReadyService {
    /// In how many slices it has some.
    slices: usize,
    /// When the first of them was seen to be ready.
    since: Instant,
}

/// The ready endpoints of a slice: each address has each port.
#[derive(Debug)]
pub(crate) struct ReadySlice {
    /// IP addresses, or names of the DNS.
    pub(crate) addresses: Box<[Box<str>]>,
    pub(crate) ports: Box<[ReadyPort]>,
}

/// A port that endpoints listen on.
#[derive(Debug)]
pub(crate) struct ReadyPort {
    /// The name that it has in the Service; empty if that has none.
    pub(crate) name: Box<str>,
    pub(crate) number: u16,
}

impl Endpoints {
    /// Where the endpoints of these Services are is kept too.
    pub(crate) fn locating(located: impl IntoIterator<Item = ServiceRef>) -> Self {
        Self { located: located.into_iter().collect(), ..Self::default() }
    }

    /// Takes in what the watch tells.
    pub(crate) fn handle(&mut self, event: Event<EndpointSlice>) {
        let now = Instant::now();
        match event {
            Event::Init => self.listed = Known::default(),
            Event::InitApply(slice) => {
                // Of the first list of all, slices are as old as they are said to be, since they may have been there for long.
                let since = if self.has_been_listed { now } else { created(&slice, now) };
                self.listed.observe(&slice, since, &self.located);
            }
            Event::InitDone => {
                self.listed.keep_times(&self.known);
                self.known = mem::take(&mut self.listed);
                self.has_been_listed = true;
            }
            Event::Apply(slice) => self.known.observe(&slice, now, &self.located),
            Event::Delete(slice) => {
                let (namespace, name) = (slice.namespace().unwrap_or_default(), slice.name_any());
                self.known.remove(&namespace, &name);
            }
        }
    }

    /// Since when `service` has had a ready endpoint without interruption; `None` if it has none.
    pub(crate) fn ready_since(&self, service: &ServiceRef) -> Option<Instant> {
        Some(self.known.service(&service.namespace, &service.name)?.since)
    }

    /// Where the ready endpoints of a Service are that is located: its slices, by their names.
    pub(crate) fn slices(&self, service: &ServiceRef) -> impl Iterator<Item = &ReadySlice> + Clone {
        self.known.located.get(service).into_iter().flat_map(BTreeMap::values)
    }
}

impl Known {
    fn service(&self, namespace: &str, name: &str) -> Option<&ReadyService> {
        self.namespaces.get(namespace)?.services.get(name)
    }

    /// Takes in a slice, whose endpoints have been ready since then if they are news.
    fn observe(&mut self, slice: &EndpointSlice, since: Instant, located: &[ServiceRef]) {
        let (namespace, name) = (slice.namespace().unwrap_or_default(), slice.name_any());
        let Some(service) = ready_service(slice) else { return self.remove(&namespace, &name) };
        let owner = self.namespaces.get(&*namespace).and_then(|known| known.owners.get(&*name));
        if owner.is_some_and(|owner| **owner != *service) {
            self.remove(&namespace, &name);
        }
        let reference = ServiceRef::new(&*namespace, service);
        if located.contains(&reference) {
            self.located.entry(reference).or_default().insert(name.as_str().into(), ReadySlice::of(slice));
        }
        let Namespace { services, owners } = self.namespaces.entry(namespace.into()).or_default();
        let (service, is_new) = match owners.entry(name.into()) {
            btree_map::Entry::Occupied(known) => (Arc::clone(known.get()), false),
            btree_map::Entry::Vacant(vacant) => {
                let known = services.get_key_value(service).map(|(name, _)| Arc::clone(name));
                (Arc::clone(vacant.insert(known.unwrap_or_else(|| service.into()))), true)
            }
        };
        let known = services.entry(service).or_insert(ReadyService { slices: 0, since });
        known.slices = known.slices.saturating_add(usize::from(is_new));
        known.since = known.since.min(since);
    }

    fn remove(&mut self, namespace: &str, slice: &str) {
        let Some(known) = self.namespaces.get_mut(namespace) else { return };
        let Some(service) = known.owners.remove(slice) else { return };
        if let btree_map::Entry::Occupied(mut entry) = known.services.entry(Arc::clone(&service)) {
            let left = entry.get().slices.saturating_sub(1);
            entry.get_mut().slices = left;
            if left == 0 {
                entry.remove();
            }
        }
        if known.owners.is_empty() {
            self.namespaces.remove(namespace);
        }
        let service = ServiceRef::new(namespace, &*service);
        if let btree_map::Entry::Occupied(mut entry) = self.located.entry(service) {
            entry.get_mut().remove(slice);
            if entry.get().is_empty() {
                entry.remove();
            }
        }
    }

    /// Gives each Service that was in `old` too the time that it has there.
    fn keep_times(&mut self, old: &Self) {
        for (namespace, known) in &mut self.namespaces {
            for (name, service) in &mut known.services {
                if let Some(old) = old.service(namespace, name) {
                    service.since = old.since;
                }
            }
        }
    }
}

/// The Service of a slice, if that has a ready endpoint.
fn ready_service(slice: &EndpointSlice) -> Option<&str> {
    let service = slice.labels().get(SERVICE_NAME)?;
    ready_addresses(slice).next().map(|_| service.as_str())
}

/// Of each ready endpoint its address. More than one means the same, and is not used by anybody.
fn ready_addresses(slice: &EndpointSlice) -> impl Iterator<Item = &str> {
    let endpoints = slice.endpoints.iter().flatten();
    // One that doesn't say is ready.
    let ready = endpoints.filter(|endpoint| {
        endpoint.conditions.as_ref().and_then(|conditions| conditions.ready).unwrap_or(true)
    });
    ready.filter_map(|endpoint| endpoint.addresses.first().map(String::as_str))
}

impl ReadySlice {
    fn of(slice: &EndpointSlice) -> Self {
        let ports = slice.ports.iter().flatten().filter_map(|port| {
            let number = u16::try_from(port.port?).ok()?;
            Some(ReadyPort { name: port.name.as_deref().unwrap_or_default().into(), number })
        });
        Self { addresses: ready_addresses(slice).map(Box::from).collect(), ports: ports.collect() }
    }
}

/// When the slice was made, if that can be told.
fn created(slice: &EndpointSlice, now: Instant) -> Instant {
    let created = slice.metadata.creation_timestamp.as_ref();
    created.and_then(|Time(created)| now.checked_sub(age(*created))).unwrap_or(now)
}

/// How long ago that was; nothing if it is yet to come, as where clocks differ.
fn age(created: Timestamp) -> Duration {
    Timestamp::now().duration_since(created).try_into().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use k8s_openapi::jiff::SignedDuration;
    use serde_json::{Value, json};

    use super::*;

    fn slice(name: &str, service: &str, ready: &[Option<bool>]) -> EndpointSlice {
        let endpoint = |(number, ready): (usize, &Option<bool>)| -> Value {
            json!({"addresses": [format!("10.0.0.{number}")], "conditions": {"ready": ready}})
        };
        serde_json::from_value(json!({
            "addressType": "IPv4",
            "metadata": {"namespace": "team-a", "name": name, "labels": {SERVICE_NAME: service}},
            "endpoints": ready.iter().enumerate().map(endpoint).collect::<Vec<_>>(),
            "ports": [{"name": "http", "port": 8080}, {"port": 9090}],
        }))
        .unwrap()
    }

    fn service(name: &str) -> ServiceRef {
        ServiceRef::new("team-a", name)
    }

    fn list(endpoints: &mut Endpoints, slices: impl IntoIterator<Item = EndpointSlice>) {
        endpoints.handle(Event::Init);
        slices.into_iter().for_each(|slice| endpoints.handle(Event::InitApply(slice)));
        endpoints.handle(Event::InitDone);
    }

    fn is_ready(endpoints: &Endpoints, name: &str) -> bool {
        endpoints.ready_since(&service(name)).is_some()
    }

    #[test]
    fn only_ready_endpoints_are_counted() {
        let mut endpoints = Endpoints::locating([service("shop")]);
        endpoints.handle(Event::Apply(slice("a", "shop", &[Some(true), Some(false), None])));
        assert!(is_ready(&endpoints, "shop"));
        let kept: Vec<_> = endpoints.slices(&service("shop")).collect();
        let [ReadySlice { addresses, ports }] = kept[..] else { panic!("{kept:?}") };
        assert_eq!(addresses.iter().map(|address| &**address).collect::<Vec<_>>(), ["10.0.0.0", "10.0.0.2"]);
        let ports: Vec<_> = ports.iter().map(|port| (&*port.name, port.number)).collect();
        assert_eq!(ports, [("http", 8080), ("", 9090)]);

        endpoints.handle(Event::Apply(slice("b", "blog", &[Some(true)])));
        assert!(is_ready(&endpoints, "blog"));
        assert_eq!(endpoints.slices(&service("blog")).count(), 0, "nobody asks where they are");
        let mut of_nobody = slice("c", "", &[Some(true)]);
        of_nobody.metadata.labels = None;
        endpoints.handle(Event::Apply(of_nobody));
        endpoints.handle(Event::Apply(slice("d", "none", &[Some(false)])));
        let services: Vec<_> = endpoints.known.namespaces["team-a"].services.keys().map(|it| &**it).collect();
        assert_eq!(services, ["blog", "shop"]);
    }

    /// A Service has a ready endpoint as long as one of its slices has one.
    #[test]
    fn slices_of_a_service_count_together() {
        let mut endpoints = Endpoints::locating([service("shop")]);
        endpoints.handle(Event::Apply(slice("c", "blog", &[Some(true)])));
        for name in ["a", "b", "b"] {
            endpoints.handle(Event::Apply(slice(name, "shop", &[Some(true)])));
        }
        assert_eq!(endpoints.slices(&service("shop")).count(), 2);
        endpoints.handle(Event::Delete(slice("a", "shop", &[])));
        endpoints.handle(Event::Delete(slice("a", "shop", &[])));
        assert!(is_ready(&endpoints, "shop"));
        assert_eq!(endpoints.slices(&service("shop")).count(), 1);
        endpoints.handle(Event::Apply(slice("b", "shop", &[Some(false)])));
        assert!(!is_ready(&endpoints, "shop") && is_ready(&endpoints, "blog"));
        endpoints.handle(Event::Delete(slice("c", "blog", &[])));
        assert!(endpoints.known.namespaces.is_empty() && endpoints.known.located.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn ready_since_is_the_first_ready_endpoint() {
        let mut endpoints = Endpoints::default();
        let since = |endpoints: &Endpoints| endpoints.ready_since(&service("shop"));
        let second = Duration::from_secs(1);
        endpoints.handle(Event::Apply(slice("a", "shop", &[Some(false)])));
        assert_eq!(since(&endpoints), None);
        tokio::time::advance(second).await;
        let first = Instant::now();
        endpoints.handle(Event::Apply(slice("a", "shop", &[Some(true)])));
        tokio::time::advance(second).await;
        endpoints.handle(Event::Apply(slice("b", "shop", &[Some(true)])));
        endpoints.handle(Event::Delete(slice("a", "shop", &[Some(true)])));
        assert_eq!(since(&endpoints), Some(first), "there has been one all the time");
        endpoints.handle(Event::Apply(slice("b", "shop", &[Some(false)])));
        assert_eq!(since(&endpoints), None);
        endpoints.handle(Event::Apply(slice("b", "shop", &[Some(true)])));
        assert_eq!(since(&endpoints), Some(Instant::now()), "it is the first again");
    }

    #[tokio::test(start_paused = true)]
    async fn endpoints_listed_at_startup_keep_their_timestamp() {
        let created = |mut slice: EndpointSlice, ago: i64| {
            let time = Timestamp::now() - SignedDuration::from_secs(ago);
            slice.metadata.creation_timestamp = Some(Time(time));
            slice
        };
        let mut endpoints = Endpoints::default();
        let age = |endpoints: &Endpoints, name: &str| {
            endpoints.ready_since(&service(name)).unwrap().elapsed().as_secs_f64().round() as i64
        };
        let at_start = [
            created(slice("a", "old", &[Some(true)]), 3600),
            created(slice("b", "old", &[Some(true)]), 1),
            created(slice("c", "new", &[Some(true)]), 1),
            created(slice("d", "of-tomorrow", &[Some(true)]), -86_400),
        ];
        list(&mut endpoints, at_start.clone());
        assert_eq!(["old", "new", "of-tomorrow"].map(|name| age(&endpoints, name)), [3600, 1, 0]);

        // What is listed anew keeps its age, and what came in between is new.
        let later = created(slice("e", "later", &[Some(true)]), 3600);
        let [a, ..] = at_start;
        list(&mut endpoints, [a, later]);
        assert_eq!(["old", "later"].map(|name| age(&endpoints, name)), [3600, 0]);
        assert!(!is_ready(&endpoints, "new") && !is_ready(&endpoints, "of-tomorrow"));
    }

    #[test]
    fn endpoint_slice_may_change_its_service() {
        let mut endpoints = Endpoints::locating(["shop", "blog"].map(service));
        endpoints.handle(Event::Apply(slice("a", "shop", &[Some(true)])));
        endpoints.handle(Event::Apply(slice("a", "blog", &[Some(true)])));
        assert!(!is_ready(&endpoints, "shop") && is_ready(&endpoints, "blog"));
        assert_eq!(["shop", "blog"].map(|name| endpoints.slices(&service(name)).count()), [0, 1]);
        endpoints.handle(Event::Delete(slice("a", "blog", &[])));
        assert!(endpoints.known.namespaces.is_empty() && endpoints.known.located.is_empty());
    }
}
