//! A cluster in one process: Ingresses, Services and Secrets; a controller that translates, validates, configures Envoy and
//! pushes at every change; and the two gateways of Gloo, each the Envoy of one Proxy.

mod error;
mod probe;
mod reconcile;
mod state;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use gloo_proxy_model::ResourceRef;
use k8s_openapi::api::core::v1::{Service, ServicePort, ServiceSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use knative_gloo_translate::{Dialect, Gateway, Options, Scheme};
use knative_ingress_model::{GatewayAddresses, Ingress, IngressRef};
use tokio::sync::Mutex as AsyncMutex;

pub use error::ClusterError;
pub use reconcile::{GatewayOutcome, Outcome};

use crate::envoy_config::TlsSecret;
use crate::testbed::envoy::EnvoyGateway;
use crate::testbed::{Exposed, Testbed};
use reconcile::Controller;
use state::State;

pub(crate) use state::REGEX_LIMIT;

/// The namespace of the gateways and their Proxies.
const GATEWAY_NAMESPACE: &str = "gloo-system";

/// How long an Ingress may take to become ready. Knative gives it ten minutes; here it takes milliseconds.
const READY_WITHIN: Duration = Duration::from_secs(60);

/// A cluster with its controller and its gateways. They end when it is dropped.
pub struct Cluster {
    state: Mutex<State>,
    controller: AsyncMutex<Controller>,
    outcome: Mutex<Outcome>,
    addresses: BTreeMap<(Gateway, Scheme), SocketAddr>,
}

impl Cluster {
    /// Starts an empty cluster whose controller follows this dialect; `Knative` with probes, as Knative's own
    /// controllers do, the two of Gloo without, as Gloo did.
    ///
    /// # Errors
    /// When Envoy cannot be run.
    pub async fn start(envoy: &Path, dialect: Dialect) -> Result<Self, ClusterError> {
        let options = Options::default()
            .with_dialect(dialect)
            .with_probe(dialect == Dialect::Knative)
            .with_regex_max_program_size(REGEX_LIMIT);
        Self::start_with(envoy, options).await
    }

    /// Starts an empty cluster whose controller follows these options; its Services are added to them.
    ///
    /// # Errors
    /// When Envoy cannot be run.
    pub async fn start_with(envoy: &Path, options: Options) -> Result<Self, ClusterError> {
        let role = |gateway: Gateway| format!("{GATEWAY_NAMESPACE}~{}", gateway.proxy_name());
        let external_role = role(Gateway::External);
        let internal_role = role(Gateway::Internal);
        let (external, internal) = tokio::try_join!(
            EnvoyGateway::start(envoy, &external_role),
            EnvoyGateway::start(envoy, &internal_role)
        )?;
        let mut addresses = BTreeMap::new();
        for (gateway, envoy) in [(Gateway::External, &external), (Gateway::Internal, &internal)] {
            for scheme in Scheme::ALL {
                if let Some(address) = envoy.address(scheme.as_str()) {
                    addresses.insert((gateway, scheme), address);
                }
            }
        }
        let cluster = Self {
            state: Mutex::default(),
            controller: AsyncMutex::new(Controller::new(options, external, internal)),
            outcome: Mutex::default(),
            addresses,
        };
        cluster.add_gateway_service(Gateway::External);
        cluster.add_gateway_service(Gateway::Internal);
        Ok(cluster)
    }

    /// Where a gateway is reached from outside the cluster.
    pub fn address(&self, gateway: Gateway, scheme: Scheme) -> SocketAddr {
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 0));
        self.addresses.get(&(gateway, scheme)).copied().unwrap_or(nowhere)
    }

    /// The gateway whose Service has this name inside the cluster: what a status gives as `domainInternal`.
    pub fn gateway_named(&self, domain: &str) -> Option<Gateway> {
        Gateway::ALL.into_iter().find(|gateway| domain == internal_domain(*gateway))
    }

    /// Adds a Service; `endpoints` are the backends behind its ports. With `upstream_ca` the backends speak TLS.
    pub fn add_service(
        &self,
        service: Service,
        endpoints: BTreeMap<i32, SocketAddr>,
        upstream_ca: Option<String>,
    ) {
        self.state().expose(Exposed { service, endpoints, upstream_ca });
    }

    /// Removes a Service.
    pub fn remove_service(&self, service: &ResourceRef) {
        let mut state = self.state();
        state.version = state.version.saturating_add(1);
        state.services.remove(service);
    }

    /// Adds a Secret of type `kubernetes.io/tls`.
    pub fn add_secret(&self, name: ResourceRef, secret: TlsSecret) {
        let mut state = self.state();
        state.version = state.version.saturating_add(1);
        state.secrets.insert(name, secret);
    }

    /// Creates or updates an Ingress and returns it as stored. The controller has dealt with it when this returns.
    ///
    /// # Errors
    /// When a gateway has ended, or the translation is invalid.
    pub async fn apply(&self, ingress: Ingress) -> Result<Ingress, ClusterError> {
        let stored = self.state().put(ingress);
        self.reconcile().await?;
        Ok(stored)
    }

    /// Creates or updates several Ingresses at once.
    ///
    /// # Errors
    /// As [`apply`](Self::apply).
    pub async fn apply_all(&self, ingresses: impl IntoIterator<Item = Ingress>) -> Result<(), ClusterError> {
        for ingress in ingresses {
            self.state().put(ingress);
        }
        self.reconcile().await
    }

    /// Deletes an Ingress.
    ///
    /// # Errors
    /// As [`apply`](Self::apply).
    pub async fn remove(&self, ingress: &IngressRef) -> Result<(), ClusterError> {
        {
            let mut state = self.state();
            state.version = state.version.saturating_add(1);
            state.ingresses.remove(ingress);
        }
        self.reconcile().await
    }

    /// Puts these objects in the place of all others, but for the gateways' own Services. The testbed must outlive its
    /// use: its backends end with it. The dialect stays the cluster's.
    ///
    /// # Errors
    /// As [`apply`](Self::apply).
    pub async fn replace(&self, testbed: &Testbed) -> Result<(), ClusterError> {
        self.controller.lock().await.set_options(testbed.options.clone());
        {
            let mut state = self.state();
            state.version = state.version.saturating_add(1);
            state.ingresses.clear();
            state.services.retain(|service, _| service.namespace == GATEWAY_NAMESPACE);
            testbed.services.iter().for_each(|exposed| state.expose(exposed.clone()));
            let made = testbed.certificates.iter().map(|(name, certificate)| (name, &certificate.secret));
            let secrets = made.chain(&testbed.secrets);
            state.secrets = secrets.map(|(name, secret)| (name.clone(), secret.clone())).collect();
        }
        self.apply_all(testbed.ingresses.iter().cloned()).await
    }

    /// The Ingress as it is stored.
    pub fn get(&self, ingress: &IngressRef) -> Option<Ingress> {
        self.state().ingresses.get(ingress).cloned()
    }

    /// What the gateways serve, or refused, and what the translation said.
    pub fn outcome(&self) -> Outcome {
        self.outcome.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add_gateway_service(&self, gateway: Gateway) {
        let ports = [(80, Scheme::Http), (443, Scheme::Https)];
        let endpoints = ports.iter().map(|(port, scheme)| (*port, self.address(gateway, *scheme))).collect();
        let port = |(port, scheme): &(i32, Scheme)| ServicePort {
            name: Some(scheme.to_string()),
            port: *port,
            ..ServicePort::default()
        };
        let service = Service {
            metadata: ObjectMeta {
                name: Some(gateway.proxy_name().to_owned()),
                namespace: Some(GATEWAY_NAMESPACE.to_owned()),
                ..ObjectMeta::default()
            },
            spec: Some(ServiceSpec {
                ports: Some(ports.iter().map(port).collect()),
                ..ServiceSpec::default()
            }),
            ..Service::default()
        };
        self.add_service(service, endpoints, None);
    }
}

fn internal_domain(gateway: Gateway) -> String {
    format!("{}.{GATEWAY_NAMESPACE}.svc.cluster.local", gateway.proxy_name())
}

/// What a controller writes into the status of an Ingress that it serves.
fn gateway_addresses() -> GatewayAddresses {
    GatewayAddresses::internal(internal_domain(Gateway::External), internal_domain(Gateway::Internal))
}
