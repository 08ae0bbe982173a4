use k8s_openapi::{
    api::core::v1::{Service, ServicePort, ServiceSpec},
    apimachinery::pkg::apis::meta::v1::ObjectMeta,
};
use knative_ingress_model::{Ingress, IngressBackendSplit, IntOrString, keys};

const GATEWAY: &str = "knative-internal-proxy.gloo-system.svc.cluster.local";

/// The Services behind the splits of `ingress`, each once.
pub(super) fn services(ingress: &Ingress) -> Vec<Service> {
    let is_mapping =
        ingress.metadata.labels.as_ref().is_some_and(|labels| labels.contains_key(keys::DOMAIN_MAPPING_UID));
    let paths = ingress
        .spec
        .rules
        .iter()
        .flat_map(|rule| rule.http.iter().flat_map(|http| http.paths.iter().flatten()));
    let mut splits: Vec<_> = paths.flat_map(|path| path.splits.iter().flatten()).collect();
    splits.sort_by(|a, b| a.service_name.cmp(&b.service_name));
    splits.dedup_by(|a, b| a.service_name == b.service_name);
    splits.into_iter().map(|split| service(split, is_mapping)).collect()
}

fn service(split: &IngressBackendSplit, is_placeholder: bool) -> Service {
    let IngressBackendSplit { service_namespace, service_name, service_port, .. } = split;
    let port = match service_port {
        IntOrString::Int(number) => *number,
        IntOrString::String(_) => 80,
    };
    let name = if port == 81 || is_placeholder { "http2" } else { "http" };
    Service {
        metadata: ObjectMeta {
            name: Some(service_name.clone()),
            namespace: Some(service_namespace.clone()),
            ..ObjectMeta::default()
        },
        spec: Some(ServiceSpec {
            type_: Some(if is_placeholder { "ExternalName" } else { "ClusterIP" }.to_owned()),
            external_name: is_placeholder.then(|| GATEWAY.to_owned()),
            ports: Some(vec![ServicePort { name: Some(name.to_owned()), port, ..ServicePort::default() }]),
            ..ServiceSpec::default()
        }),
        ..Service::default()
    }
}
