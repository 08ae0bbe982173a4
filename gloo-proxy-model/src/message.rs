//! Macros that make messages, oneofs and enums readable and writable from one table each.

/// Implements the wire format for a struct: `message!(Matcher { path: oneof PathSpecifier, case_sensitive: "caseSensitive" })`.
///
/// Each field has its JSON name; its proto name is that of the Rust field. `oneof` fields have their enum. Unknown fields go into
/// `unknown`, which every message has.
macro_rules! message {
    ($message:ident { $($field:ident: $kind:tt $($of:ident)?),* $(,)? }) => {
        const _: () = {
            use $crate::wire::{FieldName, FieldNameSeed, Spelling, Wire};

            #[allow(non_camel_case_types)]
            enum Name {
                $($field($crate::message::name_type!($kind $($of)?)),)*
                Unknown(String),
            }

            impl FieldName for Name {
                fn of(name: &str) -> Self {
                    $(if let Some(found) = $crate::message::find_name!(name, $field, $kind $($of)?) {
                        return Self::$field(found);
                    })*
                    Self::Unknown(name.to_owned())
                }
            }

            struct Fields;

            impl<'de> serde::de::Visitor<'de> for Fields {
                type Value = $message;

                fn expecting(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
                    formatter.write_str(concat!("an object (", stringify!($message), ")"))
                }

                fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<$message, A::Error> {
                    $(let mut $field = $crate::message::slot!($kind $($of)?);)*
                    let mut unknown = serde_json::Map::new();
                    while let Some(name) = map.next_key_seed(FieldNameSeed::<Name>::new())? {
                        match name {
                            $(Name::$field(found) => $field.read(found, &mut map)?,)*
                            Name::Unknown(name) => {
                                unknown.insert(name, map.next_value()?);
                            }
                        }
                    }
                    Ok($message { $($field: $field.finish(),)* unknown: unknown.into() })
                }
            }

            impl<'de> serde::Deserialize<'de> for $message {
                fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    deserializer.deserialize_map(Fields)
                }
            }

            impl serde::Serialize for $message {
                fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    use serde::ser::SerializeMap;
                    let Self { $($field,)* unknown } = self;
                    let mut map = serializer.serialize_map(None)?;
                    $($crate::message::write_field!(map, $field, $kind $($of)?);)*
                    unknown.write_into(&mut map)?;
                    map.end()
                }
            }

            impl Wire for $message {
                fn is_unset(&self) -> bool {
                    *self == Self::default()
                }

                fn write<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    serde::Serialize::serialize(self, serializer)
                }

                fn read<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    serde::Deserialize::deserialize(deserializer)
                }

                #[cfg(feature = "schemars")]
                fn schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                    generator.subschema_for::<Self>()
                }
            }

            #[cfg(feature = "schemars")]
            impl schemars::JsonSchema for $message {
                fn schema_name() -> std::borrow::Cow<'static, str> {
                    stringify!($message).into()
                }

                fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                    let mut message = $crate::schema::Message::default();
                    $($crate::message::describe!(message, generator, $message, $field, $kind $($of)?);)*
                    message.finish()
                }
            }
        };
    };
}

macro_rules! name_type {
    (oneof $of:ident) => {
        (Spelling, <$of as $crate::wire::OneOf>::Member)
    };
    ($json:literal) => {
        Spelling
    };
}

macro_rules! find_name {
    ($name:ident, $field:ident, oneof $of:ident) => {
        <$of as $crate::wire::OneOf>::member($name)
    };
    ($name:ident, $field:ident, $json:literal) => {
        Spelling::of($name, $json, stringify!($field))
    };
}

macro_rules! slot {
    (oneof $of:ident) => {
        $crate::wire::OneOfSlot::<$of>::new()
    };
    ($json:literal) => {
        $crate::wire::FieldSlot::new()
    };
}

macro_rules! write_field {
    ($map:ident, $field:ident, oneof $of:ident) => {
        if let Some(member) = $field {
            let member: &$of = std::borrow::Borrow::borrow(member);
            $crate::wire::OneOf::write(member, &mut $map)?;
        }
    };
    ($map:ident, $field:ident, $json:literal) => {
        if !Wire::is_unset($field) {
            $map.serialize_entry($json, &$crate::wire::Written($field))?;
        }
    };
}

#[cfg(feature = "schemars")]
macro_rules! describe {
    ($to:ident, $generator:ident, $message:ident, $field:ident, oneof $of:ident) => {
        $to.oneof(<$of as $crate::wire::OneOf>::schemas($generator));
    };
    ($to:ident, $generator:ident, $message:ident, $field:ident, $json:literal) => {
        $to.field(
            $json,
            stringify!($field),
            $crate::schema::of_field(|message: &$message| &message.$field, $generator),
        );
    };
}

/// Implements the wire format of a oneof for an enum: `oneof!(PathSpecifier as "path_specifier" { Prefix(value): "prefix" "prefix" })`,
/// each member with its JSON name and its proto name. A member without a value is an empty message on the wire.
macro_rules! oneof {
    ($oneof:ident as $name:literal { $($member:ident $(($value:ident))?: $json:literal $proto:literal),* $(,)? }) => {
        const _: () = {
            use $crate::wire::{Nullable, OneOf, Spelling, Written};

            #[derive(Clone, Copy, PartialEq)]
            pub(crate) enum Member {
                $($member,)*
            }

            impl OneOf for $oneof {
                const NAME: &'static str = $name;
                type Member = Member;

                fn member(name: &str) -> Option<(Spelling, Member)> {
                    $(if let Some(spelling) = Spelling::of(name, $json, $proto) {
                        return Some((spelling, Member::$member));
                    })*
                    None
                }

                fn json_name(member: Member) -> &'static str {
                    match member {
                        $(Member::$member => $json,)*
                    }
                }

                fn read<'de, A: serde::de::MapAccess<'de>>(
                    member: Member,
                    map: &mut A,
                ) -> Result<Option<Self>, A::Error> {
                    match member {
                        $(Member::$member => {
                            let Nullable(value) = map.next_value()?;
                            Ok(value.map(|value| $crate::message::member!($oneof, $member, value $(, $value)?)))
                        })*
                    }
                }

                fn write<M: serde::ser::SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
                    match self {
                        $(Self::$member $(($value))? => {
                            map.serialize_entry($json, &Written($crate::message::payload!($($value)?)))
                        })*
                    }
                }

                #[cfg(feature = "schemars")]
                fn schemas(generator: &mut schemars::SchemaGenerator) -> Vec<$crate::schema::MemberSchema> {
                    vec![$(($json, $proto, $crate::message::member_schema!($oneof, $member, generator $(, $value)?)),)*]
                }
            }
        };
    };
}

macro_rules! member {
    ($oneof:ident, $member:ident, $read:ident, $value:ident) => {
        $oneof::$member($read)
    };
    ($oneof:ident, $member:ident, $read:ident) => {{
        let $crate::wire::Empty = $read;
        $oneof::$member
    }};
}

macro_rules! payload {
    ($value:ident) => {
        $value
    };
    () => {
        &$crate::wire::Empty
    };
}

#[cfg(feature = "schemars")]
macro_rules! member_schema {
    ($oneof:ident, $member:ident, $generator:ident, $value:ident) => {
        $crate::schema::of_member($oneof::$member, $generator)
    };
    ($oneof:ident, $member:ident, $generator:ident) => {
        <$crate::wire::Empty as $crate::wire::Wire>::schema($generator)
    };
}

macro_rules! write_enum {
    (name, $self:ident, $serializer:ident) => {
        $serializer.serialize_str($self.name())
    };
    (number, $self:ident, $serializer:ident) => {
        $serializer.serialize_u32($self.number())
    };
}

/// Implements the wire format of a proto enum, which is read by name and by number:
/// `proto_enum!(CodecType by name { Auto: "AUTO" 0 })` is written by name.
macro_rules! proto_enum {
    ($enum:ident by $by:ident { $($variant:ident: $name:literal $number:literal),* $(,)? }) => {
        impl $enum {
            const NAMES: &'static [&'static str] = &[$($name),*];

            fn of_number(number: i128) -> Option<Self> {
                match number {
                    $($number => Some(Self::$variant),)*
                    _ => None,
                }
            }

            fn of_name(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$variant),)*
                    _ => None,
                }
            }

            /// Its name in Gloo's proto.
            pub const fn name(&self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// Its number in Gloo's proto.
            pub const fn number(&self) -> u32 {
                match self {
                    $(Self::$variant => $number,)*
                }
            }
        }

        const _: () = {
            struct NameOrNumber;

            impl serde::de::Visitor<'_> for NameOrNumber {
                type Value = $enum;

                fn expecting(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
                    write!(formatter, "one of {} or its number", $enum::NAMES.join(", "))
                }

                fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<$enum, E> {
                    $enum::of_name(name).ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(name), &self))
                }

                fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<$enum, E> {
                    $enum::of_number(number.into())
                        .ok_or_else(|| E::invalid_value(serde::de::Unexpected::Unsigned(number), &self))
                }

                fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<$enum, E> {
                    $enum::of_number(number.into())
                        .ok_or_else(|| E::invalid_value(serde::de::Unexpected::Signed(number), &self))
                }
            }

            impl $crate::wire::Wire for $enum {
                fn is_unset(&self) -> bool {
                    *self == Self::default()
                }

                fn write<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    $crate::message::write_enum!($by, self, serializer)
                }

                fn read<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    deserializer.deserialize_any(NameOrNumber)
                }

                #[cfg(feature = "schemars")]
                fn schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                    schemars::json_schema!({"enum": [$($name,)* $($number,)*]})
                }
            }
        };
    };
}

#[cfg(feature = "schemars")]
pub(crate) use {describe, member_schema};
pub(crate) use {
    find_name, member, message, name_type, oneof, payload, proto_enum, slot, write_enum, write_field,
};
