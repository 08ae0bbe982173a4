//! What is to be written, and when. It holds keys alone: what is written is worked out when a key's turn comes.

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use futures_util::StreamExt;
use knative_gloo_translate::Gateway;
use knative_ingress_model::IngressRef;
use tokio_util::time::{DelayQueue, delay_queue};

/// Something that is written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    /// The Proxy of a gateway.
    Proxy(Gateway),
    /// The status of an Ingress.
    Status(IngressRef),
}

/// Each key is in it at most once, so nothing is written twice at the same time, nor more often than it can be.
#[derive(Default)]
pub(crate) struct Queue {
    slots: HashMap<Key, Slot>,
    timers: DelayQueue<Key>,
    /// Proxies before statuses.
    ready: VecDeque<Key>,
    statuses_under_way: usize,
}

struct Slot {
    state: State,
    failures: u32,
}

enum State {
    Waiting {
        timer: delay_queue::Key,
        until: Until,
    },
    Ready,
    /// `again`: something has changed since it began, and how long to wait then.
    UnderWay {
        again: Option<Duration>,
    },
}

/// What ends the wait of a key.
pub(crate) enum Until {
    /// Its timer alone.
    Due,
    /// A change too: what was to be written has been refused, and would be again as long as nothing changes.
    Changed,
}

/// A timer set for much longer would panic.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

impl Queue {
    /// Notes that `key` may have to be written, after `delay` unless it is waiting already.
    pub(crate) fn touch(&mut self, key: Key, delay: Duration) {
        match self.slots.get_mut(&key).map(|slot| &mut slot.state) {
            None => self.wait(key, delay, 0, Until::Due),
            Some(State::Waiting { until: Until::Due, .. } | State::Ready) => {}
            Some(State::Waiting { timer, until }) => {
                *until = Until::Due;
                self.timers.reset(timer, delay.min(LONGEST));
            }
            Some(State::UnderWay { again }) => *again = Some(again.map_or(delay, |known| known.min(delay))),
        }
    }

    /// Waits for the timer that is due next. Only that is lost when the future is dropped.
    pub(crate) async fn tick(&mut self) -> Option<()> {
        let key = self.timers.next().await?.into_inner();
        if let Some(slot) = self.slots.get_mut(&key) {
            slot.state = State::Ready;
        }
        match key {
            Key::Proxy(_) => self.ready.push_front(key),
            Key::Status(_) => self.ready.push_back(key),
        }
        Some(())
    }

    /// The next key to write, which is under way from now on; with no more than `parallel` statuses at a time.
    pub(crate) fn next(&mut self, parallel: usize) -> Option<Key> {
        let key = match self.ready.front()? {
            Key::Status(_) if self.statuses_under_way >= parallel => return None,
            Key::Proxy(_) | Key::Status(_) => self.ready.pop_front()?,
        };
        if let Key::Status(_) = key {
            self.statuses_under_way = self.statuses_under_way.saturating_add(1);
        }
        if let Some(slot) = self.slots.get_mut(&key) {
            slot.state = State::UnderWay { again: None };
        }
        Some(key)
    }

    /// `key` is as it should be, or was when it was written: what came since is waited for.
    pub(crate) fn done(&mut self, key: Key) {
        if let Some(Slot { state: State::UnderWay { again: Some(delay) }, .. }) = self.end(&key) {
            self.wait(key, delay, 0, Until::Due);
        }
    }

    /// `key` could not be written, and waits for what `delay` says of the number of failures in a row.
    pub(crate) fn failed(&mut self, key: Key, until: Until, delay: impl FnOnce(u32) -> Duration) {
        let Some(slot) = self.end(&key) else { return };
        let failures = slot.failures.saturating_add(1);
        self.wait(key.clone(), delay(failures), failures, until);
        if let State::UnderWay { again: Some(delay) } = slot.state {
            self.touch(key, delay);
        }
    }

    /// Whether the last attempt to write `key` has failed.
    pub(crate) fn is_failing(&self, key: &Key) -> bool {
        self.slots.get(key).is_some_and(|slot| slot.failures > 0)
    }

    fn wait(&mut self, key: Key, delay: Duration, failures: u32, until: Until) {
        let timer = self.timers.insert(key.clone(), delay.min(LONGEST));
        self.slots.insert(key, Slot { state: State::Waiting { timer, until }, failures });
    }

    fn end(&mut self, key: &Key) -> Option<Slot> {
        if let Key::Status(_) = key {
            self.statuses_under_way = self.statuses_under_way.saturating_sub(1);
        }
        self.slots.remove(key)
    }
}
