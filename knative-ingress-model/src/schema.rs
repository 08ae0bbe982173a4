//! JSON Schema of what this crate reads: all fields of all API eras. Each may be `null`, and none is required.

use k8s_openapi::Resource;
use schemars::Schema;
use serde_json::{Map, Value, json};

use crate::go_value::{ApiEra, GoValue};

/// A struct with a table of its fields.
pub(crate) trait GoObject: GoValue {
    /// The era of the field of that name; `None` for an unknown field.
    fn era(field: &str) -> Option<ApiEra>;
}

/// Adjusts the schema that schemars derives for a struct to what this crate reads: no field is required, each may be `null`,
/// and fields that the current API doesn't have are deprecated.
pub(crate) fn as_read<T: GoObject>(schema: &mut Schema) {
    schema.remove("required");
    for (name, property) in properties(schema) {
        accept_null(property);
        if T::era(name) == Some(ApiEra::Legacy)
            && let Some(property) = property.as_object_mut()
        {
            property.insert("deprecated".to_owned(), true.into());
        }
    }
}

/// Like [`as_read`], for the whole object, whose `apiVersion` isn't a field of the struct.
pub(crate) fn whole_as_read<T: Resource>(schema: &mut Schema) {
    schema.remove("required");
    for (_, property) in properties(schema) {
        accept_null(property);
    }
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        let api_version = json!({"type": ["string", "null"], "enum": [T::API_VERSION, "", null]});
        properties.insert("apiVersion".to_owned(), api_version);
    }
}

fn properties(schema: &mut Schema) -> impl Iterator<Item = (&String, &mut Value)> {
    schema.get_mut("properties").and_then(Value::as_object_mut).into_iter().flat_map(Map::iter_mut)
}

/// Makes a schema accept `null`, also for the elements of a list or map.
fn accept_null(schema: &mut Value) {
    let Some(object) = schema.as_object_mut() else { return };
    for inner in ["items", "additionalProperties"] {
        if let Some(inner) = object.get_mut(inner) {
            accept_null(inner);
        }
    }
    match object.get_mut("type") {
        Some(Value::Array(types)) if types.contains(&"null".into()) => {}
        Some(Value::Array(types)) => types.push("null".into()),
        Some(single) => *single = json!([single.take(), "null"]),
        None => {
            if let Some(reference) = object.remove("$ref") {
                object.insert("anyOf".to_owned(), json!([{"$ref": reference}, {"type": "null"}]));
            }
        }
    }
    if let Some(Value::Array(words)) = object.get_mut("enum") {
        words.push(Value::Null);
    }
}
