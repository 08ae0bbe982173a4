use serde::Deserialize;
use serde_json::Value;

use crate::Ingress;

/// Why a text or a JSON value isn't an [`Ingress`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseIngressError {
    /// It isn't JSON.
    #[error("invalid JSON at line {line}, column {column}: {reason}")]
    Syntax {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What the JSON parser says.
        reason: String,
    },
    /// A field has an invalid value.
    #[error("{path}: invalid value {found}: expected {expected}")]
    Field {
        /// The field: `spec.rules[0].http.paths[1].splits[0].percent`; `.` for the whole object.
        path: String,
        /// What was found: `object`, ``floating point `33.3` ``, `string "x"`.
        found: String,
        /// What is expected: `a 64-bit integer`.
        expected: String,
    },
    /// A field can't be read for another reason, such as nesting that is too deep.
    #[error("{path}: {reason}")]
    Unreadable {
        /// The field.
        path: String,
        /// Why.
        reason: String,
    },
}

impl ParseIngressError {
    /// The path of the field, or `None` when the text isn't JSON.
    pub fn path(&self) -> Option<&str> {
        match self {
            Self::Syntax { .. } => None,
            Self::Field { path, .. } | Self::Unreadable { path, .. } => Some(path),
        }
    }
}

impl Ingress {
    /// Reads an Ingress from JSON.
    ///
    /// As fast as `serde_json`. If that fails, the text is read again to find the field.
    ///
    /// ```
    /// use knative_ingress_model::Ingress;
    ///
    /// let error = Ingress::from_json(br#"{"spec": {"rules": [{"hosts": "shop.example.com"}]}}"#).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     r#"spec.rules[0].hosts: invalid value string "shop.example.com": expected a list"#,
    /// );
    ///
    /// let error = Ingress::from_json(b"apiVersion: networking.internal.knative.dev/v1alpha1").unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "invalid JSON at line 1, column 1: expected value (an object starts with `{`; the crate knative-gloo-manifests reads YAML)",
    /// );
    /// ```
    ///
    /// # Errors
    /// When the text isn't JSON, a field has the wrong type, or `apiVersion` or `kind` is that of another resource.
    pub fn from_json(json: &[u8]) -> Result<Self, ParseIngressError> {
        // A fifth faster than `from_slice`, which checks each string on its own. Only `from_slice` says where invalid UTF-8 is.
        let read = match std::str::from_utf8(json) {
            Ok(text) => serde_json::from_str(text),
            Err(_) => serde_json::from_slice(json),
        };
        read.map_err(|error| {
            if error.is_syntax() && !json.trim_ascii_start().starts_with(b"{") {
                return not_even_an_object(&error);
            }
            let mut deserializer = serde_json::Deserializer::from_slice(json);
            match serde_path_to_error::deserialize::<_, Self>(&mut deserializer) {
                Err(located) => explain(&located.path().to_string(), located.inner()),
                // The error is in what follows the object.
                Ok(_) => explain(".", &error),
            }
        })
    }

    /// Reads an Ingress from a JSON value.
    ///
    /// # Errors
    /// When a field has the wrong type, or `apiVersion` or `kind` is that of another resource.
    pub fn from_value(value: &Value) -> Result<Self, ParseIngressError> {
        Self::deserialize(value).map_err(|error| match serde_path_to_error::deserialize::<_, Self>(value) {
            Err(located) => explain(&located.path().to_string(), located.inner()),
            Ok(_) => explain(".", &error),
        })
    }
}

/// The text is most likely YAML.
fn not_even_an_object(error: &serde_json::Error) -> ParseIngressError {
    let (line, column) = (error.line(), error.column());
    let hint = "(an object starts with `{`; the crate knative-gloo-manifests reads YAML)";
    let reason = without_place(error);
    ParseIngressError::Syntax { line, column, reason: format!("{reason} {hint}") }
}

fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    text.strip_suffix(&place).unwrap_or(&text).to_owned()
}

/// `serde_json` has what was found and expected only as text: `invalid type: map, expected a list at line 1 column 9`.
fn explain(path: &str, error: &serde_json::Error) -> ParseIngressError {
    let reason = without_place(error);
    let path = shortened(path);
    if error.is_syntax() || error.is_eof() || error.is_io() {
        let reason = shortened(&reason);
        return ParseIngressError::Syntax { line: error.line(), column: error.column(), reason };
    }
    let mismatch = ["invalid type: ", "invalid value: "].iter().find_map(|kind| reason.strip_prefix(kind));
    match mismatch.and_then(|mismatch| mismatch.rsplit_once(", expected ")) {
        Some((found, expected)) => ParseIngressError::Field {
            path,
            found: shortened(json_type(found)),
            expected: expected.to_owned(),
        },
        None => ParseIngressError::Unreadable { path, reason: shortened(&reason) },
    }
}

/// The beginning of a text that may be a megabyte long, and its length.
fn shortened(text: &str) -> String {
    const SHOWN: usize = 200;
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}… ({} bytes)", text.get(..end).unwrap_or_default(), text.len()),
        None => text.to_owned(),
    }
}

fn json_type(found: &str) -> &str {
    match found {
        "map" => "object",
        "sequence" => "list",
        other => other,
    }
}
