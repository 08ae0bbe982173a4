//! Which changes have to wait because the gateways may not have seen the endpoints that they send traffic to.
//!
//! Gloo finds endpoints up to a second after routes: a route that moves to a Service whose endpoints are new answers 503 until
//! they have followed. So a Service that an Ingress newly wants has to *settle* first: its first ready endpoint must have been
//! there for a settle time.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use gloo_proxy_model::{Action, Destination, DestinationType, RouteDestination, VirtualHost};
use knative_gloo_translate::ServiceRef;
use knative_ingress_model::IngressRef;
use tokio::time::Instant;

use crate::endpoints::Endpoints;

/// What the Ingresses wait for.
#[derive(Debug)]
pub(crate) struct Settle {
    time: Duration,
    /// The Services that an Ingress newly wants, and since when it does, until they have settled.
    wanted: BTreeMap<IngressRef, BTreeMap<ServiceRef, Instant>>,
}

/// What an Ingress waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unsettled {
    /// When it has to be looked at again: they have settled by then, unless their endpoints change.
    pub(crate) until: Instant,
    pub(crate) services: Vec<ServiceRef>,
}

impl Settle {
    pub(crate) const fn new(time: Duration) -> Self {
        Self { time, wanted: BTreeMap::new() }
    }

    /// Notes what the newest state of an Ingress sends traffic to, where its published state sends it to `served`. What it has
    /// wanted before keeps its time, and what it wants no more is forgotten.
    pub(crate) fn want(
        &mut self,
        ingress: &IngressRef,
        wanted: BTreeSet<ServiceRef>,
        served: &BTreeSet<ServiceRef>,
    ) {
        let known = self.wanted.remove(ingress).unwrap_or_default();
        let now = Instant::now();
        let waited_for: BTreeMap<_, _> = wanted
            .into_iter()
            .filter_map(|service| match known.get(&service) {
                Some(since) => Some((service, *since)),
                None => (!served.contains(&service)).then_some((service, now)),
            })
            .collect();
        if !waited_for.is_empty() {
            self.wanted.insert(ingress.clone(), waited_for);
        }
    }

    /// What `ingress` waits for; `None` if nothing.
    pub(crate) fn unsettled(&self, ingress: &IngressRef, endpoints: &Endpoints) -> Option<Unsettled> {
        let now = Instant::now();
        let wanted = self.wanted.get(ingress)?.iter();
        let pending: Vec<_> = wanted
            .map(|(service, wanted)| (self.settled_at(*wanted, service, endpoints), service))
            .filter(|(settled, _)| *settled > now)
            .collect();
        let until = pending.iter().map(|(settled, _)| *settled).max()?;
        Some(Unsettled { until, services: pending.into_iter().map(|(_, service)| service.clone()).collect() })
    }

    /// Forgets an Ingress: it is gone, or all that it wants has settled.
    pub(crate) fn forget(&mut self, ingress: &IngressRef) {
        self.wanted.remove(ingress);
    }

    /// When `service` has settled for whoever has wanted it since `wanted`: a settle time after its first endpoint became ready,
    /// or, without any, after it was wanted. One whose endpoints come and go is not waited for for ever.
    fn settled_at(&self, wanted: Instant, service: &ServiceRef, endpoints: &Endpoints) -> Instant {
        let after =
            |start: Instant, times: u32| start.checked_add(self.time.saturating_mul(times)).unwrap_or(start);
        endpoints
            .ready_since(service)
            .map_or_else(|| after(wanted, 1), |since| after(since, 1).min(after(wanted, 2)))
    }
}

/// The Services that virtual hosts send traffic to.
pub(crate) fn destinations<'a>(hosts: impl IntoIterator<Item = &'a VirtualHost>) -> BTreeSet<ServiceRef> {
    let routes = hosts.into_iter().flat_map(|host| &host.routes);
    let forwarded = routes.filter_map(|route| match &route.action {
        Some(Action::Route(action)) => action.destination.as_ref(),
        Some(Action::Redirect(_) | Action::DirectResponse(_) | Action::GraphqlApi(_)) | None => None,
    });
    let mut services = BTreeSet::new();
    for destination in forwarded {
        match destination {
            RouteDestination::Single(single) => services.extend(service(single)),
            RouteDestination::Multi(multi) => services.extend(
                multi
                    .destinations
                    .iter()
                    .filter(|weighted| weighted.weight != Some(0))
                    .filter_map(|weighted| service(weighted.destination.as_ref()?)),
            ),
            RouteDestination::UpstreamGroup(_)
            | RouteDestination::ClusterHeader(_)
            | RouteDestination::DynamicForwardProxy(_) => {}
        }
    }
    services
}

fn service(destination: &Destination) -> Option<ServiceRef> {
    match destination.destination_type.as_ref()? {
        DestinationType::Kube(kube) => Some(ServiceRef::new(&kube.r#ref.namespace, &kube.r#ref.name)),
        DestinationType::Upstream(_) | DestinationType::Consul(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::discovery::v1::EndpointSlice;
    use kube::runtime::watcher::Event;
    use serde_json::json;
    use tokio::time::advance;

    use super::*;

    const TIME: Duration = Duration::from_secs(3);

    fn ingress() -> IngressRef {
        IngressRef::new("team-a", "shop")
    }

    fn services<const N: usize>(names: [&str; N]) -> BTreeSet<ServiceRef> {
        names.map(|name| ServiceRef::new("team-a", name)).into()
    }

    fn ready(endpoints: &mut Endpoints, service: &str, ready: bool) {
        let slice: EndpointSlice = serde_json::from_value(json!({
            "addressType": "IPv4",
            "metadata": {"namespace": "team-a", "name": service, "labels": {"kubernetes.io/service-name": service}},
            "endpoints": [{"addresses": ["10.0.0.1"], "conditions": {"ready": ready}}],
        }))
        .unwrap();
        endpoints.handle(Event::Apply(slice));
    }

    /// How long there is to wait, and for what.
    fn waits(settle: &Settle, endpoints: &Endpoints) -> Option<(u128, Vec<String>)> {
        let Unsettled { until, services } = settle.unsettled(&ingress(), endpoints)?;
        let names = services.into_iter().map(|service| service.name).collect();
        Some((until.duration_since(Instant::now()).as_millis(), names))
    }

    fn for_one(millis: u128, name: &str) -> Option<(u128, Vec<String>)> {
        Some((millis, vec![name.to_owned()]))
    }

    #[tokio::test(start_paused = true)]
    async fn service_settles_after_its_first_ready_endpoint() {
        let (mut settle, mut endpoints) = (Settle::new(TIME), Endpoints::default());
        ready(&mut endpoints, "old", true);
        advance(Duration::from_secs(2)).await;
        ready(&mut endpoints, "new", true);
        settle.want(&ingress(), services(["old", "new"]), &services([]));
        assert_eq!(settle.unsettled(&ingress(), &endpoints).map(|it| it.services.len()), Some(2));
        assert_eq!(waits(&settle, &endpoints).map(|it| it.0), Some(3000));
        advance(Duration::from_secs(1)).await;
        assert_eq!(waits(&settle, &endpoints), for_one(2000, "new"));
        advance(Duration::from_secs(2)).await;
        assert_eq!(waits(&settle, &endpoints), None);
        settle.want(&ingress(), services(["old"]), &services([]));
        assert_eq!(waits(&settle, &endpoints), None, "it settled before it was wanted");
    }

    #[tokio::test(start_paused = true)]
    async fn service_without_endpoints_delays_only_for_the_settle_time() {
        let (mut settle, mut endpoints) = (Settle::new(TIME), Endpoints::default());
        settle.want(&ingress(), services(["never"]), &services([]));
        advance(Duration::from_secs(1)).await;
        // Wanted again, by another change: the time goes on.
        settle.want(&ingress(), services(["never", "other"]), &services([]));
        settle.want(&ingress(), services(["never"]), &services([]));
        assert_eq!(waits(&settle, &endpoints), for_one(2000, "never"));
        advance(Duration::from_secs(1)).await;
        ready(&mut endpoints, "never", true);
        assert_eq!(waits(&settle, &endpoints), for_one(3000, "never"), "it has got one after all");
        ready(&mut endpoints, "never", false);
        assert_eq!(waits(&settle, &endpoints), for_one(1000, "never"));
        advance(Duration::from_secs(1)).await;
        assert_eq!(waits(&settle, &endpoints), None);
    }

    #[tokio::test(start_paused = true)]
    async fn flapping_endpoints_do_not_delay_forever() {
        let (mut settle, mut endpoints) = (Settle::new(TIME), Endpoints::default());
        settle.want(&ingress(), services(["restless"]), &services([]));
        for _ in 0..6 {
            assert!(waits(&settle, &endpoints).is_some());
            ready(&mut endpoints, "restless", false);
            ready(&mut endpoints, "restless", true);
            advance(Duration::from_secs(1)).await;
        }
        assert_eq!(waits(&settle, &endpoints), None);
    }

    #[tokio::test(start_paused = true)]
    async fn unreferenced_service_does_not_delay() {
        let (mut settle, endpoints) = (Settle::new(TIME), Endpoints::default());
        settle.want(&ingress(), services(["a"]), &services([]));
        settle.want(&ingress(), services([]), &services([]));
        assert_eq!(waits(&settle, &endpoints), None);
        settle.want(&ingress(), services(["a"]), &services([]));
        assert_eq!(waits(&settle, &endpoints), for_one(3000, "a"), "wanted anew");
        settle.forget(&ingress());
        assert_eq!(waits(&settle, &endpoints), None);
        settle.want(&ingress(), services(["a", "b"]), &services(["b"]));
        assert_eq!(waits(&settle, &endpoints), for_one(3000, "a"), "the other is served");
        settle.want(&ingress(), services(["a", "b"]), &services(["a", "b"]));
        assert_eq!(waits(&settle, &endpoints), for_one(3000, "a"), "published, but not settled");
        let mut at_once = Settle::new(Duration::ZERO);
        at_once.want(&ingress(), services(["a"]), &services([]));
        assert_eq!(waits(&at_once, &endpoints), None);
    }

    #[test]
    fn destinations_with_traffic_are_awaited() {
        let kube = |name: &str| json!({"kube": {"ref": {"namespace": "team-a", "name": name}, "port": 80}});
        let host = json!({"name": "a", "domains": ["a"], "routes": [
            {"routeAction": {"single": kube("one")}},
            {"routeAction": {"multi": {"destinations": [
                {"destination": kube("two"), "weight": 99}, {"destination": kube("three"), "weight": 0},
            ]}}},
            {"redirectAction": {"httpsRedirect": true}},
            {"routeAction": {"single": {"upstream": {"namespace": "team-a", "name": "four"}}}},
        ]});
        let host: VirtualHost = serde_json::from_value(host).unwrap();
        assert_eq!(destinations([&host]), services(["one", "two"]));
    }
}
