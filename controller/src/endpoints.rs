//! The ready endpoints of each Service, as its EndpointSlices tell: addresses, ports, and since when there is one. Of the
//! slices themselves nothing else is kept.

use std::{
    collections::{BTreeMap, btree_map},
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
    services: BTreeMap<ServiceRef, ReadyEndpoints>,
    /// The Service of each slice with a ready endpoint.
    owners: BTreeMap<SliceRef, ServiceRef>,
    /// What a list under way has told so far.
    listed: BTreeMap<SliceRef, Slice>,
    has_been_listed: bool,
}

/// The ready endpoints of a Service, which has one at least.
#[derive(Debug)]
pub(crate) struct ReadyEndpoints {
    /// By the name of the slice.
    slices: BTreeMap<String, ReadySlice>,
    /// When the first of them was seen to be ready.
    since: Instant,
}

/// The ready endpoints of a slice: each address has each port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReadySlice {
    /// IP addresses, or names of the DNS.
    pub(crate) addresses: Box<[Box<str>]>,
    pub(crate) ports: Box<[ReadyPort]>,
}

/// A port that endpoints listen on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReadyPort {
    /// The name that it has in the Service; empty if that has none.
    pub(crate) name: Box<str>,
    pub(crate) number: u16,
}

/// Namespace and name.
type SliceRef = (String, String);

/// A slice, as a list tells it.
#[derive(Debug)]
struct Slice {
    service: ServiceRef,
    ready: ReadySlice,
    created: Option<Time>,
}

impl Endpoints {
    /// Takes in what the watch tells. Returns the Services whose ready endpoints have changed.
    pub(crate) fn handle(&mut self, event: Event<EndpointSlice>) -> Vec<ServiceRef> {
        match event {
            Event::Init => {
                self.listed.clear();
                Vec::new()
            }
            Event::InitApply(slice) => {
                if let Some(ready) = read(&slice) {
                    self.listed.insert(slice_ref(&slice), ready);
                }
                Vec::new()
            }
            Event::InitDone => self.replace(),
            Event::Apply(slice) => {
                let reference = slice_ref(&slice);
                let ready = read(&slice);
                let service = ready.as_ref().map(|slice| &slice.service);
                let mut changed = Vec::new();
                if self.owners.get(&reference).is_some_and(|owner| Some(owner) != service) {
                    changed.extend(self.remove(&reference));
                }
                if let Some(Slice { service, ready, created: _ }) = ready {
                    changed.extend(self.insert(reference, service, ready, Instant::now()));
                }
                changed
            }
            Event::Delete(slice) => self.remove(&slice_ref(&slice)).into_iter().collect(),
        }
    }

    /// The ready endpoints of `service`, if it has one.
    pub(crate) fn of(&self, service: &ServiceRef) -> Option<&ReadyEndpoints> {
        self.services.get(service)
    }

    /// Takes in a whole list. A Service that was known keeps its time; of the first list of all, slices are as old as they are
    /// said to be, since they may have been there for long.
    fn replace(&mut self) -> Vec<ServiceRef> {
        let is_first = !std::mem::replace(&mut self.has_been_listed, true);
        let mut old = std::mem::take(&mut self.services);
        self.owners.clear();
        let now = Instant::now();
        for (reference, Slice { service, ready, created }) in std::mem::take(&mut self.listed) {
            let since = match old.get(&service) {
                Some(known) => known.since,
                None if is_first => {
                    created.and_then(|Time(created)| now.checked_sub(age(created))).unwrap_or(now)
                }
                None => now,
            };
            self.insert(reference, service, ready, since);
        }
        let mut changed = Vec::new();
        for (service, new) in &self.services {
            if old.remove(service).is_none_or(|old| old.slices != new.slices) {
                changed.push(service.clone());
            }
        }
        changed.extend(old.into_keys());
        changed
    }

    /// Returns the Service if that changes its ready endpoints.
    fn insert(
        &mut self,
        reference: SliceRef,
        service: ServiceRef,
        ready: ReadySlice,
        since: Instant,
    ) -> Option<ServiceRef> {
        let name = reference.1.clone();
        self.owners.insert(reference, service.clone());
        let endpoints = match self.services.entry(service.clone()) {
            btree_map::Entry::Vacant(entry) => {
                entry.insert(ReadyEndpoints { slices: BTreeMap::new(), since })
            }
            btree_map::Entry::Occupied(entry) => {
                let known = entry.into_mut();
                known.since = known.since.min(since);
                known
            }
        };
        let is_changed = endpoints.slices.get(&name) != Some(&ready);
        endpoints.slices.insert(name, ready);
        is_changed.then_some(service)
    }

    /// Returns the Service that has lost ready endpoints.
    fn remove(&mut self, reference: &SliceRef) -> Option<ServiceRef> {
        let service = self.owners.remove(reference)?;
        if let btree_map::Entry::Occupied(mut entry) = self.services.entry(service.clone()) {
            entry.get_mut().slices.remove(&reference.1);
            if entry.get().slices.is_empty() {
                entry.remove();
            }
        }
        Some(service)
    }
}

impl ReadyEndpoints {
    /// Since when there has been a ready endpoint without interruption.
    pub(crate) const fn since(&self) -> Instant {
        self.since
    }

    /// The slices, by their names.
    pub(crate) fn slices(&self) -> impl Iterator<Item = &ReadySlice> {
        self.slices.values()
    }
}

fn slice_ref(slice: &EndpointSlice) -> SliceRef {
    (slice.namespace().unwrap_or_default(), slice.name_any())
}

/// What is kept of a slice: `None` if it is of no Service, or has no ready endpoint.
fn read(slice: &EndpointSlice) -> Option<Slice> {
    let service = slice.labels().get(SERVICE_NAME)?;
    let endpoints = slice.endpoints.iter().flatten();
    // One that doesn't say is ready.
    let ready = endpoints.filter(|endpoint| {
        endpoint.conditions.as_ref().and_then(|conditions| conditions.ready).unwrap_or(true)
    });
    // More than one address of an endpoint means the same, and is not used by anybody.
    let addresses: Box<[_]> =
        ready.filter_map(|endpoint| Some(endpoint.addresses.first()?.as_str().into())).collect();
    let ports = slice.ports.iter().flatten().filter_map(|port| {
        let number = u16::try_from(port.port?).ok()?;
        Some(ReadyPort { name: port.name.as_deref().unwrap_or_default().into(), number })
    });
    (!addresses.is_empty()).then(|| Slice {
        service: ServiceRef::new(slice.namespace().unwrap_or_default(), service),
        ready: ReadySlice { addresses, ports: ports.collect() },
        created: slice.metadata.creation_timestamp.clone(),
    })
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

    fn list(endpoints: &mut Endpoints, slices: impl IntoIterator<Item = EndpointSlice>) -> Vec<ServiceRef> {
        endpoints.handle(Event::Init);
        for slice in slices {
            assert!(endpoints.handle(Event::InitApply(slice)).is_empty());
        }
        endpoints.handle(Event::InitDone)
    }

    #[test]
    fn only_ready_endpoints_are_counted() {
        let mut endpoints = Endpoints::default();
        let changed = endpoints.handle(Event::Apply(slice("a", "shop", &[Some(true), Some(false), None])));
        assert_eq!(changed, [service("shop")]);
        let kept: Vec<_> = endpoints.of(&service("shop")).unwrap().slices().collect();
        let [ReadySlice { addresses, ports }] = kept[..] else { panic!("{kept:?}") };
        assert_eq!(addresses.iter().map(|address| &**address).collect::<Vec<_>>(), ["10.0.0.0", "10.0.0.2"]);
        let ports: Vec<_> = ports.iter().map(|port| (&*port.name, port.number)).collect();
        assert_eq!(ports, [("http", 8080), ("", 9090)]);

        let again = endpoints.handle(Event::Apply(slice("a", "shop", &[Some(true), Some(false), None])));
        assert!(again.is_empty(), "nothing has changed");
        let mut of_nobody = slice("b", "", &[Some(true)]);
        of_nobody.metadata.labels = None;
        assert!(endpoints.handle(Event::Apply(of_nobody)).is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn ready_since_is_the_first_ready_endpoint() {
        let mut endpoints = Endpoints::default();
        let since = |endpoints: &Endpoints| endpoints.of(&service("shop")).map(ReadyEndpoints::since);
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
            endpoints.of(&service(name)).unwrap().since().elapsed().as_secs_f64().round() as i64
        };
        let at_start = [
            created(slice("a", "old", &[Some(true)]), 3600),
            created(slice("b", "old", &[Some(true)]), 1),
            created(slice("c", "new", &[Some(true)]), 1),
            created(slice("d", "of-tomorrow", &[Some(true)]), -86_400),
        ];
        assert_eq!(list(&mut endpoints, at_start.clone()).len(), 3);
        assert_eq!(["old", "new", "of-tomorrow"].map(|name| age(&endpoints, name)), [3600, 1, 0]);

        // What is listed anew keeps its age, and what came in between is new.
        let later = created(slice("e", "later", &[Some(true)]), 3600);
        let [a, ..] = at_start;
        let changed = list(&mut endpoints, [a, later]);
        assert_eq!(changed, ["later", "old", "new", "of-tomorrow"].map(service));
        assert_eq!(["old", "later"].map(|name| age(&endpoints, name)), [3600, 0]);
        assert!(endpoints.of(&service("new")).is_none());
    }

    #[test]
    fn endpoint_slice_may_change_its_service() {
        let mut endpoints = Endpoints::default();
        endpoints.handle(Event::Apply(slice("a", "shop", &[Some(true)])));
        let changed = endpoints.handle(Event::Apply(slice("a", "blog", &[Some(true)])));
        assert_eq!(changed, [service("shop"), service("blog")]);
        assert!(endpoints.of(&service("shop")).is_none());
        assert_eq!(endpoints.handle(Event::Delete(slice("a", "blog", &[]))), [service("blog")]);
        assert!(endpoints.owners.is_empty() && endpoints.services.is_empty());
    }
}
