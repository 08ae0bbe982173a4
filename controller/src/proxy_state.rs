//! What the cluster holds of a Proxy, so that it is not written again.

use std::sync::Arc;

use gloo_proxy_model::{Proxy, ProxySpec, diff};
use kube::{ResourceExt, runtime::watcher::Event};
use tokio::time::Instant;

use crate::{
    conflict_backoff::ConflictBackoff,
    gloo_verdict::{Verdict, VerdictCounts},
    object::{is_older, version},
};

/// What the cluster holds of a Proxy.
#[derive(Default)]
pub(crate) struct ProxyState {
    proxy: Option<Proxy>,
    version: Option<u64>,
    /// What a list under way has told so far.
    listed: Option<Proxy>,
    /// Whether a list has lacked it while a write was under way: nobody knows which came first.
    pub(crate) is_in_doubt: bool,
    /// Whether the cluster has held what was applied, and not something else since.
    pub(crate) is_faithful: bool,
    /// What was sent last, until it is known to be stored.
    sent: Option<Arc<Proxy>>,
    /// The revision in which it last changed.
    pub(crate) wanted: u64,
    /// The revision that is stored.
    pub(crate) stored_revision: u64,
    pub(crate) conflicts: ConflictBackoff,
    /// What Gloo says of it; `None` as long as it is silent.
    pub(crate) verdict: Option<Verdict>,
    /// Since when the Proxy has been there without a word of Gloo's.
    pub(crate) silent_since: Option<Instant>,
    pub(crate) verdict_counts: VerdictCounts,
    /// What has been logged last.
    pub(crate) told_verdict: Option<Verdict>,
    /// How often in a row a write was refused because of a newer version.
    pub(crate) stale_writes: u32,
    /// Whether fields of another writer stand beside ours, which have to go.
    is_mixed: bool,
}

/// What the cluster has made of a Proxy that was written.
pub(crate) enum WriteOutcome {
    AsDesired,
    /// It holds something else, though the write has succeeded.
    Altered,
    /// It holds what somebody else has written since.
    Overtaken,
    /// It may have been deleted since, and has to be asked for.
    InDoubt,
}

impl ProxyState {
    /// Takes in what its watch tells. Returns whether somebody else has changed it.
    pub(crate) fn handle(&mut self, event: Event<Proxy>) -> bool {
        match event {
            Event::Init => {
                // What is listed from now on is newer than all that has been seen, even if a restored etcd counts from
                // further back.
                self.version = None;
                self.listed = None;
                false
            }
            Event::InitApply(proxy) => {
                self.listed = Some(proxy);
                false
            }
            Event::InitDone => match self.listed.take() {
                Some(proxy) => self.observe(version(&proxy), Some(proxy)),
                None => {
                    self.is_in_doubt = self.sent.is_some();
                    self.version = None;
                    self.observe(None, None)
                }
            },
            Event::Apply(proxy) => self.observe(version(&proxy), Some(proxy)),
            Event::Delete(proxy) => self.observe(version(&proxy), None),
        }
    }

    /// Takes in the Proxy as it is stored, `None` if it is not there or can't be read. Returns whether somebody else has
    /// changed it.
    fn observe(&mut self, version: Option<u64>, stored: Option<Proxy>) -> bool {
        if is_older(version, self.version) || (version == self.version && version.is_some()) {
            return false;
        }
        self.version = version;
        self.is_in_doubt &= stored.is_none();
        self.verdict = stored.as_ref().and_then(Verdict::of);
        let is_silent = stored.is_some() && self.verdict.is_none();
        self.silent_since = is_silent.then(|| self.silent_since.unwrap_or_else(Instant::now));
        self.is_mixed = stored.as_ref().is_some_and(is_mixed);
        let stored = stored.and_then(|proxy| proxy.decompressed().ok());
        let is_news = match (&self.proxy, &stored) {
            (Some(known), Some(stored)) => !serves(known, stored) || !serves(stored, known),
            (None, None) => false,
            (Some(_), None) | (None, Some(_)) => true,
        };
        self.proxy = stored;
        let is_ours =
            self.sent.as_ref().zip(self.proxy.as_ref()).is_some_and(|(sent, stored)| serves(stored, sent));
        is_news && !is_ours
    }

    /// Notes what is being written, so that it is known again.
    pub(crate) fn sending(&mut self, desired: Arc<Proxy>) {
        self.sent = Some(desired);
    }

    /// Takes in what became of `desired`, which is what is wanted in `revision`, when it was written.
    pub(crate) fn written(&mut self, desired: &Proxy, revision: u64, stored: Proxy) -> WriteOutcome {
        if self.is_in_doubt {
            self.sent = None;
            return WriteOutcome::InDoubt;
        }
        let version = version(&stored);
        let is_overtaken = is_older(version, self.version);
        self.observe(version, Some(stored));
        self.sent = None;
        self.stale_writes = 0;
        if self.serves(desired) {
            self.is_faithful = true;
            self.stored_revision = revision;
            WriteOutcome::AsDesired
        } else if is_overtaken {
            WriteOutcome::Overtaken
        } else {
            self.is_faithful = false;
            WriteOutcome::Altered
        }
    }

    /// Takes in what was found when it was asked for, while nothing was being written.
    pub(crate) fn read(&mut self, found: Option<Proxy>) {
        self.is_in_doubt = false;
        if let Some(proxy) = found {
            self.observe(version(&proxy), Some(proxy));
        }
    }

    /// Whether what is stored has all that has changed up to `revision`.
    pub(crate) fn has(&self, revision: u64) -> bool {
        self.stored_revision >= self.wanted.min(revision)
    }

    /// Whether to write `desired` would change nothing.
    pub(crate) fn serves(&self, desired: &Proxy) -> bool {
        !self.is_mixed && self.proxy.as_ref().is_some_and(|stored| serves(stored, desired))
    }

    /// The version that is stored, if there is one.
    pub(crate) fn stored_version(&self) -> Option<String> {
        self.proxy.as_ref()?.metadata.resource_version.clone()
    }

    /// The Proxy as it is stored, decompressed.
    pub(crate) const fn stored(&self) -> Option<&Proxy> {
        self.proxy.as_ref()
    }
}

/// Whether there is anything beside `compressedSpec`: another writer's, since this one writes one or the other.
fn is_mixed(proxy: &Proxy) -> bool {
    let ProxySpec { listeners, compressed_spec, unknown } = &proxy.spec;
    !unknown.is_empty() || (!compressed_spec.is_empty() && !listeners.is_empty())
}

/// Whether `stored` says all that `desired` says. Gloo writes an object anew to add its status, so how it is written doesn't count.
pub(crate) fn serves(stored: &Proxy, desired: &Proxy) -> bool {
    let has = |stored: Option<&String>, desired: &String| stored == Some(desired);
    let labels = desired.labels().iter().all(|(key, value)| has(stored.labels().get(key), value));
    let annotations =
        desired.annotations().iter().all(|(key, value)| has(stored.annotations().get(key), value));
    labels && annotations && (stored.spec == desired.spec || diff(stored, desired).is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy(label: &str, version: Option<u64>) -> Proxy {
        let mut proxy = Proxy::default();
        proxy.metadata.labels = Some([("of".to_owned(), label.to_owned())].into());
        proxy.metadata.resource_version = version.map(|version| version.to_string());
        proxy
    }

    fn list(state: &mut ProxyState, listed: Option<Proxy>) -> bool {
        state.handle(Event::Init);
        if let Some(listed) = listed {
            state.handle(Event::InitApply(listed));
        }
        state.handle(Event::InitDone)
    }

    /// The answer to a write may come before the event of what was there before it.
    #[test]
    fn what_is_older_is_ignored() {
        let mut state = ProxyState::default();
        assert!(state.handle(Event::Apply(proxy("new", Some(5)))));
        assert!(!state.handle(Event::Apply(proxy("old", Some(4)))));
        assert!(!state.handle(Event::Delete(proxy("old", Some(4)))));
        assert!(state.serves(&proxy("new", None)));
        // A list counts whatever its version: etcd may have been restored.
        assert!(list(&mut state, Some(proxy("old", Some(4)))));
        assert!(state.serves(&proxy("old", None)));
        assert!(list(&mut state, None));
        assert!(!state.serves(&proxy("old", None)));
    }

    /// A list that lacks the Proxy and the answer to a write may have happened in either order.
    #[test]
    fn a_write_that_a_list_lacks_is_not_taken_for_stored() {
        let desired = proxy("desired", None);
        let mut state = ProxyState::default();
        state.sending(Arc::new(desired.clone()));
        list(&mut state, None);
        let answer = || proxy("desired", Some(7));
        assert!(matches!(state.written(&desired, 1, answer()), WriteOutcome::InDoubt));
        assert!(state.is_in_doubt && !state.serves(&desired));
        state.read(None);
        assert!(!state.is_in_doubt && !state.serves(&desired));
        state.read(Some(answer()));
        assert!(state.serves(&desired));
        state.sending(Arc::new(desired.clone()));
        assert!(matches!(state.written(&desired, 2, answer()), WriteOutcome::AsDesired));
    }
}
