//! The CustomResourceDefinition under which an API server stores a Proxy.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceDefinition, CustomResourceDefinitionNames, CustomResourceDefinitionSpec,
    CustomResourceDefinitionVersion, CustomResourceValidation, JSONSchemaProps,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::{ListableResource, Resource};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use crate::schema::nullable;
use crate::{Proxy, ProxySpec, ProxyStatus};

const KEEPS_UNKNOWN: &str = "x-kubernetes-preserve-unknown-fields";
const INT_OR_STRING: &str = "x-kubernetes-int-or-string";

/// The CustomResourceDefinition of the Proxy, with a structural schema.
///
/// With it, an API server stores all fields of a Proxy, unknown ones included. It refuses values that this crate can't read, except
/// for quoted numbers out of range, and it drops `null`, which means unset.
///
/// Group, names and scope are those of Gloo 1.22. As there, `status` isn't a subresource: Gloo writes it with the object. Gloo's own
/// definition has no types for most fields, so an API server accepts values that Gloo can't read.
///
/// ```
/// let crd = gloo_proxy_model::custom_resource_definition();
/// assert_eq!(crd.metadata.name.as_deref(), Some("proxies.gloo.solo.io"));
/// ```
pub fn custom_resource_definition() -> CustomResourceDefinition {
    CustomResourceDefinition {
        metadata: ObjectMeta {
            name: Some(format!("{}.{}", Proxy::URL_PATH_SEGMENT, Proxy::GROUP)),
            ..ObjectMeta::default()
        },
        spec: CustomResourceDefinitionSpec {
            group: Proxy::GROUP.to_owned(),
            names: CustomResourceDefinitionNames {
                kind: Proxy::KIND.to_owned(),
                list_kind: Some(Proxy::LIST_KIND.to_owned()),
                plural: Proxy::URL_PATH_SEGMENT.to_owned(),
                singular: Some("proxy".to_owned()),
                short_names: Some(["px", "gpx"].map(str::to_owned).into()),
                categories: None,
            },
            scope: "Namespaced".to_owned(),
            versions: vec![CustomResourceDefinitionVersion {
                name: Proxy::VERSION.to_owned(),
                served: true,
                storage: true,
                schema: Some(CustomResourceValidation { open_api_v3_schema: typed(schema()) }),
                ..CustomResourceDefinitionVersion::default()
            }],
            ..CustomResourceDefinitionSpec::default()
        },
        status: None,
    }
}

/// The schema as a type of the Kubernetes API. The conversion can't fail for the schemas of this crate.
fn typed(schema: Value) -> Option<JSONSchemaProps> {
    serde_json::from_value(schema).ok()
}

fn schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "apiVersion": {"type": "string"},
            "kind": {"type": "string"},
            "metadata": {"type": "object"},
            "spec": structural_schema::<ProxySpec>(),
            "status": structural_schema::<ProxyStatus>(),
        },
        KEEPS_UNKNOWN: true,
    })
}

fn structural_schema<T: JsonSchema>() -> Value {
    let mut generator = SchemaGenerator::default();
    let schema = generator.subschema_for::<T>().to_value();
    let messages = generator.take_definitions(false);
    Unfold { messages: &messages, within: Vec::new() }.structural(&schema)
}

/// Brings the schema into the form that an API server accepts: without references and `null`, and without types in alternatives.
struct Unfold<'a> {
    messages: &'a Map<String, Value>,
    /// The messages around the current one.
    within: Vec<&'a str>,
}

impl<'a> Unfold<'a> {
    fn structural(&mut self, schema: &'a Value) -> Value {
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            return self.message(reference);
        }
        if let Some(alternatives) = schema.get("anyOf").and_then(Value::as_array) {
            return self.alternatives(alternatives);
        }
        match schema.get("type").and_then(Value::as_str) {
            Some("object") => self.object(schema),
            Some("array") => {
                let items = schema.get("items").map(|items| self.structural(items));
                json!({"type": "array", "items": items})
            }
            Some(_) => schema.clone(),
            None => with_flag(INT_OR_STRING, schema.clone()),
        }
    }

    fn message(&mut self, reference: &'a str) -> Value {
        let name = reference.rsplit('/').next().unwrap_or_default();
        match self.messages.get(name) {
            Some(schema) if !self.within.contains(&name) => {
                self.within.push(name);
                let schema = self.structural(schema);
                self.within.pop();
                schema
            }
            // A message that contains itself would be expanded endlessly.
            _ => json!({"type": "object", KEEPS_UNKNOWN: true}),
        }
    }

    /// A value or `null`, which an API server drops; or a number, quoted or not.
    fn alternatives(&mut self, alternatives: &'a [Value]) -> Value {
        let is_value = |schema: &&Value| schema.get("type").is_none_or(|name| name != "null");
        let values: Vec<_> = alternatives.iter().filter(is_value).collect();
        if let [value] = *values {
            return self.structural(value);
        }
        let keywords = || values.iter().filter_map(|value| value.as_object()).flatten();
        let types = keywords().filter(|(keyword, _)| *keyword == "type");
        let types: Vec<_> = types.map(|(keyword, name)| json!({ keyword: name })).collect();
        // Each of the other keywords restricts values of one type only, so it needs no alternative.
        let others = keywords().filter(|(keyword, _)| *keyword != "type");
        let mut kept: Map<_, _> = others.map(|(keyword, value)| (keyword.clone(), value.clone())).collect();
        kept.insert("anyOf".to_owned(), types.into());
        with_flag(INT_OR_STRING, kept.into())
    }

    fn object(&mut self, schema: &'a Value) -> Value {
        let mut kept = Map::from_iter([("type".to_owned(), "object".into())]);
        let exclusive = exclusive_members(schema);
        if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
            let written = properties.iter().filter(|(_, schema)| schema.get("deprecated").is_none());
            let written = written.map(|(name, schema)| (name.clone(), self.structural(schema)));
            kept.insert("properties".to_owned(), written.collect::<Map<_, _>>().into());
        }
        if !exclusive.is_empty() {
            let pairs: Vec<_> = exclusive.iter().map(|pair| json!({ "required": pair })).collect();
            kept.insert("not".to_owned(), json!({ "anyOf": pairs }));
        }
        match schema.get("additionalProperties") {
            None => with_flag(KEEPS_UNKNOWN, kept.into()),
            Some(Value::Bool(_)) => kept.into(),
            Some(every) => {
                kept.insert("additionalProperties".to_owned(), self.structural(every));
                kept.into()
            }
        }
    }
}

/// The sets of fields of which a message may have only one.
fn exclusive_members(schema: &Value) -> Vec<Vec<&str>> {
    let pairs = schema.get("not").and_then(|not| not.get("anyOf")).and_then(Value::as_array);
    let required = pairs.into_iter().flatten().filter_map(|pair| pair.get("required")?.as_array());
    required.map(|names| names.iter().filter_map(Value::as_str).collect()).collect()
}

fn with_flag(flag: &str, mut schema: Value) -> Value {
    if let Value::Object(schema) = &mut schema {
        schema.insert(flag.to_owned(), true.into());
    }
    schema
}

impl JsonSchema for Proxy {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Proxy".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let metadata = generator.subschema_for::<ObjectMeta>();
        let spec = nullable(generator.subschema_for::<ProxySpec>());
        let status = nullable(generator.subschema_for::<ProxyStatus>());
        json_schema!({
            "type": "object",
            "properties": {
                "apiVersion": {"const": Self::API_VERSION},
                "kind": {"const": Self::KIND},
                "metadata": metadata,
                "spec": spec,
                "status": status,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{schema, typed};

    #[test]
    fn no_keyword_of_the_schema_is_lost() {
        let read = with_float_numbers(serde_json::to_value(typed(schema())).unwrap());
        assert!(read == with_float_numbers(schema()), "some keyword was lost");
    }

    /// As the Kubernetes API types bounds; enums of numbers come along.
    fn with_float_numbers(value: Value) -> Value {
        match value {
            Value::Number(number) => number.as_f64().into(),
            Value::Array(elements) => elements.into_iter().map(with_float_numbers).collect(),
            Value::Object(fields) => {
                fields.into_iter().map(|(name, value)| (name, with_float_numbers(value))).collect()
            }
            other @ (Value::Null | Value::Bool(_) | Value::String(_)) => other,
        }
    }
}
