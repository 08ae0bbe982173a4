use std::{cmp::Ordering, sync::Arc};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use knative_ingress_model::IngressRef;

/// What decides between Ingresses that want one domain: the oldest wins, then the first by namespace and name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Precedence {
    /// `metadata.creationTimestamp`; without one it counts as the newest.
    pub(crate) created: Option<Time>,
    pub(crate) ingress: Arc<IngressRef>,
}

impl Ord for Precedence {
    fn cmp(&self, other: &Self) -> Ordering {
        let age = match (&self.created, &other.created) {
            (Some(own), Some(others)) => own.cmp(others),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        };
        age.then_with(|| self.ingress.cmp(&other.ingress))
    }
}

impl PartialOrd for Precedence {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
