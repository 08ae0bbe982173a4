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
    /// Until its timer is due; or, if what was to be written has been refused, until there is something else to write.
    Waiting {
        timer: delay_queue::Key,
        is_refused: bool,
    },
    Ready,
    /// `again`: something has changed since it began.
    UnderWay {
        again: bool,
    },
}

impl Queue {
    /// Notes that `key` may have to be written, after `delay` unless it is waiting already.
    pub(crate) fn touch(&mut self, key: Key, delay: Duration) {
        match self.slots.get_mut(&key).map(|slot| &mut slot.state) {
            None => self.wait(key, delay, 0, false),
            Some(State::Waiting { timer, is_refused }) => {
                if std::mem::take(is_refused) {
                    self.timers.reset(timer, delay);
                }
            }
            Some(State::Ready) => {}
            Some(State::UnderWay { again }) => *again = true,
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
            slot.state = State::UnderWay { again: false };
        }
        Some(key)
    }

    /// `key` is as it should be, or was when it was written: whatever came since waits for `delay`.
    pub(crate) fn done(&mut self, key: Key, delay: Duration) {
        if let Some(Slot { state: State::UnderWay { again: true }, .. }) = self.end(&key) {
            self.wait(key, delay, 0, false);
        }
    }

    /// `key` could not be written, and waits for what `delay` says of the number of failures in a row. If it `is_refused`, so
    /// that it will be again as long as nothing changes, a change ends that wait after `gather`.
    pub(crate) fn failed(
        &mut self,
        key: Key,
        is_refused: bool,
        delay: impl FnOnce(u32) -> Duration,
        gather: Duration,
    ) {
        let Some(slot) = self.end(&key) else { return };
        let failures = slot.failures.saturating_add(1);
        self.wait(key.clone(), delay(failures), failures, is_refused);
        if let State::UnderWay { again: true } = slot.state {
            self.touch(key, gather);
        }
    }

    /// Whether the last attempt to write `key` has failed.
    pub(crate) fn is_failing(&self, key: &Key) -> bool {
        self.slots.get(key).is_some_and(|slot| slot.failures > 0)
    }

    fn wait(&mut self, key: Key, delay: Duration, failures: u32, is_refused: bool) {
        let timer = self.timers.insert(key.clone(), delay);
        self.slots.insert(key, Slot { state: State::Waiting { timer, is_refused }, failures });
    }

    fn end(&mut self, key: &Key) -> Option<Slot> {
        if let Key::Status(_) = key {
            self.statuses_under_way = self.statuses_under_way.saturating_sub(1);
        }
        self.slots.remove(key)
    }
}
