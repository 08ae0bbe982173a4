//! Watching without end, by [`kube::runtime::watcher()`].
//!
//! What is added: a pause after each failure, twice as long each time; objects that can't be read, which must not stop the
//! others; and what nobody here reads is dropped before anything is stored.

mod faults;
mod guard;

use std::{fmt::Debug, time::Duration};

use futures_util::{Stream, StreamExt, stream};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::{
    Api, Resource,
    runtime::watcher::{self, Event, watcher},
};
use serde::de::DeserializeOwned;
use tokio::time::{Instant, sleep};
use tracing::warn;

use crate::{ErrorChain, RetryPolicy, object_span::log_unreadable, retry_after::asked_pause};
pub(crate) use faults::surface_watch_faults;
use guard::{Guard, InvalidObject};

/// What `kubectl apply` keeps there for itself: the whole object once more.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Watches the objects that `config` selects for ever. Failures are logged and tried again.
///
/// kube's own [`backoff`](kube::runtime::WatchStreamExt::backoff) is not used: it takes the start of each list for a success,
/// and does not tell how long it pauses.
pub(crate) fn watch<K>(
    api: Api<Guard<K>>,
    config: watcher::Config,
    retry: RetryPolicy,
) -> impl Stream<Item = Event<K>> + Send
where
    K: Resource<DynamicType = ()> + Clone + Debug + Default + DeserializeOwned + Send + Sync + 'static,
{
    let start = move || watcher(api.clone(), config.clone()).boxed();
    let watch = (start(), Failures::default(), start);
    stream::unfold(watch, move |(mut events, mut failures, start)| async move {
        loop {
            match events.next().await? {
                Ok(event) => {
                    failures.end_with(&event);
                    if let Some(event) = readable(event) {
                        let event = event.modify(|object| slim(object.meta_mut()));
                        return Some((event, (events, failures, start)));
                    }
                }
                Err(error) => {
                    let pause = failures.next_pause(retry, asked_by(&error));
                    warn!(kind = %K::kind(&()), ?pause, "watch failed: {}", ErrorChain(&error));
                    sleep(pause).await;
                    if is_lost_event(&error) {
                        events = start();
                    }
                }
            }
        }
    })
}

/// Failures in a row.
#[derive(Default)]
struct Failures {
    in_a_row: u32,
    /// When the last pause ended.
    resumed: Option<Instant>,
}

impl Failures {
    /// Only what a watch tells ends them: a list is no success as long as nothing comes of it.
    const fn end_with<K>(&mut self, event: &Event<K>) {
        match event {
            Event::Apply(_) | Event::Delete(_) => self.in_a_row = 0,
            Event::Init | Event::InitApply(_) | Event::InitDone => {}
        }
    }

    /// Counts another one, or the first if all was well for twice the longest pause. What is `asked` for counts up to the longest pause.
    fn next_pause(&mut self, retry: RetryPolicy, asked: Duration) -> Duration {
        let now = Instant::now();
        let quiet = retry.max_delay.saturating_mul(2);
        if self.resumed.is_some_and(|resumed| now.duration_since(resumed) > quiet) {
            self.in_a_row = 0;
        }
        self.in_a_row = self.in_a_row.saturating_add(1);
        let pause = retry.delay(self.in_a_row).max(asked.min(retry.max_delay));
        self.resumed = now.checked_add(pause);
        pause
    }
}

/// Whether this was an event that can't be read. The watch would go on behind it: only a new list tells what it said. kube takes a
/// line that it can't read for a `Status`, which has no field that must be there.
const fn is_lost_event(error: &watcher::Error) -> bool {
    matches!(error, watcher::Error::WatchFailed(kube::Error::SerdeError(_) | kube::Error::Api(_)))
}

/// How long the server has asked to be left alone.
fn asked_by(error: &watcher::Error) -> Duration {
    match error {
        watcher::Error::InitialListFailed(error)
        | watcher::Error::WatchStartFailed(error)
        | watcher::Error::WatchFailed(error) => asked_pause(error),
        watcher::Error::WatchError(_) | watcher::Error::NoResourceVersion => Duration::ZERO,
    }
}

/// The event as if the objects that can't be read were not there.
fn readable<K: Resource<DynamicType = ()> + Default>(event: Event<Guard<K>>) -> Option<Event<K>> {
    let log = |invalid: &InvalidObject| log_unreadable(K::kind(&()), &invalid.metadata, &invalid.error);
    let gone = |metadata| {
        let mut object = K::default();
        *object.meta_mut() = metadata;
        Event::Delete(object)
    };
    match event {
        Event::Init => Some(Event::Init),
        Event::InitDone => Some(Event::InitDone),
        Event::InitApply(Guard(Ok(object))) => Some(Event::InitApply(object)),
        Event::InitApply(Guard(Err(invalid))) => {
            log(&invalid);
            None
        }
        Event::Apply(Guard(Ok(object))) => Some(Event::Apply(object)),
        Event::Apply(Guard(Err(invalid))) => {
            log(&invalid);
            Some(gone(invalid.metadata))
        }
        Event::Delete(Guard(Ok(object))) => Some(Event::Delete(object)),
        Event::Delete(Guard(Err(invalid))) => Some(gone(invalid.metadata)),
    }
}

/// Drops what nobody reads.
pub(crate) fn slim(metadata: &mut ObjectMeta) {
    metadata.managed_fields = None;
    if let Some(annotations) = &mut metadata.annotations {
        annotations.remove(LAST_APPLIED);
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::ConfigMap;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn backoff_resets_after_success_or_quiet_time() {
        let [initial_delay, max_delay] = [1, 30].map(Duration::from_secs);
        let retry = RetryPolicy { initial_delay, max_delay };
        let mut failures = Failures::default();
        let mut pause = || failures.next_pause(retry, Duration::ZERO).as_secs();
        assert_eq!([pause(), pause(), pause()], [1, 2, 4]);
        for no_success in [Event::Init, Event::InitApply(ConfigMap::default()), Event::InitDone] {
            failures.end_with(&no_success);
        }
        assert_eq!(failures.next_pause(retry, Duration::ZERO).as_secs(), 8);
        failures.end_with(&Event::Apply(ConfigMap::default()));
        assert_eq!(failures.next_pause(retry, Duration::ZERO).as_secs(), 1);
        tokio::time::advance(Duration::from_secs(60)).await;
        assert_eq!(failures.next_pause(retry, Duration::ZERO).as_secs(), 2);
        tokio::time::advance(Duration::from_secs(63)).await;
        assert_eq!(failures.next_pause(retry, Duration::ZERO).as_secs(), 1);
        assert_eq!(failures.next_pause(retry, Duration::from_secs(7)).as_secs(), 7);
        assert_eq!(failures.next_pause(retry, Duration::from_secs(3600)).as_secs(), 30);
    }

    #[test]
    fn slim_drops_unused_metadata() {
        let mut metadata = ObjectMeta { managed_fields: Some(Vec::new()), ..ObjectMeta::default() };
        let annotations = [(LAST_APPLIED, "{}"), ("of", "somebody")];
        metadata.annotations = Some(annotations.map(|(name, value)| (name.into(), value.into())).into());
        slim(&mut metadata);
        assert_eq!(metadata.managed_fields, None);
        assert_eq!(metadata.annotations.unwrap().into_keys().collect::<Vec<_>>(), ["of"]);
    }
}
