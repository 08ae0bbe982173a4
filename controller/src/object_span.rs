//! The span of what is logged about an object: `object{kind=Ingress namespace=team-a object=shop generation=3}`.

use std::fmt::Display;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use knative_ingress_model::IngressRef;
use tracing::{Span, error, error_span};

/// Without a generation where none is known, as of what is gone. It stands in no other span, and is of the level of errors, so that no
/// filter lets a line through without it.
pub(crate) fn object_span(kind: impl Display, namespace: &str, name: &str, generation: Option<i64>) -> Span {
    // The field is not called `name`: in JSON that is the span's own.
    error_span!(parent: None, "object", %kind, %namespace, object = %name, generation)
}

/// Says that an object is as good as not there, since it can't be read.
pub(crate) fn log_unreadable(kind: impl Display, metadata: &ObjectMeta, error: impl Display) {
    let ObjectMeta { namespace, name, generation, .. } = metadata;
    let [namespace, name] = [namespace, name].map(|part| part.as_deref().unwrap_or_default());
    object_span(kind, namespace, name, *generation)
        .in_scope(|| error!("ignored, since it can't be read: {error}"));
}

/// That of an Ingress.
pub(crate) fn ingress_span(ingress: &IngressRef, generation: Option<i64>) -> Span {
    let IngressRef { kind, namespace, name } = ingress;
    object_span(format_args!("{kind:?}"), namespace, name, generation)
}
