//! What is known of an Ingress.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};
use knative_ingress_model::{Ingress, IngressRef, IngressStatus};

use crate::{share::Age, telemetry::Tally};

/// What the controller remembers of an Ingress.
pub(crate) struct IngressEntry {
    stored: StoredIngress,
    pub(crate) tally: Tally,
    /// The revision of the Proxies that serves it.
    pub(crate) revision: u64,
    /// Where the cluster has made something else of a status that was written.
    altered: Option<Box<AlteredStatus>>,
}

/// What is kept of an Ingress as it is stored. What it asks for is in the translator, and of what else it says nothing is read.
struct StoredIngress {
    uid: Option<Box<str>>,
    resource_version: Option<Box<str>>,
    generation: Option<i64>,
    created: Option<Time>,
    /// Its JSON, which takes a third of the room.
    status: Box<str>,
    is_ready: bool,
}

/// A status that the cluster stores differently, as a definition does that lacks a field.
struct AlteredStatus {
    /// Without times.
    written: IngressStatus,
    stored: IngressStatus,
}

impl IngressEntry {
    pub(crate) fn new(stored: &Ingress) -> Self {
        Self { stored: StoredIngress::of(stored), tally: Tally::default(), revision: 0, altered: None }
    }

    /// Takes in what is stored by now.
    pub(crate) fn observe(&mut self, stored: &Ingress) {
        self.stored = StoredIngress::of(stored);
    }

    /// As it is stored, but without what it asks for, and of its metadata with nothing but what stands in [`StoredIngress`].
    pub(crate) fn without_spec(&self, reference: &IngressRef) -> Ingress {
        let StoredIngress { uid, resource_version, generation, created, status, is_ready: _ } = &self.stored;
        let IngressRef { namespace, name, kind } = reference;
        Ingress {
            kind: *kind,
            metadata: ObjectMeta {
                namespace: Some(namespace.clone()),
                name: Some(name.clone()),
                uid: uid.as_deref().map(str::to_owned),
                resource_version: resource_version.as_deref().map(str::to_owned),
                generation: *generation,
                creation_timestamp: created.clone(),
                ..ObjectMeta::default()
            },
            // What has been written here can be read.
            status: serde_json::from_str(status).unwrap_or_default(),
            ..Ingress::default()
        }
    }

    pub(crate) fn uid(&self) -> Option<&str> {
        self.stored.uid.as_deref()
    }

    /// Its version, if that is a number.
    pub(crate) fn version(&self) -> Option<u64> {
        self.stored.resource_version.as_deref()?.parse().ok()
    }

    pub(crate) const fn generation(&self) -> Option<i64> {
        self.stored.generation
    }

    pub(crate) const fn is_ready(&self) -> bool {
        self.stored.is_ready
    }

    pub(crate) fn age(&self, reference: &IngressRef) -> Age {
        Age::new(self.stored.created.clone(), reference.clone())
    }

    /// Takes in what became of `desired` when it was written. Returns whether the cluster holds that.
    pub(crate) fn status_written(&mut self, desired: &IngressStatus, stored: &Ingress) -> bool {
        let is_as_desired = stored.status == *desired;
        self.altered = (!is_as_desired).then(|| {
            Box::new(AlteredStatus { written: without_times(desired), stored: stored.status.clone() })
        });
        is_as_desired
    }

    /// Whether to write `desired` would change nothing of `current`.
    pub(crate) fn is_up_to_date(&self, current: &Ingress, desired: &IngressStatus) -> bool {
        current.status == *desired
            || self.altered.as_ref().is_some_and(|altered| {
                altered.stored == current.status && altered.written == without_times(desired)
            })
    }
}

impl StoredIngress {
    fn of(ingress: &Ingress) -> Self {
        let ObjectMeta { uid, resource_version, generation, creation_timestamp, .. } = &ingress.metadata;
        Self {
            uid: uid.as_deref().map(Box::from),
            resource_version: resource_version.as_deref().map(Box::from),
            generation: *generation,
            created: creation_timestamp.clone(),
            status: serde_json::to_string(&ingress.status).unwrap_or_default().into(),
            is_ready: ingress.is_ready(),
        }
    }
}

fn without_times(status: &IngressStatus) -> IngressStatus {
    let mut status = status.clone();
    status.conditions.iter_mut().for_each(|condition| condition.last_transition_time = None);
    status
}

#[cfg(test)]
mod tests {
    use k8s_openapi::jiff::Timestamp;
    use knative_gloo_translate::{Readiness, translate};
    use knative_ingress_model::{ConditionStatus, GatewayAddresses};
    use kube::Resource;
    use serde_json::json;

    use super::*;

    /// What statuses, Events and the order of ages read is as in the whole object.
    #[test]
    fn what_is_kept_says_what_the_whole_object_says() {
        let whole: Ingress = serde_json::from_value(json!({
            "apiVersion": "networking.internal.knative.dev/v1alpha1",
            "kind": "Ingress",
            "metadata": {
                "namespace": "team-a", "name": "shop", "uid": "0f1c", "resourceVersion": "17", "generation": 3,
                "creationTimestamp": "2026-01-01T00:00:00Z", "labels": {"of": "nobody"},
                "annotations": {"networking.knative.dev/ingress.class": "gloo.ingress.networking.knative.dev"},
            },
            "spec": {"rules": [{"hosts": ["shop.example.com"], "http": {"paths": [{"splits": [
                {"serviceNamespace": "team-a", "serviceName": "shop", "servicePort": 80, "percent": 100}
            ]}]}}]},
            "status": {
                "observedGeneration": 2,
                "conditions": [
                    {"type": "Ready", "status": "False", "reason": "Some", "message": "\u{e9}\"", "lastTransitionTime": "2026-01-01T00:00:00Z"},
                    {"type": "Other", "status": "Maybe", "severity": "Info", "of": {"another": ["release", 1.5]}},
                ],
                "publicLoadBalancer": {"ingress": [{"domainInternal": "proxy.gloo-system.svc.cluster.local"}]},
                "more": null,
            },
        }))
        .unwrap();
        let translation = translate([&whole], &Default::default());
        let [report] = &translation.reports[..] else { panic!("{:?}", translation.reports) };
        let now = Time(Timestamp::from_second(1_800_000_000).unwrap());
        let gateways = GatewayAddresses::default();
        let mut entry = IngressEntry::new(&Ingress::default());
        for generation in [3, 2] {
            let mut whole = whole.clone();
            whole.metadata.generation = Some(generation);
            whole.status.conditions[0].status = ConditionStatus::True;
            entry.observe(&whole);
            let kept = entry.without_spec(&whole.reference());
            assert_eq!(kept.status, whole.status);
            for readiness in [Readiness::Waiting, Readiness::Serving(&gateways)] {
                let status = report.status(&whole, readiness, &now);
                assert!(status.is_some());
                assert_eq!(report.status(&kept, readiness, &now), status);
            }
            assert_eq!(kept.object_ref(&()), whole.object_ref(&()));
            assert_eq!((kept.is_ready(), entry.is_ready()), (generation == 2, generation == 2));
            assert_eq!(whole.is_ready(), generation == 2);
            assert_eq!(entry.age(&whole.reference()), Age::of(&whole));
            assert_eq!(
                (entry.version(), entry.generation(), entry.uid()),
                (Some(17), Some(generation), Some("0f1c"))
            );
        }
    }
}
