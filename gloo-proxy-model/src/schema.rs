//! JSON Schema of the messages, as they are read. It accepts both names of each field, quoted numbers and unknown fields; it refuses
//! wrong types and two members of a oneof. The proto names, which are never written, are `deprecated`.

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value};

use crate::wire::Wire;

/// JSON name, proto name and schema of a oneof's member.
pub(crate) type MemberSchema = (&'static str, &'static str, Schema);

/// The schema of a message, built field by field.
#[derive(Default)]
pub(crate) struct Message {
    properties: Map<String, Value>,
    exclusive: Vec<Value>,
}

impl Message {
    pub(crate) fn field(&mut self, json: &str, proto: &str, schema: Schema) {
        let schema = nullable(schema);
        let mut by_proto = schema.clone();
        if let Value::Object(by_proto) = &mut by_proto {
            by_proto.insert("deprecated".to_owned(), true.into());
        }
        self.properties.insert(proto.trim_start_matches("r#").to_owned(), by_proto);
        self.properties.insert(json.to_owned(), schema);
    }

    pub(crate) fn oneof(&mut self, members: Vec<MemberSchema>) {
        for (position, (json, _, _)) in members.iter().enumerate() {
            for (other, _, _) in members.iter().take(position) {
                self.exclusive.push(both_set(other, json));
            }
        }
        for (json, proto, schema) in members {
            self.field(json, proto, schema);
        }
    }

    pub(crate) fn finish(self) -> Schema {
        let Self { properties, exclusive } = self;
        let mut schema = json_schema!({"type": "object", "properties": properties});
        if !exclusive.is_empty() {
            schema.insert("not".to_owned(), serde_json::json!({ "anyOf": exclusive }));
        }
        schema
    }
}

/// Two members of a oneof, neither of them `null`, which counts as unset.
fn both_set(one: &str, other: &str) -> Value {
    let set = serde_json::json!({"not": {"type": "null"}});
    serde_json::json!({"required": [one, other], "properties": {one: set, other: set}})
}

/// A schema that accepts `null` as well.
pub(crate) fn nullable(schema: Schema) -> Value {
    serde_json::json!({"anyOf": [schema, {"type": "null"}]})
}

/// The schema of the field that `get` returns. The function is never called.
pub(crate) fn of_field<M, T: Wire>(_get: fn(&M) -> &T, generator: &mut SchemaGenerator) -> Schema {
    T::schema(generator)
}

/// The schema of the value of a oneof's member.
pub(crate) fn of_member<O, T: Wire>(_member: fn(T) -> O, generator: &mut SchemaGenerator) -> Schema {
    T::schema(generator)
}
