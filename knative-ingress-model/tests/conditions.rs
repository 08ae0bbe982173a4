//! The conditions of a status, step by step as Knative's controllers move them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use k8s_openapi::jiff::Timestamp;
use knative_ingress_model::conditions::{LOAD_BALANCER_READY, NETWORK_CONFIGURED, READY};
use knative_ingress_model::{
    GatewayAddresses, Ingress, IngressStatus, LoadBalancerIngress, LoadBalancerStatus, Time,
};
use serde_json::json;

fn at(second: i64) -> Time {
    Time(Timestamp::from_second(second).unwrap())
}

/// Of LoadBalancerReady, NetworkConfigured and Ready: status, reason, and the second of the last change.
fn summary(status: &IngressStatus) -> Vec<(&str, &str, &str, i64)> {
    let conditions = status.conditions.iter();
    conditions
        .map(|condition| {
            let second = condition.last_transition_time.as_ref().unwrap().0.as_second();
            (condition.r#type.as_str(), condition.status.as_str(), condition.reason.as_str(), second)
        })
        .collect()
}

#[test]
fn conditions_from_empty_to_ready() {
    let mut status = IngressStatus::default();
    status.initialize_conditions(&at(1));
    let unknown = [
        (LOAD_BALANCER_READY, "Unknown", "", 1),
        (NETWORK_CONFIGURED, "Unknown", "", 1),
        (READY, "Unknown", "", 1),
    ];
    assert_eq!(summary(&status), unknown);

    status.initialize_conditions(&at(2));
    assert_eq!(summary(&status), unknown, "nothing left to initialise");

    status.mark_network_configured(&at(3));
    assert_eq!(
        summary(&status),
        [
            (LOAD_BALANCER_READY, "Unknown", "", 1),
            (NETWORK_CONFIGURED, "True", "", 3),
            (READY, "Unknown", "", 1)
        ]
    );
    status.mark_load_balancer_not_ready(&at(4));
    assert_eq!(
        summary(&status),
        [
            (LOAD_BALANCER_READY, "Unknown", "Uninitialized", 4),
            (NETWORK_CONFIGURED, "True", "", 3),
            (READY, "Unknown", "Uninitialized", 4)
        ]
    );
    let address = vec![LoadBalancerIngress::internal("gateway")];
    status.mark_load_balancer_ready(address.clone(), vec![], &at(5));
    let ready =
        [(LOAD_BALANCER_READY, "True", "", 5), (NETWORK_CONFIGURED, "True", "", 3), (READY, "True", "", 5)];
    assert_eq!(summary(&status), ready);
    assert_eq!(status.public_load_balancer.as_ref().unwrap().ingress, address);
    assert!(status.is_ready_legacy());

    status.mark_load_balancer_ready(address, vec![], &at(6));
    assert_eq!(summary(&status), ready, "only the time would change, so it doesn't");
}

/// Knative up to 0.25 also had a list of all addresses.
#[test]
fn legacy_load_balancer_is_ready_at_three_lists_of_addresses() {
    let address = |name: &str| {
        vec![serde_json::from_value::<LoadBalancerIngress>(json!({"domainInternal": name})).unwrap()]
    };
    let mut status = IngressStatus::default();
    status.initialize_conditions(&at(1));
    status.mark_load_balancer_ready_legacy(address("all"), address("public"), address("private"), &at(2));
    let domain =
        |list: &Option<LoadBalancerStatus>| list.as_ref().unwrap().ingress[0].domain_internal.clone();
    assert_eq!(domain(&status.load_balancer), "all");
    assert_eq!(domain(&status.public_load_balancer), "public");
    assert_eq!(domain(&status.private_load_balancer), "private");
    assert_eq!(summary(&status)[0], (LOAD_BALANCER_READY, "True", "", 2));
}

#[test]
fn one_dependent_condition_does_not_make_it_ready() {
    let mut status = IngressStatus::default();
    status.mark_network_configured(&at(1));
    assert_eq!(summary(&status), [(NETWORK_CONFIGURED, "True", "", 1), (READY, "Unknown", "", 1)]);
}

#[test]
fn failed_condition_outweighs_unknown_ones() {
    let mut status = IngressStatus::default();
    status.initialize_conditions(&at(1));
    status.mark_resource_not_owned("VirtualService", "shop", &at(2));
    let message = "There is an existing VirtualService \"shop\" that we do not own.";
    assert_eq!(status.condition(READY).unwrap().message, message);
    assert_eq!(status.condition(NETWORK_CONFIGURED).unwrap().message, message);
    let failed = [
        (LOAD_BALANCER_READY, "Unknown", "", 1),
        (NETWORK_CONFIGURED, "False", "NotOwned", 2),
        (READY, "False", "NotOwned", 2),
    ];
    assert_eq!(summary(&status), failed);

    let mut waiting = status.clone();
    waiting.mark_load_balancer_not_ready(&at(3));
    assert_eq!(summary(&waiting)[2], (READY, "False", "NotOwned", 2), "stays as it was");

    // Ready is first set to Unknown, then to False: Knative's own two steps, with the new reason.
    let mut not_ready = status.clone();
    not_ready.mark_not_ready("Because", "of this", &at(4));
    assert_eq!(summary(&not_ready)[2], (READY, "False", "Because", 4));

    // The failure that came last is the one that Ready tells of.
    status.mark_load_balancer_failed("Refused", "by the gateway", &at(5));
    assert_eq!(summary(&status)[2], (READY, "False", "Refused", 5));
    status.mark_network_configured(&at(6));
    assert_eq!(summary(&status)[2], (READY, "False", "Refused", 5));
}

#[test]
fn initialized_conditions_keep_ready() {
    let status = json!({"conditions": [{"type": "Ready", "status": "True"}]});
    let mut status: IngressStatus = serde_json::from_value(status).unwrap();
    status.initialize_conditions(&at(7));
    let dependents = [status.condition(NETWORK_CONFIGURED), status.condition(LOAD_BALANCER_READY)];
    assert!(dependents.iter().all(|condition| condition.unwrap().status.as_str() == "True"));
}

/// Conditions of other controllers are kept; mere information and warnings keep nothing from being ready.
#[test]
fn foreign_conditions_are_kept() {
    let status = json!({"conditions": [
        {"type": "Zebra", "status": "False", "severity": "Info"},
        {"type": "Antelope", "status": "False", "severity": "Warning", "mood": "bad"},
    ]});
    let mut status: IngressStatus = serde_json::from_value(status).unwrap();
    status.mark_network_configured(&at(1));
    status.mark_load_balancer_ready(vec![], vec![], &at(1));
    let types: Vec<_> = status.conditions.iter().map(|condition| condition.r#type.as_str()).collect();
    assert_eq!(types, ["Antelope", LOAD_BALANCER_READY, NETWORK_CONFIGURED, READY, "Zebra"]);
    assert!(status.is_ready_legacy());
    assert!(!status.conditions[0].unknown.is_empty());

    let failing = json!({"type": "Zebra", "status": "False", "reason": "Stripes"});
    status.conditions[4] = serde_json::from_value(failing).unwrap();
    status.mark_network_configured(&at(2));
    assert_eq!(status.condition(READY).unwrap().reason, "Stripes");
}

#[test]
fn status_for_each_readiness() {
    let gateways = GatewayAddresses::internal("public.svc", "private.svc");
    let mut ingress = Ingress::default();
    ingress.metadata.generation = Some(2);
    ingress.status = serde_json::from_value(json!({
        "loadBalancer": {"ingress": [{"ip": "10.0.0.1"}]},
        "annotations": {"a": "b"},
    }))
    .unwrap();
    assert!(!ingress.is_ready());

    ingress.status = ingress.ready_status(&gateways, &at(10));
    assert!(ingress.is_ready());
    let written = serde_json::to_value(&ingress.status).unwrap();
    let time = "1970-01-01T00:00:10Z";
    assert_eq!(
        written,
        json!({
            "observedGeneration": 2,
            "conditions": [
                {"type": "LoadBalancerReady", "status": "True", "lastTransitionTime": time},
                {"type": "NetworkConfigured", "status": "True", "lastTransitionTime": time},
                {"type": "Ready", "status": "True", "lastTransitionTime": time},
            ],
            "annotations": {"a": "b"},
            "publicLoadBalancer": {"ingress": [{"domainInternal": "public.svc"}]},
            "privateLoadBalancer": {"ingress": [{"domainInternal": "private.svc"}]},
        })
    );
    assert_eq!(ingress.ready_status(&gateways, &at(11)), ingress.status, "nothing new, nothing to write");

    // A new generation: what the old one was says nothing of it.
    ingress.metadata.generation = Some(3);
    assert!(!ingress.is_ready() && ingress.status.is_ready_legacy());
    ingress.status = ingress.not_ready_status(&at(12));
    assert_eq!(ingress.status.observed_generation, 3);
    assert_eq!(summary(&ingress.status)[2], (READY, "Unknown", "Uninitialized", 12));
    ingress.status = ingress.failed_status("Refused", "no such secret", &at(13));
    assert_eq!(summary(&ingress.status)[0], (LOAD_BALANCER_READY, "False", "Refused", 13));
    ingress.status = ingress.ready_status(&gateways, &at(14));
    assert!(ingress.is_ready());
}
