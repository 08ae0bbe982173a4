use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use crate::{Ingress, IngressStatus, LoadBalancerIngress};

/// The addresses of the gateways, which a controller writes to the status of each Ingress that it serves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GatewayAddresses {
    /// The addresses of the public gateway: `status.publicLoadBalancer`.
    pub public: Vec<LoadBalancerIngress>,
    /// The addresses of the gateway for clients inside the cluster: `status.privateLoadBalancer`.
    pub private: Vec<LoadBalancerIngress>,
}

impl GatewayAddresses {
    /// Two gateways, each by the domain name of its Service in the cluster. Knative's placeholder Services point to these names.
    pub fn internal(public: impl Into<String>, private: impl Into<String>) -> Self {
        Self {
            public: vec![LoadBalancerIngress::internal(public)],
            private: vec![LoadBalancerIngress::internal(private)],
        }
    }
}

impl LoadBalancerIngress {
    /// An address that is a domain name in the cluster: `domainInternal`.
    pub fn internal(domain: impl Into<String>) -> Self {
        Self { domain_internal: domain.into(), ..Self::default() }
    }
}

/// The status to write after reconciling an Ingress. It starts from the current status: conditions that don't change keep their
/// times, and annotations and unknown fields are kept.
impl Ingress {
    /// The status of an Ingress that the gateways at these addresses serve.
    ///
    /// ```
    /// use knative_ingress_model::k8s_openapi::jiff::Timestamp;
    /// use knative_ingress_model::{GatewayAddresses, Ingress, Time};
    ///
    /// let mut ingress = Ingress::default();
    /// ingress.metadata.generation = Some(3);
    /// let gateways = GatewayAddresses::internal("external.gloo-system.svc.cluster.local", "internal.gloo-system.svc.cluster.local");
    /// let now = Time(Timestamp::constant(1_767_225_600, 0));
    ///
    /// ingress.status = ingress.ready_status(&gateways, &now);
    /// assert!(ingress.is_ready());
    /// ```
    pub fn ready_status(&self, gateways: &GatewayAddresses, now: &Time) -> IngressStatus {
        let GatewayAddresses { public, private } = gateways;
        let mut status = self.observed_status(now);
        status.mark_network_configured(now);
        status.mark_load_balancer_ready(public.clone(), private.clone(), now);
        status
    }

    /// The status of an Ingress that is configured but not served yet.
    pub fn not_ready_status(&self, now: &Time) -> IngressStatus {
        let mut status = self.observed_status(now);
        status.mark_network_configured(now);
        status.mark_load_balancer_not_ready(now);
        status
    }

    /// The status of an Ingress that can't be served. `reason` is a CamelCase word, `message` a sentence.
    pub fn failed_status(&self, reason: &str, message: &str, now: &Time) -> IngressStatus {
        let mut status = self.observed_status(now);
        status.mark_load_balancer_failed(reason, message, now);
        status
    }

    /// The part that Knative's reconciler does for every Ingress.
    fn observed_status(&self, now: &Time) -> IngressStatus {
        let mut status = self.status.clone();
        status.initialize_conditions(now);
        let generation = self.metadata.generation.unwrap_or_default();
        if status.observed_generation != generation {
            status.mark_not_ready("NewObservedGenFailure", "unsuccessfully observed a new generation", now);
            status.observed_generation = generation;
        }
        status
    }
}
