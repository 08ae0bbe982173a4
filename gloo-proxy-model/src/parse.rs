use std::fmt::Display;

use serde::de::value::{MapAccessDeserializer, MapDeserializer, SeqAccessDeserializer, SeqDeserializer};
use serde::de::{self, DeserializeOwned, Deserializer, Expected, IntoDeserializer, Unexpected, Visitor};
use serde_json::Value;

use crate::Proxy;

/// Why a text is no Proxy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseProxyError {
    /// It is no JSON.
    #[error("not JSON: {0}")]
    Syntax(String),
    /// A field holds what it can't.
    #[error("{path}: found {found}, expected {expected}")]
    Field {
        /// The field, such as `spec.listeners[0].bindPort`; `.` is the whole.
        path: String,
        /// What stands there.
        found: String,
        /// What could stand there.
        expected: String,
    },
}

impl Proxy {
    /// Reads a Proxy from JSON.
    ///
    /// The same as serde_json does it, but that an error names the field, what was found and what is expected.
    /// Finding these out costs a second reading, of the faulty text only.
    ///
    /// # Errors
    /// When the text is no JSON, or a field holds what it can't.
    ///
    /// ```
    /// use gloo_proxy_model::Proxy;
    /// let error = Proxy::from_json(br#"{"spec": {"listeners": [{"bindPort": "eighty"}]}}"#).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "spec.listeners[0].bindPort: found string \"eighty\", expected a whole number from 0 to 4294967295"
    /// );
    /// ```
    pub fn from_json(json: &[u8]) -> Result<Self, ParseProxyError> {
        read(json)
    }

    /// Reads a Proxy from a JSON value.
    ///
    /// # Errors
    /// When a field holds what it can't.
    pub fn from_value(value: &Value) -> Result<Self, ParseProxyError> {
        read_value(value)
    }
}

pub(crate) fn read<T: DeserializeOwned>(json: &[u8]) -> Result<T, ParseProxyError> {
    if let Ok(value) = serde_json::from_slice(json) {
        return Ok(value);
    }
    let value = serde_json::from_slice(json).map_err(|error| ParseProxyError::Syntax(error.to_string()))?;
    read_value(&value)
}

fn read_value<T: DeserializeOwned>(value: &Value) -> Result<T, ParseProxyError> {
    serde_path_to_error::deserialize(Reader(value)).map_err(|error| {
        let path = error.path().to_string();
        let Mismatch { found, expected } = error.into_inner();
        ParseProxyError::Field { path, found, expected }
    })
}

/// What serde tells of a wrong value, in two parts.
#[derive(Debug)]
struct Mismatch {
    found: String,
    expected: String,
}

impl Display for Mismatch {
    fn fmt(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(formatter, "found {}, expected {}", self.found, self.expected)
    }
}

impl std::error::Error for Mismatch {}

impl de::Error for Mismatch {
    fn custom<T: Display>(message: T) -> Self {
        Self { found: "an invalid value".to_owned(), expected: format!("a valid one ({message})") }
    }

    fn invalid_type(found: Unexpected, expected: &dyn Expected) -> Self {
        let found = if found == Unexpected::Unit { Unexpected::Other("null") } else { found };
        Self::invalid_value(found, expected)
    }

    fn invalid_value(found: Unexpected, expected: &dyn Expected) -> Self {
        Self { found: found.to_string(), expected: expected.to_string() }
    }

    fn unknown_field(found: &str, _: &'static [&'static str]) -> Self {
        Self { found: format!("the field `{found}`"), expected: "an empty object".to_owned() }
    }
}

/// Reads from a JSON value with [`Mismatch`] for an error, which `serde_json`'s own reader does not offer.
struct Reader<'a>(&'a Value);

impl<'de> IntoDeserializer<'de, Mismatch> for Reader<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Reader<'de> {
    type Error = Mismatch;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
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

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        visitor.visit_newtype_struct(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        seq tuple tuple_struct map struct enum identifier ignored_any
    }
}
