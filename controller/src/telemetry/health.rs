//! Whether the controller lives, and whether it could serve at once.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// How long the loop may take for one turn before the process is taken for stuck. With 5,000 Ingresses a turn takes 2 s.
const LONGEST_TURN: Duration = Duration::from_secs(60);

/// Whether the controller lives and is ready. Clones share it.
#[derive(Clone, Debug)]
pub struct Health(Arc<Mutex<State>>);

#[derive(Clone, Copy, Debug)]
struct State {
    last_turn: Instant,
    lists_complete: bool,
    lease: LeaseStanding,
}

/// What is known of the Lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LeaseStanding {
    /// It could not be read so far, or not for long.
    Unknown,
    /// This replica holds it, or is the only one.
    Held,
    /// Another replica holds it, and this one would take over.
    HeldByAnother,
}

impl Default for Health {
    fn default() -> Self {
        let state = State { last_turn: Instant::now(), lists_complete: false, lease: LeaseStanding::Unknown };
        Self(Arc::new(Mutex::new(state)))
    }
}

impl Health {
    /// Whether the process should be left alone.
    ///
    /// # Errors
    ///
    /// Why it should be started anew: its loop hangs.
    pub fn live(&self) -> Result<(), String> {
        let silent = self.state().last_turn.elapsed();
        if silent > LONGEST_TURN {
            return Err(format!("the loop has not turned for {} s", silent.as_secs()));
        }
        Ok(())
    }

    /// Whether it keeps the cluster up to date, or would at once if the holder of the Lease went away.
    ///
    /// # Errors
    ///
    /// Why not.
    pub fn ready(&self) -> Result<(), String> {
        self.live()?;
        let State { last_turn: _, lists_complete, lease } = *self.state();
        if !lists_complete {
            return Err("the lists are not complete".to_owned());
        }
        match lease {
            LeaseStanding::Unknown => Err("the lease could not be read or written".to_owned()),
            LeaseStanding::Held | LeaseStanding::HeldByAnother => Ok(()),
        }
    }

    /// Notes that the loop has turned.
    pub(crate) fn turned(&self, lists_complete: bool) {
        let mut state = self.state();
        state.last_turn = Instant::now();
        state.lists_complete = lists_complete;
    }

    pub(crate) fn set_lease(&self, lease: LeaseStanding) {
        self.state().lease = lease;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn readyz_needs_complete_lists_and_a_known_lease() {
        let health = Health::default();
        assert_eq!(health.live(), Ok(()));
        assert_eq!(health.ready().unwrap_err(), "the lists are not complete");
        health.turned(true);
        assert_eq!(health.ready().unwrap_err(), "the lease could not be read or written");
        for standing in [LeaseStanding::Held, LeaseStanding::HeldByAnother] {
            health.set_lease(standing);
            assert_eq!(health.ready(), Ok(()), "{standing:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn livez_fails_when_the_loop_hangs() {
        let health = Health::default();
        health.turned(true);
        health.set_lease(LeaseStanding::Held);
        tokio::time::advance(LONGEST_TURN).await;
        assert_eq!(health.live(), Ok(()));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(health.live().unwrap_err(), "the loop has not turned for 61 s");
        assert!(health.ready().is_err());
        health.turned(true);
        assert_eq!(health.ready(), Ok(()));
    }
}
