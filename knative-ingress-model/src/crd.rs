//! The CustomResourceDefinition of the Ingress.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceColumnDefinition, CustomResourceDefinition, CustomResourceDefinitionNames,
    CustomResourceDefinitionSpec, CustomResourceDefinitionVersion, CustomResourceSubresourceStatus,
    CustomResourceSubresources, CustomResourceValidation, JSONSchemaProps,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::{ListableResource, Resource};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::go_value::{GoValue, InView, View};
use crate::{
    Condition, HeaderMatch, HttpIngressPath, HttpIngressRuleValue, Ingress, IngressBackendSplit, IngressSpec,
    IngressStatus,
};

/// The CustomResourceDefinition of the Ingress, with a structural schema of the current API. An API server prunes
/// other fields.
///
/// Names, scope, subresource and printer columns are those of `config/ingress.yaml` of knative/networking (August 2026). As there,
/// values are restricted by type only; the rest is left to validation.
///
/// ```
/// let crd = knative_ingress_model::custom_resource_definition();
/// assert_eq!(crd.metadata.name.as_deref(), Some("ingresses.networking.internal.knative.dev"));
/// ```
pub fn custom_resource_definition() -> CustomResourceDefinition {
    let column = |name: &str, field: &str| CustomResourceColumnDefinition {
        name: name.to_owned(),
        type_: "string".to_owned(),
        json_path: format!(".status.conditions[?(@.type==\"Ready\")].{field}"),
        ..CustomResourceColumnDefinition::default()
    };
    let labels = [
        ("app.kubernetes.io/name", "knative-serving"),
        ("app.kubernetes.io/component", "networking"),
        ("knative.dev/crd-install", "true"),
    ];
    CustomResourceDefinition {
        metadata: ObjectMeta {
            name: Some(format!("{}.{}", Ingress::URL_PATH_SEGMENT, Ingress::GROUP)),
            labels: Some(labels.map(|(name, value)| (name.to_owned(), value.to_owned())).into()),
            ..ObjectMeta::default()
        },
        spec: CustomResourceDefinitionSpec {
            group: Ingress::GROUP.to_owned(),
            names: CustomResourceDefinitionNames {
                kind: Ingress::KIND.to_owned(),
                list_kind: Some(Ingress::LIST_KIND.to_owned()),
                plural: Ingress::URL_PATH_SEGMENT.to_owned(),
                singular: Some("ingress".to_owned()),
                categories: Some(["knative-internal", "networking"].map(str::to_owned).into()),
                short_names: Some(["kingress", "king"].map(str::to_owned).into()),
            },
            scope: "Namespaced".to_owned(),
            versions: vec![CustomResourceDefinitionVersion {
                name: Ingress::VERSION.to_owned(),
                served: true,
                storage: true,
                subresources: Some(CustomResourceSubresources {
                    status: Some(CustomResourceSubresourceStatus(json!({}))),
                    scale: None,
                }),
                schema: Some(CustomResourceValidation { open_api_v3_schema: typed(schema()) }),
                additional_printer_columns: Some(vec![column("Ready", "status"), column("Reason", "reason")]),
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
            "spec": spec_schema(),
            "status": status_schema(),
        },
    })
}

fn spec_schema() -> Value {
    let mut schema = structural_schema::<IngressSpec>();
    let http = "/properties/rules/items/properties/http";
    let path = &format!("{http}/properties/paths/items");
    require_written::<HttpIngressRuleValue>(&mut schema, http);
    require_written::<HttpIngressPath>(&mut schema, path);
    require_written::<HeaderMatch>(&mut schema, &format!("{path}/properties/headers/additionalProperties"));
    require_written::<IngressBackendSplit>(&mut schema, &format!("{path}/properties/splits/items"));
    schema
}

fn status_schema() -> Value {
    let mut schema = structural_schema::<IngressStatus>();
    require_written::<Condition>(&mut schema, "/properties/conditions/items");
    schema
}

/// Requires the fields that Go writes even when they are empty, as Go's schema generator does.
fn require_written<T: GoValue>(schema: &mut Value, pointer: &str) {
    let nothing = serde_json::to_value(InView(&T::zero(), View::Current)).unwrap_or_default();
    let names: Vec<_> = nothing.as_object().into_iter().flat_map(Map::keys).cloned().collect();
    if let Some(Value::Object(object)) = schema.pointer_mut(pointer) {
        object.insert("required".to_owned(), names.into());
    }
}

fn structural_schema<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::openapi3().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
        settings.transforms.clear();
    });
    structural(settings.into_generator().into_root_schema_for::<T>().to_value())
}

/// The schema in the form that an API server accepts: without `null` and fields that aren't stored.
fn structural(schema: Value) -> Value {
    let Value::Object(object) = schema else { return schema };
    if object.contains_key("x-kubernetes-int-or-string") {
        return json!({"anyOf": [{"type": "integer"}, {"type": "string"}], "x-kubernetes-int-or-string": true});
    }
    let mut kept = Map::new();
    for (keyword, value) in object {
        match (keyword.as_str(), value) {
            ("type", Value::Array(types)) => {
                let named = types.into_iter().find(|name| name != "null");
                kept.extend(named.map(|name| (keyword, name)));
            }
            ("properties", Value::Object(properties)) => {
                let of_today =
                    properties.into_iter().filter(|(_, schema)| schema.get("deprecated").is_none());
                let properties = of_today.map(|(name, schema)| (name, structural(schema)));
                kept.insert(keyword, properties.collect::<Map<_, _>>().into());
            }
            ("items" | "additionalProperties", schema) => {
                kept.insert(keyword, structural(schema));
            }
            ("type" | "format", value) => {
                kept.insert(keyword, value);
            }
            // The descriptions are for Rust programmers.
            _ => {}
        }
    }
    kept.into()
}

#[cfg(test)]
mod tests {
    use super::{schema, typed};

    #[test]
    fn no_keyword_of_the_schema_is_lost() {
        assert_eq!(serde_json::to_value(typed(schema())).unwrap(), schema());
    }
}
