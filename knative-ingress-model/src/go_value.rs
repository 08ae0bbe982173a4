//! Reading and writing the values of an Ingress as Go's decoder and encoder do.
//!
//! This does two things that serde's derive can't: `null` is the zero value everywhere, also inside a list; and an object
//! can be written in several views, because the hash of one API era doesn't cover the fields of another.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

/// Which fields of an object are read and written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum View {
    /// Every field, unknown ones included.
    Full,
    /// The fields of the current API.
    Current,
    /// The fields of Knative 0.12 (January 2020).
    Legacy,
}

/// The era of the API that a field belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ApiEra {
    /// In Knative 0.12 and in the current API.
    All,
    /// In Knative 0.12; removed between 0.19 and 0.26.
    Legacy,
    /// In the current API; added since 0.16.
    Current,
}

/// What Go's encoder does with a zero value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WhenEmpty {
    /// `omitempty`.
    Omit,
    /// Written.
    Write,
}

impl View {
    pub(crate) const fn has(self, era: ApiEra) -> bool {
        match (self, era) {
            (Self::Full, _)
            | (_, ApiEra::All)
            | (Self::Current, ApiEra::Current)
            | (Self::Legacy, ApiEra::Legacy) => true,
            (Self::Current, ApiEra::Legacy) | (Self::Legacy, ApiEra::Current) => false,
        }
    }
}

/// A value of the model, read and written as Go does.
pub(crate) trait GoValue: Sized {
    /// The value of a missing field and of `null`.
    fn zero() -> Self;

    /// Whether `omitempty` leaves out a field with this value.
    fn is_zero(&self, view: View) -> bool;

    /// Reads a value that isn't `null`.
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;

    /// Writes the fields of a view.
    fn write<S: Serializer>(&self, view: View, serializer: S) -> Result<S::Ok, S::Error>;
}

/// A value read with `null` as its zero.
pub(crate) struct Nullable<T>(pub(crate) T);

impl<'de, T: GoValue> Deserialize<'de> for Nullable<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NullableVisitor<T>(PhantomData<T>);

        impl<'de, T: GoValue> Visitor<'de> for NullableVisitor<T> {
            type Value = T;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_unit<E: de::Error>(self) -> Result<T, E> {
                Ok(T::zero())
            }

            fn visit_none<E: de::Error>(self) -> Result<T, E> {
                Ok(T::zero())
            }

            fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
                T::read(deserializer)
            }
        }

        deserializer.deserialize_option(NullableVisitor(PhantomData)).map(Nullable)
    }
}

/// A value as it is written in a view.
pub(crate) struct InView<'a, T>(pub(crate) &'a T, pub(crate) View);

impl<T: GoValue> Serialize for InView<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(value, view) = self;
        value.write(*view, serializer)
    }
}

impl GoValue for String {
    fn zero() -> Self {
        Self::new()
    }

    fn is_zero(&self, _: View) -> bool {
        self.is_empty()
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }

    fn write<S: Serializer>(&self, _: View, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

impl GoValue for i64 {
    fn zero() -> Self {
        0
    }

    fn is_zero(&self, _: View) -> bool {
        *self == 0
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct IntegerVisitor;

        impl Visitor<'_> for IntegerVisitor {
            type Value = i64;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a 64-bit integer")
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<i64, E> {
                Ok(value)
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<i64, E> {
                i64::try_from(value).map_err(|_| E::invalid_value(Unexpected::Unsigned(value), &self))
            }
        }

        deserializer.deserialize_i64(IntegerVisitor)
    }

    fn write<S: Serializer>(&self, _: View, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(*self)
    }
}

impl GoValue for bool {
    fn zero() -> Self {
        false
    }

    fn is_zero(&self, _: View) -> bool {
        !*self
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }

    fn write<S: Serializer>(&self, _: View, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bool(*self)
    }
}

impl GoValue for IntOrString {
    fn zero() -> Self {
        Self::Int(0)
    }

    fn is_zero(&self, _: View) -> bool {
        *self == Self::Int(0)
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PortVisitor;

        impl Visitor<'_> for PortVisitor {
            type Value = IntOrString;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a 32-bit integer or a string")
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<IntOrString, E> {
                let number = i32::try_from(value);
                number.map(IntOrString::Int).map_err(|_| E::invalid_value(Unexpected::Signed(value), &self))
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<IntOrString, E> {
                let number = i32::try_from(value);
                number.map(IntOrString::Int).map_err(|_| E::invalid_value(Unexpected::Unsigned(value), &self))
            }

            fn visit_str<E: de::Error>(self, value: &str) -> Result<IntOrString, E> {
                Ok(IntOrString::String(value.to_owned()))
            }

            fn visit_string<E: de::Error>(self, value: String) -> Result<IntOrString, E> {
                Ok(IntOrString::String(value))
            }
        }

        deserializer.deserialize_any(PortVisitor)
    }

    fn write<S: Serializer>(&self, _: View, serializer: S) -> Result<S::Ok, S::Error> {
        self.serialize(serializer)
    }
}

impl GoValue for Time {
    fn zero() -> Self {
        Self(k8s_openapi::jiff::Timestamp::UNIX_EPOCH)
    }

    fn is_zero(&self, _: View) -> bool {
        false
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }

    fn write<S: Serializer>(&self, _: View, serializer: S) -> Result<S::Ok, S::Error> {
        self.serialize(serializer)
    }
}

/// A Go pointer or slice that may be nil, written as `null` where it isn't left out.
impl<T: GoValue> GoValue for Option<T> {
    fn zero() -> Self {
        None
    }

    fn is_zero(&self, _: View) -> bool {
        self.is_none()
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::read(deserializer).map(Some)
    }

    fn write<S: Serializer>(&self, view: View, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Some(value) => value.write(view, serializer),
            None => serializer.serialize_none(),
        }
    }
}

impl<T: GoValue> GoValue for Vec<T> {
    fn zero() -> Self {
        Self::new()
    }

    fn is_zero(&self, _: View) -> bool {
        self.is_empty()
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ListVisitor<T>(PhantomData<T>);

        impl<'de, T: GoValue> Visitor<'de> for ListVisitor<T> {
            type Value = Vec<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<T>, A::Error> {
                let Some(Nullable(first)) = seq.next_element()? else {
                    return Ok(Vec::new());
                };
                // Most lists hold one path or split of about 200 bytes; `push` on an empty list would allocate four.
                let mut list = Vec::with_capacity(1);
                list.push(first);
                while let Some(Nullable(element)) = seq.next_element()? {
                    list.push(element);
                }
                Ok(list)
            }
        }

        deserializer.deserialize_seq(ListVisitor(PhantomData))
    }

    fn write<S: Serializer>(&self, view: View, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(Some(self.len()))?;
        for element in self {
            seq.serialize_element(&InView(element, view))?;
        }
        seq.end()
    }
}

impl<T: GoValue> GoValue for BTreeMap<String, T> {
    fn zero() -> Self {
        Self::new()
    }

    fn is_zero(&self, _: View) -> bool {
        self.is_empty()
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MapVisitor<T>(PhantomData<T>);

        impl<'de, T: GoValue> Visitor<'de> for MapVisitor<T> {
            type Value = BTreeMap<String, T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
                let mut map = BTreeMap::new();
                while let Some((key, Nullable(value))) = access.next_entry()? {
                    // As in Go, the last of two equal keys wins.
                    map.insert(key, value);
                }
                Ok(map)
            }
        }

        deserializer.deserialize_map(MapVisitor(PhantomData))
    }

    fn write<S: Serializer>(&self, view: View, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.len()))?;
        for (key, value) in self {
            map.serialize_entry(key, &InView(value, view))?;
        }
        map.end()
    }
}
