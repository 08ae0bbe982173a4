use std::{collections::HashMap, fmt, sync::Arc};

use k8s_openapi::api::core::v1::Secret;

/// What the translation must know of TLS Secrets: which of them a gateway can serve with.
///
/// A Secret that is not in here is missing. Only the verdict is kept: no certificate and no private key. Clones share what
/// they know until one of them changes.
///
/// ```
/// use knative_gloo_translate::{SecretRef, SecretVerdict, Secrets};
///
/// let mut secrets = Secrets::new();
/// let shop = SecretRef::new("team-a", "shop-tls");
/// assert!(secrets.insert(shop.clone(), SecretVerdict::unusable("tls.key: missing")));
/// assert!(secrets.insert(shop.clone(), SecretVerdict::Usable));
/// assert!(!secrets.insert(shop.clone(), SecretVerdict::Usable));
/// assert_eq!(secrets.get(&shop), Some(&SecretVerdict::Usable));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Secrets {
    by_ref: Arc<HashMap<SecretRef, SecretVerdict>>,
}

/// Whether a gateway can serve with a Secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretVerdict {
    /// Gloo and Envoy take it.
    Usable,
    /// Gloo or Envoy refuses it.
    Unusable {
        /// Why, without anything of what is secret.
        reason: Arc<str>,
    },
}

/// A Secret by namespace and name.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SecretRef {
    /// `metadata.namespace`.
    pub namespace: String,
    /// `metadata.name`.
    pub name: String,
}

impl SecretVerdict {
    /// The verdict that a gateway can't use the Secret, for this reason.
    pub fn unusable(reason: impl fmt::Display) -> Self {
        Self::Unusable { reason: reason.to_string().into() }
    }
}

impl SecretRef {
    /// The Secret of that namespace and name.
    pub fn new(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self { namespace: namespace.into(), name: name.into() }
    }
}

impl From<&Secret> for SecretRef {
    fn from(secret: &Secret) -> Self {
        let text = |field: &Option<String>| field.clone().unwrap_or_default();
        Self { namespace: text(&secret.metadata.namespace), name: text(&secret.metadata.name) }
    }
}

impl fmt::Display for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

impl Secrets {
    /// None at all: every Secret is missing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a Secret, or its new verdict. Returns whether that changed anything.
    pub fn insert(&mut self, secret: SecretRef, verdict: SecretVerdict) -> bool {
        if self.by_ref.get(&secret) == Some(&verdict) {
            return false;
        }
        Arc::make_mut(&mut self.by_ref).insert(secret, verdict);
        true
    }

    /// Forgets a Secret. Returns whether it was known.
    pub fn remove(&mut self, secret: &SecretRef) -> bool {
        self.by_ref.contains_key(secret) && Arc::make_mut(&mut self.by_ref).remove(secret).is_some()
    }

    /// The verdict on a Secret; `None` if it is missing.
    pub fn get(&self, secret: &SecretRef) -> Option<&SecretVerdict> {
        self.by_ref.get(secret)
    }

    /// The Secrets of which either knows something that the other does not.
    pub(crate) fn differing(&self, other: &Self) -> Vec<SecretRef> {
        let ours = self.by_ref.iter().filter(|(secret, verdict)| other.get(secret) != Some(verdict));
        let theirs = other.by_ref.iter().filter(|(secret, _)| !self.by_ref.contains_key(secret));
        ours.chain(theirs).map(|(secret, _)| secret.clone()).collect()
    }
}

impl FromIterator<(SecretRef, SecretVerdict)> for Secrets {
    fn from_iter<I: IntoIterator<Item = (SecretRef, SecretVerdict)>>(secrets: I) -> Self {
        Self { by_ref: Arc::new(secrets.into_iter().collect()) }
    }
}
