//! A Proxy whose spec is shared: what is wanted, what is sent and what is stored are nearly always the same, and to copy the lists of
//! its virtual hosts would cost more than the change itself.

use std::sync::Arc;

use gloo_proxy_model::{Proxy, ProxySpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

/// A Proxy without its status.
#[derive(Clone, Debug, Default)]
pub(crate) struct SharedProxy {
    pub(crate) metadata: ObjectMeta,
    pub(crate) spec: Arc<ProxySpec>,
}

impl From<Proxy> for SharedProxy {
    fn from(Proxy { metadata, spec, status: _, unknown: _ }: Proxy) -> Self {
        Self { metadata, spec: Arc::new(spec) }
    }
}
