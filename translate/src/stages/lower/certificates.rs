//! The certificates of an Ingress, and which of them is for which host.

use std::{borrow::Cow, collections::HashMap, fmt};

use gloo_proxy_model::ResourceRef;

use crate::stages::fragment::Certificate;

/// What all of Gloo's annotations begin with.
pub(crate) const PREFIX: &str = "gloo.networking.knative.dev/";
/// Annotation: name of a Secret that the Ingress is served with. Gloo since 1.2.14.
pub(crate) const SECRET_NAME: &str = "gloo.networking.knative.dev/ssl.secret_name";
/// Annotation: namespace of that Secret; else the Ingress's.
pub(crate) const SECRET_NAMESPACE: &str = "gloo.networking.knative.dev/ssl.secret_namespace";
/// Annotation: the hosts that it is for, with commas between them.
pub(crate) const SNI_DOMAINS: &str = "gloo.networking.knative.dev/ssl.sni_domains";

/// How an Ingress is served with TLS.
pub(crate) struct TlsPlan<'a> {
    /// Its certificates, where each is for the hosts that it covers.
    pub(crate) certificates: Certificates<'a>,
    /// Its certificates, where they are taken as they are written.
    pub(crate) as_written: Vec<Certificate>,
    /// Whether all of it is served on `https` alone.
    pub(crate) moves_to_https: bool,
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

    pub(crate) fn add(&mut self, secret: ResourceRef, field: CertificateField, hosts: Vec<Cow<'a, str>>) {
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
