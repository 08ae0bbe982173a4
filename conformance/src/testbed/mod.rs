//! What runs the real Envoy: the process and its configuration ([`envoy`]), [`backend`]s and [`client`]s, and a small
//! [`cluster`] with a controller and both gateways.
//!
//! A [`Testbed`] is what a file describes, made real: its Ingresses, Services and Secrets, an echo backend for every destination
//! that nothing else stands behind, and, where the file has no Secret, a certificate for every Secret that is named.

pub mod backend;
pub mod client;
pub mod cluster;
mod destinations;
pub mod envoy;
mod grpc;
#[cfg(feature = "cluster")]
pub mod kubernetes;
mod options;
mod read;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use gloo_proxy_model::ResourceRef;
use k8s_openapi::api::core::v1::{Service as KubeService, ServicePort, ServiceSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use knative_gloo_translate::Options;
use knative_ingress_model::Ingress;

pub use options::with_said;
pub use read::{UnreadableTestbed, read};

use crate::envoy_config::TlsSecret;
use crate::testbed::backend::{App, Backend, Certificate};
use destinations::Destination;

/// Objects, backends and certificates of a cluster.
#[derive(Debug, Default)]
pub struct Testbed {
    /// The Ingresses.
    pub ingresses: Vec<Ingress>,
    /// The Services that were described, and those that backends stand behind.
    pub services: Vec<Exposed>,
    /// Certificates by their Secrets.
    pub certificates: BTreeMap<ResourceRef, Certificate>,
    /// The Secrets that were described and that Gloo reads certificates from. The options have the verdicts on all.
    pub secrets: BTreeMap<ResourceRef, TlsSecret>,
    /// How the Ingresses are translated.
    pub options: Options,
    backends: Vec<Backend>,
}

/// A Service and who answers on its ports.
#[derive(Clone, Debug, PartialEq)]
pub struct Exposed {
    /// The Service.
    pub service: KubeService,
    /// The backends behind its ports.
    pub endpoints: BTreeMap<i32, SocketAddr>,
    /// With it the backends speak TLS, with a certificate that this one (PEM) has signed.
    pub upstream_ca: Option<String>,
}

impl Testbed {
    /// Ingresses, and how they are translated.
    pub fn new(ingresses: Vec<Ingress>, options: Options) -> Self {
        Self { ingresses, options, ..Self::default() }
    }

    /// Takes over what another describes; its options count.
    pub fn merge(&mut self, other: Self) {
        let Self { ingresses, services, certificates, secrets, options, backends } = other;
        self.ingresses.extend(ingresses);
        self.services.extend(services);
        self.certificates.extend(certificates);
        self.secrets.extend(secrets);
        self.backends.extend(backends);
        self.options = options;
    }

    /// Starts a backend behind a port of a Service that is not described yet.
    ///
    /// # Errors
    /// When it cannot be started.
    pub async fn add_backend(
        &mut self,
        name: &ResourceRef,
        port: ServicePort,
        app: App,
        certificate: Option<&Certificate>,
    ) -> std::io::Result<()> {
        let backend = Backend::start(&label(name), app, certificate).await?;
        let number = port.port;
        let known = self.services.iter_mut().find(|exposed| exposed.name() == *name);
        match known {
            Some(exposed) => {
                exposed.endpoints.insert(number, backend.address());
                let spec = exposed.service.spec.get_or_insert_default();
                let ports = spec.ports.get_or_insert_default();
                if !ports.iter().any(|known| known.port == number) {
                    ports.push(port);
                }
            }
            None => {
                let metadata = ObjectMeta {
                    name: Some(name.name.clone()),
                    namespace: Some(name.namespace.clone()),
                    ..ObjectMeta::default()
                };
                let spec = ServiceSpec { ports: Some(vec![port]), ..ServiceSpec::default() };
                self.services.push(Exposed {
                    service: KubeService { metadata, spec: Some(spec), ..KubeService::default() },
                    endpoints: BTreeMap::from([(number, backend.address())]),
                    upstream_ca: certificate.map(|certificate| certificate.authority.to_string()),
                });
            }
        }
        self.backends.push(backend);
        Ok(())
    }

    /// Starts an echo backend for every destination of the Ingresses that has none, and makes a certificate for every
    /// Secret that they name; but for those that are to be missing, which are all where the options know the Secrets.
    ///
    /// # Errors
    /// When a backend cannot be started.
    pub async fn furnish(&mut self, missing: &BTreeSet<ResourceRef>) -> std::io::Result<()> {
        for Destination { service, port } in destinations::of(&self.ingresses) {
            if missing.contains(&service) {
                continue;
            }
            if let Some(port) = self.missing_port(&service, port) {
                self.add_backend(&service, port, App::Echo, None).await?;
            }
        }
        if self.options.secrets.is_some() {
            return Ok(());
        }
        for (secret, hosts) in destinations::secrets(&self.ingresses) {
            if !missing.contains(&secret) && !self.certificates.contains_key(&secret) {
                // A host that no certificate can hold leaves the others theirs, and the Secret exists all the same.
                let possible: Vec<String> = hosts
                    .into_iter()
                    .filter(|host| Certificate::for_names(std::slice::from_ref(host)).is_ok())
                    .collect();
                let certificate = Certificate::for_names(&possible).map_err(std::io::Error::other)?;
                self.certificates.insert(secret, certificate);
            }
        }
        Ok(())
    }

    /// The port that must be added for a destination; none where somebody answers, or where the Service points
    /// elsewhere.
    fn missing_port(&self, service: &ResourceRef, port: destinations::Port) -> Option<ServicePort> {
        let known = self.services.iter().find(|exposed| exposed.name() == *service);
        if known.is_some_and(Exposed::is_external_name) {
            return None;
        }
        let ports =
            known.and_then(|exposed| exposed.service.spec.as_ref()?.ports.as_deref()).unwrap_or_default();
        let wanted = match port {
            destinations::Port::Number(number) => {
                ports.iter().find(|known| known.port == number).cloned().unwrap_or(ServicePort {
                    port: number,
                    name: Some("http".to_owned()),
                    ..ServicePort::default()
                })
            }
            destinations::Port::Name(name) => {
                ports.iter().find(|known| known.name.as_ref() == Some(&name)).cloned()?
            }
        };
        let answered = known.is_some_and(|exposed| exposed.endpoints.contains_key(&wanted.port));
        (!answered).then_some(wanted)
    }
}

impl Exposed {
    /// Its name.
    pub fn name(&self) -> ResourceRef {
        let ObjectMeta { name, namespace, .. } = &self.service.metadata;
        ResourceRef::new(name.clone().unwrap_or_default(), namespace.clone().unwrap_or_default())
    }

    fn is_external_name(&self) -> bool {
        self.service.spec.as_ref().is_some_and(|spec| spec.external_name.is_some())
    }
}

/// What an echo backend says of itself: `namespace/name` of its Service.
pub fn label(service: &ResourceRef) -> String {
    format!("{}/{}", service.namespace, service.name)
}
