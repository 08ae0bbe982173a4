use gloo_proxy_model::{OcspStaplePolicy, ResourceRef, SslConfig, SslSecrets};
use k8s_openapi::ByteString;
use serde_json::{Map, Value, json};

use super::report::{ReportKind, Reports};
use super::{Environment, TlsSecret};

/// A certificate's filter chain: which SNI it is for, and how it speaks TLS.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TlsChain {
    pub(crate) filter_chain_match: Value,
    pub(crate) transport_socket: Value,
}

/// The filter chains of a TLS listener. One whose Secret is missing is left out with a warning.
pub(crate) fn chains(
    configs: &[SslConfig],
    listener: &str,
    environment: &Environment,
    reports: &mut Reports,
) -> Vec<TlsChain> {
    let mut chains: Vec<TlsChain> = Vec::new();
    for config in merge(configs) {
        let SslConfig {
            secrets,
            sni_domains,
            verify_subject_alt_name,
            parameters,
            alpn_protocols,
            one_way_tls,
            disable_tls_session_resumption,
            transport_socket_connect_timeout,
            ocsp_staple_policy,
            unknown,
        } = &config;
        let left_out = [
            ("verifySubjectAltName", !verify_subject_alt_name.is_empty()),
            ("parameters", parameters.is_some()),
            ("alpnProtocols", !alpn_protocols.is_empty()),
            ("disableTlsSessionResumption", disable_tls_session_resumption.is_some()),
            ("transportSocketConnectTimeout", transport_socket_connect_timeout.is_some()),
            ("ocspStaplePolicy", *ocsp_staple_policy != OcspStaplePolicy::default()),
        ];
        reports.unsupported(listener, &left_out, unknown);
        let secret = match secrets {
            Some(SslSecrets::SecretRef(reference)) => match environment.secrets.get(reference) {
                Some(secret) => secret,
                None => {
                    let ResourceRef { name, namespace, unknown: _ } = reference;
                    let reason = format!("{listener}: Secret {namespace}/{name} not found");
                    reports.add(ReportKind::SslConfigWarning, reason);
                    continue;
                }
            },
            Some(SslSecrets::Files(_) | SslSecrets::Sds(_)) => {
                reports.add(ReportKind::Unsupported, format!("{listener}: a certificate that is no Secret"));
                continue;
            }
            None => {
                reports.add(ReportKind::SslConfigError, format!("{listener}: no certificate found"));
                continue;
            }
        };
        let filter_chain_match =
            if sni_domains.is_empty() { json!({}) } else { json!({ "serverNames": sni_domains }) };
        if chains.iter().any(|chain| chain.filter_chain_match == filter_chain_match) {
            let reason = format!("{listener}: several TLS configurations match {sni_domains:?}");
            reports.add(ReportKind::SslConfigError, reason);
        }
        chains.push(TlsChain {
            filter_chain_match,
            transport_socket: downstream(secret, one_way_tls.unwrap_or(false)),
        });
    }
    chains
}

/// Configurations that differ in their names alone become one. No names means every name, and stays that.
fn merge(configs: &[SslConfig]) -> Vec<SslConfig> {
    let mut merged: Vec<SslConfig> = Vec::new();
    for config in configs {
        let nameless = |config: &SslConfig| SslConfig { sni_domains: Vec::new(), ..config.clone() };
        match merged.iter_mut().find(|known| nameless(known) == nameless(config)) {
            Some(known) if known.sni_domains.is_empty() || config.sni_domains.is_empty() => {
                known.sni_domains.clear()
            }
            Some(known) => {
                for domain in &config.sni_domains {
                    if !known.sni_domains.contains(domain) {
                        known.sni_domains.push(domain.clone());
                    }
                }
            }
            None => merged.push(config.clone()),
        }
    }
    merged
}

fn downstream(secret: &TlsSecret, one_way: bool) -> Value {
    let TlsSecret { certificate, private_key, root_ca, ocsp_staple } = secret;
    let mut certificate = Map::from_iter([
        ("certificateChain".to_owned(), json!({ "inlineString": certificate })),
        ("privateKey".to_owned(), json!({ "inlineString": private_key })),
    ]);
    if let Some(staple) = ocsp_staple {
        certificate.insert("ocspStaple".to_owned(), json!({ "inlineBytes": ByteString(staple.clone()) }));
    }
    let mut common = Map::from_iter([
        ("tlsCertificates".to_owned(), json!([certificate])),
        ("alpnProtocols".to_owned(), json!(["h2", "http/1.1"])),
    ]);
    let mut context = Map::new();
    if let (Some(root_ca), false) = (root_ca, one_way) {
        context.insert("requireClientCertificate".to_owned(), json!(true));
        common.insert("validationContext".to_owned(), json!({ "trustedCa": { "inlineString": root_ca } }));
    }
    context.insert("commonTlsContext".to_owned(), Value::Object(common));
    socket("DownstreamTlsContext", context)
}

/// How the gateway speaks TLS to an upstream: it trusts `root_ca` alone.
pub(crate) fn upstream(root_ca: &str) -> Value {
    let validation = json!({ "validationContext": { "trustedCa": { "inlineString": root_ca } } });
    socket("UpstreamTlsContext", Map::from_iter([("commonTlsContext".to_owned(), validation)]))
}

fn socket(message: &str, mut context: Map<String, Value>) -> Value {
    let url = format!("type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.{message}");
    context.insert("@type".to_owned(), json!(url));
    json!({ "name": "envoy.transport_sockets.tls", "typedConfig": context })
}
