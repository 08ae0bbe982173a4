//! Strings, booleans and numbers.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, Unexpected, Visitor};
use serde::ser::Serializer;

use super::value::Wire;

impl Wire for String {
    fn is_unset(&self) -> bool {
        self.is_empty()
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }

    #[cfg(feature = "schemars")]
    fn schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string"})
    }
}

impl Wire for bool {
    fn is_unset(&self) -> bool {
        !self
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bool(*self)
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }

    #[cfg(feature = "schemars")]
    fn schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "boolean"})
    }
}

/// Reads a whole number, quoted or not.
struct WholeNumber {
    expected: &'static str,
}

impl Visitor<'_> for WholeNumber {
    type Value = i128;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str(self.expected)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<i128, E> {
        Ok(number.into())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<i128, E> {
        Ok(number.into())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<i128, E> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let plain = digits == "0" || (!digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit()));
        match text.parse() {
            Ok(number) if plain => Ok(number),
            _ => Err(E::invalid_value(Unexpected::Str(text), &self)),
        }
    }
}

fn read_whole_number<'de, D: Deserializer<'de>, N: TryFrom<i128>>(
    deserializer: D,
    expected: &'static str,
) -> Result<N, D::Error> {
    let number = deserializer.deserialize_any(WholeNumber { expected })?;
    N::try_from(number)
        .map_err(|_| D::Error::invalid_value(Unexpected::Other(&format!("`{number}`")), &expected))
}

impl Wire for u32 {
    fn is_unset(&self) -> bool {
        *self == 0
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(*self)
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_whole_number(deserializer, "a whole number from 0 to 4294967295")
    }

    #[cfg(feature = "schemars")]
    fn schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"anyOf": [
            {"type": "integer", "minimum": 0, "maximum": u32::MAX},
            {"type": "string", "pattern": "^(0|[1-9][0-9]*)$"},
        ]})
    }
}

impl Wire for i64 {
    fn is_unset(&self) -> bool {
        *self == 0
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_whole_number(deserializer, "a whole number of 64 bits")
    }

    #[cfg(feature = "schemars")]
    fn schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"anyOf": [
            {"type": "integer", "minimum": i64::MIN, "maximum": i64::MAX},
            {"type": "string", "pattern": "^(0|-?[1-9][0-9]*)$"},
        ]})
    }
}
