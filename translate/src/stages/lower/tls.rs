//! From `tls` and the certificate annotations to which certificate is for which host.

use std::{borrow::Cow, collections::HashMap, fmt};

use gloo_proxy_model::{ResourceRef, SslConfig, SslSecrets};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use knative_ingress_model::IngressTls;

use super::context::Lowering;
use crate::{
    Code, Gateways,
    check::{
        host::{self, Wildcard},
        name,
    },
    diagnostics::{field_path::FieldPath, quoted::Quoted},
    options::dialect::Tls,
    stages::fragment::Certificate,
};

/// Annotation: name of a Secret that the Ingress is served with. Gloo since 1.2.14.
const SECRET_NAME: &str = "gloo.networking.knative.dev/ssl.secret_name";
/// Annotation: namespace of that Secret; else the Ingress's.
const SECRET_NAMESPACE: &str = "gloo.networking.knative.dev/ssl.secret_namespace";
/// Annotation: the hosts that it is for, with commas between them.
const SNI_DOMAINS: &str = "gloo.networking.knative.dev/ssl.sni_domains";

/// Whether an annotation of that key has a meaning here.
pub(crate) fn reads_annotation(key: &str) -> bool {
    [SECRET_NAME, SECRET_NAMESPACE, SNI_DOMAINS].contains(&key)
}

/// The certificates of an Ingress, and for each host the first that is for it.
#[derive(Debug, Default)]
pub(crate) struct Certificates<'a> {
    pub(crate) list: Vec<Listed<'a>>,
    by_host: HashMap<Cow<'a, str>, usize>,
    /// By what follows `*` in a wildcard, as `.example.com`.
    by_parent: HashMap<Cow<'a, str>, usize>,
    for_all: Option<usize>,
}

/// One certificate.
#[derive(Debug)]
pub(crate) struct Listed<'a> {
    pub(crate) secret: ResourceRef,
    /// What asks for it.
    pub(crate) field: CertificateField,
    /// The hosts that it lists.
    pub(crate) hosts: Vec<Cow<'a, str>>,
}

/// A field that asks for a certificate, spelled out where there is something to say of it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum CertificateField {
    /// An entry of `spec.tls`.
    Entry(usize),
    /// The annotations.
    Annotation,
}

impl CertificateField {
    /// The field that names the Secret.
    pub(crate) fn secret(self) -> String {
        match self {
            Self::Entry(_) => format!("{self}.secretName"),
            Self::Annotation => self.to_string(),
        }
    }

    /// The field that lists the host of that index.
    pub(crate) fn host(self, index: usize) -> String {
        match self {
            Self::Entry(_) => format!("{self}.hosts[{index}]"),
            Self::Annotation => format!("metadata.annotations[{SNI_DOMAINS}]"),
        }
    }
}

impl fmt::Display for CertificateField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entry(index) => write!(f, "spec.tls[{index}]"),
            Self::Annotation => write!(f, "metadata.annotations[{SECRET_NAME}]"),
        }
    }
}

impl<'a> Certificates<'a> {
    /// Place of the first certificate that is for `host`: it lists the host, or a wildcard one label above it, or nothing.
    pub(crate) fn covering(&self, host: &str) -> Option<usize> {
        let listed = self.by_host.get(host);
        let above =
            host.find('.').and_then(|dot| host.get(dot..)).and_then(|parent| self.by_parent.get(parent));
        [listed, above, self.for_all.as_ref()].into_iter().flatten().min().copied()
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    fn add(&mut self, secret: ResourceRef, field: CertificateField, hosts: Vec<Cow<'a, str>>) {
        let place = self.list.len();
        if hosts.is_empty() {
            self.for_all.get_or_insert(place);
        }
        for host in &hosts {
            let parent = match host {
                Cow::Borrowed(host) => host.strip_prefix('*').map(Cow::Borrowed),
                Cow::Owned(host) => host.strip_prefix('*').map(|parent| Cow::Owned(parent.to_owned())),
            };
            if let Some(parent) = parent {
                self.by_parent.entry(parent).or_insert(place);
            }
            self.by_host.entry(host.clone()).or_insert(place);
        }
        self.list.push(Listed { secret, field, hosts });
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

/// The certificates of an Ingress by today's contract.
pub(crate) fn certificates<'a>(
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
pub(crate) fn moves_to_https(tls: &[IngressTls], metadata: &ObjectMeta) -> bool {
    !tls.is_empty() || Annotation::of(metadata).is_some()
}

/// The certificates of an Ingress as Gloo took them.
pub(crate) fn as_gloo_took_them(
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
