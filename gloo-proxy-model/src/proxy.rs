use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use crate::Listener;

/// Everything one Envoy serves.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Proxy {
    /// Name, namespace, labels, annotations.
    pub metadata: ObjectMeta,
    /// The listeners.
    pub spec: ProxySpec,
}

/// `spec` of a [`Proxy`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProxySpec {
    /// The listeners; names and ports must be unique.
    pub listeners: Vec<Listener>,
}
