//! How long a change takes, from when its watch tells of it.

use std::collections::BTreeMap;

use knative_ingress_model::{Ingress, IngressRef};
use tokio::time::Instant;

use super::Metrics;

/// While nothing can be stored, later changes are not measured.
const MAX_REVISIONS: usize = 4096;

/// Changes on their way. Each is forgotten when it has arrived or can't any more.
#[derive(Default)]
pub(crate) struct Latency {
    /// When the Proxies became what they are in a revision that is not stored yet.
    revisions: BTreeMap<u64, Instant>,
    /// Since when an Ingress that is to become ready isn't.
    waiting: BTreeMap<IngressRef, Instant>,
}

impl Latency {
    /// Notes that the Proxies have changed.
    pub(crate) fn changed(&mut self, revision: u64) {
        if self.revisions.len() >= MAX_REVISIONS {
            return;
        }
        self.revisions.entry(revision).or_insert_with(Instant::now);
    }

    /// Notes that an Ingress has changed. What changes again before it is ready counts from the first change.
    pub(crate) fn ingress_changed(&mut self, ingress: &Ingress, is_served: bool) {
        if is_served && !ingress.is_ready() {
            self.waiting.entry(ingress.reference()).or_insert_with(Instant::now);
        } else if !is_served {
            self.forget(&ingress.reference());
        }
    }

    /// Counts the revisions that are stored by now.
    pub(crate) fn stored(&mut self, metrics: &Metrics, is_stored: impl Fn(u64) -> bool) {
        while let Some(first) = self.revisions.first_entry().filter(|first| is_stored(*first.key())) {
            metrics.change_to_stored.observe(first.remove().elapsed().as_secs_f64());
        }
    }

    /// Takes in an Ingress as it is stored.
    pub(crate) fn observe(&mut self, metrics: &Metrics, ingress: &Ingress) {
        if ingress.is_ready()
            && let Some(since) = self.waiting.remove(&ingress.reference())
        {
            metrics.change_to_ready.observe(since.elapsed().as_secs_f64());
        }
    }

    pub(crate) fn forget(&mut self, ingress: &IngressRef) {
        self.waiting.remove(ingress);
    }

    /// Forgets all: another replica writes, and counts.
    pub(crate) fn clear(&mut self) {
        self.revisions.clear();
        self.waiting.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;
    use tokio::time::advance;

    use super::*;

    fn ingress(observed: i64, ready: &str) -> Ingress {
        serde_json::from_value(json!({
            "metadata": {"namespace": "team-a", "name": "shop", "generation": 2},
            "status": {"observedGeneration": observed, "conditions": [{"type": "Ready", "status": ready}]},
        }))
        .unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn change_to_stored_latency_is_recorded_once_per_revision() {
        let (metrics, mut latency) = (Metrics::default(), Latency::default());
        latency.changed(1);
        advance(Duration::from_secs(1)).await;
        latency.changed(2);
        latency.changed(1);
        advance(Duration::from_secs(1)).await;
        latency.stored(&metrics, |revision| revision <= 1);
        assert_eq!((metrics.change_to_stored.count(), metrics.change_to_stored.sum()), (1, 2.0));
        latency.stored(&metrics, |_| true);
        latency.stored(&metrics, |_| true);
        assert_eq!((metrics.change_to_stored.count(), metrics.change_to_stored.sum()), (2, 3.0));
    }

    #[tokio::test(start_paused = true)]
    async fn change_to_ready_latency_starts_at_the_first_change() {
        let (metrics, mut latency) = (Metrics::default(), Latency::default());
        latency.ingress_changed(&ingress(1, "True"), true);
        advance(Duration::from_secs(1)).await;
        latency.ingress_changed(&ingress(2, "Unknown"), true);
        latency.observe(&metrics, &ingress(2, "Unknown"));
        advance(Duration::from_secs(1)).await;
        latency.observe(&metrics, &ingress(2, "True"));
        latency.observe(&metrics, &ingress(2, "True"));
        assert_eq!((metrics.change_to_ready.count(), metrics.change_to_ready.sum()), (1, 2.0));
        // One that is rejected before it was ready never will be.
        latency.ingress_changed(&ingress(1, "True"), true);
        latency.ingress_changed(&ingress(1, "True"), false);
        latency.observe(&metrics, &ingress(2, "True"));
        // Nor one that is ready already.
        latency.ingress_changed(&ingress(2, "True"), true);
        latency.observe(&metrics, &ingress(2, "True"));
        assert_eq!(metrics.change_to_ready.count(), 1);
    }
}
