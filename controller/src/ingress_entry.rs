//! What is known of an Ingress.

use std::sync::Arc;

use knative_ingress_model::{Ingress, IngressStatus};

use crate::telemetry::Tally;

/// What the controller remembers of an Ingress.
pub(crate) struct IngressEntry {
    /// As it is known to be stored; the translator shares it.
    pub(crate) object: Arc<Ingress>,
    pub(crate) tally: Tally,
    /// The revision of the Proxies that serves it.
    pub(crate) revision: u64,
    /// Where the cluster has made something else of a status that was written.
    altered: Option<Box<AlteredStatus>>,
}

/// A status that the cluster stores differently, as a definition does that lacks a field.
struct AlteredStatus {
    /// Without times.
    written: IngressStatus,
    stored: IngressStatus,
}

impl IngressEntry {
    pub(crate) fn new(object: Arc<Ingress>) -> Self {
        Self { object, tally: Tally::default(), revision: 0, altered: None }
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

fn without_times(status: &IngressStatus) -> IngressStatus {
    let mut status = status.clone();
    status.conditions.iter_mut().for_each(|condition| condition.last_transition_time = None);
    status
}
