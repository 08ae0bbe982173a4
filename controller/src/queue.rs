//! What is to be written, and when. It holds keys alone: what is written is worked out when a key's turn comes.

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use futures_util::StreamExt;
use knative_gloo_translate::Gateway;
use knative_ingress_model::IngressRef;
use tokio_util::time::{DelayQueue, delay_queue};

/// Something that is written, or looked at.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    /// The Proxy of a gateway.
    Proxy(Gateway),
    /// The status of an Ingress.
    Status(IngressRef),
    /// Nothing by itself: an Ingress whose newest state was held back has to be looked at again.
    Publish(IngressRef),
    /// Nothing by itself: what Gloo says of the Proxy of a gateway has to be looked at again.
    Verdict(Gateway),
}

/// Each key is in it at most once, so nothing is written twice at the same time, nor more often than it can be.
#[derive(Default)]
pub(crate) struct Queue {
    entries: HashMap<Key, Entry>,
    timers: DelayQueue<Key>,
    /// Proxies before statuses.
    ready: VecDeque<Key>,
    status_writes: usize,
}

struct Entry {
    state: State,
    failures: u32,
}

enum State {
    Waiting {
        timer: delay_queue::Key,
        wake: Wake,
    },
    Ready,
    /// `again`: how long to wait when it is done, since something has changed or it has to be looked at again.
    UnderWay {
        again: Option<(Duration, Wake)>,
    },
}

/// What ends the wait of a key.
#[derive(Clone, Copy)]
pub(crate) enum Wake {
    /// Its timer alone.
    OnTimer,
    /// A change too: nothing else is to be done until then, or what was to be written has been refused, and would be again as
    /// long as nothing changes.
    OnChange,
}

/// To give back the room of fewer keys is not worth it.
const FEW: usize = 256;

/// A timer set for much longer would panic.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

impl Queue {
    /// Notes that `key` may have to be written, after `delay` unless it is waiting already.
    pub(crate) fn enqueue(&mut self, key: Key, delay: Duration) {
        match self.entries.get_mut(&key).map(|entry| &mut entry.state) {
            None => self.wait(key, delay, 0, Wake::OnTimer),
            Some(State::Waiting { wake: Wake::OnTimer, .. } | State::Ready) => {}
            Some(State::Waiting { timer, wake }) => {
                *wake = Wake::OnTimer;
                self.timers.reset(timer, delay.min(LONGEST));
            }
            Some(State::UnderWay { again }) => {
                let delay = match *again {
                    Some((known, Wake::OnTimer)) => known.min(delay),
                    Some((_, Wake::OnChange)) | None => delay,
                };
                *again = Some((delay, Wake::OnTimer));
            }
        }
    }

    /// Notes that `key` has to be looked at again after `delay`, or sooner if something changes.
    pub(crate) fn schedule(&mut self, key: Key, delay: Duration) {
        match self.entries.get_mut(&key).map(|entry| &mut entry.state) {
            None => self.wait(key, delay, 0, Wake::OnChange),
            // Whatever it waits for, it is looked at then.
            Some(State::Waiting { wake: Wake::OnTimer, .. } | State::Ready) => {}
            Some(State::Waiting { timer, wake: Wake::OnChange }) => {
                self.timers.reset(timer, delay.min(LONGEST));
            }
            Some(State::UnderWay { again }) => {
                again.get_or_insert((delay, Wake::OnChange));
            }
        }
    }

    /// Waits for the timer that is due next. Only that is lost when the future is dropped.
    pub(crate) async fn tick(&mut self) -> Option<()> {
        let key = self.timers.next().await?.into_inner();
        if let Some(entry) = self.entries.get_mut(&key) {
            entry.state = State::Ready;
        }
        match key {
            Key::Proxy(_) | Key::Publish(_) | Key::Verdict(_) => self.ready.push_front(key),
            Key::Status(_) => self.ready.push_back(key),
        }
        Some(())
    }

    /// The next key to write, which is under way from now on; with no more than `max_status_writes` statuses at a time.
    pub(crate) fn next(&mut self, max_status_writes: usize) -> Option<Key> {
        let key = match self.ready.front()? {
            Key::Status(_) if self.status_writes >= max_status_writes => return None,
            Key::Proxy(_) | Key::Publish(_) | Key::Verdict(_) | Key::Status(_) => self.ready.pop_front()?,
        };
        if let Key::Status(_) = key {
            self.status_writes = self.status_writes.saturating_add(1);
        }
        if let Some(entry) = self.entries.get_mut(&key) {
            entry.state = State::UnderWay { again: None };
        }
        Some(key)
    }

    /// `key` is as it should be, or was when it was written: what came since is waited for.
    pub(crate) fn done(&mut self, key: Key) {
        if let Some(Entry { state: State::UnderWay { again: Some((delay, wake)) }, .. }) = self.end(&key) {
            self.wait(key, delay, 0, wake);
        }
    }

    /// `key` could not be written, and waits for what `delay` says of the number of failures in a row.
    pub(crate) fn failed(&mut self, key: Key, wake: Wake, delay: impl FnOnce(u32) -> Duration) {
        let Some(entry) = self.end(&key) else { return };
        let failures = entry.failures.saturating_add(1);
        self.wait(key.clone(), delay(failures), failures, wake);
        if let State::UnderWay { again: Some((delay, Wake::OnTimer)) } = entry.state {
            self.enqueue(key, delay);
        }
    }

    /// How many keys wait or are under way.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether the last attempt to write `key` has failed.
    pub(crate) fn is_failing(&self, key: &Key) -> bool {
        self.entries.get(key).is_some_and(|entry| entry.failures > 0)
    }

    fn wait(&mut self, key: Key, delay: Duration, failures: u32, wake: Wake) {
        let timer = self.timers.insert(key.clone(), delay.min(LONGEST));
        self.entries.insert(key, Entry { state: State::Waiting { timer, wake }, failures });
    }

    fn end(&mut self, key: &Key) -> Option<Entry> {
        if let Key::Status(_) = key {
            self.status_writes = self.status_writes.saturating_sub(1);
        }
        let ended = self.entries.remove(key);
        // Gives back the room of those that have waited together, as all Ingresses do at the start.
        if self.entries.len() < FEW && self.entries.capacity() > FEW.saturating_mul(2) {
            self.entries.shrink_to(FEW);
            self.ready.shrink_to(FEW);
            self.timers.compact();
        }
        ended
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::{Instant, advance};

    use super::*;

    fn key() -> Key {
        Key::Status(IngressRef::new("a", "b"))
    }

    /// How long it takes until the next key is ready.
    async fn due(queue: &mut Queue) -> u128 {
        let start = Instant::now();
        queue.tick().await.unwrap();
        start.elapsed().as_millis()
    }

    const fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[tokio::test(start_paused = true)]
    async fn scheduled_retry_does_not_delay_a_change() {
        let mut queue = Queue::default();
        queue.schedule(key(), millis(3000));
        queue.enqueue(key(), millis(50));
        queue.schedule(key(), millis(3000));
        assert_eq!(due(&mut queue).await, 50);
        // While it is under way it is scheduled, then something changes.
        assert_eq!(queue.next(1), Some(key()));
        queue.schedule(key(), millis(3000));
        queue.enqueue(key(), millis(70));
        queue.done(key());
        queue.schedule(key(), millis(3000));
        assert_eq!(due(&mut queue).await, 70);
        // The last schedule counts, after a write too.
        assert_eq!(queue.next(1), Some(key()));
        queue.schedule(key(), millis(3000));
        queue.done(key());
        queue.schedule(key(), millis(1000));
        assert_eq!(due(&mut queue).await, 1000);
    }

    #[tokio::test(start_paused = true)]
    async fn backoff_after_failure_applies_to_changes() {
        let mut queue = Queue::default();
        queue.enqueue(key(), millis(0));
        due(&mut queue).await;
        assert_eq!(queue.next(1), Some(key()));
        queue.enqueue(key(), millis(0));
        queue.failed(key(), Wake::OnTimer, |failures| millis(500).saturating_mul(failures));
        queue.enqueue(key(), millis(0));
        advance(millis(100)).await;
        assert_eq!(due(&mut queue).await, 400);
        assert_eq!(queue.next(1), Some(key()));
        queue.failed(key(), Wake::OnChange, |failures| millis(500).saturating_mul(failures));
        queue.enqueue(key(), millis(20));
        assert_eq!(due(&mut queue).await, 20);
    }

    #[tokio::test(start_paused = true)]
    async fn queue_gives_back_the_room_of_those_that_have_waited() {
        let mut queue = Queue::default();
        queue.enqueue(Key::Verdict(Gateway::External), millis(30_000));
        for number in 0..5_000 {
            queue.enqueue(Key::Status(IngressRef::new("a", number.to_string())), millis(1));
        }
        for _ in 0..5_000 {
            due(&mut queue).await;
        }
        let room =
            |queue: &Queue| [queue.entries.capacity(), queue.timers.capacity(), queue.ready.capacity()];
        assert!(room(&queue).into_iter().all(|room| room >= 5_000), "{:?}", room(&queue));
        while let Some(key) = queue.next(usize::MAX) {
            queue.done(key);
        }
        assert_eq!(queue.len(), 1);
        assert!(room(&queue).into_iter().all(|room| room <= 4 * FEW), "{:?}", room(&queue));
        // And goes on.
        queue.enqueue(key(), millis(5));
        assert_eq!(due(&mut queue).await, 5);
        assert_eq!(queue.next(1), Some(key()));
        queue.done(key());
        due(&mut queue).await;
        assert_eq!(queue.next(1), Some(Key::Verdict(Gateway::External)));
    }
}
