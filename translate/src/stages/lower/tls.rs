//! From `tls` and the certificate annotations to certificates.

use std::borrow::Cow;

use gloo_proxy_model::{ResourceRef, SslConfig, SslSecrets};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use knative_ingress_model::IngressTls;

use super::{
    certificates::{
        CertificateField, Certificates, PREFIX, SECRET_NAME, SECRET_NAMESPACE, SNI_DOMAINS, TlsPlan,
    },
    context::{LoweredRule, Lowering},
    groups,
};
use crate::{
    Code, Gateways,
    check::{
        host::{self, Wildcard},
        name,
    },
    diagnostics::{field_path::FieldPath, quoted::Quoted},
    options::dialect::Tls,
    stages::fragment::{Certificate, Claim, Fragment},
};

/// Whether an annotation of that key has a meaning here, or would have if it were spelled as one that has.
pub(crate) fn reads_annotation(key: &str) -> bool {
    key.starts_with(PREFIX)
}

/// Annotations that only look like one of Gloo's: a certificate would be missing without a word.
fn report_unknown_annotations(metadata: &ObjectMeta, lowering: &mut Lowering<'_>) {
    let at_metadata = FieldPath::root("metadata");
    let at = at_metadata.field("annotations");
    let known = [SECRET_NAME, SECRET_NAMESPACE, SNI_DOMAINS];
    for key in metadata.annotations.iter().flatten().map(|(key, _)| key.as_str()) {
        if reads_annotation(key) && !known.contains(&key) {
            let message = format_args!("has no effect: expected {}", known.join(", "));
            lowering.diagnostics.warning(Code::UnknownField, at.key(key), message);
        }
    }
}

/// Fields of `tls[]` that no release reads since 0.12.
fn report_obsolete(tls: &IngressTls, at: &FieldPath<'_>, lowering: &mut Lowering<'_>) {
    for (field, value, usual) in [
        ("serverCertificate", &tls.server_certificate, "tls.crt"),
        ("privateKey", &tls.private_key, "tls.key"),
    ] {
        if !value.is_empty() && value != usual {
            let message = format_args!("{} is not read: expected a Secret with {usual:?}", Quoted(value));
            lowering.diagnostics.warning(Code::ObsoleteField, at.field(field), message);
        }
    }
}

/// Adds the certificates, and hands on to the groups of hosts; or ends here, if there is any error so far. `gateways` are those
/// that get any rule.
pub(crate) fn add<'a>(
    rules: Vec<LoweredRule>,
    claims: Vec<Claim<'a>>,
    gateways: Gateways,
    mut lowering: Lowering<'a>,
) -> Fragment {
    let (tls, metadata) = (&lowering.ingress.spec.tls, &lowering.ingress.metadata);
    let contract = lowering.settings.contract;
    report_unknown_annotations(metadata, &mut lowering);
    let certificates = match contract.tls {
        Tls::AddsHttps => certificates(tls, metadata, &mut lowering),
        Tls::MovesToHttps { .. } => Certificates::default(),
    };
    if lowering.diagnostics.has_errors() {
        return lowering.rejected(claims);
    }
    let as_written = match contract.tls {
        Tls::AddsHttps => Vec::new(),
        Tls::MovesToHttps { .. } => as_gloo_took_them(tls, metadata, gateways, &mut lowering),
    };
    let moves_to_https = !contract.validates && moves_to_https(tls, metadata);
    groups::group(rules, claims, TlsPlan { certificates, as_written, moves_to_https }, lowering)
}

/// The certificates of an Ingress by today's contract.
fn certificates<'a>(
    tls: &'a [IngressTls],
    metadata: &'a ObjectMeta,
    lowering: &mut Lowering<'_>,
) -> Certificates<'a> {
    let mut certificates = Certificates::default();
    let spec = FieldPath::root("spec");
    let at_tls = spec.field("tls");
    for (index, entry) in tls.iter().enumerate() {
        let at = at_tls.index(index);
        report_obsolete(entry, &at, lowering);
        let IngressTls {
            hosts,
            secret_name,
            secret_namespace,
            server_certificate: _,
            private_key: _,
            unknown,
        } = entry;
        lowering.unknown(unknown, &at);
        let secret = ResourceRef::new(secret_name, secret_namespace);
        check_secret(&secret, &at.field("secretName"), &at.field("secretNamespace"), lowering);
        let at_hosts = at.field("hosts");
        let hosts = hosts
            .iter()
            .enumerate()
            .map(|(index, written)| checked_host(written, &at_hosts.index(index), lowering))
            .collect();
        certificates.add(secret, CertificateField::Entry(index), hosts);
    }
    let at_metadata = FieldPath::root("metadata");
    let at = at_metadata.field("annotations");
    let Some(annotation) = Annotation::of(metadata) else {
        for key in [SECRET_NAMESPACE, SNI_DOMAINS] {
            if metadata.annotations.as_ref().is_some_and(|annotations| annotations.contains_key(key)) {
                let message = format_args!("without {SECRET_NAME} there is no certificate; it is not used");
                lowering.diagnostics.warning(Code::UnusedCertificate, at.key(key), message);
            }
        }
        return certificates;
    };
    let namespace = annotation.secret_namespace.filter(|namespace| !namespace.is_empty());
    let secret = ResourceRef::new(annotation.secret_name, namespace.unwrap_or(lowering.tenant));
    if secret.name.is_empty() {
        lowering.diagnostics.error(
            Code::MissingField,
            at.key(SECRET_NAME),
            "empty: expected the name of a Secret",
        );
    } else {
        check_secret(&secret, &at.key(SECRET_NAME), &at.key(SECRET_NAMESPACE), lowering);
    }
    let hosts = annotation
        .sni_domains
        .filter(|domains| !domains.trim().is_empty())
        .into_iter()
        .flat_map(|domains| domains.split(','))
        .map(|written| checked_host(written.trim(), &at.key(SNI_DOMAINS), lowering))
        .collect();
    certificates.add(secret, CertificateField::Annotation, hosts);
    certificates
}

/// The host that the field at `at` lists.
fn checked_host<'a>(written: &'a str, at: &FieldPath<'_>, lowering: &mut Lowering<'_>) -> Cow<'a, str> {
    let host = host::normalized(written);
    if let Some(fault) = host::fault(&host, Wildcard::Allowed) {
        let message =
            format_args!("{} {fault}: expected a DNS name, with at most `*.` before it", Quoted(written));
        lowering.diagnostics.error(Code::InvalidTlsHost, at, message);
    }
    host
}

fn check_secret(
    secret: &ResourceRef,
    at_name: &FieldPath<'_>,
    at_namespace: &FieldPath<'_>,
    lowering: &mut Lowering<'_>,
) {
    let ResourceRef { name, namespace, .. } = secret;
    // What is missing, validation has said.
    if !name.is_empty() && !name::is_subdomain(name) {
        let message = format_args!(
            "invalid Secret name {}: expected lower-case letters, digits, `-` and `.`, at most 253",
            Quoted(name)
        );
        lowering.diagnostics.error(Code::InvalidSecretName, at_name, message);
    }
    if namespace.is_empty() || !lowering.is_foreign(namespace) {
        return;
    }
    if !name::is_label(namespace) {
        let message =
            format_args!("invalid namespace {}: expected {}", Quoted(namespace), Quoted(lowering.tenant));
        lowering.diagnostics.error(Code::InvalidSecretName, at_namespace, message);
    } else if !lowering.settings.options.allow_foreign_secrets {
        let message = format_args!(
            "the Secret is in namespace {}: expected {}",
            Quoted(namespace),
            Quoted(lowering.tenant)
        );
        lowering.diagnostics.error(Code::ForeignSecret, at_namespace, message);
    }
}

/// The annotations about a certificate.
struct Annotation<'a> {
    secret_name: &'a str,
    secret_namespace: Option<&'a str>,
    sni_domains: Option<&'a str>,
}

impl<'a> Annotation<'a> {
    fn of(metadata: &'a ObjectMeta) -> Option<Self> {
        let annotations = metadata.annotations.as_ref()?;
        let value = |key: &str| annotations.get(key).map(String::as_str);
        Some(Self {
            secret_name: value(SECRET_NAME)?,
            secret_namespace: value(SECRET_NAMESPACE),
            sni_domains: value(SNI_DOMAINS),
        })
    }
}

/// Whether Gloo would serve the Ingress on `https` alone.
fn moves_to_https(tls: &[IngressTls], metadata: &ObjectMeta) -> bool {
    !tls.is_empty() || Annotation::of(metadata).is_some()
}

/// The certificates of an Ingress as Gloo took them.
fn as_gloo_took_them(
    tls: &[IngressTls],
    metadata: &ObjectMeta,
    gateways: Gateways,
    lowering: &mut Lowering<'_>,
) -> Vec<Certificate> {
    let skips = match lowering.settings.contract.tls {
        Tls::MovesToHttps { skips_custom_file_names } => skips_custom_file_names,
        Tls::AddsHttps => false,
    };
    let spec = FieldPath::root("spec");
    let at = spec.field("tls");
    let mut certificates = Vec::new();
    let mut add = |name: &str, namespace: &str, sni_domains: Vec<String>| {
        let secret = ResourceRef::new(name, namespace);
        let config =
            SslConfig { secrets: Some(SslSecrets::SecretRef(secret)), sni_domains, ..SslConfig::default() };
        certificates.push(Certificate::AsWritten { gateways, config });
    };
    for (index, entry) in tls.iter().enumerate() {
        let at = at.index(index);
        let IngressTls { hosts, secret_name, secret_namespace, server_certificate, private_key, unknown } =
            entry;
        lowering.unknown(unknown, &at);
        let custom = |value: &str, usual: &str| !value.is_empty() && value != usual;
        if custom(server_certificate, "tls.crt") || custom(private_key, "tls.key") {
            if skips {
                let message = "a certificate with file names of its own; Gloo 1.3 left it out";
                lowering.diagnostics.warning(Code::SkippedCertificate, at, message);
                continue;
            }
            report_obsolete(entry, &at, lowering);
        }
        let namespace = if secret_namespace.is_empty() { lowering.tenant } else { secret_namespace };
        add(secret_name, namespace, hosts.clone());
    }
    if let Some(Annotation { secret_name, secret_namespace, sni_domains }) = Annotation::of(metadata) {
        // Go's `strings.Split` makes one empty string of an empty string, and of an absent annotation.
        let sni_domains = sni_domains.unwrap_or_default().split(',').map(str::to_owned).collect();
        add(secret_name, secret_namespace.unwrap_or(lowering.tenant), sni_domains);
    }
    certificates
}
