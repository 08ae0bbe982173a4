//! How [`Options`](super::Options) are written: as the document `kind: TranslateOptions`.

use std::collections::BTreeSet;

use serde::{Deserialize, Deserializer, Serialize, de::Error};

use super::{AllowedNamespaces, ClassFilter, Dialect};

/// `apiVersion` of the document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ApiVersion {
    #[default]
    #[serde(rename = "knative-gloo-translate/v1")]
    V1,
}

/// `kind` of the document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Kind {
    #[default]
    TranslateOptions,
}

impl Serialize for Dialect {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Dialect {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// A dialect, or several where something is shown in each, as in a fixture: the first counts.
pub(crate) fn first_dialect<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Dialect, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "a dialect or a list of dialects")]
    enum Words {
        One(String),
        Several(Vec<String>),
    }
    let words = match Words::deserialize(deserializer)? {
        Words::One(word) => vec![word],
        Words::Several(words) => words,
    };
    let dialects: Result<Vec<Dialect>, _> = words.iter().map(|word| word.parse()).collect();
    let first = dialects.map_err(D::Error::custom)?.first().copied();
    first.ok_or_else(|| D::Error::custom("an empty list of dialects"))
}

impl From<String> for ClassFilter {
    /// `any` is every class, anything else the class of that name.
    fn from(class: String) -> Self {
        if class == "any" { Self::Any } else { Self::Named(class) }
    }
}

impl From<ClassFilter> for String {
    fn from(filter: ClassFilter) -> Self {
        match filter {
            ClassFilter::Any => "any".to_owned(),
            ClassFilter::Named(class) => class,
        }
    }
}

/// [`AllowedNamespaces`] as they are written.
#[derive(Serialize, Deserialize)]
#[serde(untagged, expecting = "`true`, `false`, or a list of namespaces")]
pub(crate) enum Allowed {
    Everybody(bool),
    Namespaces(BTreeSet<String>),
}

impl From<Allowed> for AllowedNamespaces {
    fn from(allowed: Allowed) -> Self {
        match allowed {
            Allowed::Everybody(false) => Self::Nobody,
            Allowed::Everybody(true) => Self::All,
            Allowed::Namespaces(namespaces) => Self::Only(namespaces),
        }
    }
}

impl From<AllowedNamespaces> for Allowed {
    fn from(allowed: AllowedNamespaces) -> Self {
        match allowed {
            AllowedNamespaces::Nobody => Self::Everybody(false),
            AllowedNamespaces::All => Self::Everybody(true),
            AllowedNamespaces::Only(namespaces) => Self::Namespaces(namespaces),
        }
    }
}
