//! Where a gateway listens: the ready endpoints of its Service.

use std::{
    collections::BTreeSet,
    net::{IpAddr, SocketAddr},
};

use k8s_openapi::api::core::v1::{Service, ServicePort, ServiceSpec};
use knative_gloo_translate::{Scheme, ServiceRef};

use crate::endpoints::ReadySlice;

/// The sockets of a gateway that are ready, by listener.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Endpoints {
    pub(crate) http: BTreeSet<SocketAddr>,
    pub(crate) https: BTreeSet<SocketAddr>,
}

impl Endpoints {
    pub(crate) const fn of(&self, scheme: Scheme) -> &BTreeSet<SocketAddr> {
        match scheme {
            Scheme::Http => &self.http,
            Scheme::Https => &self.https,
        }
    }
}

/// What is known of a gateway's Service.
#[derive(Debug)]
pub(crate) struct ObservedGateway {
    service: ServiceRef,
    ports: Option<Ports>,
    /// Whether the list under way has told of it.
    is_listed: bool,
}

/// What a Service says of its ports: their names are those of the ports in the slices.
#[derive(Debug)]
struct Ports {
    http: Option<String>,
    https: Option<String>,
    /// Whether addresses are IPv6, the first of its families: a pod of both has an endpoint in a slice of each.
    is_ipv6: bool,
}

impl ObservedGateway {
    pub(crate) const fn new(service: ServiceRef) -> Self {
        Self { service, ports: None, is_listed: false }
    }

    /// The Service that it is known by.
    pub(crate) const fn service(&self) -> &ServiceRef {
        &self.service
    }

    /// Takes in a Service that is this one.
    pub(crate) fn observe(&mut self, service: &Service) {
        self.ports = service.spec.as_ref().map(Ports::new);
        self.is_listed = true;
    }

    /// Takes in that there is no such Service.
    pub(crate) fn observe_absent(&mut self) {
        self.ports = None;
    }

    /// Takes in that all Services are about to be told.
    pub(crate) const fn list_begins(&mut self) {
        self.is_listed = false;
    }

    /// Takes in that all Services have been told.
    pub(crate) fn list_ends(&mut self) {
        if !self.is_listed {
            self.observe_absent();
        }
    }

    /// The sockets of what is ready of the Service, which is in these slices.
    pub(crate) fn endpoints<'a>(&self, slices: impl Iterator<Item = &'a ReadySlice> + Clone) -> Endpoints {
        let Some(Ports { http, https, is_ipv6 }) = &self.ports else { return Endpoints::default() };
        let sockets = |port: &Option<String>| {
            let port = port.as_deref();
            let slices = slices.clone();
            slices
                .flat_map(|slice| port.into_iter().flat_map(|port| sockets(slice, port, *is_ipv6)))
                .collect()
        };
        Endpoints { http: sockets(http), https: sockets(https) }
    }
}

impl Ports {
    fn new(spec: &ServiceSpec) -> Self {
        let ServiceSpec { ports, ip_families, .. } = spec;
        let ports = ports.as_deref().unwrap_or_default();
        let named = |number: i32, name: &str| {
            let by_number = ports.iter().find(|port| port.port == number && is_tcp(port));
            let port = by_number.or_else(|| ports.iter().find(|port| port.name.as_deref() == Some(name)));
            port.map(|port| port.name.clone().unwrap_or_default())
        };
        let family = ip_families.as_ref().and_then(|families| families.first());
        Self {
            http: named(80, Scheme::Http.as_str()),
            https: named(443, Scheme::Https.as_str()),
            is_ipv6: family.is_some_and(|family| family == "IPv6"),
        }
    }
}

fn is_tcp(port: &ServicePort) -> bool {
    port.protocol.as_deref().is_none_or(|protocol| protocol == "TCP")
}

/// The endpoints of a slice at the port of this name, which is empty for the only port of a Service.
fn sockets(slice: &ReadySlice, port: &str, is_ipv6: bool) -> impl Iterator<Item = SocketAddr> {
    let ReadySlice { addresses, ports } = slice;
    let port = ports.iter().find(|known| *known.name == *port).map(|port| port.number);
    let addresses = addresses.iter().filter_map(|address| address.parse::<IpAddr>().ok());
    let addresses = addresses.filter(move |address| address.is_ipv6() == is_ipv6);
    port.into_iter()
        .flat_map(move |port| addresses.clone().map(move |address| SocketAddr::new(address, port)))
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::discovery::v1::EndpointSlice;
    use kube::runtime::watcher::Event;
    use serde_json::{Value, json};

    use super::*;

    const SERVICE_NAME: &str = "kubernetes.io/service-name";

    fn service(ports: Value) -> Service {
        serde_json::from_value(json!({
            "metadata": {"namespace": "gloo-system", "name": "knative-external-proxy"},
            "spec": {"ports": ports},
        }))
        .unwrap()
    }

    fn slice(name: &str, service: &str, family: &str, ports: Value, endpoints: Value) -> EndpointSlice {
        serde_json::from_value(json!({
            "metadata": {"namespace": "gloo-system", "name": name, "labels": {SERVICE_NAME: service}},
            "addressType": family, "ports": ports, "endpoints": endpoints,
        }))
        .unwrap()
    }

    fn gateway() -> ObservedGateway {
        ObservedGateway::new(ServiceRef::new("gloo-system", "knative-external-proxy"))
    }

    fn observed(service: &Service, slices: &[EndpointSlice]) -> Endpoints {
        let mut endpoints = crate::endpoints::Endpoints::locating([gateway().service().clone()]);
        for slice in slices {
            endpoints.handle(Event::Apply(slice.clone()));
        }
        let mut gateway = gateway();
        gateway.observe(service);
        gateway.endpoints(endpoints.slices(gateway.service()))
    }

    fn told(endpoints: &BTreeSet<SocketAddr>) -> Vec<String> {
        endpoints.iter().map(SocketAddr::to_string).collect()
    }

    fn both() -> Value {
        json!([{"name": "http", "port": 80, "targetPort": 8080}, {"name": "https", "port": 443, "targetPort": 8443}])
    }

    #[test]
    fn service_ports_are_resolved_in_endpoint_slices_by_name() {
        let ports = json!([{"name": "https", "port": 8443}, {"name": "http", "port": 8080}]);
        let one = slice(
            "a",
            "knative-external-proxy",
            "IPv4",
            ports,
            json!([
                {"addresses": ["10.0.0.1"], "conditions": {"ready": true}},
                {"addresses": ["10.0.0.2"], "conditions": {}},
                {"addresses": ["10.0.0.3"], "conditions": {"ready": false, "serving": true, "terminating": true}},
            ]),
        );
        // A rollout that changes the port has pods of either.
        let other = slice(
            "b",
            "knative-external-proxy",
            "IPv4",
            json!([{"name": "http", "port": 9090}]),
            json!([
                {"addresses": ["10.0.0.4"]},
            ]),
        );
        let found = observed(&service(both()), &[one, other]);
        assert_eq!(told(&found.http), ["10.0.0.1:8080", "10.0.0.2:8080", "10.0.0.4:9090"]);
        assert_eq!(told(&found.https), ["10.0.0.1:8443", "10.0.0.2:8443"]);
    }

    #[test]
    fn endpoint_slices_of_other_services_are_ignored() {
        let ports = json!([{"name": "http", "port": 8080}]);
        let endpoint = json!([{"addresses": ["10.0.0.1"]}]);
        let other = slice("a", "another", "IPv4", ports.clone(), endpoint.clone());
        let mut foreign = slice("a", "knative-external-proxy", "IPv4", ports.clone(), endpoint.clone());
        foreign.metadata.namespace = Some("team-a".to_owned());
        let own = slice("a", "knative-external-proxy", "IPv4", ports, endpoint);
        assert_eq!(observed(&service(both()), &[other.clone(), foreign.clone()]), Endpoints::default());

        assert_eq!(told(&observed(&service(both()), &[other, foreign, own]).http), ["10.0.0.1:8080"]);
    }

    #[test]
    fn endpoints_without_a_service_have_no_ports() {
        let mut endpoints = crate::endpoints::Endpoints::locating([gateway().service().clone()]);
        let ports = json!([{"name": "http", "port": 8080}]);
        let own = slice("a", "knative-external-proxy", "IPv4", ports, json!([{"addresses": ["10.0.0.1"]}]));
        endpoints.handle(Event::Apply(own));
        let mut gateway = gateway();
        let mut is_known = |change: &dyn Fn(&mut ObservedGateway)| {
            change(&mut gateway);
            gateway.endpoints(endpoints.slices(gateway.service())) != Endpoints::default()
        };
        let of_ports = service(both());
        assert!(!is_known(&|_| {}));
        assert!(is_known(&|gateway| gateway.observe(&of_ports)));
        assert!(!is_known(&|gateway| gateway.observe_absent()));
        // Lists that tell of it, and one that doesn't.
        for _ in 0..2 {
            is_known(&|gateway| gateway.list_begins());
            is_known(&|gateway| gateway.observe(&of_ports));
            assert!(is_known(&|gateway| gateway.list_ends()));
        }
        assert!(is_known(&|gateway| gateway.list_begins()), "it stays until the list is whole");
        assert!(!is_known(&|gateway| gateway.list_ends()));
    }

    #[test]
    fn gateway_port_is_matched_by_number_then_by_name() {
        let endpoint = json!([{"addresses": ["10.0.0.1"]}]);
        let found = |ports: Value, in_slice: Value| {
            let slices = [slice("a", "knative-external-proxy", "IPv4", in_slice, endpoint.clone())];
            told(&observed(&service(ports), &slices).http)
        };
        assert_eq!(found(json!([{"port": 80}]), json!([{"port": 8080}])), ["10.0.0.1:8080"]);
        assert_eq!(found(json!([{"port": 80}]), json!([{"name": "", "port": 8080}])), ["10.0.0.1:8080"]);
        let ports = json!([{"name": "http", "port": 8000}, {"name": "web", "port": 80}]);
        let in_slice = json!([{"name": "http", "port": 1}, {"name": "web", "port": 2}]);
        assert_eq!(found(ports, in_slice), ["10.0.0.1:2"]);
        assert_eq!(
            found(json!([{"name": "http", "port": 8000}]), json!([{"name": "http", "port": 1}])),
            ["10.0.0.1:1"]
        );
        assert!(
            found(json!([{"name": "status", "port": 15021}]), json!([{"name": "status", "port": 1}]))
                .is_empty()
        );
    }

    #[test]
    fn dual_stack_pod_is_probed_once() {
        let ports = json!([{"name": "http", "port": 8080}]);
        let four = slice(
            "four",
            "knative-external-proxy",
            "IPv4",
            ports.clone(),
            json!([{"addresses": ["10.0.0.1"]}]),
        );
        let six = slice("six", "knative-external-proxy", "IPv6", ports, json!([{"addresses": ["fd00::1"]}]));
        let slices = [four, six];
        let mut service = service(both());
        assert_eq!(told(&observed(&service, &slices).http), ["10.0.0.1:8080"]);
        service.spec.as_mut().unwrap().ip_families = Some(vec!["IPv6".to_owned(), "IPv4".to_owned()]);
        assert_eq!(told(&observed(&service, &slices).http), ["[fd00::1]:8080"]);
    }
}
