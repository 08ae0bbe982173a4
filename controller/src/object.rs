//! What all objects have in common.

use knative_gloo_translate::ServiceRef;
use kube::{Resource, ResourceExt};

/// Versions grow. `None` is one that is no number.
pub(crate) fn version(object: &impl Resource) -> Option<u64> {
    object.meta().resource_version.as_deref().and_then(|version| version.parse().ok())
}

/// Whether `version` is known to be older than `known`. What can't be compared counts as new.
pub(crate) fn is_older(version: Option<u64>, known: Option<u64>) -> bool {
    version.zip(known).is_some_and(|(version, known)| version < known)
}

pub(crate) fn service_ref(service: &impl ResourceExt) -> ServiceRef {
    ServiceRef::new(service.namespace().unwrap_or_default(), service.name_any())
}
