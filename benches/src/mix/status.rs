use knative_ingress_model::{
    Condition, ConditionStatus, IngressStatus, LoadBalancerIngress, LoadBalancerStatus,
};

use super::{draw::Draw, metadata::time};

/// What a controller wrote: ready, and where both gateways are.
pub(super) fn status(draw: &Draw) -> IngressStatus {
    let conditions = ["LoadBalancerReady", "NetworkConfigured", "Ready"].map(|aspect| Condition {
        r#type: aspect.to_owned(),
        status: ConditionStatus::True,
        severity: String::new(),
        last_transition_time: Some(time(draw, 60)),
        reason: String::new(),
        message: String::new(),
        unknown: Default::default(),
    });
    let public = at("knative-external-proxy.gloo-system.svc.cluster.local");
    IngressStatus {
        observed_generation: draw.generation,
        conditions: conditions.into(),
        load_balancer: draw.of_2020.then(|| public.clone()),
        public_load_balancer: Some(public),
        private_load_balancer: Some(at("knative-internal-proxy.gloo-system.svc.cluster.local")),
        ..IngressStatus::default()
    }
}

fn at(domain: &str) -> LoadBalancerStatus {
    LoadBalancerStatus {
        ingress: vec![LoadBalancerIngress {
            domain_internal: domain.to_owned(),
            ..LoadBalancerIngress::default()
        }],
        ..LoadBalancerStatus::default()
    }
}
