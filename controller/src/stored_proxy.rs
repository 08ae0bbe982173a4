//! A Proxy as the cluster sends and takes it: its spec is a text, and only read where that is not known.

use std::sync::Arc;

use gloo_proxy_model::{Proxy, ProxyStatus};
use k8s_openapi::{
    ListableResource, Metadata, NamespaceResourceScope, Resource,
    apimachinery::pkg::apis::meta::v1::ObjectMeta,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser::SerializeStruct};
use serde_json::value::RawValue;

/// What stands before a spec. A quote within a string is escaped, so this is no part of one.
const SPEC: &str = r#","spec":"#;

/// A Proxy whose spec has not been read.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct StoredProxy {
    pub(crate) metadata: ObjectMeta,
    /// The JSON of the spec.
    #[serde(deserialize_with = "unread")]
    pub(crate) spec: Option<Arc<str>>,
    pub(crate) status: Option<ProxyStatus>,
}

/// Keeps the text of a value.
fn unread<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Arc<str>>, D::Error> {
    let text = Option::<Box<RawValue>>::deserialize(deserializer)?;
    Ok(text.map(|text| Box::<str>::from(text).into()))
}

impl StoredProxy {
    /// Reads an object whose spec most likely is `known`: then that is neither looked through nor copied.
    pub(crate) fn read(object: &str, known: Option<&Arc<str>>) -> serde_json::Result<Self> {
        // In its place, to be told from the spec of something that the object holds.
        const KNOWN: &str = r#""known""#;
        if let Some(known) = known
            && let Some((before, spec)) = object.split_once(SPEC)
            && let Some(after) = spec.strip_prefix(&**known)
            && let Ok(read) = serde_json::from_str::<Self>(&[before, SPEC, KNOWN, after].concat())
            && read.spec.as_deref() == Some(KNOWN)
        {
            return Ok(Self { spec: Some(Arc::clone(known)), ..read });
        }
        serde_json::from_str(object)
    }

    /// The JSON of the spec.
    pub(crate) fn spec_text(&self) -> &str {
        self.spec.as_deref().unwrap_or("{}")
    }

    /// Its JSON.
    pub(crate) fn to_json(&self) -> serde_json::Result<Vec<u8>> {
        let mut json = self.frame()?;
        if let Some(spec) = &self.spec {
            json.pop();
            json.reserve_exact(SPEC.len().saturating_add(spec.len()).saturating_add(1));
            json.extend_from_slice(SPEC.as_bytes());
            json.extend_from_slice(spec.as_bytes());
            json.push(b'}');
        }
        Ok(json)
    }

    /// How many bytes its JSON has.
    pub(crate) fn size(&self) -> usize {
        let spec = self.spec.as_ref().map_or(0, |spec| spec.len().saturating_add(SPEC.len()));
        self.frame().map_or(0, |frame| frame.len()).saturating_add(spec)
    }

    /// Its JSON without the spec.
    fn frame(&self) -> serde_json::Result<Vec<u8>> {
        serde_json::to_vec(&Frame(self))
    }
}

/// All of a Proxy but its spec.
struct Frame<'a>(&'a StoredProxy);

impl Serialize for Frame<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let StoredProxy { metadata, spec: _, status } = self.0;
        let mut fields = serializer.serialize_struct(StoredProxy::KIND, 4)?;
        fields.serialize_field("apiVersion", StoredProxy::API_VERSION)?;
        fields.serialize_field("kind", StoredProxy::KIND)?;
        fields.serialize_field("metadata", metadata)?;
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
        Self { metadata, spec: spec.to_stored_json(usize::MAX).map(Arc::from), status }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A spec that is known is found where the object has it, and nowhere else.
    #[test]
    fn known_spec_is_taken_for_the_objects_own_alone() {
        let known: Arc<str> = r#"{"listeners":[]}"#.into();
        for (object, spec) in [
            (r#"{"kind":"Proxy","spec":{"listeners":[]},"status":{"state":1}}"#, Some(&*known)),
            (r#"{"kind":"Proxy","spec":{"listeners":[]}}"#, Some(&*known)),
            (r#"{"kind":"Proxy","spec":{"listeners":[1]}}"#, Some(r#"{"listeners":[1]}"#)),
            (r#"{"kind":"Proxy"}"#, None),
            (r#"{"kind":{"a":1,"spec":{"listeners":[]}}}"#, None),
            (r#"{"kind":{"a":1,"spec":{"listeners":[]}},"spec":{"other":1}}"#, Some(r#"{"other":1}"#)),
            (r#"{"kind":",\"spec\":","spec":{"listeners":[]}}"#, Some(&*known)),
        ] {
            let read = StoredProxy::read(object, Some(&known)).unwrap();
            assert_eq!(read.spec.as_deref(), spec, "{object}");
        }
        let read = |object| StoredProxy::read(object, Some(&known));
        assert!(Arc::ptr_eq(
            &read(r#"{"kind":"Proxy","spec":{"listeners":[]}}"#).unwrap().spec.unwrap(),
            &known
        ));
        assert!(read(r#"{"kind":"Proxy","spec":{"listeners":[]},"spec":{}}"#).is_err());
        assert!(read(r#"{"kind":"Proxy","spec":{"listeners":[]}"#).is_err());
    }

    #[test]
    fn json_holds_all_of_it() {
        let object = r#"{"apiVersion":"gloo.solo.io/v1","kind":"Proxy","metadata":{"name":"a"},"spec":{"b":"\u003c"}}"#;
        let stored: StoredProxy = serde_json::from_str(object).unwrap();
        assert_eq!(String::from_utf8(stored.to_json().unwrap()).unwrap(), object);
        assert_eq!(stored.size(), object.len());
        let bare = StoredProxy { spec: None, ..stored };
        assert_eq!(bare.to_json().unwrap().len(), bare.size());
    }
}
