//! What the cluster holds of a Proxy, so that it is not written again.

use std::sync::{Arc, Mutex};

use gloo_proxy_model::{Proxy, ProxySpec, SpecCompressor};
use kube::runtime::watcher::Event;
use tokio::time::Instant;

use crate::{
    conflict_backoff::ConflictBackoff,
    desired::{Desired, with_spec},
    gloo_verdict::{Verdict, VerdictCounts},
    object::{is_older, version},
    object_span::log_unreadable,
    serves::serves,
    shared_proxy::SharedProxy,
    stored_proxy::StoredProxy,
};

/// What the cluster holds of a Proxy.
#[derive(Default)]
pub(crate) struct ProxyState {
    /// The Proxy, decompressed.
    proxy: Option<SharedProxy>,
    /// The JSON of the spec that was read from.
    spec_text: Option<Arc<str>>,
    /// Whether that is a compressed one.
    is_compressed: bool,
    /// What is compressed of the last state that was written.
    pub(crate) compressor: Arc<Mutex<SpecCompressor>>,
    version: Option<u64>,
    /// What a list under way has told so far.
    listed: Option<StoredProxy>,
    /// Whether an answer has said since the last list began that it is there.
    answered_since_init: bool,
    /// Whether a list has lacked it that was under way together with a write: nobody knows which came first.
    pub(crate) is_in_doubt: bool,
    /// Whether the cluster has held what was applied, and not something else since.
    pub(crate) is_faithful: bool,
    /// What was sent last, until it is known to be stored.
    sent: Option<Arc<Desired>>,
    /// The revision in which it last changed.
    pub(crate) wanted: u64,
    /// The revision that is stored.
    pub(crate) stored_revision: u64,
    pub(crate) conflicts: ConflictBackoff,
    /// What Gloo says of it; `None` as long as it is silent.
    pub(crate) verdict: Option<Verdict>,
    /// Since when the Proxy has been there without a word of Gloo's.
    pub(crate) silent_since: Option<Instant>,
    /// The same of the silence that has been logged last.
    pub(crate) told_silence: Option<Instant>,
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
    pub(crate) fn handle(&mut self, event: Event<StoredProxy>) -> bool {
        match event {
            Event::Init => {
                // What is listed from now on is newer than all that has been seen, even if a restored etcd counts from
                // further back.
                self.version = None;
                self.listed = None;
                self.answered_since_init = false;
                false
            }
            Event::InitApply(proxy) => {
                self.listed = Some(proxy);
                false
            }
            Event::InitDone => match self.listed.take() {
                Some(proxy) => self.observe(version(&proxy), Some(proxy)),
                None => {
                    let is_answered = self.answered_since_init;
                    self.is_in_doubt = self.sent.is_some() || is_answered;
                    self.version = None;
                    self.observe(None, None) && !is_answered
                }
            },
            Event::Apply(proxy) => self.observe(version(&proxy), Some(proxy)),
            Event::Delete(proxy) => self.observe(version(&proxy), None),
        }
    }

    /// Takes in the Proxy as it is stored, `None` if it is not there or can't be read. Returns whether somebody else has
    /// changed it.
    fn observe(&mut self, version: Option<u64>, stored: Option<StoredProxy>) -> bool {
        if is_older(version, self.version) || (version == self.version && version.is_some()) {
            return false;
        }
        self.version = version;
        self.is_in_doubt &= stored.is_none();
        self.verdict = stored.as_ref().and_then(|proxy| Verdict::of(proxy.status.as_ref()?));
        let is_silent = stored.is_some() && self.verdict.is_none();
        self.silent_since = is_silent.then(|| self.silent_since.unwrap_or_else(Instant::now));
        let stored = stored.and_then(|proxy| self.read_stored(proxy));
        if stored.is_none() {
            self.spec_text = None;
            self.is_compressed = false;
            self.is_mixed = false;
        }
        let is_ours =
            self.sent.as_ref().zip(stored.as_ref()).is_some_and(|(sent, stored)| serves(stored, sent));
        let is_news = !is_ours
            && match (&self.proxy, &stored) {
                (Some(known), Some(stored)) => !serves(known, stored) || !serves(stored, known),
                (None, None) => false,
                (Some(_), None) | (None, Some(_)) => true,
            };
        self.proxy = stored;
        is_news
    }

    /// Reads a Proxy as it is stored, unless its text is known: an answer to a write and its event say what was written, and
    /// Gloo's status changes nothing. `None` if it can't be read.
    fn read_stored(&mut self, stored: StoredProxy) -> Option<SharedProxy> {
        let sent = self.sent.as_ref().and_then(|sent| Some((sent.spec_of(&stored)?, sent.is_compressed())));
        let is_known = self.spec_text.is_some() && self.spec_text == stored.spec;
        let known = || Some((&self.proxy.as_ref().filter(|_| is_known)?.spec, self.is_compressed));
        let proxy = if let Some((spec, is_compressed)) = sent {
            self.is_mixed = false;
            self.is_compressed = is_compressed;
            with_spec(stored.metadata, Arc::clone(spec), is_compressed)
        } else if let Some((spec, is_compressed)) = known() {
            with_spec(stored.metadata, Arc::clone(spec), is_compressed)
        } else {
            let spec: ProxySpec = serde_json::from_str(stored.spec_text())
                .inspect_err(|error| log_unreadable("Proxy", &stored.metadata, error))
                .ok()?;
            let (is_mixed, is_compressed) = (is_mixed(&spec), !spec.compressed_spec.is_empty());
            let proxy = Proxy { metadata: stored.metadata, spec, ..Proxy::default() };
            let proxy = proxy.decompressed().ok()?;
            (self.is_mixed, self.is_compressed) = (is_mixed, is_compressed);
            proxy.into()
        };
        self.spec_text = stored.spec;
        Some(proxy)
    }

    /// Notes what is being written, so that it is known again.
    pub(crate) fn sending(&mut self, desired: Arc<Desired>) {
        self.sent = Some(desired);
    }

    /// Takes in what became of `desired`, which is what is wanted in `revision`, when it was written.
    pub(crate) fn written(
        &mut self,
        desired: &SharedProxy,
        revision: u64,
        stored: StoredProxy,
    ) -> WriteOutcome {
        self.answered_since_init = true;
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
            self.is_as(desired, revision);
            WriteOutcome::AsDesired
        } else if is_overtaken {
            WriteOutcome::Overtaken
        } else {
            self.is_faithful = false;
            WriteOutcome::Altered
        }
    }

    /// Takes in that what is stored serves `desired`, which is what is wanted in `revision`.
    pub(crate) fn is_as(&mut self, desired: &SharedProxy, revision: u64) {
        self.is_faithful = true;
        self.stored_revision = revision;
        if let Some(stored) = &mut self.proxy {
            // They mean the same: so it is held once, and what has not changed the next time is soon seen.
            stored.spec = Arc::clone(&desired.spec);
        }
    }

    /// Takes in what was found when it was asked for, while nothing was being written.
    pub(crate) fn read(&mut self, found: Option<StoredProxy>) {
        self.is_in_doubt = false;
        if let Some(proxy) = found {
            self.observe(version(&proxy), Some(proxy));
            self.answered_since_init = true;
        }
    }

    /// Whether what is stored has all that has changed up to `revision`.
    pub(crate) fn has(&self, revision: u64) -> bool {
        self.stored_revision >= self.wanted.min(revision)
    }

    /// Whether to write `desired` would change nothing.
    pub(crate) fn serves(&self, desired: &SharedProxy) -> bool {
        !self.is_mixed && self.proxy.as_ref().is_some_and(|stored| serves(stored, desired))
    }

    /// Whether what is stored is compressed.
    pub(crate) const fn is_compressed(&self) -> bool {
        self.is_compressed
    }

    /// The version that is stored, if there is one.
    pub(crate) fn stored_version(&self) -> Option<String> {
        self.proxy.as_ref()?.metadata.resource_version.clone()
    }

    /// The spec as it is stored, decompressed.
    pub(crate) fn stored(&self) -> Option<&ProxySpec> {
        self.proxy.as_ref().map(|proxy| &*proxy.spec)
    }
}

/// Whether there is anything beside `compressedSpec`: another writer's, since this one writes one or the other.
fn is_mixed(spec: &ProxySpec) -> bool {
    let ProxySpec { listeners, compressed_spec, unknown } = spec;
    !unknown.is_empty() || (!compressed_spec.is_empty() && !listeners.is_empty())
}

#[cfg(test)]
mod tests {
    use gloo_proxy_model::{HttpListener, Listener, ListenerType, VirtualHost};

    use super::*;
    use crate::desired::FormLimits;

    fn proxy(label: &str, version: Option<u64>) -> Proxy {
        let mut proxy = Proxy::default();
        proxy.metadata.labels = Some([("of".to_owned(), label.to_owned())].into());
        proxy.metadata.resource_version = version.map(|version| version.to_string());
        proxy
    }

    fn list(state: &mut ProxyState, listed: Option<Proxy>) -> bool {
        state.handle(Event::Init);
        if let Some(listed) = listed {
            state.handle(Event::InitApply(listed.into()));
        }
        state.handle(Event::InitDone)
    }

    /// The answer to a write may come before the event of what was there before it.
    #[test]
    fn older_resource_version_is_ignored() {
        let mut state = ProxyState::default();
        assert!(state.handle(Event::Apply(proxy("new", Some(5)).into())));
        assert!(!state.handle(Event::Apply(proxy("old", Some(4)).into())));
        assert!(!state.handle(Event::Delete(proxy("old", Some(4)).into())));
        assert!(state.serves(&proxy("new", None).into()));
        // A list counts whatever its version: etcd may have been restored.
        assert!(list(&mut state, Some(proxy("old", Some(4)))));
        assert!(state.serves(&proxy("old", None).into()));
        assert!(list(&mut state, None));
        assert!(!state.serves(&proxy("old", None).into()));
    }

    /// What was written is known again by its text, with the very hosts of the translator; another's text is read.
    #[test]
    fn written_proxy_is_known_without_a_watch_event() {
        let with_hosts = |count: usize| {
            let host = |number| VirtualHost { name: format!("host-{number:03}"), ..VirtualHost::default() };
            let virtual_hosts = (0..count).map(|number| Arc::new(host(number))).collect();
            let http = HttpListener { virtual_hosts, ..HttpListener::default() };
            let mut desired = proxy("desired", None);
            desired.spec.listeners =
                vec![Listener { listener_type: Some(ListenerType::Http(http)), ..Listener::default() }];
            desired
        };
        let first_host = |spec: &ProxySpec| match &spec.listeners[0].listener_type {
            Some(ListenerType::Http(http)) => Arc::clone(&http.virtual_hosts[0]),
            other => panic!("{other:?}"),
        };
        let mut state = ProxyState::default();
        let desired = Arc::new(Desired::new(with_hosts(100).into()));
        state.sending(Arc::clone(&desired));
        let form = FormLimits { max_plain_bytes: 0, max_bytes: usize::MAX, is_compressed: false };
        let mut answer = desired.to_stored(form, &state.compressor).unwrap();
        assert!(desired.is_compressed());
        // It is known by its text alone: what would be read from a broken one does not count.
        let mut broken = answer.clone();
        let text = broken.spec_text().replace("eJ", "e");
        broken.spec = Some(text.into());
        assert!(desired.read(broken).is_none());
        answer.metadata.resource_version = Some("5".to_owned());
        assert!(!state.handle(Event::Apply(answer.clone())));
        assert!(Arc::ptr_eq(&first_host(state.stored().unwrap()), &first_host(&desired.spec)));
        assert!(matches!(state.written(&desired, 1, answer.clone()), WriteOutcome::AsDesired));
        // As when Gloo adds its status.
        answer.metadata.resource_version = Some("6".to_owned());
        assert!(!state.handle(Event::Apply(answer)));
        assert!(Arc::ptr_eq(&first_host(state.stored().unwrap()), &first_host(&desired.spec)));

        let mut other = with_hosts(99).compressed().unwrap();
        other.metadata.resource_version = Some("7".to_owned());
        assert!(state.handle(Event::Apply(other.into())));
        assert!(!state.serves(&desired));
        // Written by somebody else, but what is wanted.
        let mut back = with_hosts(100).compressed().unwrap();
        back.metadata.resource_version = Some("8".to_owned());
        assert!(state.handle(Event::Apply(back.into())));
        assert!(state.serves(&desired));
        state.is_as(&desired, 2);
        assert!(Arc::ptr_eq(&first_host(state.stored().unwrap()), &first_host(&desired.spec)), "held once");
    }

    /// A list that lacks the Proxy and the answer to a write may have happened in either order.
    #[test]
    fn write_missing_from_a_list_is_not_considered_stored() {
        let desired = SharedProxy::from(proxy("desired", None));
        let mut state = ProxyState::default();
        state.sending(Arc::new(Desired::new(desired.clone())));
        list(&mut state, None);
        let answer = || StoredProxy::from(proxy("desired", Some(7)));
        assert!(matches!(state.written(&desired, 1, answer()), WriteOutcome::InDoubt));
        assert!(state.is_in_doubt && !state.serves(&desired));
        state.read(None);
        assert!(!state.is_in_doubt && !state.serves(&desired));
        state.read(Some(answer()));
        assert!(state.serves(&desired));
        state.sending(Arc::new(Desired::new(desired.clone())));
        assert!(matches!(state.written(&desired, 2, answer()), WriteOutcome::AsDesired));
    }

    /// The same where the answer comes first: nobody has deleted it, as far as is known, and to write it again would be wrong.
    #[test]
    fn list_older_than_an_answer_deletes_nothing() {
        let desired = SharedProxy::from(proxy("desired", None));
        let answer = || StoredProxy::from(proxy("desired", Some(7)));
        let mut state = ProxyState::default();
        for (found, is_there) in [(Some(answer()), true), (None, false)] {
            state.handle(Event::Init);
            state.sending(Arc::new(Desired::new(desired.clone())));
            assert!(matches!(state.written(&desired, 1, answer()), WriteOutcome::AsDesired));
            assert!(!state.handle(Event::InitDone));
            assert!(state.is_in_doubt);
            state.read(found);
            assert!(!state.is_in_doubt);
            assert_eq!(state.serves(&desired), is_there);
        }
        // Also after one that was in doubt itself.
        state.sending(Arc::new(Desired::new(desired.clone())));
        list(&mut state, None);
        state.handle(Event::Init);
        assert!(matches!(state.written(&desired, 1, answer()), WriteOutcome::InDoubt));
        state.handle(Event::InitDone);
        assert!(state.is_in_doubt);
        state.read(Some(answer()));
        // A list that begins after the answer counts.
        state.sending(Arc::new(Desired::new(desired.clone())));
        assert!(matches!(state.written(&desired, 1, answer()), WriteOutcome::AsDesired));
        assert!(list(&mut state, None));
        assert!(!state.is_in_doubt && !state.serves(&desired));
    }
}
