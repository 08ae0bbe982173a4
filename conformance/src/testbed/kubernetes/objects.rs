//! The objects that the rig creates.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::{Secret, Service, ServicePort, ServiceSpec};
use k8s_openapi::api::discovery::v1::{Endpoint, EndpointConditions, EndpointPort, EndpointSlice};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use knative_gloo_translate::{Gateway, Scheme};

use super::gloo::SERVICE_NAME;
use super::{GATEWAY_NAMESPACE, GatewayPod};
use crate::envoy_config::TlsSecret;

fn metadata(name: &str, namespace: &str) -> ObjectMeta {
    ObjectMeta { name: Some(name.to_owned()), namespace: Some(namespace.to_owned()), ..ObjectMeta::default() }
}

/// The Service of a gateway, as Gloo's installation has it.
pub(super) fn gateway_service(gateway: Gateway) -> Service {
    let port = |(number, scheme): (i32, Scheme)| ServicePort {
        name: Some(scheme.to_string()),
        port: number,
        ..ServicePort::default()
    };
    let ports = [(80, Scheme::Http), (443, Scheme::Https)].map(port).to_vec();
    Service {
        metadata: metadata(gateway.proxy_name(), GATEWAY_NAMESPACE),
        spec: Some(ServiceSpec { ports: Some(ports), ..ServiceSpec::default() }),
        ..Service::default()
    }
}

/// What says that a gateway's pod is ready.
pub(super) fn gateway_slice(gateway: Gateway, pod: &GatewayPod) -> EndpointSlice {
    let ports = Scheme::ALL.map(|scheme| (Some(scheme.to_string()), pod.address(scheme)));
    slice(pod.name(), gateway.proxy_name(), GATEWAY_NAMESPACE, &ports)
}

/// What says which pods are ready behind a Service; one slice for each of its ports, since each is another pod's.
pub(super) fn service_slices(service: &Service, endpoints: &BTreeMap<i32, SocketAddr>) -> Vec<EndpointSlice> {
    let name = service.metadata.name.clone().unwrap_or_default();
    let namespace = service.metadata.namespace.clone().unwrap_or_default();
    let ports = service.spec.iter().flat_map(|spec| spec.ports.iter().flatten());
    let ready = ports.filter_map(|port| Some((port, *endpoints.get(&port.port)?)));
    ready
        .map(|(port, address)| {
            let own = format!("{name}-{}", port.port);
            slice(&own, &name, &namespace, &[(port.name.clone(), address)])
        })
        .collect()
}

/// Ports by name, all at the address of the first.
fn slice(
    name: &str,
    service: &str,
    namespace: &str,
    ports: &[(Option<String>, SocketAddr)],
) -> EndpointSlice {
    let ip = ports.first().map(|(_, address)| address.ip());
    let port = |(name, address): &(Option<String>, SocketAddr)| EndpointPort {
        // A port without a name is the one with the empty name.
        name: Some(name.clone().unwrap_or_default()),
        port: Some(i32::from(address.port())),
        protocol: Some("TCP".to_owned()),
        ..EndpointPort::default()
    };
    EndpointSlice {
        metadata: ObjectMeta {
            labels: Some(BTreeMap::from([(SERVICE_NAME.to_owned(), service.to_owned())])),
            ..metadata(name, namespace)
        },
        address_type: if ip.is_some_and(|ip| ip.is_ipv6()) { "IPv6" } else { "IPv4" }.to_owned(),
        endpoints: ip.map(|ip| {
            vec![Endpoint {
                addresses: vec![ip.to_string()],
                conditions: Some(EndpointConditions { ready: Some(true), ..EndpointConditions::default() }),
                ..Endpoint::default()
            }]
        }),
        ports: Some(ports.iter().map(port).collect()),
    }
}

/// A Secret of type `kubernetes.io/tls`.
pub(super) fn secret(name: &str, namespace: &str, secret: TlsSecret) -> Secret {
    let TlsSecret { certificate, private_key, root_ca, ocsp_staple } = secret;
    let parts = [
        ("tls.crt", Some(certificate.into_bytes())),
        ("tls.key", Some(private_key.into_bytes())),
        ("ca.crt", root_ca.map(String::into_bytes)),
        ("tls.ocsp-staple", ocsp_staple),
    ];
    let data = parts.into_iter().filter_map(|(key, bytes)| Some((key.to_owned(), ByteString(bytes?))));
    Secret {
        metadata: metadata(name, namespace),
        type_: Some("kubernetes.io/tls".to_owned()),
        data: Some(data.collect()),
        ..Secret::default()
    }
}
