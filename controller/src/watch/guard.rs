//! An object, or why it can't be read.

use std::borrow::Cow;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Resource;
use serde::{Deserialize, Deserializer, de::DeserializeOwned, de::Error};
use serde_json::value::RawValue;

/// Like kube's [`DeserializeGuard`](kube::core::DeserializeGuard): an object that can't be read doesn't stop the others. That one makes
/// a tree of each object, and a copy of the tree, before it reads it; here the text is kept instead.
///
/// It can be read from JSON alone, and from an event whose `type` stands before its `object`, as API servers write it.
#[derive(Clone, Debug)]
pub(crate) struct Guard<K>(pub(crate) Result<K, InvalidObject>);

/// Why an object can't be read, and which one.
#[derive(Clone, Debug)]
pub(crate) struct InvalidObject {
    /// Beginning with the path of the field.
    pub(crate) error: String,
    pub(crate) metadata: ObjectMeta,
}

/// What has to be known of an object that can't be read. All else is passed over, however deep it is nested: kube's
/// `PartialObjectMeta` keeps it, and fails.
#[derive(Deserialize)]
struct Named {
    #[serde(default)]
    metadata: Name,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Name {
    name: Option<String>,
    namespace: Option<String>,
    uid: Option<String>,
    resource_version: Option<String>,
    generation: Option<i64>,
}

impl From<Name> for ObjectMeta {
    fn from(Name { name, namespace, uid, resource_version, generation }: Name) -> Self {
        Self { name, namespace, uid, resource_version, generation, ..Self::default() }
    }
}

impl<'de, K: DeserializeOwned + Resource> Deserialize<'de> for Guard<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Box::<RawValue>::deserialize(deserializer)?;
        let unreadable = |error: serde_json::Error| {
            let Named { metadata } = serde_json::from_str(text.get()).map_err(D::Error::custom)?;
            // Once more, for the path of the field.
            let mut reader = serde_json::Deserializer::from_str(text.get());
            let located = serde_path_to_error::deserialize::<_, K>(&mut reader).err();
            let error = located.map_or_else(
                || error.to_string(),
                // A name in the path may be anything, a line break too.
                |located| format!("{}: {}", located.path().to_string().escape_debug(), located.inner()),
            );
            Ok(Err(InvalidObject { error, metadata: metadata.into() }))
        };
        serde_json::from_str(text.get()).map(Ok).or_else(unreadable).map(Self)
    }
}

impl<K: Resource> Resource for Guard<K> {
    type DynamicType = K::DynamicType;
    type Scope = K::Scope;

    fn kind(dynamic: &Self::DynamicType) -> Cow<'_, str> {
        K::kind(dynamic)
    }

    fn group(dynamic: &Self::DynamicType) -> Cow<'_, str> {
        K::group(dynamic)
    }

    fn version(dynamic: &Self::DynamicType) -> Cow<'_, str> {
        K::version(dynamic)
    }

    fn plural(dynamic: &Self::DynamicType) -> Cow<'_, str> {
        K::plural(dynamic)
    }

    fn meta(&self) -> &ObjectMeta {
        self.0.as_ref().map_or_else(|invalid| &invalid.metadata, K::meta)
    }

    fn meta_mut(&mut self) -> &mut ObjectMeta {
        self.0.as_mut().map_or_else(|invalid| &mut invalid.metadata, K::meta_mut)
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::ConfigMap;
    use kube::core::WatchEvent;
    use serde_json::json;

    use super::*;

    fn event(object: &serde_json::Value) -> Option<Guard<ConfigMap>> {
        // Not by `json!`, which may sort the two.
        let line = format!(r#"{{"type":"ADDED","object":{object}}}"#);
        match serde_json::from_str(&line).ok()? {
            WatchEvent::Added(guard) => Some(guard),
            WatchEvent::Modified(_)
            | WatchEvent::Deleted(_)
            | WatchEvent::Bookmark(_)
            | WatchEvent::Error(_) => None,
        }
    }

    #[test]
    fn what_cannot_be_read_has_its_name() {
        let metadata = json!({"name": "a", "namespace": "b"});
        let read = event(&json!({"metadata": metadata, "data": {"key": "value"}})).unwrap();
        assert_eq!(read.0.unwrap().data.unwrap()["key"], "value");
        let unread = event(&json!({"metadata": metadata, "data": ["no", "map"]})).unwrap();
        assert_eq!(unread.meta().name.as_deref(), Some("a"));
        let invalid = unread.0.unwrap_err();
        assert!(invalid.error.starts_with("data: invalid type: sequence"), "{invalid:?}");
        let forged = event(&json!({"metadata": metadata, "data": {"a\nERROR": 1}})).unwrap();
        assert!(forged.0.unwrap_err().error.starts_with(r"data.a\nERROR: invalid type: integer"));
        assert!(event(&json!({"data": {}})).is_some());
        // Deeper than a reader follows, in a field that nobody knows and in what the API server notes of it.
        let deep = format!("{}{}", r#"{"a":"#.repeat(5_000), "1") + &"}".repeat(5_000);
        let fields = format!(r#"[{{"fieldsType": "FieldsV1", "fieldsV1": {deep}}}]"#);
        let object = format!(r#"{{"metadata": {{"name": "a", "managedFields": {fields}}}, "more": {deep}}}"#);
        let unread = serde_json::from_str::<Guard<ConfigMap>>(&object).unwrap();
        assert_eq!(unread.meta().name.as_deref(), Some("a"));
        assert!(unread.0.unwrap_err().error.contains("recursion limit"));
        assert!(event(&json!({"metadata": "none"})).is_none());
    }
}
