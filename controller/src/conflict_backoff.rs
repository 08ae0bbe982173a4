//! Backing off when another writer keeps changing a Proxy.

use std::time::Duration;

use tokio::time::Instant;

use crate::RetryPolicy;

/// How often in a row somebody else has changed a Proxy.
#[derive(Clone, Copy, Default)]
pub(crate) struct ConflictBackoff {
    rounds: u32,
    last: Option<Instant>,
}

impl ConflictBackoff {
    /// Counts another round, or the first one if the last was long ago.
    pub(crate) fn record(&mut self, retry: RetryPolicy) {
        let now = Instant::now();
        let quiet = retry.max_delay.saturating_mul(2);
        let is_over = self.last.is_none_or(|last| now.duration_since(last) > quiet);
        self.rounds = if is_over { 1 } else { self.rounds.saturating_add(1) };
        self.last = Some(now);
    }

    pub(crate) const fn rounds(self) -> u32 {
        self.rounds
    }

    /// How long to leave it to the other.
    pub(crate) fn pause(self, retry: RetryPolicy) -> Duration {
        retry.delay(self.rounds)
    }
}
