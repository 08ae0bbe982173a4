//! A Proxy as the cluster sends and takes it: its spec is a text, and only read where that is not known.

use gloo_proxy_model::{Proxy, ProxyStatus};
use k8s_openapi::{
    ListableResource, Metadata, NamespaceResourceScope, Resource,
    apimachinery::pkg::apis::meta::v1::ObjectMeta,
};
use serde::{Deserialize, Serialize, Serializer, ser::SerializeStruct};
use serde_json::value::RawValue;

/// A Proxy whose spec has not been read.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct StoredProxy {
    pub(crate) metadata: ObjectMeta,
    pub(crate) spec: Option<Box<RawValue>>,
    pub(crate) status: Option<ProxyStatus>,
}

impl StoredProxy {
    /// The JSON of the spec.
    pub(crate) fn spec_text(&self) -> &str {
        self.spec.as_deref().map_or("{}", RawValue::get)
    }
}

impl Serialize for StoredProxy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { metadata, spec, status } = self;
        let mut fields = serializer.serialize_struct(Self::KIND, 5)?;
        fields.serialize_field("apiVersion", Self::API_VERSION)?;
        fields.serialize_field("kind", Self::KIND)?;
        fields.serialize_field("metadata", metadata)?;
        if let Some(spec) = spec {
            fields.serialize_field("spec", spec)?;
        }
        if let Some(status) = status {
            fields.serialize_field("status", status)?;
        }
        fields.end()
    }
}

impl Resource for StoredProxy {
    const API_VERSION: &'static str = Proxy::API_VERSION;
    const GROUP: &'static str = Proxy::GROUP;
    const KIND: &'static str = Proxy::KIND;
    const VERSION: &'static str = Proxy::VERSION;
    const URL_PATH_SEGMENT: &'static str = Proxy::URL_PATH_SEGMENT;
    type Scope = NamespaceResourceScope;
}

impl ListableResource for StoredProxy {
    const LIST_KIND: &'static str = Proxy::LIST_KIND;
}

impl Metadata for StoredProxy {
    type Ty = ObjectMeta;

    fn metadata(&self) -> &ObjectMeta {
        &self.metadata
    }

    fn metadata_mut(&mut self) -> &mut ObjectMeta {
        &mut self.metadata
    }
}

#[cfg(test)]
impl From<Proxy> for StoredProxy {
    fn from(Proxy { metadata, spec, status, unknown: _ }: Proxy) -> Self {
        let spec = RawValue::from_string(spec.to_stored_json(usize::MAX).unwrap()).unwrap();
        Self { metadata, spec: Some(spec), status }
    }
}
