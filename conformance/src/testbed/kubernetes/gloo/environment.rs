use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use gloo_proxy_model::ResourceRef;
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::{Secret, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use crate::envoy_config::{Environment, ServicePort, TlsSecret, UpstreamProtocol};
use crate::testbed::cluster::REGEX_LIMIT;

/// The label that says whose endpoints an EndpointSlice holds.
pub(in crate::testbed::kubernetes) const SERVICE_NAME: &str = "kubernetes.io/service-name";

/// What Gloo makes of Services, EndpointSlices and Secrets. Endpoints are those of the Services in `discovered` alone: the
/// others have none yet.
pub(super) fn environment<'a>(
    services: impl Iterator<Item = &'a Service>,
    slices: impl Iterator<Item = &'a EndpointSlice>,
    secrets: impl Iterator<Item = &'a Secret>,
    discovered: &BTreeSet<ResourceRef>,
) -> Environment {
    let mut endpoints: BTreeMap<ResourceRef, Vec<&EndpointSlice>> = BTreeMap::new();
    for slice in slices {
        if let Some(service) = service_of(slice).filter(|service| discovered.contains(service)) {
            endpoints.entry(service).or_default().push(slice);
        }
    }
    let ports = |service: &Service| {
        let name = reference(&service.metadata);
        let slices = endpoints.get(&name).map(Vec::as_slice).unwrap_or_default();
        let ports = ports(service, slices);
        (name, ports)
    };
    Environment {
        services: services.map(ports).collect(),
        secrets: secrets.filter_map(tls_secret).collect(),
        regex_max_program_size: Some(REGEX_LIMIT),
    }
}

/// Name and namespace of an object.
pub(super) fn reference(metadata: &ObjectMeta) -> ResourceRef {
    ResourceRef::new(
        metadata.name.clone().unwrap_or_default(),
        metadata.namespace.clone().unwrap_or_default(),
    )
}

fn service_of(slice: &EndpointSlice) -> Option<ResourceRef> {
    let service = slice.metadata.labels.as_ref()?.get(SERVICE_NAME)?;
    Some(ResourceRef::new(service, slice.metadata.namespace.clone().unwrap_or_default()))
}

/// Gloo makes nothing of an ExternalName.
fn ports(service: &Service, slices: &[&EndpointSlice]) -> Vec<ServicePort> {
    let Some(spec) = service.spec.as_ref().filter(|spec| spec.external_name.is_none()) else {
        return Vec::new();
    };
    let annotations = service.metadata.annotations.as_ref();
    let h2_service = annotations.and_then(|all| all.get("gloo.solo.io/h2_service")).map(String::as_str);
    let port = |port: &k8s_openapi::api::core::v1::ServicePort| {
        let endpoints = slices.iter().flat_map(|slice| addresses(slice, port.name.as_deref()));
        ServicePort {
            port: u32::try_from(port.port).unwrap_or_default(),
            protocol: UpstreamProtocol::of_port(
                h2_service,
                port.app_protocol.as_deref(),
                port.name.as_deref(),
            ),
            // Sorted: a change of order alone is no change.
            endpoints: endpoints.collect::<BTreeSet<_>>().into_iter().collect(),
            upstream_ca: None,
        }
    };
    spec.ports.iter().flatten().map(port).collect()
}

/// The ready endpoints of a slice for the port of this name.
fn addresses(slice: &EndpointSlice, port: Option<&str>) -> Vec<SocketAddr> {
    let named = slice
        .ports
        .iter()
        .flatten()
        .filter(|found| found.name.as_deref().unwrap_or_default() == port.unwrap_or_default());
    let numbers: Vec<u16> = named.filter_map(|found| u16::try_from(found.port?).ok()).collect();
    let is_ready =
        |conditions: &k8s_openapi::api::discovery::v1::EndpointConditions| conditions.ready.unwrap_or(true);
    let ready =
        slice.endpoints.iter().flatten().filter(|endpoint| endpoint.conditions.as_ref().is_none_or(is_ready));
    let addresses = ready.flat_map(|endpoint| &endpoint.addresses).filter_map(|address| address.parse().ok());
    addresses.flat_map(|ip| numbers.iter().map(move |port| SocketAddr::new(ip, *port))).collect()
}

/// A certificate with its key, as far as Gloo looks: both must be PEM. What Envoy makes of them is Envoy's affair.
fn tls_secret(secret: &Secret) -> Option<(ResourceRef, TlsSecret)> {
    use tokio_rustls::rustls::pki_types::pem::PemObject;
    use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
    if secret.type_.as_deref() != Some("kubernetes.io/tls") {
        return None;
    }
    let data = secret.data.as_ref()?;
    let text = |key: &str| {
        let ByteString(bytes) = data.get(key)?;
        String::from_utf8(bytes.clone()).ok()
    };
    let (certificate, private_key) = (text("tls.crt")?, text("tls.key")?);
    let mut chain = CertificateDer::pem_slice_iter(certificate.as_bytes());
    let is_certificate = chain.next().is_some_and(|first| first.is_ok());
    let is_key = PrivateKeyDer::from_pem_slice(private_key.as_bytes()).is_ok();
    (is_certificate && is_key).then(|| {
        let root_ca = text("ca.crt").filter(|ca| !ca.is_empty());
        let ocsp_staple = data.get("tls.ocsp-staple").map(|ByteString(bytes)| bytes.clone());
        (reference(&secret.metadata), TlsSecret { certificate, private_key, root_ca, ocsp_staple })
    })
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        reason = "a test stops where its assumption fails"
    )]

    use serde_json::{Value, json};

    use super::*;

    fn parse<K: serde::de::DeserializeOwned>(value: Value) -> K {
        serde_json::from_value(value).unwrap()
    }

    fn service() -> Service {
        parse(json!({
            "metadata": {"name": "shop", "namespace": "team"},
            "spec": {"ports": [{"name": "http", "port": 80}, {"name": "http2-metrics", "port": 90}]},
        }))
    }

    fn slice(name: &str, address: &str, port: u16, conditions: Value) -> EndpointSlice {
        parse(json!({
            "metadata": {"name": name, "namespace": "team", "labels": {SERVICE_NAME: "shop"}},
            "addressType": "IPv4",
            "endpoints": [{"addresses": [address], "conditions": conditions}],
            "ports": [{"name": "http", "port": port}],
        }))
    }

    fn ports(slices: &[EndpointSlice], discovered: &[ResourceRef]) -> Vec<Vec<String>> {
        let discovered = discovered.iter().cloned().collect();
        let services = [service()];
        let environment = environment(services.iter(), slices.iter(), std::iter::empty(), &discovered);
        let ports = &environment.services[&ResourceRef::new("shop", "team")];
        ports.iter().map(|port| port.endpoints.iter().map(ToString::to_string).collect()).collect()
    }

    #[test]
    fn endpoints_are_the_ready_ones_of_the_named_port() {
        let slices = [
            slice("b", "192.0.2.2", 8080, json!({})),
            slice("a", "192.0.2.1", 8081, json!({"ready": true})),
            slice("c", "192.0.2.3", 8082, json!({"ready": false})),
        ];
        let discovered = [ResourceRef::new("shop", "team")];
        assert_eq!(ports(&slices, &discovered), [vec!["192.0.2.1:8081", "192.0.2.2:8080"], vec![]]);
    }

    #[test]
    fn undiscovered_service_has_ports_and_no_endpoints() {
        let slices = [slice("a", "192.0.2.1", 8080, json!({}))];
        assert_eq!(ports(&slices, &[]), [Vec::<String>::new(), vec![]]);
    }

    #[test]
    fn only_pem_in_a_tls_secret_is_a_certificate() {
        let certificate = crate::testbed::backend::Certificate::for_names(&["a.example".to_owned()]).unwrap();
        let secret = |kind: &str, certificate: &str, key: &str| {
            let text = |text: &str| ByteString(text.as_bytes().to_vec());
            Secret {
                type_: Some(kind.to_owned()),
                data: Some(BTreeMap::from([
                    ("tls.crt".to_owned(), text(certificate)),
                    ("tls.key".to_owned(), text(key)),
                ])),
                ..Secret::default()
            }
        };
        let (good, key) = (&certificate.secret.certificate, &certificate.secret.private_key);
        for (kind, certificate, key, is_taken) in [
            ("kubernetes.io/tls", good.as_str(), key.as_str(), true),
            ("Opaque", good, key, false),
            ("kubernetes.io/tls", "garbage", key, false),
            ("kubernetes.io/tls", good, "garbage", false),
        ] {
            assert_eq!(
                tls_secret(&secret(kind, certificate, key)).is_some(),
                is_taken,
                "{kind} {certificate}"
            );
        }
    }
}
