use std::{collections::BTreeMap, mem, sync::Arc};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use knative_ingress_model::{Ingress, IngressKind, IngressSpec, UnknownFields, keys};

use crate::{incremental::precedence::Precedence, stages::lower::tls};

/// What of an Ingress a later look at it needs: to see that nothing is new, and to work it out again when a Service changes.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// The caller's own.
    Shared(Arc<Ingress>),
    Copied(Box<Copied>),
}

/// A copy of what is read of an Ingress. Its age and its reference are kept elsewhere, as [`Precedence`].
#[derive(Clone, Debug)]
pub(crate) struct Copied {
    annotations: Box<[(String, String)]>,
    labels: Box<[(String, String)]>,
    spec: IngressSpec,
    unknown: UnknownFields,
}

impl Source {
    pub(crate) fn of(ingress: &Ingress) -> Self {
        let cloned = |(key, value): (&String, &String)| (key.clone(), value.clone());
        Self::Copied(Box::new(Copied {
            annotations: annotations(ingress).map(cloned).collect(),
            labels: labels(ingress).map(cloned).collect(),
            spec: ingress.spec.clone(),
            unknown: ingress.unknown.clone(),
        }))
    }

    /// What `work` gives for the Ingress, whose age and reference are `precedence`.
    pub(crate) fn with<T>(&mut self, precedence: &Precedence, work: impl FnOnce(&Ingress) -> T) -> T {
        let Copied { annotations, labels, spec, unknown } = match self {
            Self::Shared(ingress) => return work(ingress),
            Self::Copied(copied) => &mut **copied,
        };
        let Precedence { created, ingress } = precedence;
        let map = |pairs: &[(String, String)]| Some(pairs.iter().cloned().collect::<BTreeMap<_, _>>());
        let whole = Ingress {
            kind: ingress.kind,
            metadata: ObjectMeta {
                name: Some(ingress.name.clone()),
                namespace: Some(ingress.namespace.clone()),
                creation_timestamp: created.clone(),
                annotations: map(annotations),
                labels: map(labels),
                ..ObjectMeta::default()
            },
            spec: mem::take(spec),
            unknown: mem::take(unknown),
            ..Ingress::default()
        };
        let result = work(&whole);
        (*spec, *unknown) = (whole.spec, whole.unknown);
        result
    }

    /// Whether `ingress` says nothing else than the Ingress with the age and reference `precedence`, which is its own too.
    pub(crate) fn is_of(&self, ingress: &Ingress, precedence: &Precedence) -> bool {
        let (spec, unknown) = match self {
            Self::Shared(known) => (&known.spec, &known.unknown),
            Self::Copied(copied) => (&copied.spec, &copied.unknown),
        };
        let has_same_metadata = match self {
            Self::Shared(known) => {
                annotations(known).eq(annotations(ingress)) && labels(known).eq(labels(ingress))
            }
            Self::Copied(copied) => {
                annotations(ingress).eq(pairs(&copied.annotations))
                    && labels(ingress).eq(pairs(&copied.labels))
            }
        };
        has_same_metadata
            && precedence.created == ingress.metadata.creation_timestamp
            && *unknown == ingress.unknown
            && *spec == ingress.spec
    }
}

/// The annotations that are read.
fn annotations(ingress: &Ingress) -> impl Iterator<Item = (&String, &String)> {
    entries(ingress.metadata.annotations.as_ref())
        .filter(|(key, _)| *key == keys::INGRESS_CLASS || tls::reads_annotation(key))
}

/// The labels that are read: whose a ClusterIngress is.
fn labels(ingress: &Ingress) -> impl Iterator<Item = (&String, &String)> {
    let labels = match ingress.kind {
        IngressKind::Ingress => None,
        IngressKind::ClusterIngress => ingress.metadata.labels.as_ref(),
    };
    entries(labels).filter(|(key, _)| *key == keys::ROUTE_NAMESPACE)
}

fn entries(map: Option<&BTreeMap<String, String>>) -> impl Iterator<Item = (&String, &String)> {
    map.into_iter().flatten()
}

fn pairs(list: &[(String, String)]) -> impl Iterator<Item = (&String, &String)> {
    list.iter().map(|(key, value)| (key, value))
}
