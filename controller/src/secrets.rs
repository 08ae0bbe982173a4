//! What a watch tells of TLS Secrets: whether a gateway can serve with them, and nothing that is secret.

use k8s_openapi::api::core::v1::Secret;
use knative_gloo_translate::{SecretRef, SecretVerdict};
use kube::runtime::watcher::Event;

/// The type of the Secrets that are watched, as the API server selects them: no others are sent.
pub(crate) const SELECTOR: &str = "type=kubernetes.io/tls";

/// Secrets in a page of a list: so many private keys are held at a time, until they have been looked at.
pub(crate) const PAGE: u32 = 50;

/// An event of which no private key is left.
pub(crate) enum SecretEvent {
    /// A list begins.
    Init,
    /// One of the list.
    InitApply(SecretRef, SecretVerdict),
    /// The list is complete.
    InitDone,
    /// Created, or changed.
    Apply(SecretRef, SecretVerdict),
    /// Deleted.
    Delete(SecretRef),
}

impl From<Event<Secret>> for SecretEvent {
    fn from(event: Event<Secret>) -> Self {
        match event {
            Event::Init => Self::Init,
            Event::InitApply(secret) => {
                Self::InitApply(SecretRef::from(&secret), SecretVerdict::check(&secret))
            }
            Event::InitDone => Self::InitDone,
            Event::Apply(secret) => Self::Apply(SecretRef::from(&secret), SecretVerdict::check(&secret)),
            Event::Delete(secret) => Self::Delete(SecretRef::from(&secret)),
        }
    }
}
