//! Files, standard input, and what their documents are.

use k8s_openapi::api::core::v1::Service;
use knative_gloo_manifests::{Document, Limits, Place, read};
use knative_gloo_translate::OptionsDocument;
use knative_ingress_model::Ingress;
use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};

/// Everything that was read, and what can't be used of it.
#[derive(Default)]
pub(crate) struct Input {
    pub(crate) ingresses: Vec<Ingress>,
    pub(crate) services: Vec<Service>,
    pub(crate) options: Option<OptionsDocument>,
    pub(crate) warnings: Vec<String>,
    pub(crate) errors: Vec<String>,
    /// Whether anything but a Service is passed over.
    pub(crate) only_services: bool,
    seen: HashMap<Identity, Place>,
}

/// What there can be only one of.
#[derive(PartialEq, Eq, Hash)]
struct Identity {
    kind: &'static str,
    namespace: String,
    name: String,
}

/// The kinds that mean something here.
enum Known {
    Ingress,
    Service,
    Options,
}

impl Known {
    fn of(document: &Document) -> Option<Self> {
        let api_version = document.api_version();
        match document.kind() {
            "Ingress" | "ClusterIngress" if api_version.starts_with("networking.internal.knative.dev/") => {
                Some(Self::Ingress)
            }
            "Service" if api_version == "v1" => Some(Self::Service),
            OptionsDocument::KIND if api_version == OptionsDocument::API_VERSION => Some(Self::Options),
            _ => None,
        }
    }
}

impl Input {
    /// Reads a file, or standard input for `-`.
    pub(crate) fn add_file(&mut self, file: &OsStr, stdin: &mut dyn Read) {
        let limits = Limits::default();
        let (name, bytes) = if file == "-" {
            ("standard input".to_owned(), read_limited(stdin, &limits))
        } else {
            let bytes = File::open(file).and_then(|mut file| read_limited(&mut file, &limits));
            (file.to_string_lossy().into_owned(), bytes)
        };
        match bytes {
            Ok(bytes) => self.add(&name, &bytes, &limits),
            Err(error) => self.errors.push(format!("{name}: {error}")),
        }
    }

    /// Reads what a file holds.
    pub(crate) fn add(&mut self, name: &str, bytes: &[u8], limits: &Limits) {
        for result in read(name, bytes, limits) {
            match result {
                Ok(document) => self.add_document(&document),
                Err(error) => self.errors.push(error.to_string()),
            }
        }
    }

    fn add_document(&mut self, document: &Document) {
        match Known::of(document) {
            Some(Known::Service) => match document.parse::<Service>() {
                Ok(service) => {
                    self.note(document, "Service");
                    self.services.push(service);
                }
                Err(error) => self.errors.push(error.to_string()),
            },
            Some(Known::Ingress) if !self.only_services => match document.parse::<Ingress>() {
                Ok(ingress) => {
                    self.note(document, "Ingress");
                    self.ingresses.push(ingress);
                }
                Err(error) => self.errors.push(error.to_string()),
            },
            Some(Known::Options) if !self.only_services => match document.parse() {
                Ok(_) if self.options.is_some() => {
                    self.errors.push(format!("{}: a second {}", document.place(), OptionsDocument::KIND));
                }
                Ok(options) => self.options = Some(options),
                Err(error) => self.errors.push(error.to_string()),
            },
            Some(Known::Ingress | Known::Options) | None => {
                let wanted =
                    if self.only_services { "a Service" } else { "an Ingress of Knative or a Service" };
                let (place, kind, api_version) = (document.place(), document.kind(), document.api_version());
                self.warnings.push(format!("{place}: skipped: {kind} of {api_version} is not {wanted}"));
            }
        }
    }

    /// Says so when an object replaces one of the same namespace and name.
    fn note(&mut self, document: &Document, kind: &'static str) {
        let namespace = document.namespace().unwrap_or_default().to_owned();
        let name = document.name().unwrap_or_default().to_owned();
        let place = document.place();
        let shown = if namespace.is_empty() { name.clone() } else { format!("{namespace}/{name}") };
        if let Some(first) = self.seen.insert(Identity { kind, namespace, name }, place.clone()) {
            self.warnings.push(format!("{place}: {kind} {shown} replaces the one of {first}"));
        }
    }
}

/// At most one byte more than the limit, which is enough to refuse it.
fn read_limited(source: &mut dyn Read, limits: &Limits) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(limits.bytes).unwrap_or(u64::MAX).saturating_add(1);
    source.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}
