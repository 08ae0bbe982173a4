//! Writing as the holder of the Lease, and keeping up as a replica that isn't.

use std::time::Duration;

use knative_gloo_translate::Gateway;
use kube::runtime::watcher::Event;
use tracing::{debug, info};

use crate::{
    controller::{Controller, log},
    object_span::ingress_span,
    queue::{Key, Wake},
    room::is_unsent,
    stored_proxy::StoredProxy,
    telemetry::ObjectKind,
    writer::Written,
};

impl Controller {
    /// Takes in whether this replica writes. What it has withheld until now it writes at once.
    pub(crate) fn set_leader(&mut self, is_leader: bool) {
        if self.is_leader == is_leader {
            return;
        }
        self.is_leader = is_leader;
        self.latency.clear();
        self.announcer.clear();
        self.tell_all();
        let withheld = std::mem::take(&mut self.withheld);
        if is_leader {
            info!(withheld = withheld.len(), "writing from now on");
            Gateway::ALL.into_iter().for_each(|gateway| self.hear_verdict(gateway));
        }
        withheld.into_iter().for_each(|key| self.queue.enqueue(key, Duration::ZERO));
    }

    /// Tells what has become of each Ingress: in the log, and by Events if this replica writes. Once the lists are complete, and again
    /// when it begins to write.
    pub(crate) fn tell_all(&mut self) {
        if !self.is_synced() {
            return;
        }
        for reference in self.ingresses.keys() {
            if let Some((ingress, report)) = self.ingress(reference).zip(self.translator.report(reference)) {
                let _entered = ingress_span(reference, ingress.metadata.generation).entered();
                log(&report, self.is_leader);
                if self.is_leader {
                    self.announcer.announce(&ingress, &report);
                }
            }
        }
    }

    /// Notes what this replica would have written.
    pub(crate) fn withhold(&mut self, key: Key) {
        self.withheld.insert(key);
    }

    /// Tells metrics and health how things stand.
    pub(crate) fn tell(&mut self) {
        let telemetry = &self.config.telemetry;
        let metrics = &telemetry.metrics;
        metrics.lists_complete.set(self.is_synced().into());
        metrics.lease_held.set(self.is_leader.into());
        metrics.queue_length.set(i64::try_from(self.queue.len()).unwrap_or(i64::MAX));
        for (gateway, state) in [(Gateway::External, &self.external), (Gateway::Internal, &self.internal)] {
            let counts = self.prober.counts(gateway);
            metrics.set_probes(gateway, counts.sent, counts.failed);
            metrics.set_verdict(gateway, state.verdict.as_ref().map(|verdict| verdict.state));
        }
        self.latency.stored(metrics, |revision| self.external.has(revision) && self.internal.has(revision));
        telemetry.health.turned(self.is_synced());
    }

    /// Notes how large a Proxy is in the cluster.
    pub(crate) fn observe_size(&self, gateway: Gateway, event: &Event<StoredProxy>) {
        let bytes = match event {
            Event::InitApply(proxy) | Event::Apply(proxy) => proxy.size(),
            Event::Delete(_) => 0,
            Event::Init | Event::InitDone => return,
        };
        self.config.telemetry.metrics.set_proxy_size(gateway, bytes);
    }

    pub(crate) fn count_write(&self, written: &Written) {
        let (kind, error) = match written {
            Written::Proxy { answer: Err(error), .. } if is_unsent(error) => return,
            Written::Proxy { answer, .. } => (ObjectKind::Proxy, answer.as_ref().err()),
            Written::Status { answer, .. } => (ObjectKind::Status, answer.as_ref().err()),
            Written::NothingYet { .. } | Written::Searched { .. } => return,
        };
        self.config.telemetry.metrics.count_write(kind, error);
    }

    /// Reads a Proxy anew that has changed between when it was last seen and when it was to be written: another may have
    /// taken over, or Gloo has told its verdict.
    pub(crate) fn proxy_is_stale(&mut self, gateway: Gateway) {
        let retry = self.config.retry;
        let state = self.proxy(gateway);
        state.is_in_doubt = true;
        state.stale_writes = state.stale_writes.saturating_add(1);
        // Once happens. More often somebody writes all the time.
        let pause = match state.stale_writes {
            0 | 1 => Duration::ZERO,
            often => retry.delay(often.saturating_sub(1)),
        };
        debug!(proxy = gateway.proxy_name(), ?pause, "it has changed in between");
        self.queue.failed(Key::Proxy(gateway), Wake::OnTimer, |_| pause);
    }
}
