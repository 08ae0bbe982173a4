use crate::error::{ManifestError, Place, Problem};
use crate::lines::{Lines, Step};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use serde_path_to_error::Segment;

/// One Kubernetes object and where it stands.
///
/// It is an object with a non-empty `apiVersion` and `kind`; the rest of it may be anything.
#[derive(Clone, Debug)]
pub struct Document {
    place: Place,
    value: Value,
    lines: Option<Lines>,
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
        text(&self.value, "apiVersion").unwrap_or_default()
    }

    /// Its `kind`, such as `Ingress`.
    #[must_use]
    pub fn kind(&self) -> &str {
        text(&self.value, "kind").unwrap_or_default()
    }

    /// Its `metadata.namespace`; None where it is missing or not text.
    #[must_use]
    pub fn namespace(&self) -> Option<&str> {
        text(self.value.get("metadata")?, "namespace")
    }

    /// Its `metadata.name`; None where it is missing or not text.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        text(self.value.get("metadata")?, "name")
    }

    /// The object itself, always a JSON object.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// The object itself, always a JSON object.
    #[must_use]
    pub fn into_value(self) -> Value {
        self.value
    }

    /// The object as a type of one's own.
    ///
    /// # Errors
    /// [`Problem::Type`] with the path of the field that does not fit, its line, what was found and what is wanted.
    ///
    /// ```
    /// # use knative_gloo_manifests::{Limits, read};
    /// let text = "apiVersion: v1\nkind: ConfigMap\nports:\n- 80\n- http\n";
    /// let document = read("ports.yaml", text.as_bytes(), &Limits::default()).remove(0).unwrap();
    /// #[derive(Debug, serde::Deserialize)]
    /// struct Ports { ports: Vec<u16> }
    /// let error = document.parse::<Ports>().unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "ports.yaml: document 1, line 5: ports[1]: invalid type: string \"http\", expected u16",
    /// );
    /// ```
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, ManifestError> {
        serde_path_to_error::deserialize(&self.value).map_err(|error| {
            let steps = error.path().iter().filter_map(|segment| match segment {
                Segment::Seq { index } => Some(Step::Item(*index)),
                Segment::Map { key } => Some(Step::Field(key)),
                // A oneof's variant is written as a field; an unknown segment leads nowhere.
                Segment::Enum { variant } => Some(Step::Field(variant)),
                Segment::Unknown => None,
            });
            let mut place = self.place.clone();
            place.column = None;
            if let Some(lines) = &self.lines {
                place.line = lines.line_of(steps);
            }
            let path = error.path().to_string();
            ManifestError {
                place,
                path: if path == "." { String::new() } else { path },
                problem: Problem::Type(error.into_inner().to_string()),
            }
        })
    }
}

fn text<'a>(value: &'a Value, field: &str) -> Option<&'a str> {
    value.get(field)?.as_str()
}

/// What the value is, for a message.
pub(crate) fn what(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// The objects of one document: itself, or the items of a `List` or array, however nested.
pub(crate) fn flatten(
    place: &Place,
    value: Value,
    lines: Option<Lines>,
) -> Vec<Result<Document, ManifestError>> {
    let mut flat = Flat { place, items: 0, out: Vec::new() };
    flat.value(value, lines, false, None);
    flat.out
}

/// apiVersion and kind of a typed list's items, which may leave them out.
struct ItemType {
    api_version: String,
    kind: String,
}

struct Flat<'a> {
    place: &'a Place,
    items: usize,
    out: Vec<Result<Document, ManifestError>>,
}

impl Flat<'_> {
    fn value(&mut self, value: Value, lines: Option<Lines>, is_item: bool, item_type: Option<&ItemType>) {
        match value {
            Value::Array(items) => self.list(items, lines.as_ref(), None),
            Value::Object(fields) => self.object(fields, lines, is_item, item_type),
            other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => {
                let place = self.place(lines.as_ref(), is_item);
                self.out.push(Err(place.fail(Problem::NotAnObject(what(&other)))));
            }
        }
    }

    fn list(&mut self, items: Vec<Value>, lines: Option<&Lines>, item_type: Option<&ItemType>) {
        for (index, item) in items.into_iter().enumerate() {
            let lines = lines.and_then(|lines| lines.step(&Step::Item(index))).cloned();
            self.value(item, lines, true, item_type);
        }
    }

    fn object(
        &mut self,
        mut fields: Map<String, Value>,
        lines: Option<Lines>,
        is_item: bool,
        ty: Option<&ItemType>,
    ) {
        if let Some(ItemType { api_version, kind }) = ty {
            let absent = |value: Option<&Value>| value.is_none_or(|v| v.is_null() || v.as_str() == Some(""));
            if absent(fields.get("apiVersion")) && absent(fields.get("kind")) {
                fields.insert("apiVersion".to_owned(), Value::String(api_version.clone()));
                fields.insert("kind".to_owned(), Value::String(kind.clone()));
            }
        }
        let named = |field: &str| fields.get(field).and_then(Value::as_str).unwrap_or_default();
        let (api_version, kind) = (named("apiVersion").to_owned(), named("kind").to_owned());
        if let Some(item_kind) = kind.strip_suffix("List") {
            let lines_of_items = lines.as_ref().and_then(|lines| lines.step(&Step::Field("items")));
            let item_type = (!item_kind.is_empty())
                .then(|| ItemType { api_version: api_version.clone(), kind: item_kind.to_owned() });
            match fields.remove("items") {
                Some(Value::Array(items)) => return self.list(items, lines_of_items, item_type.as_ref()),
                Some(Value::Null) => return,
                Some(other) => {
                    let mut error = self.place(lines_of_items.or(lines.as_ref()), is_item).fail(
                        Problem::Type(format!("{} where the array of a {kind} is wanted", what(&other))),
                    );
                    error.path = "items".to_owned();
                    return self.out.push(Err(error));
                }
                // A kind of one's own that happens to end in List.
                None => {}
            }
        }
        let place = self.place(lines.as_ref(), is_item);
        let missing = if api_version.is_empty() {
            Some("apiVersion")
        } else if kind.is_empty() {
            Some("kind")
        } else {
            None
        };
        self.out.push(match missing {
            Some(field) => Err(place.fail(Problem::Missing(field))),
            None => Ok(Document { place, value: Value::Object(fields), lines }),
        });
    }

    fn place(&mut self, lines: Option<&Lines>, is_item: bool) -> Place {
        let mut place = self.place.clone();
        if let Some(lines) = lines {
            place.line = lines.line;
        }
        if is_item {
            self.items = self.items.saturating_add(1);
            place.item = Some(self.items);
        }
        place
    }
}
