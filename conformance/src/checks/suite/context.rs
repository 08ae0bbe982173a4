use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use gloo_proxy_model::ResourceRef;
use k8s_openapi::api::core::v1::{Service as KubeService, ServicePort, ServiceSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use knative_gloo_translate::{ClassFilter, Dialect, Gateway, Scheme};
use knative_ingress_model::keys::{APP_PROTOCOL_H2C, INGRESS_CLASS, PORT_NAME_H2C, PORT_NAME_HTTP1};
use knative_ingress_model::{HttpOption, Ingress, IngressSpec};

use super::ClusterUnderTest;
use crate::checks::Failure;
use crate::checks::failure::ensure;
use crate::testbed::backend::{App, Backend, Certificate, Echo};
use crate::testbed::client::{self, Request, Response};

/// The namespace of the suite.
pub(super) const NAMESPACE: &str = "serving-tests";

/// The domain of the suite's public services.
pub(super) const DOMAIN: &str = "example.com";

/// What a test works with: the cluster that it shares with the others, and names of its own.
#[derive(Clone)]
pub struct Context {
    /// The cluster.
    pub cluster: Arc<dyn ClusterUnderTest>,
    /// The dialect that its controller follows.
    pub dialect: Dialect,
    test: &'static str,
    serial: Arc<AtomicU64>,
    /// The backends by their Services' names; they end with the test.
    backends: Arc<Mutex<BTreeMap<String, Backend>>>,
}

/// A Service with a backend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// Its port.
    pub port: i32,
}

/// How a Service's port is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PortName {
    /// `http`.
    Http1,
    /// `http2` with `appProtocol: kubernetes.io/h2c`.
    H2c,
    /// `http2` alone.
    Http2,
    /// No name.
    Unnamed,
}

impl Context {
    pub(super) fn new(cluster: Arc<dyn ClusterUnderTest>, dialect: Dialect, test: &'static str) -> Self {
        Self { cluster, dialect, test, serial: Arc::default(), backends: Arc::default() }
    }

    /// A name that no other object of any test has.
    pub fn unique(&self) -> String {
        let serial = self.serial.fetch_add(1, Ordering::Relaxed);
        let test: String =
            self.test.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let start = if test.starts_with(|c: char| c.is_ascii_digit()) { "t" } else { "" };
        format!("{start}{test}-{}", letters(serial))
    }

    /// A public host of that first label.
    pub fn host(&self, label: &str) -> String {
        format!("{label}.{DOMAIN}")
    }

    /// The name of a Service inside the cluster.
    pub fn private_host(&self, service: &str) -> String {
        format!("{service}.{NAMESPACE}.svc.cluster.local")
    }

    /// An echo backend.
    pub(super) async fn echo(&self, port_name: PortName) -> Result<Service, Failure> {
        self.service(App::Echo, port_name).await
    }

    /// A backend behind a new Service. Ports lie from 50 to 99, never where the backend really listens.
    pub(super) async fn service(&self, app: App, port_name: PortName) -> Result<Service, Failure> {
        let name = self.unique();
        let number = self.serial.load(Ordering::Relaxed).checked_rem(50).and_then(|n| i32::try_from(n).ok());
        let port = number.unwrap_or_default().saturating_add(50);
        let backend = Backend::start_on(self.cluster.pod_ip(), &name, app, None).await?;
        let endpoints = BTreeMap::from([(port, backend.address())]);
        let (port_name, app_protocol) = match port_name {
            PortName::Http1 => (Some(PORT_NAME_HTTP1), None),
            PortName::H2c => (Some(PORT_NAME_H2C), Some(APP_PROTOCOL_H2C)),
            PortName::Http2 => (Some(PORT_NAME_H2C), None),
            PortName::Unnamed => (None, None),
        };
        let service_port = ServicePort {
            name: port_name.map(str::to_owned),
            app_protocol: app_protocol.map(str::to_owned),
            port,
            ..ServicePort::default()
        };
        let spec = ServiceSpec { ports: Some(vec![service_port]), ..ServiceSpec::default() };
        let service =
            KubeService { metadata: self.metadata(&name), spec: Some(spec), ..KubeService::default() };
        self.cluster.create_service(service, endpoints).await?;
        self.backends.lock().unwrap_or_else(PoisonError::into_inner).insert(name.clone(), backend);
        Ok(Service { name, namespace: NAMESPACE.to_owned(), port })
    }

    /// Deletes a Service, and ends its backend.
    pub(super) async fn delete(&self, service: &Service) -> Result<(), Failure> {
        self.cluster.delete_service(ResourceRef::new(&service.name, &service.namespace)).await?;
        self.backends.lock().unwrap_or_else(PoisonError::into_inner).remove(&service.name);
        Ok(())
    }

    /// Name and namespace.
    pub(super) fn metadata(&self, name: &str) -> ObjectMeta {
        ObjectMeta {
            name: Some(name.to_owned()),
            namespace: Some(NAMESPACE.to_owned()),
            ..ObjectMeta::default()
        }
    }

    /// A certificate for these names in a Secret of that name.
    pub(super) async fn certificate(&self, secret: &str, names: &[String]) -> Result<Certificate, Failure> {
        let certificate = Certificate::for_names(names)?;
        let name = ResourceRef::new(secret, NAMESPACE);
        self.cluster.create_secret(name, certificate.secret.clone()).await?;
        Ok(certificate)
    }

    /// Creates an Ingress as the suite does: defaults, validation, `httpOption: Enabled` unless it is set.
    pub(super) fn build(&self, name: &str, spec: IngressSpec) -> Result<Ingress, Failure> {
        let mut ingress = self.build_2020(name, spec);
        ingress.set_defaults();
        let errors = ingress.validate();
        ensure!(errors.is_empty(), "the test's own Ingress is invalid: {errors:?}");
        ingress.spec.http_option.get_or_insert(HttpOption::Enabled);
        Ok(ingress)
    }

    /// Creates an Ingress as the suite of January 2020 did: as it is.
    pub(super) fn build_2020(&self, name: &str, spec: IngressSpec) -> Ingress {
        let mut metadata = self.metadata(name);
        metadata.annotations =
            Some(BTreeMap::from([(INGRESS_CLASS.to_owned(), ClassFilter::GLOO.to_owned())]));
        Ingress { metadata, spec, ..Ingress::default() }
    }

    /// Creates an Ingress and waits until it is ready.
    pub(super) async fn create_ready(&self, name: &str, spec: IngressSpec) -> Result<Ingress, Failure> {
        self.apply_ready(self.build(name, spec)?).await
    }

    /// Applies an Ingress as it is and waits until it is ready.
    pub(super) async fn apply_ready(&self, ingress: Ingress) -> Result<Ingress, Failure> {
        let reference = ingress.reference();
        self.cluster.apply(ingress).await?;
        Ok(self.cluster.wait_ready(reference).await?)
    }

    /// A request to the public gateway of an Ingress, which must have one in its status.
    pub(super) fn request(
        &self,
        ingress: &Ingress,
        scheme: Scheme,
        host: &str,
        path: &str,
    ) -> Result<Request, Failure> {
        let gateway = self.public_gateway(ingress)?;
        let agent = format!("knative.dev/{}/{}", self.test, ingress.name());
        let request = Request::get(scheme.as_str(), host, path).to(self.cluster.address(gateway, scheme));
        Ok(request.header("User-Agent", &agent))
    }

    /// A plain request to the public gateway; the answer must be 200 and an echo.
    pub(super) async fn ok(&self, ingress: &Ingress, host: &str, path: &str) -> Result<Echo, Failure> {
        ok(&self.request(ingress, Scheme::Http, host, path)?).await
    }

    pub(super) fn public_gateway(&self, ingress: &Ingress) -> Result<Gateway, Failure> {
        let status = ingress.status.public_load_balancer.as_ref();
        let first = status.and_then(|status| status.ingress.first());
        let domain = first.map(|address| address.domain_internal.as_str()).unwrap_or_default();
        let named = self.cluster.gateway_named(domain);
        named.ok_or_else(|| Failure::because("the status names no public load balancer"))
    }

    /// The name inside the cluster of the private gateway, from the status of an Ingress.
    pub(super) fn private_domain(&self, ingress: &Ingress) -> Result<String, Failure> {
        let status = ingress.status.private_load_balancer.as_ref();
        let first = status.and_then(|status| status.ingress.first());
        let domain = first.map(|address| address.domain_internal.clone()).filter(|domain| !domain.is_empty());
        domain.ok_or_else(|| Failure::because("the status names no private load balancer"))
    }

    /// A backend that sends every request on to the private gateway of `ingress` with another host, and a public
    /// Ingress in front of it: how the suite looks at the private gateway from outside.
    pub(super) async fn proxy_to(
        &self,
        ingress: &Ingress,
        target: &str,
        host: &str,
    ) -> Result<(Service, Ingress), Failure> {
        let domain = self.private_domain(ingress)?;
        let gateway = self.cluster.gateway_named(&domain);
        let gateway = gateway.ok_or_else(|| {
            Failure::because(format!("invalid gateway {domain}: expected the address of one of the two"))
        })?;
        let app = App::Proxy {
            target_host: target.to_owned(),
            gateway: self.cluster.address(gateway, Scheme::Http),
        };
        let proxy = self.service(app, PortName::Unnamed).await?;
        let public = self.create_ready(&self.unique(), super::shape_1(host, &proxy)).await?;
        Ok((proxy, public))
    }

    /// A backend that answers 503 once.
    pub(super) fn retry_app() -> App {
        App::Retry { seen: AtomicBool::new(false) }
    }
}

/// Sends a request; the answer must be 200 and an echo.
pub(super) async fn ok(request: &Request) -> Result<Echo, Failure> {
    echo_of(request, &client::send(request).await?)
}

/// The echo in an answer that must be 200.
pub(super) fn echo_of(request: &Request, response: &Response) -> Result<Echo, Failure> {
    let Request { scheme, host, path, .. } = request;
    ensure!(response.status == 200, "{scheme}://{host}{path}: status {}, wanted 200", response.status);
    Ok(serde_json::from_slice(&response.body)?)
}

/// A number in eight letters.
fn letters(number: u64) -> String {
    let mut rest = number;
    let mut letters = [b'a'; 8];
    for letter in letters.iter_mut().rev() {
        let digit = rest.checked_rem(26).and_then(|digit| u8::try_from(digit).ok()).unwrap_or_default();
        *letter = letter.saturating_add(digit);
        rest = rest.checked_div(26).unwrap_or_default();
    }
    letters.iter().map(|letter| char::from(*letter)).collect()
}
