use crate::UnknownFields;
use crate::message::message;

/// A resource by name and namespace: `{name, namespace}` (`core.solo.io.ResourceRef`).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceRef {
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// Unknown fields.
    pub unknown: UnknownFields,
}

impl ResourceRef {
    /// The resource of this name in this namespace.
    pub fn new(name: impl Into<String>, namespace: impl Into<String>) -> Self {
        Self { name: name.into(), namespace: namespace.into(), unknown: UnknownFields::default() }
    }
}

message!(ResourceRef { name: "name", namespace: "namespace" });
