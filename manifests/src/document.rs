use crate::error::{ManifestError, Place, Problem};
use crate::tree::Tree;
use serde::de::{Deserialize, DeserializeOwned};
use serde_json::Value;
use serde_path_to_error::{Path, Segment};

/// One Kubernetes object and where it stands.
///
/// It is an object with a non-empty `apiVersion` and `kind`; the rest of it may be anything.
#[derive(Clone, Debug)]
pub struct Document {
    pub(crate) place: Place,
    pub(crate) tree: Tree,
}

impl Document {
    /// Where it starts.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Its `apiVersion`, such as `gloo.solo.io/v1`.
    #[must_use]
    pub fn api_version(&self) -> &str {
        self.text(&["apiVersion"]).unwrap_or_default()
    }

    /// Its `kind`, such as `Ingress`.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.text(&["kind"]).unwrap_or_default()
    }

    /// Its `metadata.namespace`; None where it is missing or not text.
    #[must_use]
    pub fn namespace(&self) -> Option<&str> {
        self.text(&["metadata", "namespace"])
    }

    /// Its `metadata.name`; None where it is missing or not text.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.text(&["metadata", "name"])
    }

    fn text(&self, path: &[&str]) -> Option<&str> {
        path.iter().try_fold(self.tree.node(0), |node, field| node.field(field))?.as_str()
    }

    /// The object as JSON, always a JSON object. A [`Value`] can take ten times the memory that the document takes.
    #[must_use]
    pub fn into_value(self) -> Value {
        // Any value of a tree is JSON.
        Value::deserialize(self.tree.node(0)).unwrap_or_default()
    }

    /// The object as a type of one's own.
    ///
    /// # Errors
    /// [`Problem::Type`] with the path of the field that does not fit, its line, what was found and what is expected.
    ///
    /// ```
    /// # use knative_gloo_manifests::{Limits, read};
    /// let text = "apiVersion: v1\nkind: ConfigMap\nports:\n- 80\n- http\n";
    /// let document = read("ports.yaml", text.as_bytes(), &Limits::default()).next().unwrap().unwrap();
    /// #[derive(Debug, serde::Deserialize)]
    /// struct Ports { ports: Vec<u16> }
    /// let error = document.parse::<Ports>().unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "ports.yaml: document 1, line 5: ports[1]: invalid type: string \"http\", expected u16",
    /// );
    /// ```
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, ManifestError> {
        serde_path_to_error::deserialize(self.tree.node(0)).map_err(|error| {
            let mut place = self.place.clone();
            (place.line, place.column) = (self.line_of(error.path()), None);
            let path = error.path().to_string();
            ManifestError {
                place,
                path: if path == "." { String::new() } else { path },
                problem: Problem::Type(error.into_inner().to_string()),
            }
        })
    }

    /// Where a field stands, named as messages name it: `spec.rules[0].hosts`. Of a field that is missing, where it is missed.
    ///
    /// ```
    /// # use knative_gloo_manifests::{Limits, read};
    /// let text = "apiVersion: v1\nkind: ConfigMap\nports:\n- 80\n- 81\n";
    /// let document = read("ports.yaml", text.as_bytes(), &Limits::default()).next().unwrap().unwrap();
    /// assert_eq!(document.place_of("ports[1]").line, 5);
    /// ```
    #[must_use]
    pub fn place_of(&self, field: &str) -> Place {
        let mut node = self.tree.node(0);
        let mut rest = field;
        while !rest.is_empty() {
            let next = if let Some(inner) = rest.strip_prefix('[') {
                let (key, after) = inner.split_once(']').unwrap_or((inner, ""));
                rest = after;
                let item = key.parse().ok().and_then(|index: usize| node.items().nth(index));
                item.or_else(|| node.field(key))
            } else {
                let name = rest.strip_prefix('.').unwrap_or(rest);
                let end = name.find(['.', '[']).unwrap_or(name.len());
                let (name, after) = name.split_at_checked(end).unwrap_or((name, ""));
                rest = after;
                node.field(name)
            };
            let Some(next) = next else { break };
            node = next;
        }
        let mut place = self.place.clone();
        (place.line, place.column) = (node.line(), None);
        place
    }

    /// The line of the deepest value on the way that exists: a missing field is reported where it is missed.
    fn line_of(&self, path: &Path) -> usize {
        let mut node = self.tree.node(0);
        for segment in path.iter() {
            let next = match segment {
                Segment::Seq { index } => node.items().nth(*index),
                // A oneof's variant is written as a field; an unknown segment leads nowhere.
                Segment::Map { key } | Segment::Enum { variant: key } => node.field(key),
                Segment::Unknown => None,
            };
            let Some(next) = next else { break };
            node = next;
        }
        node.line()
    }
}
