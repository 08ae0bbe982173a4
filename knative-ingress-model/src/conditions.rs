//! The conditions of a status, updated as Knative's condition set updates them.
//!
//! Source: `condition_set.go` of knative.dev/pkg's `apis` and `ingress_lifecycle.go` of knative/networking.

use std::cmp::Reverse;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use crate::{
    Condition, ConditionStatus, Ingress, IngressStatus, LoadBalancerIngress, LoadBalancerStatus,
    UnknownFields,
};

/// The condition that summarizes the others.
pub const READY: &str = "Ready";
/// The condition that says whether the gateway has been configured.
pub const NETWORK_CONFIGURED: &str = "NetworkConfigured";
/// The condition that says whether the gateway serves the Ingress.
pub const LOAD_BALANCER_READY: &str = "LoadBalancerReady";

/// The conditions that [`READY`] depends on.
const DEPENDENTS: [&str; 2] = [NETWORK_CONFIGURED, LOAD_BALANCER_READY];

impl Ingress {
    /// Whether the current generation is served: [`READY`] is `True`, and `status.observedGeneration` equals
    /// `metadata.generation`.
    ///
    /// Source: `IsReady` of knative/networking, since 0.16.
    pub fn is_ready(&self) -> bool {
        self.status.observed_generation == self.metadata.generation.unwrap_or_default()
            && self.status.is_ready_legacy()
    }
}

impl IngressStatus {
    /// Whether [`READY`] is `True`, for any generation: the rule up to Knative 0.15.
    pub fn is_ready_legacy(&self) -> bool {
        self.stands(READY, &ConditionStatus::True)
    }

    /// The condition of that type.
    pub fn condition(&self, r#type: &str) -> Option<&Condition> {
        self.conditions.iter().find(|condition| condition.r#type == r#type)
    }

    /// Adds the missing conditions as `Unknown`; if [`READY`] is `True`, adds the others as `True`.
    pub fn initialize_conditions(&mut self, now: &Time) {
        if self.condition(READY).is_none() {
            self.set(READY, ConditionStatus::Unknown, "", "", now);
        }
        let initial = if self.is_ready_legacy() { ConditionStatus::True } else { ConditionStatus::Unknown };
        for dependent in DEPENDENTS {
            if self.condition(dependent).is_none() {
                self.set(dependent, initial.clone(), "", "", now);
            }
        }
    }

    /// The gateway has been configured: [`NETWORK_CONFIGURED`] becomes `True`.
    pub fn mark_network_configured(&mut self, now: &Time) {
        self.mark_true(NETWORK_CONFIGURED, now);
    }

    /// An object of that kind and name exists and belongs to another owner: [`NETWORK_CONFIGURED`] and [`READY`] become `False`.
    pub fn mark_resource_not_owned(&mut self, kind: &str, name: &str, now: &Time) {
        let message = format!("There is an existing {kind} {name:?} that we do not own.");
        self.mark_false(NETWORK_CONFIGURED, "NotOwned", &message, now);
    }

    /// The gateway serves the Ingress at these addresses: [`LOAD_BALANCER_READY`] becomes `True`.
    ///
    /// Removes [`load_balancer`](Self::load_balancer), which releases up to 0.25 wrote and nobody updates any more.
    pub fn mark_load_balancer_ready(
        &mut self,
        public: Vec<LoadBalancerIngress>,
        private: Vec<LoadBalancerIngress>,
        now: &Time,
    ) {
        self.load_balancer = None;
        self.set_load_balancers(public, private);
        self.mark_true(LOAD_BALANCER_READY, now);
    }

    /// Like [`mark_load_balancer_ready`](Self::mark_load_balancer_ready), but as Knative up to 0.25: with three lists of addresses.
    pub fn mark_load_balancer_ready_legacy(
        &mut self,
        all: Vec<LoadBalancerIngress>,
        public: Vec<LoadBalancerIngress>,
        private: Vec<LoadBalancerIngress>,
        now: &Time,
    ) {
        self.load_balancer = Some(load_balancer(all));
        self.set_load_balancers(public, private);
        self.mark_true(LOAD_BALANCER_READY, now);
    }

    /// The gateway doesn't serve the Ingress yet: [`LOAD_BALANCER_READY`] becomes `Unknown`.
    pub fn mark_load_balancer_not_ready(&mut self, now: &Time) {
        self.mark_unknown(LOAD_BALANCER_READY, "Uninitialized", "Waiting for load balancer to be ready", now);
    }

    /// The gateway can't serve the Ingress: [`LOAD_BALANCER_READY`] and [`READY`] become `False`.
    pub fn mark_load_balancer_failed(&mut self, reason: &str, message: &str, now: &Time) {
        self.mark_false(LOAD_BALANCER_READY, reason, message, now);
    }

    /// The readiness of the Ingress isn't known: [`READY`] becomes `Unknown`, or `False` if a condition that it depends on is `False`.
    pub fn mark_not_ready(&mut self, reason: &str, message: &str, now: &Time) {
        self.mark_unknown(READY, reason, message, now);
    }

    fn set_load_balancers(&mut self, public: Vec<LoadBalancerIngress>, private: Vec<LoadBalancerIngress>) {
        self.public_load_balancer = Some(load_balancer(public));
        self.private_load_balancer = Some(load_balancer(private));
    }

    fn stands(&self, r#type: &str, status: &ConditionStatus) -> bool {
        self.condition(r#type).is_some_and(|condition| condition.status == *status)
    }

    fn mark_true(&mut self, r#type: &str, now: &Time) {
        self.set(r#type, ConditionStatus::True, "", "", now);
        match self.unhappy_dependent() {
            Some(Condition { status, reason, message, .. }) => {
                self.set(READY, status, &reason, &message, now)
            }
            None => self.set(READY, ConditionStatus::True, "", "", now),
        }
    }

    fn mark_unknown(&mut self, r#type: &str, reason: &str, message: &str, now: &Time) {
        self.set(r#type, ConditionStatus::Unknown, reason, message, now);
        if DEPENDENTS.iter().any(|dependent| self.stands(dependent, &ConditionStatus::False)) {
            // `False` takes precedence over `Unknown`.
            if !self.stands(READY, &ConditionStatus::False) {
                self.set(READY, ConditionStatus::False, reason, message, now);
            }
        } else if r#type != READY {
            self.set(READY, ConditionStatus::Unknown, reason, message, now);
        }
    }

    fn mark_false(&mut self, r#type: &str, reason: &str, message: &str, now: &Time) {
        self.set(r#type, ConditionStatus::False, reason, message, now);
        self.set(READY, ConditionStatus::False, reason, message, now);
    }

    /// The condition that keeps [`READY`] from being `True`: the one that last became `False`, else the one that last became `Unknown`.
    fn unhappy_dependent(&self) -> Option<Condition> {
        // As in Go, conditions of all types count, unless their severity is `Warning` or `Info`.
        let mut dependents: Vec<_> = self
            .conditions
            .iter()
            .filter(|condition| condition.severity.is_empty() && condition.r#type != READY)
            .collect();
        dependents
            .sort_by_key(|condition| Reverse(condition.last_transition_time.as_ref().map(|time| time.0)));
        let first = |status| dependents.iter().find(|condition| condition.status == status).copied().cloned();
        first(ConditionStatus::False).or_else(|| first(ConditionStatus::Unknown)).or_else(|| {
            let initialized = dependents.len() >= DEPENDENTS.len();
            (!initialized).then(|| new_condition(READY, ConditionStatus::Unknown, "", ""))
        })
    }

    /// Sets a condition, unless only its time would change.
    fn set(&mut self, r#type: &str, status: ConditionStatus, reason: &str, message: &str, now: &Time) {
        let mut new = new_condition(r#type, status, reason, message);
        if let Some(old) = self.condition(r#type) {
            new.last_transition_time = old.last_transition_time.clone();
            new.unknown = old.unknown.clone();
            if new == *old {
                return;
            }
        }
        new.last_transition_time = Some(now.clone());
        self.conditions.retain(|condition| condition.r#type != r#type);
        self.conditions.push(new);
        self.conditions.sort_by(|a, b| a.r#type.cmp(&b.r#type));
    }
}

fn new_condition(r#type: &str, status: ConditionStatus, reason: &str, message: &str) -> Condition {
    Condition {
        r#type: r#type.to_owned(),
        status,
        severity: String::new(),
        last_transition_time: None,
        reason: reason.to_owned(),
        message: message.to_owned(),
        unknown: UnknownFields::default(),
    }
}

fn load_balancer(ingress: Vec<LoadBalancerIngress>) -> LoadBalancerStatus {
    LoadBalancerStatus { ingress, unknown: UnknownFields::default() }
}
