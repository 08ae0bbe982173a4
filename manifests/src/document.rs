use crate::error::{ErrorKind, Location, ManifestError};
use crate::node::{Node, NodeRef};
use crate::text::Text;
use serde::de::{Deserialize, DeserializeOwned};
use serde::ser::Serialize;
use serde_json::{Map, Value};
use serde_path_to_error::Segment;
use std::sync::Arc;

/// One Kubernetes object and where it stands.
///
/// It is an object with a non-empty `apiVersion` and `kind`; the rest of it may be anything. Objects of one document share its
/// text, which is there as long as any of them is.
#[derive(Clone, Debug)]
pub struct Document {
    pub(crate) location: Location,
    pub(crate) text: Arc<Text>,
    pub(crate) root: Node,
}

impl Document {
    /// Where it starts.
    #[must_use]
    pub fn location(&self) -> &Location {
        &self.location
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
        path.iter().try_fold(self.root(), |node, field| node.get(field))?.as_str()
    }

    fn root(&self) -> NodeRef<'_> {
        NodeRef { node: &self.root, text: &self.text }
    }

    /// The object as JSON, always a JSON object. A [`Value`] can take ten times the memory that the document takes.
    #[must_use]
    pub fn into_value(self) -> Value {
        // Any value of a document is JSON.
        Value::deserialize(self.root()).unwrap_or_default()
    }

    /// The object as a type of one's own.
    ///
    /// # Errors
    /// [`ErrorKind::Type`] with the path of the field that does not fit, its line, what was found and what is expected.
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
        serde_path_to_error::deserialize(self.root()).map_err(|error| self.type_error(error))
    }

    /// The object as a type of one's own; fields that it lacks, or has as null, are those of `defaults`.
    ///
    /// # Errors
    /// As [`parse`](Self::parse); where `defaults` is no object when it is serialised.
    ///
    /// ```
    /// # use knative_gloo_manifests::{Limits, read};
    /// # #[derive(serde::Serialize, serde::Deserialize)]
    /// # #[serde(rename_all = "camelCase", deny_unknown_fields, default)]
    /// # #[derive(Default)]
    /// # struct Settings { api_version: String, kind: String, retries: u32, timeout: u32 }
    /// let text = "apiVersion: v1\nkind: Settings\ntimeout: 5\n";
    /// let document = read("settings.yaml", text.as_bytes(), &Limits::default()).next().unwrap().unwrap();
    /// let settings = document.parse_with_defaults(&Settings { retries: 3, ..Settings::default() }).unwrap();
    /// assert_eq!((settings.retries, settings.timeout), (3, 5));
    /// ```
    pub fn parse_with_defaults<T: Serialize + DeserializeOwned>(
        &self,
        defaults: &T,
    ) -> Result<T, ManifestError> {
        let fail = |error: serde_json::Error| ManifestError {
            location: self.location.clone(),
            path: String::new(),
            kind: ErrorKind::Type(error.to_string()),
        };
        let mut fields: Map<String, Value> =
            serde_json::to_value(defaults).and_then(serde_json::from_value).map_err(fail)?;
        for (name, value) in Map::deserialize(self.root()).map_err(fail)? {
            if !(value.is_null() && fields.contains_key(&name)) {
                fields.insert(name, value);
            }
        }
        serde_path_to_error::deserialize(Value::Object(fields)).map_err(|error| self.type_error(error))
    }

    fn type_error(&self, error: serde_path_to_error::Error<serde_json::Error>) -> ManifestError {
        let path = error.path().iter().map_while(|segment| match segment {
            Segment::Seq { index } => Some(index.to_string()),
            // A oneof's variant is written as a field; an unknown segment leads nowhere.
            Segment::Map { key } | Segment::Enum { variant: key } => Some(key.clone()),
            Segment::Unknown => None,
        });
        let location = self.at(self.root().deepest(path));
        let path = error.path().to_string();
        ManifestError {
            location,
            path: if path == "." { String::new() } else { path },
            kind: ErrorKind::Type(error.into_inner().to_string()),
        }
    }

    /// Where a field stands, named as messages name it: `spec.rules[0].hosts`. Of a field that is missing, where it is missed.
    ///
    /// ```
    /// # use knative_gloo_manifests::{Limits, read};
    /// let text = "apiVersion: v1\nkind: ConfigMap\nports:\n- 80\n- 81\n";
    /// let document = read("ports.yaml", text.as_bytes(), &Limits::default()).next().unwrap().unwrap();
    /// assert_eq!(document.location_of("ports[1]").line, 5);
    /// ```
    #[must_use]
    pub fn location_of(&self, field: &str) -> Location {
        let mut rest = field;
        let path = std::iter::from_fn(|| {
            let name = rest.strip_prefix('.').unwrap_or(rest);
            let (key, after) = match name.strip_prefix('[') {
                Some(inner) => inner.split_once(']').unwrap_or((inner, "")),
                None => name.split_at_checked(name.find(['.', '[']).unwrap_or(name.len()))?,
            };
            rest = after;
            (!name.is_empty()).then_some(key)
        });
        self.at(self.root().deepest(path))
    }

    fn at(&self, node: NodeRef<'_>) -> Location {
        Location { line: node.node.line as usize, column: None, ..self.location.clone() }
    }
}
