//! JSON Schema of the types that are written as strings.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::{ConditionStatus, GoDuration, HttpOption, IngressKind, Visibility};

/// Implements [`JsonSchema`] for a type that is written as a string.
macro_rules! string_schema {
    ($type:ident, $($schema:tt)*) => {
        impl JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($($schema)*)
            }
        }
    };
}

string_schema!(Visibility, {"type": "string", "examples": ["ExternalIP", "ClusterLocal"]});
string_schema!(HttpOption, {"type": "string", "examples": ["Enabled", "Redirected"]});
string_schema!(ConditionStatus, {"type": "string", "examples": ["True", "False", "Unknown"]});
string_schema!(IngressKind, {"type": "string", "enum": ["Ingress", "ClusterIngress", ""]});
string_schema!(GoDuration, {
    "type": "string",
    "pattern": r"^[-+]?(0|(([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+)$",
    "examples": ["10m0s"],
});
