//! Protocol Buffers' JSON, as Gloo reads and writes it: one trait for what can stand in a field.
//!
//! A field that is unset or has its default is left out; `null` reads as unset; a 64-bit number is written as text;
//! any whole number may be read quoted. The messages themselves are in the modules named after them, each with a
//! table of its fields for [`message!`](crate::message).

use std::{collections::BTreeMap, fmt, marker::PhantomData, sync::Arc};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::ser::{SerializeMap, SerializeSeq, Serializer};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What can stand in a field of a message.
pub(crate) trait Wire: Sized {
    /// Whether the field is left out when written.
    fn is_unset(&self) -> bool;
    /// Writes the value.
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;
    /// Reads a value that is not `null`.
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;
    /// The JSON Schema of the value.
    #[cfg(feature = "schemars")]
    fn schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema;
}

/// Lends a [`Wire`] value to serde for writing.
pub(crate) struct Written<'a, T>(pub(crate) &'a T);

impl<T: Wire> Serialize for Written<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.write(serializer)
    }
}

/// Reads a [`Wire`] value that must be there.
pub(crate) struct Read<T>(pub(crate) T);

impl<'de, T: Wire> Deserialize<'de> for Read<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::read(deserializer).map(Read)
    }
}

/// Reads a [`Wire`] value or `null`.
pub(crate) struct Nullable<T>(pub(crate) Option<T>);

impl<'de, T: Wire> Deserialize<'de> for Nullable<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::<Read<T>>::deserialize(deserializer).map(|read| Self(read.map(|Read(value)| value)))
    }
}

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

/// Reads a whole number that stands bare or quoted.
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

impl<T: Wire> Wire for Option<T> {
    fn is_unset(&self) -> bool {
        self.is_none()
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Some(value) => value.write(serializer),
            None => serializer.serialize_none(),
        }
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::read(deserializer).map(Some)
    }

    #[cfg(feature = "schemars")]
    fn schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        T::schema(generator)
    }
}

macro_rules! pointer {
    ($pointer:ident) => {
        impl<T: Wire> Wire for $pointer<T> {
            fn is_unset(&self) -> bool {
                T::is_unset(self)
            }

            fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                T::write(self, serializer)
            }

            fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                T::read(deserializer).map($pointer::new)
            }

            #[cfg(feature = "schemars")]
            fn schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                T::schema(generator)
            }
        }
    };
}

pointer!(Arc);
pointer!(Box);

impl<T: Wire> Wire for Vec<T> {
    fn is_unset(&self) -> bool {
        self.is_empty()
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.len()))?;
        for element in self {
            list.serialize_element(&Written(element))?;
        }
        list.end()
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List<T>(PhantomData<T>);

        impl<'de, T: Wire> Visitor<'de> for List<T> {
            type Value = Vec<T>;

            fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
                formatter.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Vec<T>, A::Error> {
                let mut list = Vec::new();
                while let Some(Read(element)) = elements.next_element()? {
                    list.push(element);
                }
                Ok(list)
            }
        }

        deserializer.deserialize_seq(List(PhantomData))
    }

    #[cfg(feature = "schemars")]
    fn schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let items = T::schema(generator);
        schemars::json_schema!({"type": "array", "items": items})
    }
}

impl<T: Wire> Wire for BTreeMap<String, T> {
    fn is_unset(&self) -> bool {
        self.is_empty()
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.len()))?;
        for (key, value) in self {
            map.serialize_entry(key, &Written(value))?;
        }
        map.end()
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<T>(PhantomData<T>);

        impl<'de, T: Wire> Visitor<'de> for Entries<T> {
            type Value = BTreeMap<String, T>;

            fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
                let mut map = BTreeMap::new();
                while let Some((key, Read(value))) = entries.next_entry()? {
                    map.insert(key, value);
                }
                Ok(map)
            }
        }

        deserializer.deserialize_map(Entries(PhantomData))
    }

    #[cfg(feature = "schemars")]
    fn schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let values = T::schema(generator);
        schemars::json_schema!({"type": "object", "additionalProperties": values})
    }
}

impl Wire for Map<String, Value> {
    fn is_unset(&self) -> bool {
        self.is_empty()
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.serialize(serializer)
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Map<String, Value>;

            fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
                let mut map = Map::new();
                while let Some((key, value)) = entries.next_entry()? {
                    map.insert(key, value);
                }
                Ok(map)
            }
        }

        deserializer.deserialize_map(Members)
    }

    #[cfg(feature = "schemars")]
    fn schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "object"})
    }
}

impl Wire for ObjectMeta {
    fn is_unset(&self) -> bool {
        false
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.serialize(serializer)
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }

    #[cfg(feature = "schemars")]
    fn schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        generator.subschema_for::<Self>()
    }
}

/// A message without fields: `{}`. Anything in it is an error, since there is no place to keep it.
pub(crate) struct Empty;

impl Wire for Empty {
    fn is_unset(&self) -> bool {
        false
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_map(Some(0))?.end()
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NoFields;

        impl<'de> Visitor<'de> for NoFields {
            type Value = Empty;

            fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
                formatter.write_str("an empty object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Empty, A::Error> {
                match entries.next_key::<String>()? {
                    Some(name) => Err(A::Error::unknown_field(&name, &[])),
                    None => Ok(Empty),
                }
            }
        }

        deserializer.deserialize_map(NoFields)
    }

    #[cfg(feature = "schemars")]
    fn schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "object", "additionalProperties": false})
    }
}

/// Which of its two names a field was read by. The JSON name wins over the proto name, as it does in Gloo.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spelling {
    /// `bindPort`
    Json,
    /// `bind_port`
    Proto,
}

impl Spelling {
    /// How `name` spells the field of these two names, if it does.
    pub(crate) fn of(name: &str, json: &str, proto: &str) -> Option<Self> {
        if name == json {
            Some(Self::Json)
        } else if name == proto {
            Some(Self::Proto)
        } else {
            None
        }
    }
}

/// A field while its message is read.
pub(crate) struct FieldSlot<T>(Option<Option<T>>);

impl<T: Wire + Default> FieldSlot<T> {
    pub(crate) fn new() -> Self {
        Self(None)
    }

    pub(crate) fn read<'de, A: MapAccess<'de>>(
        &mut self,
        spelling: Spelling,
        map: &mut A,
    ) -> Result<(), A::Error> {
        let Nullable(value) = map.next_value()?;
        if spelling == Spelling::Json || self.0.is_none() {
            self.0 = Some(value);
        }
        Ok(())
    }

    pub(crate) fn finish(self) -> T {
        self.0.flatten().unwrap_or_default()
    }
}

/// The members of a oneof; an enum that `oneof!` has given a table.
pub(crate) trait OneOf: Sized {
    /// The name of the oneof in Gloo's proto.
    const NAME: &'static str;
    /// Names a member without its value.
    type Member: Copy + PartialEq;
    /// The member of this name.
    fn member(name: &str) -> Option<(Spelling, Self::Member)>;
    /// The JSON name of a member.
    fn json_name(member: Self::Member) -> &'static str;
    /// Reads the value of a member; `None` for `null`.
    fn read<'de, A: MapAccess<'de>>(member: Self::Member, map: &mut A) -> Result<Option<Self>, A::Error>;
    /// Writes name and value, whatever the value is.
    fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error>;
    /// The names and the schemas of the members.
    #[cfg(feature = "schemars")]
    fn schemas(generator: &mut schemars::SchemaGenerator) -> Vec<crate::schema::MemberSchema>;
}

impl<T: OneOf> OneOf for Box<T> {
    const NAME: &'static str = T::NAME;
    type Member = T::Member;

    fn member(name: &str) -> Option<(Spelling, Self::Member)> {
        T::member(name)
    }

    fn json_name(member: Self::Member) -> &'static str {
        T::json_name(member)
    }

    fn read<'de, A: MapAccess<'de>>(member: Self::Member, map: &mut A) -> Result<Option<Self>, A::Error> {
        Ok(T::read(member, map)?.map(Self::new))
    }

    fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        T::write(self, map)
    }

    #[cfg(feature = "schemars")]
    fn schemas(generator: &mut schemars::SchemaGenerator) -> Vec<crate::schema::MemberSchema> {
        T::schemas(generator)
    }
}

/// A oneof while its message is read.
pub(crate) struct OneOfSlot<T: OneOf>(Option<(Spelling, T::Member, T)>);

impl<T: OneOf> OneOfSlot<T> {
    pub(crate) fn new() -> Self {
        Self(None)
    }

    pub(crate) fn read<'de, A: MapAccess<'de>>(
        &mut self,
        (spelling, member): (Spelling, T::Member),
        map: &mut A,
    ) -> Result<(), A::Error> {
        let Some(value) = T::read(member, map)? else { return Ok(()) };
        match &self.0 {
            Some((_, other, _)) if *other != member => {
                let found = format!("both `{}` and `{}`", T::json_name(*other), T::json_name(member));
                let expected = format!("one member of the oneof `{}`", T::NAME);
                Err(A::Error::invalid_value(Unexpected::Other(&found), &expected.as_str()))
            }
            Some((Spelling::Json, _, _)) if spelling == Spelling::Proto => Ok(()),
            _ => {
                self.0 = Some((spelling, member, value));
                Ok(())
            }
        }
    }

    pub(crate) fn finish(self) -> Option<T> {
        self.0.map(|(_, _, value)| value)
    }
}

/// The name of a field of one message, as [`message!`](crate::message) makes it.
pub(crate) trait FieldName: Sized {
    /// The field of this name, or the name itself where there is none.
    fn of(name: &str) -> Self;
}

/// Reads a [`FieldName`] without copying it.
pub(crate) struct FieldNameSeed<N>(PhantomData<N>);

impl<N> FieldNameSeed<N> {
    pub(crate) fn new() -> Self {
        Self(PhantomData)
    }
}

impl<'de, N: FieldName> DeserializeSeed<'de> for FieldNameSeed<N> {
    type Value = N;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<N, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<N: FieldName> Visitor<'_> for FieldNameSeed<N> {
    type Value = N;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("the name of a field")
    }

    fn visit_str<E>(self, name: &str) -> Result<N, E> {
        Ok(N::of(name))
    }
}
