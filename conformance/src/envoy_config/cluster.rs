use std::collections::BTreeMap;

use gloo_proxy_model::ResourceRef;
use serde_json::{Map, Value, json};

use super::{Environment, ServicePort, UpstreamProtocol, names, tls};

/// A cluster for every port of every Service, as Gloo makes them, whatever the Proxy uses. A number that two ports of a
/// Service share (TCP and UDP) is one cluster, the later one's: Gloo keeps them by name.
pub(crate) fn all(environment: &Environment) -> Vec<Value> {
    let ports = environment
        .services
        .iter()
        .flat_map(|(service, ports)| ports.iter().map(move |port| (service, port)));
    let named = ports.map(|(service, port)| (names::service_cluster(service, port.port), (service, port)));
    named.collect::<BTreeMap<_, _>>().into_values().map(|(service, port)| build(service, port)).collect()
}

fn build(service: &ResourceRef, service_port: &ServicePort) -> Value {
    let ServicePort { port, protocol, endpoints, upstream_ca } = service_port;
    let name = names::service_cluster(service, *port);
    let mut out = Map::from_iter([
        ("name".to_owned(), json!(name)),
        ("type".to_owned(), json!("STATIC")),
        ("connectTimeout".to_owned(), json!("5s")),
        ("metadata".to_owned(), json!({})),
    ]);
    let lb_endpoints: Vec<Value> = endpoints
        .iter()
        .map(|endpoint| {
            let host = endpoint.ip().to_string();
            let socket_match = format!("{host};{endpoint}");
            json!({
                "endpoint": {
                    "address": { "socketAddress": { "address": host, "portValue": endpoint.port() } },
                    "healthCheckConfig": { "hostname": host },
                    "hostname": host,
                },
                "metadata": { "filterMetadata": { "envoy.transport_socket_match": { socket_match: true } } },
            })
        })
        .collect();
    let endpoints =
        if lb_endpoints.is_empty() { json!([]) } else { json!([{ "lbEndpoints": lb_endpoints }]) };
    out.insert("loadAssignment".to_owned(), json!({ "clusterName": name, "endpoints": endpoints }));
    match protocol {
        UpstreamProtocol::Http1 => {}
        UpstreamProtocol::Http2 => {
            out.insert("http2ProtocolOptions".to_owned(), json!({}));
            let url = "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
            let options = json!({ "@type": url, "explicitHttpConfig": { "http2ProtocolOptions": {} } });
            let extension = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
            out.insert("typedExtensionProtocolOptions".to_owned(), json!({ extension: options }));
        }
    }
    if let Some(ca) = upstream_ca {
        out.insert("transportSocket".to_owned(), tls::upstream(ca));
    }
    Value::Object(out)
}
