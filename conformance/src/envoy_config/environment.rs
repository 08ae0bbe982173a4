use std::collections::BTreeMap;
use std::net::SocketAddr;

use gloo_proxy_model::ResourceRef;
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;

/// What Gloo reads from the cluster beside the Proxy: certificates and Services.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// The Secrets of type `kubernetes.io/tls`.
    pub secrets: BTreeMap<ResourceRef, TlsSecret>,
    /// The ports of each Service. Each becomes a cluster, whether the Proxy uses it or not.
    pub services: BTreeMap<ResourceRef, Vec<ServicePort>>,
    /// Gloo's setting `gloo.regexMaxProgramSize`; its Helm chart writes 1024. Without it Envoy's own limit of 100 holds.
    pub regex_max_program_size: Option<u32>,
}

/// A certificate and its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsSecret {
    /// `tls.crt`: the chain, PEM.
    pub certificate: String,
    /// `tls.key`: the private key, PEM.
    pub private_key: String,
    /// `ca.crt`: with it and without `oneWayTls` clients must show a certificate signed by it.
    pub root_ca: Option<String>,
    /// `tls.ocsp-staple`: an OCSP response, DER.
    pub ocsp_staple: Option<Vec<u8>>,
}

impl TlsSecret {
    /// What a Secret of whatever type holds; `None` without a certificate or a key that is text, which Gloo can't send.
    pub fn of(secret: &Secret) -> Option<Self> {
        let bytes = |field: &str| {
            let text = secret.string_data.as_ref().and_then(|data| data.get(field));
            let data = || secret.data.as_ref()?.get(field).map(|ByteString(bytes)| bytes.clone());
            text.map(|text| text.clone().into_bytes()).or_else(data)
        };
        let text = |field: &str| String::from_utf8(bytes(field)?).ok();
        Some(Self {
            certificate: text("tls.crt")?,
            private_key: text("tls.key")?,
            root_ca: text("ca.crt"),
            ocsp_staple: bytes("tls.ocsp-staple"),
        })
    }
}

/// A port of a Service, and who answers there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServicePort {
    /// The port's number.
    pub port: u32,
    /// What is spoken there.
    pub protocol: UpstreamProtocol,
    /// What answers: the addresses of the Endpoints.
    pub endpoints: Vec<SocketAddr>,
    /// With it the gateway speaks TLS to the endpoints and accepts what this PEM certificate has signed
    /// (Gloo: the Service's annotation `gloo.solo.io/sslService.rootCa`).
    pub upstream_ca: Option<String>,
}

/// What a Service's port speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UpstreamProtocol {
    /// HTTP/1.1.
    #[default]
    Http1,
    /// HTTP/2 without negotiation.
    Http2,
}

impl UpstreamProtocol {
    /// The protocol by Gloo's rules, in their order: the Service's annotation `gloo.solo.io/h2_service`, the port's
    /// `appProtocol`, the beginning of the port's name.
    pub fn of_port(h2_service: Option<&str>, app_protocol: Option<&str>, name: Option<&str>) -> Self {
        match h2_service {
            Some("true") => return Self::Http2,
            Some("false") => return Self::Http1,
            Some(_) | None => {}
        }
        if let Some("http2" | "grpc" | "grpc-web" | "kubernetes.io/h2c") = app_protocol {
            return Self::Http2;
        }
        match name {
            Some(name) if ["grpc", "h2", "http2"].iter().any(|prefix| name.starts_with(prefix)) => {
                Self::Http2
            }
            Some(_) | None => Self::Http1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::UpstreamProtocol::{self, Http1, Http2};

    #[test]
    fn protocol_comes_from_annotation_then_app_protocol_then_port_name() {
        for (annotation, app_protocol, name, wanted) in [
            (None, None, None, Http1),
            (None, None, Some("http"), Http1),
            (None, None, Some("http2"), Http2),
            (None, None, Some("h2c-metrics"), Http2),
            (None, Some("kubernetes.io/h2c"), Some("http"), Http2),
            (None, Some("kubernetes.io/ws"), Some("grpc"), Http2),
            (Some("false"), Some("http2"), Some("grpc"), Http1),
            (Some("true"), None, Some("http"), Http2),
        ] {
            assert_eq!(UpstreamProtocol::of_port(annotation, app_protocol, name), wanted, "{name:?}");
        }
    }
}
