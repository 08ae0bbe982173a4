//! Watching without end.

use std::fmt::Debug;

use futures_util::{
    Stream, StreamExt,
    stream::{self, BoxStream},
};
use kube::{
    Api, Error, Resource,
    runtime::watcher::{self, Event, watcher},
};
use serde::de::DeserializeOwned;
use tracing::warn;

use crate::Backoff;

/// What a watch has seen.
pub(crate) enum Seen<K> {
    /// A list is about to be asked for.
    Listing,
    /// All objects, in the place of those known so far.
    All(Vec<K>),
    Applied(K),
    Deleted(K),
}

/// Watches for ever. An object that can't be read must not stop the others: `K` is a guard where that may happen.
pub(crate) fn watch<K>(
    api: Api<K>,
    filter: watcher::Config,
    backoff: Backoff,
) -> impl Stream<Item = Seen<K>> + Send
where
    K: Resource<DynamicType = ()> + Clone + DeserializeOwned + Debug + Send + 'static,
{
    struct State<K> {
        events: BoxStream<'static, watcher::Result<Event<K>>>,
        listed: Vec<K>,
        failures: u32,
    }
    let start = move || watcher(api.clone(), filter.clone()).boxed();
    let state = State { events: start(), listed: Vec::new(), failures: 0 };
    stream::unfold((state, start), move |(mut state, start)| async move {
        loop {
            let event = state.events.next().await?;
            // The start of a list is no success yet.
            if !matches!(event, Ok(Event::Init) | Err(_)) {
                state.failures = 0;
            }
            let seen = match event {
                Ok(Event::Init) => {
                    state.listed.clear();
                    Seen::Listing
                }
                Ok(Event::InitApply(object)) => {
                    state.listed.push(object);
                    continue;
                }
                Ok(Event::InitDone) => Seen::All(std::mem::take(&mut state.listed)),
                Ok(Event::Apply(object)) => Seen::Applied(object),
                Ok(Event::Delete(object)) => Seen::Deleted(object),
                Err(error) => {
                    state.failures = state.failures.saturating_add(1);
                    let pause = backoff.after(state.failures);
                    warn!(kind = %K::kind(&()), ?pause, "watching failed: {error}");
                    tokio::time::sleep(pause).await;
                    // The watcher would ask for the same lost version again and again.
                    if matches!(&error, watcher::Error::WatchStartFailed(Error::Api(status)) if status.code == 410)
                    {
                        state.events = start();
                    }
                    continue;
                }
            };
            return Some((seen, (state, start)));
        }
    })
}
