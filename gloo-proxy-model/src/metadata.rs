use crate::message::{message, oneof};
use crate::{JsonObject, ResourceRef, UnknownFields};

/// What a listener, virtual host or route was generated from: oneof `opaque_metadata`.
#[derive(Clone, Debug, PartialEq)]
pub enum OpaqueMetadata {
    /// `metadata`: any object. Before 1.11 the only member, and a plain field.
    Metadata(JsonObject),
    /// `metadataStatic`: the resources. Since 1.11.
    Static(MetadataStatic),
}

oneof!(OpaqueMetadata as "opaque_metadata" {
    Metadata(value): "metadata" "metadata",
    Static(value): "metadataStatic" "metadata_static",
});

/// The resources that something was generated from: `metadataStatic`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MetadataStatic {
    /// The resources.
    pub sources: Vec<MetadataSource>,
    /// Unknown fields.
    pub unknown: UnknownFields,
}

message!(MetadataStatic { sources: "sources" });

/// A resource that something was generated from: `sources[]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MetadataSource {
    /// The resource.
    pub resource_ref: Option<ResourceRef>,
    /// Its kind.
    pub resource_kind: String,
    /// Its generation.
    pub observed_generation: i64,
    /// Unknown fields.
    pub unknown: UnknownFields,
}

message!(MetadataSource {
    resource_ref: "resourceRef",
    resource_kind: "resourceKind",
    observed_generation: "observedGeneration",
});
