//! What the cluster holds, so that it is not written again.

use gloo_proxy_model::{Proxy, diff};
use knative_ingress_model::{Ingress, IngressRef, IngressSpec, IngressStatus};
use kube::{Resource, ResourceExt};

/// What the cluster holds of an Ingress beside its spec, which is the translator's.
#[derive(Default)]
pub(crate) struct HeldIngress {
    /// Without its spec.
    pub(crate) ingress: Ingress,
    pub(crate) version: u64,
    /// The status last written, without times, if the cluster has made something else of it and still holds that.
    pub(crate) answered: Option<IngressStatus>,
    /// The revision of the Proxies that serves it.
    pub(crate) revision: u64,
}

impl HeldIngress {
    /// Takes in the object as it is stored, unless a newer version is known.
    pub(crate) fn see(&mut self, version: u64, mut ingress: Ingress) {
        if version < self.version {
            return;
        }
        if ingress.status != self.ingress.status || ingress.metadata.uid != self.ingress.metadata.uid {
            self.answered = None;
        }
        ingress.spec = IngressSpec::default();
        ingress.metadata.managed_fields = None;
        self.version = version;
        self.ingress = ingress;
    }

    /// Takes in what became of `desired` when it was written. Returns whether the cluster holds that, or something newer.
    pub(crate) fn wrote(&mut self, desired: &IngressStatus, stored: Ingress) -> bool {
        let version = version(&stored);
        let is_as_desired = version < self.version || stored.status == *desired;
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
    pub(crate) version: u64,
    /// What was last written, if the cluster has made something else of it and still holds that.
    answered: Option<Proxy>,
    /// The revision in which it last changed.
    pub(crate) wanted: u64,
    /// The revision that is stored.
    pub(crate) stored: u64,
}

impl HeldProxy {
    /// Takes in the Proxy as it is stored, `None` if it is not there or can't be read. Returns whether that is news.
    pub(crate) fn see(&mut self, version: u64, stored: Option<Proxy>) -> bool {
        if version < self.version || (version == self.version && version > 0) {
            return false;
        }
        self.version = version;
        let stored = stored.and_then(|proxy| proxy.decompressed().ok());
        let is_news = match (&self.proxy, &stored) {
            (Some(held), Some(stored)) => !serves(held, stored) || !serves(stored, held),
            (None, None) => false,
            (Some(_), None) | (None, Some(_)) => true,
        };
        if is_news {
            self.answered = None;
        }
        self.proxy = stored;
        is_news
    }

    /// Takes in what became of `desired` when it was written. Returns whether the cluster holds that, or something newer.
    pub(crate) fn wrote(&mut self, desired: Proxy, stored: Proxy) -> bool {
        let version = version(&stored);
        let is_newer_known = version < self.version;
        self.see(version, Some(stored));
        let is_as_desired = is_newer_known || self.proxy.as_ref().is_some_and(|held| serves(held, &desired));
        if !is_as_desired {
            self.answered = Some(desired);
        }
        is_as_desired
    }

    /// Whether what is stored has all that has changed up to `revision`.
    pub(crate) fn has(&self, revision: u64) -> bool {
        self.stored >= self.wanted.min(revision)
    }

    /// Whether to write `desired` would change nothing.
    pub(crate) fn is_settled(&self, desired: &Proxy) -> bool {
        self.proxy.as_ref().is_some_and(|held| serves(held, desired))
            || self.answered.as_ref() == Some(desired)
    }
}

/// Whether `held` says all that `desired` says. Gloo writes an object anew to add its status, so how it is written doesn't count.
fn serves(held: &Proxy, desired: &Proxy) -> bool {
    let has = |held: Option<&String>, desired: &String| held == Some(desired);
    let labels = desired.labels().iter().all(|(key, value)| has(held.labels().get(key), value));
    let annotations =
        desired.annotations().iter().all(|(key, value)| has(held.annotations().get(key), value));
    labels && annotations && (held.spec == desired.spec || diff(held, desired).is_empty())
}

/// Versions grow. One that is no number counts as new.
pub(crate) fn version(object: &impl Resource) -> u64 {
    object.meta().resource_version.as_deref().and_then(|version| version.parse().ok()).unwrap_or_default()
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
