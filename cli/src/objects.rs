//! The objects of an input: Ingresses, Services, TLS Secrets and options, each with its location.

use std::collections::HashMap;

use k8s_openapi::api::core::v1::{Secret, Service};
use knative_gloo_manifests::{Document, Limits, Location, read};
use knative_gloo_translate::{ClassFilter, Options, SecretRef, SecretVerdict};
use knative_ingress_model::{Ingress, IngressRef};

/// Everything that was read, and what can't be used of it.
#[derive(Default)]
pub(crate) struct Objects {
    pub(crate) ingresses: Vec<Ingress>,
    pub(crate) services: Vec<Service>,
    /// Of Secrets the verdicts alone.
    pub(crate) secrets: Vec<(SecretRef, SecretVerdict)>,
    pub(crate) options: Option<Options>,
    pub(crate) warnings: Vec<String>,
    pub(crate) errors: Vec<String>,
    /// Whether anything but a Service is skipped.
    pub(crate) only_services: bool,
    /// The documents of the Ingresses; `None` where nobody asks for their lines.
    pub(crate) documents: Option<HashMap<IngressRef, Document>>,
    seen: HashMap<Identity, Location>,
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
    Secret,
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
            "Secret" if api_version == "v1" => Some(Self::Secret),
            Options::KIND if api_version == Options::API_VERSION => Some(Self::Options),
            _ => None,
        }
    }
}

/// The options where the input names none: of any class.
pub(crate) fn any_class() -> Options {
    Options::default().with_class(ClassFilter::Any)
}

impl Objects {
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
                    if let Some(documents) = &mut self.documents {
                        documents.insert(ingress.reference(), document.clone());
                    }
                    self.ingresses.push(ingress);
                }
                Err(error) => self.errors.push(error.to_string()),
            },
            Some(Known::Secret) if !self.only_services => match document.parse::<Secret>() {
                Ok(secret) => {
                    self.note(document, "Secret");
                    self.secrets.push((SecretRef::from(&secret), SecretVerdict::check(&secret)));
                }
                Err(error) => self.errors.push(error.to_string()),
            },
            Some(Known::Options) if !self.only_services => match document.parse_with_defaults(&any_class()) {
                Ok(_) if self.options.is_some() => {
                    self.errors.push(format!("{}: a second {}", document.location(), Options::KIND));
                }
                Ok(options) => self.options = Some(options),
                Err(error) => self.errors.push(error.to_string()),
            },
            Some(Known::Ingress | Known::Secret | Known::Options) | None => {
                let wanted = if self.only_services {
                    "a Service"
                } else {
                    "an Ingress of Knative, a Service or a Secret"
                };
                let (location, kind, api_version) =
                    (document.location(), document.kind(), document.api_version());
                self.warnings.push(format!("{location}: skipped: {kind} of {api_version} is not {wanted}"));
            }
        }
    }

    /// Where a field of an Ingress stands.
    pub(crate) fn location_of(&self, ingress: &IngressRef, field: &str) -> Option<Location> {
        Some(self.documents.as_ref()?.get(ingress)?.location_of(field))
    }

    /// Says so when an object replaces one of the same namespace and name.
    fn note(&mut self, document: &Document, kind: &'static str) {
        let namespace = document.namespace().unwrap_or_default().to_owned();
        let name = document.name().unwrap_or_default().to_owned();
        let location = document.location();
        let shown = if namespace.is_empty() { name.clone() } else { format!("{namespace}/{name}") };
        if let Some(first) = self.seen.insert(Identity { kind, namespace, name }, location.clone()) {
            self.warnings.push(format!("{location}: {kind} {shown} replaces the one of {first}"));
        }
    }
}
