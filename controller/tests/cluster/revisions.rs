use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;

use gloo_proxy_model::ResourceRef;
use k8s_openapi::api::core::v1::{Service, ServicePort, ServiceSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use knative_gloo_conformance::testbed::backend::{App, Backend};
use knative_gloo_conformance::testbed::kubernetes::KubernetesCluster;
use knative_ingress_model::Ingress;

/// A stand-in for the revisions of Knative Serving: for each Service that an Ingress names a program that is ready the moment
/// it is started, and echoes requests under its name.
pub struct Revisions {
    cluster: Arc<KubernetesCluster>,
    running: BTreeMap<String, Backend>,
}

impl Revisions {
    pub fn new(cluster: &Arc<KubernetesCluster>) -> Self {
        Self { cluster: Arc::clone(cluster), running: BTreeMap::new() }
    }

    /// Starts what an Ingress names and is not there yet, but for what is its own placeholder.
    pub async fn start_for(&mut self, ingress: &Ingress, placeholders: &[&str]) {
        let rules = ingress.spec.rules.iter().filter_map(|rule| rule.http.as_ref());
        let paths = rules.flat_map(|http| http.paths.iter().flatten());
        let splits: Vec<_> = paths.flat_map(|path| path.splits.iter().flatten()).collect();
        for split in splits {
            if !placeholders.contains(&split.service_name.as_str()) {
                self.start(&split.service_name, &split.service_namespace).await;
            }
        }
    }

    pub async fn start(&mut self, name: &str, namespace: &str) {
        if self.running.contains_key(name) {
            return;
        }
        let backend = Backend::start_on(self.cluster.pod_ip(), name, App::Echo, None).await.unwrap();
        let port = ServicePort { name: Some("http".to_owned()), port: 80, ..ServicePort::default() };
        let service =
            service(name, namespace, ServiceSpec { ports: Some(vec![port]), ..ServiceSpec::default() });
        self.cluster.store_service(&service, &BTreeMap::from([(80, backend.address())])).await.unwrap();
        self.running.insert(name.to_owned(), backend);
    }

    /// Puts a program of another name behind a Service, as when it is scaled to zero and back. The one before ends when the last
    /// request to it has been answered, which `is_gone` waits for.
    pub async fn replace(
        &mut self,
        name: &str,
        namespace: &str,
        by: &str,
        is_gone: impl Future<Output = ()>,
    ) {
        let backend = Backend::start_on(self.cluster.pod_ip(), by, App::Echo, None).await.unwrap();
        let endpoints = BTreeMap::from([(80, backend.address())]);
        self.cluster.replace_endpoints(&ResourceRef::new(name, namespace), &endpoints).await.unwrap();
        is_gone.await;
        self.running.insert(name.to_owned(), backend);
    }

    /// The Service under a Knative Service's own name, which leads to the internal gateway.
    pub async fn create_placeholder(&self, name: &str, namespace: &str) {
        let port = ServicePort { name: Some("http2".to_owned()), port: 80, ..ServicePort::default() };
        let spec = ServiceSpec {
            type_: Some("ExternalName".to_owned()),
            external_name: Some("knative-internal-proxy.gloo-system.svc.cluster.local".to_owned()),
            session_affinity: Some("None".to_owned()),
            ports: Some(vec![port]),
            ..ServiceSpec::default()
        };
        self.cluster.store_service(&service(name, namespace, spec), &BTreeMap::new()).await.unwrap();
    }
}

fn service(name: &str, namespace: &str, spec: ServiceSpec) -> Service {
    let metadata = ObjectMeta {
        name: Some(name.to_owned()),
        namespace: Some(namespace.to_owned()),
        ..ObjectMeta::default()
    };
    Service { metadata, spec: Some(spec), ..Service::default() }
}
