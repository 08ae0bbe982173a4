use std::cmp::Ordering;

use serde::ser::SerializeMap;
use serde_json::{Map, Value};

/// A message kept as plain JSON: its fields are too many to be typed, or differ too much between releases.
pub type JsonObject = Map<String, Value>;

/// Fields of a message that this crate doesn't know, kept so that writing loses nothing.
///
/// Gloo's releases have different fields, and its Enterprise edition has many more. Since 1.5, Gloo itself ignores unknown fields. An
/// empty one takes the space of a pointer. It must not contain the name of a known field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct UnknownFields(Option<Box<JsonObject>>);

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

    pub(crate) fn write_into<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        self.iter().try_for_each(|(name, value)| map.serialize_entry(name, value))
    }
}

impl From<JsonObject> for UnknownFields {
    fn from(map: JsonObject) -> Self {
        if map.is_empty() { Self(None) } else { Self(Some(Box::new(map))) }
    }
}

/// Compared by their JSON; an empty one comes first.
impl Ord for UnknownFields {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(a), Some(b)) if a == b => Ordering::Equal,
            (Some(a), Some(b)) => {
                Value::Object((**a).clone()).to_string().cmp(&Value::Object((**b).clone()).to_string())
            }
        }
    }
}

impl PartialOrd for UnknownFields {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
