//! What Gloo says of the Proxies: logged, counted, and told to those who wait.

use gloo_proxy_model::State;
use knative_gloo_translate::Gateway;
use tokio::time::Instant;
use tracing::{info, warn};

use crate::{controller::Controller, not_ready::NotReady, queue::Key};

impl Controller {
    /// Tells what Gloo says of a Proxy, if that is news. To tell it is up to the replica that writes.
    pub(crate) fn hear_verdict(&mut self, gateway: Gateway) {
        if !self.is_leader {
            return;
        }
        let (proxy, silence) = (gateway.proxy_name(), self.config.gloo_silence);
        let state = self.proxy(gateway);
        if state.silent_since.is_some() {
            self.queue.schedule(Key::Verdict(gateway), silence);
            return;
        }
        let Some(verdict) = state.verdict.clone() else { return };
        if state.told_verdict.as_ref() == Some(&verdict) {
            return;
        }
        state.verdict_counts.count(verdict.state);
        let (so_far, reason) = (state.verdict_counts, verdict.reason.as_str());
        match verdict.state {
            State::Pending | State::Accepted => {
                info!(proxy, state = ?verdict.state, %so_far, "Gloo says of it: {reason}");
            }
            State::Warning => info!(proxy, state = ?verdict.state, %so_far, "Gloo serves it, but: {reason}"),
            State::Rejected => {
                warn!(proxy, state = ?verdict.state, %so_far, "Gloo has rejected it: {reason}")
            }
        }
        state.told_verdict = Some(verdict);
        self.enqueue_not_ready();
    }

    /// Tells that Gloo has said nothing of a Proxy for long, if that is still so, once.
    pub(crate) fn hear_silence(&mut self, gateway: Gateway) {
        let state = self.proxy(gateway);
        let is_told = state.told_silence == state.silent_since;
        if self.is_leader && !is_told && self.is_ignored(gateway) {
            let state = self.proxy(gateway);
            state.told_silence = state.silent_since;
            let proxy = gateway.proxy_name();
            warn!(proxy, "Gloo has not looked at it (settings.gateway.persistProxySpec must be true)");
            self.enqueue_not_ready();
        }
    }

    /// What Gloo says, or doesn't, that explains why nothing is ready.
    pub(crate) fn not_ready_by_gloo(&self) -> Option<NotReady> {
        let proxies = [(Gateway::External, &self.external), (Gateway::Internal, &self.internal)];
        let rejected = proxies.into_iter().find_map(|(gateway, state)| {
            let verdict = state.verdict.as_ref().filter(|verdict| verdict.state == State::Rejected)?;
            Some(NotReady::rejected(gateway.proxy_name(), &verdict.reason))
        });
        rejected.or_else(|| {
            let ignored = Gateway::ALL.into_iter().find(|gateway| self.is_ignored(*gateway))?;
            Some(NotReady::ignored(ignored.proxy_name()))
        })
    }

    fn is_ignored(&self, gateway: Gateway) -> bool {
        let state = match gateway {
            Gateway::External => &self.external,
            Gateway::Internal => &self.internal,
        };
        let now = Instant::now();
        state.silent_since.is_some_and(|since| now.duration_since(since) >= self.config.gloo_silence)
    }

    /// What explains it has changed.
    fn enqueue_not_ready(&mut self) {
        let waiting = self.ingresses.iter().filter(|(_, entry)| !entry.is_ready());
        let waiting: Vec<_> = waiting.map(|(ingress, _)| ingress.clone()).collect();
        waiting.into_iter().for_each(|ingress| self.enqueue(Key::Status(ingress)));
    }
}
