//! Reads and writes an object, and tells whether it is empty, from one table of its fields.

/// Reads and writes a struct of the model. A line is `field = "jsonName" era whenEmpty`. The lines have the order of Go's struct:
/// Go's encoder writes the fields in that order, and the hash depends on it.
macro_rules! go_object {
    ($type:ident { $($field:ident = $name:literal $era:ident $when_empty:ident,)* }) => {
        impl crate::go_value::GoValue for $type {
            fn zero() -> Self {
                Self { $($field: crate::go_value::GoValue::zero(),)* unknown: crate::UnknownFields::default() }
            }

            fn is_zero(&self, view: crate::go_value::View) -> bool {
                let Self { $($field,)* unknown } = self;
                $((!view.has(crate::go_value::ApiEra::$era) || crate::go_value::GoValue::is_zero($field, view)) &&)*
                (view != crate::go_value::View::Full || unknown.is_empty())
            }

            fn read<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
                enum Key { $($field,)* Unknown(String) }

                impl<'de> serde::Deserialize<'de> for Key {
                    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                        struct KeyVisitor;

                        impl serde::de::Visitor<'_> for KeyVisitor {
                            type Value = Key;

                            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                                f.write_str("a field name")
                            }

                            fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<Key, E> {
                                Ok(match key {
                                    $($name => Key::$field,)*
                                    unknown => Key::Unknown(unknown.to_owned()),
                                })
                            }
                        }

                        deserializer.deserialize_identifier(KeyVisitor)
                    }
                }

                struct ObjectVisitor;

                impl<'de> serde::de::Visitor<'de> for ObjectVisitor {
                    type Value = $type;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str("an object")
                    }

                    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<$type, A::Error> {
                        $(let mut $field = None;)*
                        let mut unknown = serde_json::Map::new();
                        while let Some(key) = map.next_key()? {
                            // As in Go, the last of two equal fields wins.
                            match key {
                                $(Key::$field => {
                                    let crate::go_value::Nullable(value) = map.next_value()?;
                                    $field = Some(value);
                                })*
                                Key::Unknown(name) => {
                                    unknown.insert(name, map.next_value()?);
                                }
                            }
                        }
                        Ok($type {
                            $($field: $field.unwrap_or_else(crate::go_value::GoValue::zero),)*
                            unknown: unknown.into(),
                        })
                    }
                }

                deserializer.deserialize_map(ObjectVisitor)
            }

            fn write<S: serde::Serializer>(
                &self,
                view: crate::go_value::View,
                serializer: S,
            ) -> Result<S::Ok, S::Error> {
                use crate::go_value::{ApiEra, InView, View, WhenEmpty};
                use serde::ser::SerializeMap;

                let Self { $($field,)* unknown } = self;
                let mut map = serializer.serialize_map(None)?;
                $(
                    if view.has(ApiEra::$era)
                        && (WhenEmpty::$when_empty == WhenEmpty::Write || !$field.is_zero(view))
                    {
                        map.serialize_entry($name, &InView($field, view))?;
                    }
                )*
                if view == View::Full {
                    for (name, value) in unknown.iter() {
                        // A field must not be written twice, even if a caller has added it to the unknown fields.
                        if ![$($name),*].contains(&name) {
                            map.serialize_entry(name, value)?;
                        }
                    }
                }
                map.end()
            }
        }

        #[cfg(feature = "schemars")]
        impl crate::schema::GoObject for $type {
            fn era(field: &str) -> Option<crate::go_value::ApiEra> {
                match field {
                    $($name => Some(crate::go_value::ApiEra::$era),)*
                    _ => None,
                }
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                crate::go_value::GoValue::read(deserializer)
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                crate::go_value::GoValue::write(self, crate::go_value::View::Full, serializer)
            }
        }
    };
}

pub(crate) use go_object;
