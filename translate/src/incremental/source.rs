use std::{collections::BTreeMap, sync::Arc};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use knative_ingress_model::{Ingress, keys};

use crate::stages::lower::tls;

/// What of an Ingress a later look at it needs: to see that nothing is new, and to work it out again when a Service changes.
#[derive(Clone, Debug)]
pub(crate) struct Source(Arc<Ingress>);

impl Source {
    pub(crate) const fn shared(ingress: Arc<Ingress>) -> Self {
        Self(ingress)
    }

    pub(crate) fn of(ingress: &Ingress) -> Self {
        let ObjectMeta { name, namespace, creation_timestamp, .. } = &ingress.metadata;
        let cloned = |(key, value): (&String, &String)| (key.clone(), value.clone());
        Self(Arc::new(Ingress {
            kind: ingress.kind,
            metadata: ObjectMeta {
                name: name.clone(),
                namespace: namespace.clone(),
                creation_timestamp: creation_timestamp.clone(),
                annotations: Some(annotations(ingress).map(cloned).collect()),
                labels: Some(labels(ingress).map(cloned).collect()),
                ..ObjectMeta::default()
            },
            spec: ingress.spec.clone(),
            unknown: ingress.unknown.clone(),
            ..Ingress::default()
        }))
    }

    pub(crate) fn ingress(&self) -> &Ingress {
        &self.0
    }

    /// Whether `ingress`, which has the same namespace and name, says nothing else.
    pub(crate) fn is_of(&self, ingress: &Ingress) -> bool {
        let Self(known) = self;
        known.kind == ingress.kind
            && known.metadata.creation_timestamp == ingress.metadata.creation_timestamp
            && known.unknown == ingress.unknown
            && annotations(known).eq(annotations(ingress))
            && labels(known).eq(labels(ingress))
            && known.spec == ingress.spec
    }
}

/// The annotations that are read.
fn annotations(ingress: &Ingress) -> impl Iterator<Item = (&String, &String)> {
    entries(ingress.metadata.annotations.as_ref())
        .filter(|(key, _)| *key == keys::INGRESS_CLASS || tls::reads_annotation(key))
}

/// The labels that are read.
fn labels(ingress: &Ingress) -> impl Iterator<Item = (&String, &String)> {
    entries(ingress.metadata.labels.as_ref()).filter(|(key, _)| *key == keys::ROUTE_NAMESPACE)
}

fn entries(map: Option<&BTreeMap<String, String>>) -> impl Iterator<Item = (&String, &String)> {
    map.into_iter().flatten()
}
