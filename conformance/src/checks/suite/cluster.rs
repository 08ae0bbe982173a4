use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use futures_util::future::BoxFuture;
use gloo_proxy_model::ResourceRef;
use k8s_openapi::api::core::v1::Service;
use knative_gloo_translate::{Gateway, Scheme};
use knative_ingress_model::{Ingress, IngressRef};

use crate::envoy_config::TlsSecret;
use crate::testbed::cluster::{Cluster, ClusterError};

/// The cluster that the suite runs in: its objects, a controller that makes Ingresses ready, and the gateways.
pub trait ClusterUnderTest: Send + Sync {
    /// Where the cluster's pods listen, each on ports of its own.
    fn pod_ip(&self) -> IpAddr;

    /// Where a gateway is reached from outside the cluster.
    fn address(&self, gateway: Gateway, scheme: Scheme) -> SocketAddr;

    /// The gateway whose Service has this name inside the cluster: what a status gives as `domainInternal`.
    fn gateway_named(&self, domain: &str) -> Option<Gateway>;

    /// Creates a Service; `endpoints` are the ready pods behind its ports.
    fn create_service(
        &self,
        service: Service,
        endpoints: BTreeMap<i32, SocketAddr>,
    ) -> BoxFuture<'_, Result<(), ClusterError>>;

    /// Deletes a Service, and what says which pods are behind it.
    fn delete_service(&self, service: ResourceRef) -> BoxFuture<'_, Result<(), ClusterError>>;

    /// Creates a Secret of type `kubernetes.io/tls`.
    fn create_secret(&self, name: ResourceRef, secret: TlsSecret) -> BoxFuture<'_, Result<(), ClusterError>>;

    /// Creates or updates an Ingress and returns it as stored.
    fn apply(&self, ingress: Ingress) -> BoxFuture<'_, Result<Ingress, ClusterError>>;

    /// Waits until an Ingress is ready as it is now, and returns it as stored.
    fn wait_ready(&self, ingress: IngressRef) -> BoxFuture<'_, Result<Ingress, ClusterError>>;

    /// The Ingress as it is stored after the controller has had the time to change it.
    fn get_after_a_while(&self, ingress: IngressRef) -> BoxFuture<'_, Result<Option<Ingress>, ClusterError>>;
}

impl ClusterUnderTest for Cluster {
    fn pod_ip(&self) -> IpAddr {
        IpAddr::from([127, 0, 0, 1])
    }

    fn address(&self, gateway: Gateway, scheme: Scheme) -> SocketAddr {
        self.address(gateway, scheme)
    }

    fn gateway_named(&self, domain: &str) -> Option<Gateway> {
        self.gateway_named(domain)
    }

    fn create_service(
        &self,
        service: Service,
        endpoints: BTreeMap<i32, SocketAddr>,
    ) -> BoxFuture<'_, Result<(), ClusterError>> {
        self.add_service(service, endpoints, None);
        Box::pin(async { Ok(()) })
    }

    fn delete_service(&self, service: ResourceRef) -> BoxFuture<'_, Result<(), ClusterError>> {
        self.remove_service(&service);
        Box::pin(async { Ok(()) })
    }

    fn create_secret(&self, name: ResourceRef, secret: TlsSecret) -> BoxFuture<'_, Result<(), ClusterError>> {
        self.add_secret(name, secret);
        Box::pin(async { Ok(()) })
    }

    fn apply(&self, ingress: Ingress) -> BoxFuture<'_, Result<Ingress, ClusterError>> {
        Box::pin(self.apply(ingress))
    }

    fn wait_ready(&self, ingress: IngressRef) -> BoxFuture<'_, Result<Ingress, ClusterError>> {
        Box::pin(async move { self.wait_ready(&ingress).await })
    }

    /// The controller has looked at it when `apply` returns; one that takes it would make it ready now.
    fn get_after_a_while(&self, ingress: IngressRef) -> BoxFuture<'_, Result<Option<Ingress>, ClusterError>> {
        Box::pin(async move {
            // What it is not served for doesn't matter here: it stays as it is.
            let _ = self.wait_ready(&ingress).await;
            Ok(self.get(&ingress))
        })
    }
}
