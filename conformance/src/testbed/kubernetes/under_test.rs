use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use futures_util::future::BoxFuture;
use gloo_proxy_model::ResourceRef;
use k8s_openapi::api::core::v1::{Secret, Service};
use knative_gloo_translate::{Gateway, Scheme};
use knative_ingress_model::{Ingress, IngressRef};
use kube::Api;
use kube::api::{DeleteParams, ListParams, PostParams};
use tokio::time::{Instant, sleep};

use super::api_server::{PATIENCE, POLL};
use super::gloo::SERVICE_NAME;
use super::{GATEWAY_NAMESPACE, KubernetesCluster, KubernetesError, objects};
use crate::checks::suite::ClusterUnderTest;
use crate::envoy_config::TlsSecret;
use crate::testbed::cluster::ClusterError;

/// How long Knative's suite waits for an Ingress that must not be touched.
const A_WHILE: Duration = Duration::from_secs(2);

impl ClusterUnderTest for KubernetesCluster {
    fn pod_ip(&self) -> IpAddr {
        self.pod_ip()
    }

    fn address(&self, gateway: Gateway, scheme: Scheme) -> SocketAddr {
        self.address(gateway, scheme)
    }

    fn gateway_named(&self, domain: &str) -> Option<Gateway> {
        let name = |gateway: &Gateway| {
            format!("{}.{GATEWAY_NAMESPACE}.svc.cluster.local", gateway.proxy_name()) == domain
        };
        Gateway::ALL.into_iter().find(name)
    }

    fn create_service(
        &self,
        service: Service,
        endpoints: BTreeMap<i32, SocketAddr>,
    ) -> BoxFuture<'_, Result<(), ClusterError>> {
        Box::pin(async move { Ok(self.store_service(&service, &endpoints).await?) })
    }

    fn delete_service(&self, service: ResourceRef) -> BoxFuture<'_, Result<(), ClusterError>> {
        Box::pin(async move { Ok(self.remove_service(&service).await?) })
    }

    fn create_secret(&self, name: ResourceRef, secret: TlsSecret) -> BoxFuture<'_, Result<(), ClusterError>> {
        Box::pin(async move {
            let api = Api::<Secret>::namespaced(self.client().clone(), &name.namespace);
            let secret = objects::secret(&name.name, &name.namespace, secret);
            api.create(&PostParams::default(), &secret).await.map_err(KubernetesError::from)?;
            Ok(())
        })
    }

    fn apply(&self, ingress: Ingress) -> BoxFuture<'_, Result<Ingress, ClusterError>> {
        Box::pin(async move { Ok(self.store(ingress).await?) })
    }

    fn wait_ready(&self, ingress: IngressRef) -> BoxFuture<'_, Result<Ingress, ClusterError>> {
        Box::pin(async move {
            let started = Instant::now();
            loop {
                let stored = self.get(&ingress).await?;
                match stored {
                    Some(stored) if stored.is_ready() => return Ok(stored),
                    Some(_) | None if started.elapsed() < PATIENCE => sleep(POLL).await,
                    Some(stored) => {
                        let conditions = stored.status.conditions.iter();
                        let last = conditions
                            .map(|condition| format!("{condition:?}"))
                            .collect::<Vec<_>>()
                            .join("; ");
                        return Err(ClusterError::NotReady { ingress, last });
                    }
                    None => {
                        return Err(ClusterError::NotReady { ingress, last: "it does not exist".to_owned() });
                    }
                }
            }
        })
    }

    fn get_after_a_while(&self, ingress: IngressRef) -> BoxFuture<'_, Result<Option<Ingress>, ClusterError>> {
        Box::pin(async move {
            sleep(A_WHILE).await;
            Ok(self.get(&ingress).await?)
        })
    }
}

impl KubernetesCluster {
    /// The Ingresses of a namespace.
    pub fn ingresses(&self, namespace: &str) -> Api<Ingress> {
        Api::namespaced(self.client().clone(), namespace)
    }

    /// The Ingress as it is stored.
    ///
    /// # Errors
    /// When the API server does not answer.
    pub async fn get(&self, ingress: &IngressRef) -> Result<Option<Ingress>, KubernetesError> {
        Ok(self.ingresses(&ingress.namespace).get_opt(&ingress.name).await?)
    }

    /// Deletes an Ingress.
    ///
    /// # Errors
    /// When the API server refuses.
    pub async fn delete(&self, ingress: &IngressRef) -> Result<(), KubernetesError> {
        self.ingresses(&ingress.namespace).delete(&ingress.name, &DeleteParams::default()).await?;
        Ok(())
    }

    /// Creates a Service, and then what says which pods are ready behind it.
    ///
    /// # Errors
    /// When the API server refuses.
    pub async fn store_service(
        &self,
        service: &Service,
        endpoints: &BTreeMap<i32, SocketAddr>,
    ) -> Result<(), KubernetesError> {
        let namespace = service.metadata.namespace.clone().unwrap_or_default();
        let services = Api::<Service>::namespaced(self.client().clone(), &namespace);
        services.create(&PostParams::default(), service).await?;
        for slice in objects::service_slices(service, endpoints) {
            self.slices(&namespace).create(&PostParams::default(), &slice).await?;
        }
        Ok(())
    }

    /// Puts other pods behind a Service, in the place of those that were.
    ///
    /// # Errors
    /// When there is no such Service.
    pub async fn replace_endpoints(
        &self,
        service: &ResourceRef,
        endpoints: &BTreeMap<i32, SocketAddr>,
    ) -> Result<(), KubernetesError> {
        let services = Api::<Service>::namespaced(self.client().clone(), &service.namespace);
        let slices = self.slices(&service.namespace);
        for mut slice in objects::service_slices(&services.get(&service.name).await?, endpoints) {
            let name = slice.metadata.name.clone().unwrap_or_default();
            slice.metadata.resource_version = slices.get(&name).await?.metadata.resource_version;
            slices.replace(&name, &PostParams::default(), &slice).await?;
        }
        Ok(())
    }

    async fn remove_service(&self, service: &ResourceRef) -> Result<(), KubernetesError> {
        let services = Api::<Service>::namespaced(self.client().clone(), &service.namespace);
        services.delete(&service.name, &DeleteParams::default()).await?;
        let of_service = ListParams::default().labels(&format!("{SERVICE_NAME}={}", service.name));
        self.slices(&service.namespace).delete_collection(&DeleteParams::default(), &of_service).await?;
        Ok(())
    }

    /// Creates an Ingress, or as Knative's suite does gives the stored one this spec.
    async fn store(&self, mut ingress: Ingress) -> Result<Ingress, KubernetesError> {
        let reference = ingress.reference();
        let api = self.ingresses(&reference.namespace);
        loop {
            let answer = match api.get_opt(&reference.name).await? {
                None => {
                    ingress.metadata.resource_version = None;
                    api.create(&PostParams::default(), &ingress).await
                }
                Some(stored) => {
                    ingress.metadata.resource_version = stored.metadata.resource_version;
                    ingress.status = stored.status;
                    api.replace(&reference.name, &PostParams::default(), &ingress).await
                }
            };
            match answer {
                Ok(stored) => return Ok(stored),
                // A status was written in between.
                Err(kube::Error::Api(status)) if status.reason == "Conflict" => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}
