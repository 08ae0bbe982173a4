//! Why an Ingress is not ready, told in its conditions.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use knative_ingress_model::{
    Condition, ConditionStatus, Ingress, IngressStatus,
    conditions::{LOAD_BALANCER_READY, READY},
};

use crate::{room::NO_ROOM, settle::Unsettled};

/// The longest reason of Gloo's that is told on.
const MAX_MESSAGE: usize = 1024;

/// What the controller itself says where the gateways are not ready. Another prober says something else.
const OWN_REASONS: [&str; 7] = [
    "Uninitialized",
    "IngressRejected",
    "DomainConflict",
    "EndpointsNotSettled",
    "ProxyRejected",
    "ProxyIgnored",
    NO_ROOM,
];

/// Why an Ingress is not ready though nothing is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NotReady {
    reason: &'static str,
    message: String,
}

impl NotReady {
    /// The gateways may not have seen the endpoints that it sends traffic to.
    pub(crate) fn unsettled(unsettled: &Unsettled) -> Self {
        let services: Vec<_> = unsettled.services.iter().map(ToString::to_string).collect();
        Self::new(
            "EndpointsNotSettled",
            format!("waiting for the gateways to know the endpoints of {}", services.join(", ")),
        )
    }

    /// Gloo serves nothing new of a Proxy.
    pub(crate) fn rejected(proxy: &str, reason: &str) -> Self {
        Self::new("ProxyRejected", format!("Gloo has rejected the Proxy {proxy}: {reason}"))
    }

    /// Gloo has not looked at a Proxy.
    pub(crate) fn ignored(proxy: &str) -> Self {
        let message = format!(
            "Gloo has not looked at the Proxy {proxy} (settings.gateway.persistProxySpec must be true)"
        );
        Self::new("ProxyIgnored", message)
    }

    fn new(reason: &'static str, message: String) -> Self {
        Self { reason, message: message.chars().take(MAX_MESSAGE).collect() }
    }

    /// Says so in the conditions of `status`, which is to be written in the place of that of `ingress`.
    pub(crate) fn explain(&self, ingress: &Ingress, status: &mut IngressStatus) {
        for condition in &mut status.conditions {
            let is_gateways = [READY, LOAD_BALANCER_READY].contains(&condition.r#type.as_str());
            if is_gateways && condition.status == ConditionStatus::Unknown {
                self.reason.clone_into(&mut condition.reason);
                self.message.clone_into(&mut condition.message);
                // What is said already keeps its time.
                let old = ingress.status.condition(&condition.r#type);
                if let Some(old) = old.filter(|old| without_time(old) == without_time(condition)) {
                    condition.last_transition_time.clone_from(&old.last_transition_time);
                }
            }
        }
    }
}

/// The status of an Ingress whose readiness is another prober's to decide, where `waiting` is what there is to say of it
/// otherwise: what that one has said of this generation stays.
pub(crate) fn left_to_another_prober(ingress: &Ingress, waiting: IngressStatus, now: &Time) -> IngressStatus {
    let is_waiting =
        waiting.condition(LOAD_BALANCER_READY).is_some_and(|ready| ready.status == ConditionStatus::Unknown);
    let is_of_generation =
        ingress.status.observed_generation == ingress.metadata.generation.unwrap_or_default();
    let said = ingress.status.condition(LOAD_BALANCER_READY);
    if is_waiting && is_of_generation && said.is_some_and(|said| !OWN_REASONS.contains(&said.reason.as_str()))
    {
        let mut status = ingress.status.clone();
        status.initialize_conditions(now);
        status.mark_network_configured(now);
        status
    } else {
        waiting
    }
}

fn without_time(condition: &Condition) -> Condition {
    Condition { last_transition_time: None, ..condition.clone() }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::jiff::Timestamp;
    use knative_ingress_model::GatewayAddresses;

    use super::*;

    fn time(second: i64) -> Time {
        Time(Timestamp::from_second(second).unwrap())
    }

    fn ingress(generation: i64) -> Ingress {
        let mut ingress = Ingress::default();
        ingress.metadata.generation = Some(generation);
        ingress
    }

    #[test]
    fn not_ready_reason_is_written_once() {
        let why = NotReady::rejected("knative-external-proxy", "no such Secret");
        let mut ingress = ingress(1);
        let status = |ingress: &Ingress, second| {
            let mut status = ingress.not_ready_status(&time(second));
            why.explain(ingress, &mut status);
            status
        };
        ingress.status = status(&ingress, 1);
        let ready = ingress.status.condition(READY).unwrap();
        assert_eq!((&ready.status, ready.reason.as_str()), (&ConditionStatus::Unknown, "ProxyRejected"));
        assert_eq!(ready.message, "Gloo has rejected the Proxy knative-external-proxy: no such Secret");
        assert_eq!(status(&ingress, 2), ingress.status);
    }

    #[test]
    fn readiness_set_by_another_prober_is_kept() {
        let now = time(1);
        let left = |ingress: &Ingress| left_to_another_prober(ingress, ingress.not_ready_status(&now), &now);
        let mut ingress = ingress(1);
        ingress.status = left(&ingress);
        assert!(!ingress.is_ready());
        ingress.status = ingress.ready_status(&GatewayAddresses::internal("theirs", "theirs"), &now);
        assert!(ingress.is_ready());
        assert_eq!(left(&ingress), ingress.status);
        ingress.status.mark_load_balancer_failed("ProbeFailed", "404", &now);
        assert_eq!(left(&ingress), ingress.status);

        // What this controller said itself does not stay, nor what was said of an older generation.
        let mut failed = ingress.clone();
        failed.status = failed.failed_status("DomainConflict", "it is another's", &now);
        assert_eq!(left(&failed).condition(READY).unwrap().status, ConditionStatus::Unknown);
        ingress.metadata.generation = Some(2);
        assert_eq!(left(&ingress).condition(READY).unwrap().status, ConditionStatus::Unknown);
        // What is wrong with the object is said whatever they say.
        ingress.metadata.generation = Some(1);
        let failed = ingress.failed_status("IngressRejected", "bad host", &now);
        assert_eq!(left_to_another_prober(&ingress, failed.clone(), &now), failed);
    }
}
