use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use crate::{Ingress, IngressStatus, LoadBalancerIngress};

/// Where clients reach the gateways: what a controller writes into the status of each Ingress that it serves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GatewayAddresses {
    /// Of the gateway for everybody: `status.publicLoadBalancer`.
    pub public: Vec<LoadBalancerIngress>,
    /// Of the gateway for clients inside the cluster: `status.privateLoadBalancer`.
    pub private: Vec<LoadBalancerIngress>,
}

impl GatewayAddresses {
    /// Two gateways, each by the name of its Service inside the cluster, which is how Knative's placeholder Services reach them.
    pub fn internal(public: impl Into<String>, private: impl Into<String>) -> Self {
        Self {
            public: vec![LoadBalancerIngress::internal(public)],
            private: vec![LoadBalancerIngress::internal(private)],
        }
    }
}

impl LoadBalancerIngress {
    /// An address by domain name inside the cluster: `domainInternal`.
    pub fn internal(domain: impl Into<String>) -> Self {
        Self { domain_internal: domain.into(), ..Self::default() }
    }
}

/// The status to write after having looked at an Ingress, each time from the status that it has: conditions that
/// don't change keep their times, and annotations and unknown fields stay.
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

    /// The status of an Ingress that is configured, but that the gateways don't serve yet.
    pub fn not_ready_status(&self, now: &Time) -> IngressStatus {
        let mut status = self.observed_status(now);
        status.mark_network_configured(now);
        status.mark_load_balancer_not_ready(now);
        status
    }

    /// The status of an Ingress that can't be served: a CamelCase word and a sentence why.
    pub fn failed_status(&self, reason: &str, message: &str, now: &Time) -> IngressStatus {
        let mut status = self.observed_status(now);
        status.mark_load_balancer_failed(reason, message, now);
        status
    }

    /// What Knative's reconciler does around every look at an Ingress.
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
