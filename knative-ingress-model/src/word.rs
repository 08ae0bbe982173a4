//! The words of the API that stand for a choice. A word of a newer release must not make an object unreadable,
//! so each choice has a member for the others.

use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};

use crate::value::{GoValue, View};
use crate::{ConditionStatus, HttpOption, Visibility};

/// `as_str`, `Display`, `From<&str>`, `From<String>` and serde for an enum whose members are words.
macro_rules! words {
    ($type:ident, $other:ident, $($member:ident = $word:literal,)*) => {
        impl $type {
            /// The word as the API writes it.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$member => $word,)*
                    Self::$other(word) => word,
                }
            }
        }

        impl From<&str> for $type {
            fn from(word: &str) -> Self {
                match word {
                    $($word => Self::$member,)*
                    other => Self::$other(other.to_owned()),
                }
            }
        }

        impl From<String> for $type {
            fn from(word: String) -> Self {
                match word.as_str() {
                    $($word => Self::$member,)*
                    _ => Self::$other(word),
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
                struct WordVisitor;

                impl serde::de::Visitor<'_> for WordVisitor {
                    type Value = $type;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str("a string")
                    }

                    fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<$type, E> {
                        Ok(word.into())
                    }
                }

                deserializer.deserialize_str(WordVisitor)
            }
        }
    };
}

words!(Visibility, Unknown, ExternalIp = "ExternalIP", ClusterLocal = "ClusterLocal",);
words!(HttpOption, Unknown, Enabled = "Enabled", Redirected = "Redirected",);
words!(ConditionStatus, Other, True = "True", False = "False", Unknown = "Unknown",);

/// In Go an unset word is the empty one: it is read as unset and left out when written.
macro_rules! optional_word {
    ($type:ident) => {
        impl GoValue for Option<$type> {
            fn zero() -> Self {
                None
            }

            fn is_zero(&self, _: View) -> bool {
                self.as_ref().is_none_or(|word| word.as_str().is_empty())
            }

            fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $type::deserialize(deserializer)
                    .map(|word| Some(word).filter(|word| !word.as_str().is_empty()))
            }

            fn write<S: Serializer>(&self, _: View, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_ref().map_or("", $type::as_str))
            }
        }
    };
}

optional_word!(Visibility);
optional_word!(HttpOption);

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
