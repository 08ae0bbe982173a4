//! Watching without end: a list, then a watch from its version, and the next watch from where that one ended.
//!
//! It is written out, as kube's own watcher opens a watch that ends at once again at full speed, and does not tell.

use std::{fmt::Debug, mem, time::Duration};

use futures_util::{
    Stream, StreamExt,
    stream::{self, BoxStream},
};
use kube::{
    Api, Error, Resource,
    api::{ListParams, WatchEvent, WatchParams},
};
use serde::de::DeserializeOwned;
use tokio::time::{Instant, sleep, timeout};
use tracing::warn;

use crate::Backoff;

/// Objects in a page of a list.
const PAGE: u32 = 500;
/// Seconds after which the server is asked to end a watch; none may last longer than 295 of them.
const LASTS: u32 = 290;
/// A watch that is silent for longer than it lasts is dead, and nobody has said so.
const SILENCE: Duration = Duration::from_secs(300);
/// A watch that ends before, without having told anything, has failed.
const SHORT: Duration = Duration::from_secs(1);

/// What a watch has seen.
pub(crate) enum Seen<K> {
    /// A list is about to be asked for.
    Listing,
    /// All objects at a version, in the place of those known so far.
    All {
        objects: Vec<K>,
        version: Option<u64>,
    },
    Applied(K),
    Deleted(K),
}

/// Watches for ever. An object that can't be read must not stop the others, so `K` is a guard.
pub(crate) fn watch<K>(
    api: Api<K>,
    fields: Option<String>,
    backoff: Backoff,
) -> impl Stream<Item = Seen<K>> + Send
where
    K: Resource<DynamicType = ()> + Clone + DeserializeOwned + Debug + Send + Sync + 'static,
{
    let watch = Watch { api, fields, backoff, state: State::Unknown, failures: 0 };
    stream::unfold(watch, |mut watch| async move { Some((watch.next().await, watch)) })
}

struct Watch<K> {
    api: Api<K>,
    fields: Option<String>,
    backoff: Backoff,
    state: State<K>,
    /// In a row, without anything having been told in between. A list is no success as long as nothing comes of it.
    failures: u32,
}

enum State<K> {
    Unknown,
    /// It has been told that a list is about to be asked for.
    Listing,
    /// All is known up to this version.
    Known(String),
    Open(Open<K>),
}

struct Open<K> {
    version: String,
    events: BoxStream<'static, Result<WatchEvent<K>, Error>>,
    since: Instant,
    is_of_use: bool,
}

impl<K> Watch<K>
where
    K: Resource<DynamicType = ()> + Clone + DeserializeOwned + Debug + Send + 'static,
{
    async fn next(&mut self) -> Seen<K> {
        loop {
            match mem::replace(&mut self.state, State::Unknown) {
                State::Unknown => {
                    self.state = State::Listing;
                    return Seen::Listing;
                }
                State::Listing => match self.list().await {
                    Ok((objects, version)) => {
                        let number = version.parse().ok();
                        self.state = State::Known(version);
                        return Seen::All { objects, version: number };
                    }
                    Err(error) => self.fail(State::Unknown, &error).await,
                },
                State::Known(version) => match self.open(&version).await {
                    Ok(events) => {
                        let since = Instant::now();
                        self.state = State::Open(Open { version, events, since, is_of_use: false });
                    }
                    Err(error) => self.fail(State::Known(version), &error).await,
                },
                State::Open(open) => {
                    if let Some(seen) = self.follow(open).await {
                        return seen;
                    }
                }
            }
        }
    }

    /// All objects, and the version at which they are all.
    async fn list(&mut self) -> Result<(Vec<K>, String), Error> {
        let mut parameters = ListParams::default().limit(PAGE);
        parameters.field_selector.clone_from(&self.fields);
        let mut objects = Vec::new();
        loop {
            let page = self.api.list(&parameters).await?;
            objects.extend(page.items);
            parameters.continue_token = page.metadata.continue_.filter(|token| !token.is_empty());
            if parameters.continue_token.is_none() {
                let version = page.metadata.resource_version.filter(|version| !version.is_empty());
                let version = version.ok_or_else(|| Error::Service("the list has no version".into()))?;
                return Ok((objects, version));
            }
        }
    }

    async fn open(
        &mut self,
        version: &str,
    ) -> Result<BoxStream<'static, Result<WatchEvent<K>, Error>>, Error> {
        let mut parameters = WatchParams::default().timeout(LASTS);
        parameters.field_selector.clone_from(&self.fields);
        Ok(self.api.watch(&parameters, version).await?.boxed())
    }

    /// What the watch tells next, `None` if that is of no object, or if it has ended.
    async fn follow(&mut self, mut open: Open<K>) -> Option<Seen<K>> {
        let told = match timeout(SILENCE, open.events.next()).await {
            Ok(Some(event)) => event.and_then(told).map_err(Some),
            Ok(None) | Err(_) => Err(None),
        };
        match told {
            Ok((seen, version)) => {
                if let Some(version) = version.filter(|version| *version != open.version) {
                    open.version = version;
                    open.is_of_use = true;
                    self.failures = 0;
                }
                self.state = State::Open(open);
                seen
            }
            Err(error) => {
                self.end(open, error).await;
                None
            }
        }
    }

    async fn end(&mut self, open: Open<K>, error: Option<Error>) {
        let Open { version, events, since, is_of_use } = open;
        drop(events);
        let is_short = since.elapsed() < SHORT;
        if !is_short {
            self.failures = 0;
        }
        let known = State::Known(version);
        match error {
            Some(error) => self.fail(known, &error).await,
            None if is_short && !is_of_use => {
                self.fail(known, &Error::Service("it ended at once".into())).await
            }
            None => self.state = known,
        }
    }

    /// Waits before it goes on from `then`, or from a list if that is a version that the server has forgotten.
    async fn fail(&mut self, then: State<K>, error: &Error) {
        self.failures = self.failures.saturating_add(1);
        let pause = self.backoff.after(self.failures);
        warn!(kind = %K::kind(&()), ?pause, "watching failed: {error}");
        sleep(pause).await;
        let is_forgotten = matches!(error, Error::Api(status) if status.code == 410);
        self.state = if is_forgotten { State::Unknown } else { then };
    }
}

/// An event, and the version up to which all is known with it.
fn told<K: Resource>(event: WatchEvent<K>) -> Result<(Option<Seen<K>>, Option<String>), Error> {
    let version = |object: &K| object.meta().resource_version.clone().filter(|version| !version.is_empty());
    match event {
        WatchEvent::Added(object) | WatchEvent::Modified(object) => {
            let version = version(&object);
            Ok((Some(Seen::Applied(object)), version))
        }
        WatchEvent::Deleted(object) => {
            let version = version(&object);
            Ok((Some(Seen::Deleted(object)), version))
        }
        WatchEvent::Bookmark(bookmark) => Ok((None, Some(bookmark.metadata.resource_version))),
        WatchEvent::Error(status) => Err(Error::Api(status)),
    }
}
