//! What the cluster holds, so that it is not written again.

use std::sync::Arc;

use gloo_proxy_model::{Proxy, diff};
use knative_ingress_model::{Ingress, IngressRef, IngressSpec, IngressStatus};
use kube::{Resource, ResourceExt};
use tokio::time::Instant;

use crate::Backoff;

/// What `kubectl apply` keeps there for itself: the whole object once more.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// What the cluster holds of an Ingress beside its spec, which is the translator's.
#[derive(Default)]
pub(crate) struct HeldIngress {
    /// Without its spec.
    pub(crate) ingress: Ingress,
    pub(crate) version: Option<u64>,
    /// The status last written, without times, if the cluster has made something else of it and still holds that.
    answered: Option<IngressStatus>,
    /// The revision of the Proxies that serves it.
    pub(crate) revision: u64,
}

impl HeldIngress {
    /// Takes in the object as it is stored, unless a newer version is known.
    pub(crate) fn see(&mut self, version: Option<u64>, mut ingress: Ingress) {
        if is_older(version, self.version) {
            return;
        }
        if ingress.status != self.ingress.status || ingress.metadata.uid != self.ingress.metadata.uid {
            self.answered = None;
        }
        ingress.spec = IngressSpec::default();
        ingress.metadata.managed_fields = None;
        if let Some(annotations) = &mut ingress.metadata.annotations {
            annotations.remove(LAST_APPLIED);
        }
        self.version = version;
        self.ingress = ingress;
    }

    /// Takes in what became of `desired` when it was written. Returns whether the cluster holds that, or something newer.
    pub(crate) fn wrote(&mut self, desired: &IngressStatus, stored: Ingress) -> bool {
        let version = version(&stored);
        let is_as_desired = is_older(version, self.version) || stored.status == *desired;
        self.see(version, stored);
        if !is_as_desired {
            self.answered = Some(without_times(desired));
        }
        is_as_desired
    }

    /// Whether to write `desired` would change nothing.
    pub(crate) fn is_settled(&self, desired: &IngressStatus) -> bool {
        self.ingress.status == *desired || self.answered.as_ref() == Some(&without_times(desired))
    }
}

/// What the cluster holds of a Proxy.
#[derive(Default)]
pub(crate) struct HeldProxy {
    proxy: Option<Proxy>,
    pub(crate) version: Option<u64>,
    /// Whether the cluster has held what was applied, and not something else since.
    pub(crate) is_faithful: bool,
    /// What was sent last, until it is known to be stored.
    sent: Option<Arc<Proxy>>,
    /// The revision in which it last changed.
    pub(crate) wanted: u64,
    /// The revision that is stored.
    pub(crate) stored: u64,
    pub(crate) rivalry: Rivalry,
}

/// What the cluster has made of a Proxy that was written.
pub(crate) enum Stored {
    AsDesired,
    /// It holds something else, though the write has succeeded.
    Otherwise,
    /// It holds what somebody else has written since.
    Overtaken,
}

impl HeldProxy {
    /// Takes in the Proxy as it is stored, `None` if it is not there or can't be read. Returns whether somebody else has
    /// changed it.
    pub(crate) fn see(&mut self, version: Option<u64>, stored: Option<Proxy>) -> bool {
        if is_older(version, self.version) || (version == self.version && version.is_some()) {
            return false;
        }
        self.version = version;
        let stored = stored.and_then(|proxy| proxy.decompressed().ok());
        let is_news = match (&self.proxy, &stored) {
            (Some(held), Some(stored)) => !serves(held, stored) || !serves(stored, held),
            (None, None) => false,
            (Some(_), None) | (None, Some(_)) => true,
        };
        self.proxy = stored;
        is_news && !self.sent.as_ref().is_some_and(|sent| self.serves(sent))
    }

    /// Notes what is being written, so that it is known again.
    pub(crate) fn sends(&mut self, desired: Arc<Proxy>) {
        self.sent = Some(desired);
    }

    /// Takes in what became of `desired`, which is what is wanted in `revision`, when it was written.
    pub(crate) fn wrote(&mut self, desired: &Proxy, revision: u64, stored: Proxy) -> Stored {
        let version = version(&stored);
        let is_overtaken = is_older(version, self.version);
        self.see(version, Some(stored));
        self.sent = None;
        if self.serves(desired) {
            self.is_faithful = true;
            self.stored = revision;
            Stored::AsDesired
        } else if is_overtaken {
            Stored::Overtaken
        } else {
            self.is_faithful = false;
            Stored::Otherwise
        }
    }

    /// Whether what is stored has all that has changed up to `revision`.
    pub(crate) fn has(&self, revision: u64) -> bool {
        self.stored >= self.wanted.min(revision)
    }

    /// Whether to write `desired` would change nothing.
    pub(crate) fn serves(&self, desired: &Proxy) -> bool {
        self.proxy.as_ref().is_some_and(|held| serves(held, desired))
    }
}

/// How often in a row somebody else has changed a Proxy.
#[derive(Clone, Copy, Default)]
pub(crate) struct Rivalry {
    rounds: u32,
    last: Option<Instant>,
}

impl Rivalry {
    /// Counts another round, or the first one if the last was long ago.
    pub(crate) fn goes_on(&mut self, backoff: Backoff) -> Self {
        let now = Instant::now();
        let long = backoff.longest.saturating_mul(2);
        let is_over = self.last.is_none_or(|last| now.duration_since(last) > long);
        self.rounds = if is_over { 1 } else { self.rounds.saturating_add(1) };
        self.last = Some(now);
        *self
    }

    pub(crate) const fn rounds(self) -> u32 {
        self.rounds
    }

    /// How long to leave it to the other.
    pub(crate) fn pause(self, backoff: Backoff) -> std::time::Duration {
        backoff.after(self.rounds)
    }
}

/// Whether `held` says all that `desired` says. Gloo writes an object anew to add its status, so how it is written doesn't count.
pub(crate) fn serves(held: &Proxy, desired: &Proxy) -> bool {
    let has = |held: Option<&String>, desired: &String| held == Some(desired);
    let labels = desired.labels().iter().all(|(key, value)| has(held.labels().get(key), value));
    let annotations =
        desired.annotations().iter().all(|(key, value)| has(held.annotations().get(key), value));
    labels && annotations && (held.spec == desired.spec || diff(held, desired).is_empty())
}

/// Versions grow. `None` is one that is no number.
pub(crate) fn version(object: &impl Resource) -> Option<u64> {
    object.meta().resource_version.as_deref().and_then(|version| version.parse().ok())
}

/// Whether `version` is known to be older than `known`. What can't be compared counts as new.
pub(crate) fn is_older(version: Option<u64>, known: Option<u64>) -> bool {
    version.zip(known).is_some_and(|(version, known)| version < known)
}

pub(crate) fn reference(object: &impl Resource) -> IngressRef {
    let meta = object.meta();
    IngressRef {
        namespace: meta.namespace.clone().unwrap_or_default(),
        name: meta.name.clone().unwrap_or_default(),
    }
}

fn without_times(status: &IngressStatus) -> IngressStatus {
    let mut status = status.clone();
    status.conditions.iter_mut().for_each(|condition| condition.last_transition_time = None);
    status
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy(label: &str) -> Proxy {
        let mut proxy = Proxy::default();
        proxy.metadata.labels = Some([("of".to_owned(), label.to_owned())].into());
        proxy
    }

    /// The answer to a write may come before the event of what was there before it.
    #[test]
    fn what_is_older_is_not_taken_in() {
        let (old, new) = (proxy("old"), proxy("new"));
        let mut held = HeldProxy::default();
        assert!(held.see(Some(5), Some(new.clone())));
        assert!(!held.see(Some(4), Some(old.clone())));
        assert!(!held.see(Some(4), None));
        assert!(held.serves(&new));
        // It is absent from a newer list, or nobody knows when.
        assert!(held.see(Some(6), None));
        assert!(held.see(None, Some(old.clone())));
        assert!(held.serves(&old));

        let ingress = |generation| {
            let mut ingress = Ingress::default();
            ingress.metadata.generation = Some(generation);
            let notes = [(LAST_APPLIED, "{}"), ("of", "somebody")];
            ingress.metadata.annotations =
                Some(notes.map(|(name, value)| (name.into(), value.into())).into());
            ingress
        };
        let mut held = HeldIngress::default();
        held.see(Some(5), ingress(2));
        held.see(Some(4), ingress(1));
        assert_eq!(held.ingress.metadata.generation, Some(2));
        assert_eq!(held.ingress.annotations().keys().collect::<Vec<_>>(), ["of"]);
    }
}
