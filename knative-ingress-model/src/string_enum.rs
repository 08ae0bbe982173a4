//! Enums that the API writes as strings. A value that a newer release adds must not make an object unreadable,
//! so each enum has a variant for all other strings.

use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};

use crate::go_value::{GoValue, View};
use crate::{ConditionStatus, HttpOption, Visibility};

/// `as_str`, `Display`, `From<&str>`, `From<String>` and serde for an enum written as a string.
macro_rules! string_enum {
    ($type:ident, $other:ident, $($variant:ident = $text:literal,)*) => {
        impl $type {
            /// The value as a string of the API.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::$other(text) => text,
                }
            }
        }

        impl From<&str> for $type {
            fn from(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)*
                    other => Self::$other(other.to_owned()),
                }
            }
        }

        impl From<String> for $type {
            fn from(text: String) -> Self {
                match text.as_str() {
                    $($text => Self::$variant,)*
                    _ => Self::$other(text),
                }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct StringVisitor;

                impl serde::de::Visitor<'_> for StringVisitor {
                    type Value = $type;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str("a string")
                    }

                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$type, E> {
                        Ok(text.into())
                    }
                }

                deserializer.deserialize_str(StringVisitor)
            }
        }
    };
}

string_enum!(Visibility, Unknown, ExternalIp = "ExternalIP", ClusterLocal = "ClusterLocal",);
string_enum!(HttpOption, Unknown, Enabled = "Enabled", Redirected = "Redirected",);
string_enum!(ConditionStatus, Other, True = "True", False = "False", Unknown = "Unknown",);

/// In Go an unset value is the empty string: it is read as unset and left out when written.
macro_rules! optional_string_enum {
    ($type:ident) => {
        impl GoValue for Option<$type> {
            fn zero() -> Self {
                None
            }

            fn is_zero(&self, _: View) -> bool {
                self.as_ref().is_none_or(|value| value.as_str().is_empty())
            }

            fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $type::deserialize(deserializer)
                    .map(|value| Some(value).filter(|value| !value.as_str().is_empty()))
            }

            fn write<S: Serializer>(&self, _: View, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_ref().map_or("", $type::as_str))
            }
        }
    };
}

optional_string_enum!(Visibility);
optional_string_enum!(HttpOption);

impl GoValue for ConditionStatus {
    fn zero() -> Self {
        Self::Other(String::new())
    }

    fn is_zero(&self, _: View) -> bool {
        self.as_str().is_empty()
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }

    fn write<S: Serializer>(&self, _: View, serializer: S) -> Result<S::Ok, S::Error> {
        self.serialize(serializer)
    }
}
