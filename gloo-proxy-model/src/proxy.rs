use std::fmt;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::{List, ListableResource, Metadata, NamespaceResourceScope, Resource};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Unexpected, Visitor};
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};
use serde_json::Map;

use crate::message::message;
use crate::wire::{FieldName, FieldNameSeed, FieldSlot, Spelling, Written};
use crate::{Listener, ProxyStatus, UnknownFields};

/// Everything that one Envoy serves.
///
/// As JSON it is the Kubernetes object: `apiVersion` and `kind` are always written and may be missing when read.
/// Envoy picks its Proxy by its `node.metadata.role`, `<namespace>~<name>`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Proxy {
    /// Name, namespace, labels, annotations.
    pub metadata: ObjectMeta,
    /// The listeners.
    pub spec: ProxySpec,
    /// The status that Gloo reports.
    pub status: Option<ProxyStatus>,
    /// Unknown fields.
    pub unknown: UnknownFields,
}

/// `spec` of a [`Proxy`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProxySpec {
    /// The listeners; their ports must be unique.
    pub listeners: Vec<Listener>,
    /// The whole spec, compressed, in place of `listeners`. Since 1.5. Kept as it is when reading and writing.
    pub compressed_spec: String,
    /// Unknown fields.
    pub unknown: UnknownFields,
}

message!(ProxySpec { listeners: "listeners", compressed_spec: "compressedSpec" });

/// A list of Proxies, as an API server returns it.
pub type ProxyList = List<Proxy>;

impl Resource for Proxy {
    const API_VERSION: &'static str = "gloo.solo.io/v1";
    const GROUP: &'static str = "gloo.solo.io";
    const KIND: &'static str = "Proxy";
    const VERSION: &'static str = "v1";
    const URL_PATH_SEGMENT: &'static str = "proxies";
    type Scope = NamespaceResourceScope;
}

impl ListableResource for Proxy {
    const LIST_KIND: &'static str = "ProxyList";
}

impl Metadata for Proxy {
    type Ty = ObjectMeta;

    fn metadata(&self) -> &ObjectMeta {
        &self.metadata
    }

    fn metadata_mut(&mut self) -> &mut ObjectMeta {
        &mut self.metadata
    }
}

impl Serialize for Proxy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { metadata, spec, status, unknown } = self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("apiVersion", Self::API_VERSION)?;
        map.serialize_entry("kind", Self::KIND)?;
        map.serialize_entry("metadata", metadata)?;
        map.serialize_entry("spec", spec)?;
        if let Some(status) = status {
            map.serialize_entry("status", &Written(status))?;
        }
        unknown.write_into(&mut map)?;
        map.end()
    }
}

enum Name {
    ApiVersion,
    Kind,
    Metadata,
    Spec,
    Status,
    Unknown(String),
}

impl FieldName for Name {
    fn of(name: &str) -> Self {
        match name {
            "apiVersion" => Self::ApiVersion,
            "kind" => Self::Kind,
            "metadata" => Self::Metadata,
            "spec" => Self::Spec,
            "status" => Self::Status,
            _ => Self::Unknown(name.to_owned()),
        }
    }
}

struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = Proxy;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("an object (Proxy)")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Proxy, A::Error> {
        let mut metadata = None;
        let (mut spec, mut status) = (FieldSlot::new(), FieldSlot::new());
        let mut unknown = Map::new();
        while let Some(name) = map.next_key_seed(FieldNameSeed::<Name>::new())? {
            match name {
                Name::ApiVersion => map.next_value_seed(MustBe(Proxy::API_VERSION))?,
                Name::Kind => map.next_value_seed(MustBe(Proxy::KIND))?,
                Name::Metadata => metadata = map.next_value()?,
                Name::Spec => spec.read(Spelling::Json, &mut map)?,
                Name::Status => status.read(Spelling::Json, &mut map)?,
                Name::Unknown(name) => {
                    unknown.insert(name, map.next_value()?);
                }
            }
        }
        Ok(Proxy {
            metadata: metadata.unwrap_or_default(),
            spec: spec.finish(),
            status: status.finish(),
            unknown: unknown.into(),
        })
    }
}

/// Reads a string with only one valid value, or `null`.
#[derive(Clone, Copy)]
struct MustBe(&'static str);

impl<'de> DeserializeSeed<'de> for MustBe {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        match Option::<String>::deserialize(deserializer)? {
            Some(found) if found != self.0 => Err(D::Error::invalid_value(Unexpected::Str(&found), &self.0)),
            _ => Ok(()),
        }
    }
}

impl<'de> Deserialize<'de> for Proxy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Fields)
    }
}
