use std::fmt::Display;

use serde::de::value::{MapAccessDeserializer, MapDeserializer, SeqAccessDeserializer, SeqDeserializer};
use serde::de::{self, DeserializeOwned, Deserializer, Expected, IntoDeserializer, Unexpected, Visitor};
use serde_json::Value;

use crate::Proxy;

/// Why a text or a JSON value isn't a [`Proxy`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseProxyError {
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
        /// The field: `spec.listeners[0].bindPort`; `.` for the whole object.
        path: String,
        /// What was found: `object`, `string "x"`.
        found: String,
        /// What is expected: `a list`.
        expected: String,
    },
    /// A field can't be read for another reason.
    #[error("{path}: {reason}")]
    Unreadable {
        /// The field.
        path: String,
        /// Why.
        reason: String,
    },
}

impl ParseProxyError {
    /// The path of the field, or `None` when the text isn't JSON.
    pub fn path(&self) -> Option<&str> {
        match self {
            Self::Syntax { .. } => None,
            Self::Field { path, .. } | Self::Unreadable { path, .. } => Some(path),
        }
    }

    pub(crate) fn syntax(error: &serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        let text = error.to_string();
        let reason = text.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&text);
        Self::Syntax { line, column, reason: reason.to_owned() }
    }
}

impl Proxy {
    /// Reads a Proxy from JSON.
    ///
    /// As fast as `serde_json`. If that fails, the text is read again to find the field.
    ///
    /// # Errors
    /// When the text isn't JSON, or a field has an invalid value.
    ///
    /// ```
    /// use gloo_proxy_model::Proxy;
    /// let error = Proxy::from_json(br#"{"spec": {"listeners": [{"bindPort": "eighty"}]}}"#).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "spec.listeners[0].bindPort: invalid value string \"eighty\": expected a whole number from 0 to 4294967295"
    /// );
    /// ```
    pub fn from_json(json: &[u8]) -> Result<Self, ParseProxyError> {
        read(json)
    }

    /// Reads a Proxy from a JSON value.
    ///
    /// # Errors
    /// When a field has an invalid value.
    pub fn from_value(value: &Value) -> Result<Self, ParseProxyError> {
        read_value(value)
    }
}

pub(crate) fn read<T: DeserializeOwned>(json: &[u8]) -> Result<T, ParseProxyError> {
    if let Ok(value) = serde_json::from_slice(json) {
        return Ok(value);
    }
    let value = serde_json::from_slice(json).map_err(|error| ParseProxyError::syntax(&error))?;
    read_value(&value)
}

fn read_value<T: DeserializeOwned>(value: &Value) -> Result<T, ParseProxyError> {
    serde_path_to_error::deserialize(Reader(value)).map_err(|error| {
        let path = error.path().to_string();
        match error.into_inner() {
            ValueError::Mismatch { found, expected } => ParseProxyError::Field { path, found, expected },
            ValueError::Other(reason) => ParseProxyError::Unreadable { path, reason },
        }
    })
}

/// What serde says of a value that can't be read.
#[derive(Debug, thiserror::Error)]
enum ValueError {
    #[error("invalid value {found}: expected {expected}")]
    Mismatch { found: String, expected: String },
    #[error("{0}")]
    Other(String),
}

impl de::Error for ValueError {
    fn custom<T: Display>(message: T) -> Self {
        Self::Other(message.to_string())
    }

    fn invalid_type(found: Unexpected, expected: &dyn Expected) -> Self {
        Self::invalid_value(found, expected)
    }

    fn invalid_value(found: Unexpected, expected: &dyn Expected) -> Self {
        let found = if found == Unexpected::Unit {
            "null".to_owned()
        } else if found == Unexpected::Map {
            "object".to_owned()
        } else if found == Unexpected::Seq {
            "list".to_owned()
        } else {
            found.to_string()
        };
        Self::Mismatch { found, expected: expected.to_string() }
    }

    fn unknown_field(found: &str, _: &'static [&'static str]) -> Self {
        Self::Mismatch { found: format!("field `{found}`"), expected: "an empty object".to_owned() }
    }
}

/// Deserializes a JSON value with [`ValueError`]s, which have what was found and expected apart. `serde_json`'s errors don't.
struct Reader<'a>(&'a Value);

impl<'de> IntoDeserializer<'de, ValueError> for Reader<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Reader<'de> {
    type Error = ValueError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
                (Some(number), _, _) => visitor.visit_u64(number),
                (None, Some(number), _) => visitor.visit_i64(number),
                (None, None, Some(number)) => visitor.visit_f64(number),
                (None, None, None) => Err(de::Error::custom(number)),
            },
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::Array(elements) => {
                let elements = SeqDeserializer::new(elements.iter().map(Reader));
                SeqAccessDeserializer::new(elements).deserialize_any(visitor)
            }
            Value::Object(members) => {
                let members = members.iter().map(|(name, value)| (name.as_str(), Reader(value)));
                MapAccessDeserializer::new(MapDeserializer::new(members)).deserialize_any(visitor)
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        visitor.visit_newtype_struct(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        seq tuple tuple_struct map struct enum identifier ignored_any
    }
}
