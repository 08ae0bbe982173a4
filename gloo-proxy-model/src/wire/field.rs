//! Reading the fields and oneofs of a message.

use std::{fmt, marker::PhantomData};

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Unexpected, Visitor};
use serde::ser::SerializeMap;

use super::value::{Nullable, Wire};

/// The name that a field was read by. The JSON name wins over the proto name, as in Gloo.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spelling {
    /// `bindPort`
    Json,
    /// `bind_port`
    Proto,
}

impl Spelling {
    /// Which of the two names of a field `name` is, if any. The proto name may be a raw identifier (`r#ref`).
    pub(crate) fn of(name: &str, json: &str, proto: &str) -> Option<Self> {
        if name == json {
            Some(Self::Json)
        } else if name == proto.strip_prefix("r#").unwrap_or(proto) {
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

/// A oneof: an enum with a table for `oneof!`.
pub(crate) trait OneOf: Sized {
    /// The name of the oneof in Gloo's proto.
    const NAME: &'static str;
    /// A member without its value.
    type Member: Copy + PartialEq;
    /// The member of this name.
    fn member(name: &str) -> Option<(Spelling, Self::Member)>;
    /// The JSON name of a member.
    fn json_name(member: Self::Member) -> &'static str;
    /// Reads the value of a member; `None` for `null`.
    fn read<'de, A: MapAccess<'de>>(member: Self::Member, map: &mut A) -> Result<Option<Self>, A::Error>;
    /// Writes name and value, even if the value is a default.
    fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error>;
    /// The names and the schemas of the members.
    #[cfg(feature = "schemars")]
    fn schemas(generator: &mut schemars::SchemaGenerator) -> Vec<crate::schema::MemberSchema>;
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
                let found = format!("`{}` and `{}`", T::json_name(*other), T::json_name(member));
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

    /// The member that was read, boxed where the message has it so.
    pub(crate) fn finish<H: From<T>>(self) -> Option<H> {
        self.0.map(|(_, _, value)| H::from(value))
    }
}

/// The name of a field of a message. Implemented by [`message!`](crate::message).
pub(crate) trait FieldName: Sized {
    /// The field of this name, or the name itself if it is unknown.
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
