use serde_json::{Map, Value};

/// Fields of an object that this crate doesn't know, kept so that writing loses nothing.
///
/// Empty for every object written by a Knative release up to August 2026. It contains misspelt fields (`timout`) and fields of newer
/// releases. An empty one takes the space of a pointer.
///
/// ```
/// use knative_ingress_model::Ingress;
///
/// let ingress = Ingress::from_json(br#"{"spec": {"visibilty": "ClusterLocal"}}"#)?;
/// assert_eq!(ingress.spec.unknown.get("visibilty"), Some(&"ClusterLocal".into()));
/// assert_eq!(ingress.spec.unknown.get("visibility"), None);
/// # Ok::<(), knative_ingress_model::ParseIngressError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct UnknownFields(Option<Box<Map<String, Value>>>);

impl UnknownFields {
    /// The value of the field of that name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.as_ref()?.get(name)
    }

    /// The names and values, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().flat_map(|map| map.iter()).map(|(name, value)| (name.as_str(), value))
    }

    /// Whether there are no unknown fields.
    pub fn is_empty(&self) -> bool {
        self.0.as_ref().is_none_or(|map| map.is_empty())
    }
}

impl From<Map<String, Value>> for UnknownFields {
    fn from(map: Map<String, Value>) -> Self {
        if map.is_empty() { Self(None) } else { Self(Some(Box::new(map))) }
    }
}
