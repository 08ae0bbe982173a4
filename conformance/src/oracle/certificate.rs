use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use knative_ingress_model::IngressTls;

use super::facts::Facts;
use super::name;
use knative_gloo_simulator::SecretName;

/// A certificate and the hosts it is for.
#[derive(Debug)]
pub(super) struct Certificate {
    pub(super) secret: SecretName,
    /// Whether a gateway can serve with it.
    pub(super) is_good: bool,
    /// Empty: every host.
    hosts: Vec<String>,
}

impl Certificate {
    /// Whether it is for a host, which may be a wildcard or `*`.
    pub(super) fn is_for(&self, host: &str) -> bool {
        self.hosts.is_empty()
            || self.hosts.iter().any(|listed| {
                listed == host
                    || listed.strip_prefix("*.").is_some_and(|domain| {
                        host.split_once('.').is_some_and(|(label, rest)| label != "*" && rest == domain)
                    })
            })
    }
}

/// The certificates of an Ingress in the order in which they count.
pub(super) fn certificates(
    tls: &[IngressTls],
    metadata: &ObjectMeta,
    own: &str,
    facts: &Facts<'_>,
    errors: &mut Vec<String>,
) -> Vec<Certificate> {
    let entries = tls.iter().map(|entry| {
        let IngressTls {
            hosts,
            secret_name,
            secret_namespace,
            server_certificate: _,
            private_key: _,
            unknown: _,
        } = entry;
        certificate(secret_namespace, secret_name, hosts.iter().map(String::as_str), own, facts, errors)
    });
    let mut all: Vec<Certificate> = entries.collect();
    let annotation = |word: &str| {
        let key = format!("gloo.networking.knative.dev/ssl.{word}");
        metadata.annotations.as_ref().and_then(|annotations| annotations.get(&key)).map(String::as_str)
    };
    if let Some(secret) = annotation("secret_name") {
        let namespace = annotation("secret_namespace").filter(|word| !word.is_empty()).unwrap_or(own);
        let listed = annotation("sni_domains").unwrap_or_default();
        let hosts = listed.split(',').map(str::trim).filter(|_| !listed.trim().is_empty());
        all.push(certificate(namespace, secret, hosts, own, facts, errors));
    }
    all
}

fn certificate<'a>(
    namespace: &str,
    secret: &str,
    hosts: impl Iterator<Item = &'a str>,
    own: &str,
    facts: &Facts<'_>,
    errors: &mut Vec<String>,
) -> Certificate {
    let hosts: Vec<String> = hosts.map(name::normal).collect();
    if let Some(bad) = hosts.iter().find(|host| !name::is_dns_name_or_wildcard(host)) {
        errors.push(format!("tls: invalid host {bad:?}: expected a DNS name or a wildcard"));
    }
    if !name::is_rfc1123_subdomain(secret) {
        errors.push(format!("tls: invalid Secret name {secret:?}: expected an RFC 1123 subdomain"));
    }
    if namespace != own && !facts.options.allow_foreign_secrets {
        errors.push(format!("tls: invalid Secret {namespace}/{secret}: expected one in namespace {own}"));
    }
    let is_good = facts.serves_with(namespace, secret);
    Certificate { secret: SecretName::new(namespace, secret), is_good, hosts }
}
