//! The [`Ingress`] as a resource of the Kubernetes API.

use std::fmt;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::{ListableResource, Metadata, NamespaceResourceScope, Resource};
use serde::de::{self, Deserialize, Deserializer, MapAccess, Unexpected, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Map;

use crate::go_value::{GoValue, InView, Nullable, View};
use crate::{Ingress, IngressKind};

/// A list of Ingresses, as an API server returns it: `kind: IngressList`.
///
/// ```
/// use knative_ingress_model::IngressList;
///
/// let list: IngressList = serde_json::from_str(r#"{"items": [{"metadata": {"name": "shop"}}]}"#)?;
/// assert_eq!(list.items[0].name(), "shop");
/// # Ok::<(), serde_json::Error>(())
/// ```
pub type IngressList = k8s_openapi::List<Ingress>;

/// Makes `kube::Api<Ingress>` work. ClusterIngress has no such type; its last release was 0.9.
impl Resource for Ingress {
    const API_VERSION: &'static str = "networking.internal.knative.dev/v1alpha1";
    const GROUP: &'static str = "networking.internal.knative.dev";
    const KIND: &'static str = "Ingress";
    const VERSION: &'static str = "v1alpha1";
    const URL_PATH_SEGMENT: &'static str = "ingresses";
    type Scope = NamespaceResourceScope;
}

impl ListableResource for Ingress {
    const LIST_KIND: &'static str = "IngressList";
}

impl Metadata for Ingress {
    type Ty = ObjectMeta;

    fn metadata(&self) -> &ObjectMeta {
        &self.metadata
    }

    fn metadata_mut(&mut self) -> &mut ObjectMeta {
        &mut self.metadata
    }
}

const FIELDS: [&str; 5] = ["apiVersion", "kind", "metadata", "spec", "status"];

enum Key {
    ApiVersion,
    Kind,
    Metadata,
    Spec,
    Status,
    Unknown(String),
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;

        impl Visitor<'_> for KeyVisitor {
            type Value = Key;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a field name")
            }

            fn visit_str<E: de::Error>(self, key: &str) -> Result<Key, E> {
                Ok(match key {
                    "apiVersion" => Key::ApiVersion,
                    "kind" => Key::Kind,
                    "metadata" => Key::Metadata,
                    "spec" => Key::Spec,
                    "status" => Key::Status,
                    unknown => Key::Unknown(unknown.to_owned()),
                })
            }
        }

        deserializer.deserialize_identifier(KeyVisitor)
    }
}

/// Reads a string without copying it; `null` is the empty string.
struct TextVisitor<T> {
    /// The value of a string.
    of: fn(&str) -> Option<T>,
    expected: &'static str,
}

impl<'de, T> Visitor<'de> for TextVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_none<E: de::Error>(self) -> Result<T, E> {
        self.visit_str("")
    }

    fn visit_unit<E: de::Error>(self) -> Result<T, E> {
        self.visit_str("")
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_str(self)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        (self.of)(text).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self.expected))
    }
}

/// `apiVersion`. Only one value is valid, so it isn't kept.
struct ApiVersion;

impl<'de> Deserialize<'de> for ApiVersion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let of = |text: &str| matches!(text, "" | Ingress::API_VERSION).then_some(Self);
        deserializer.deserialize_option(TextVisitor { of, expected: Ingress::API_VERSION })
    }
}

impl<'de> Deserialize<'de> for IngressKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let of = |text: &str| match text {
            "" | "Ingress" => Some(Self::Ingress),
            "ClusterIngress" => Some(Self::ClusterIngress),
            _ => None,
        };
        deserializer.deserialize_option(TextVisitor { of, expected: "Ingress or ClusterIngress" })
    }
}

impl Serialize for IngressKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Ingress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct IngressVisitor;

        impl<'de> Visitor<'de> for IngressVisitor {
            type Value = Ingress;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Ingress, A::Error> {
                let mut ingress = Ingress::default();
                let mut unknown = Map::new();
                while let Some(key) = map.next_key()? {
                    match key {
                        Key::ApiVersion => {
                            let ApiVersion = map.next_value()?;
                        }
                        Key::Kind => ingress.kind = map.next_value()?,
                        Key::Metadata => {
                            ingress.metadata = map.next_value::<Option<_>>()?.unwrap_or_default()
                        }
                        Key::Spec => Nullable(ingress.spec) = map.next_value()?,
                        Key::Status => Nullable(ingress.status) = map.next_value()?,
                        Key::Unknown(name) => {
                            unknown.insert(name, map.next_value()?);
                        }
                    }
                }
                ingress.unknown = unknown.into();
                Ok(ingress)
            }
        }

        deserializer.deserialize_map(IngressVisitor)
    }
}

impl Serialize for Ingress {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { kind, metadata, spec, status, unknown } = self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("apiVersion", Self::API_VERSION)?;
        map.serialize_entry("kind", kind)?;
        map.serialize_entry("metadata", metadata)?;
        map.serialize_entry("spec", &InView(spec, View::Full))?;
        if !status.is_zero(View::Full) {
            map.serialize_entry("status", &InView(status, View::Full))?;
        }
        for (name, value) in unknown.iter().filter(|(name, _)| !FIELDS.contains(name)) {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}
