use std::collections::BTreeMap;

use k8s_openapi::{
    apimachinery::pkg::apis::meta::v1::{FieldsV1, ManagedFieldsEntry, ObjectMeta, OwnerReference, Time},
    jiff::{SignedDuration, Timestamp},
};
use knative_gloo_translate::ClassFilter;
use knative_ingress_model::{IngressSpec, keys};
use serde_json::{Value, json};

use super::{
    draw::{Draw, Route, Share},
    names::{Names, uid},
};

/// The start of 2020 and of 2026, in seconds since 1970.
const STARTS: [i64; 2] = [1_577_836_800, 1_767_225_600];

/// When it was made, and so many seconds later.
pub(super) fn time(draw: &Draw, later: i64) -> Time {
    let [start_2020, start_2026] = STARTS;
    let start = if draw.of_2020 { start_2020 } else { start_2026 };
    Time(
        Timestamp::UNIX_EPOCH
            .saturating_add(SignedDuration::from_secs(start + draw.second + later))
            .unwrap_or_default(),
    )
}

pub(super) fn metadata(name: String, names: &Names, draw: &Draw, spec: &IngressSpec) -> ObjectMeta {
    let (api_version, kind) = match &draw.share {
        Share::Route(_) => ("serving.knative.dev/v1", "Route"),
        Share::Mapping(_) => ("serving.knative.dev/v1beta1", "DomainMapping"),
    };
    ObjectMeta {
        name: Some(name.clone()),
        namespace: Some(names.namespace.clone()),
        uid: Some(uid("0f1c9f2e", names.number)),
        resource_version: Some((1_000_000 + names.number * 7).to_string()),
        generation: Some(draw.generation),
        creation_timestamp: Some(time(draw, 0)),
        labels: Some(labels(names, draw)),
        annotations: Some(annotations(names, draw)),
        owner_references: Some(vec![OwnerReference {
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
            name,
            uid: names.uid.clone(),
            controller: Some(true),
            block_owner_deletion: Some(true),
        }]),
        managed_fields: draw.managed.then(|| vec![managed(draw, spec)]),
        ..ObjectMeta::default()
    }
}

fn map<const N: usize>(entries: [(&str, String); N]) -> BTreeMap<String, String> {
    entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

fn labels(names: &Names, draw: &Draw) -> BTreeMap<String, String> {
    match &draw.share {
        Share::Route(_) => map([
            (keys::SERVICE, names.service.clone()),
            (keys::ROUTE, names.service.clone()),
            (keys::ROUTE_NAMESPACE, names.namespace.clone()),
        ]),
        Share::Mapping(_) => map([
            (keys::DOMAIN_MAPPING_UID, names.uid.clone()),
            (keys::DOMAIN_MAPPING_NAMESPACE, names.namespace.clone()),
        ]),
    }
}

fn annotations(names: &Names, draw: &Draw) -> BTreeMap<String, String> {
    let mut annotations = map([
        (keys::INGRESS_CLASS, ClassFilter::GLOO.to_owned()),
        ("serving.knative.dev/creator", "deployer".to_owned()),
        ("serving.knative.dev/lastModifier", "deployer".to_owned()),
    ]);
    if let Share::Route(route) = &draw.share
        && route.recent
    {
        annotations.insert(keys::ROLLOUT.to_owned(), rollout(names, route).to_string());
        if !route.tags.is_empty() {
            annotations.insert(keys::TAG_TO_HOST.to_owned(), tag_to_host(names, route).to_string());
        }
    }
    annotations
}

fn rollout(names: &Names, route: &Route) -> Value {
    let (first, last) = (route.revision.saturating_sub(route.shares.len() as u32 - 1), route.revision);
    let revisions: Vec<Value> = (first..=last)
        .zip(&route.shares)
        .map(|(revision, percent)| {
            json!({"revisionName": names.revision(revision, false), "percent": percent})
        })
        .collect();
    let steps = if route.shares.len() > 2 {
        json!({"starttime": 1_767_225_600_000_000_000_u64, "nextStepTime": 1_767_225_660_000_000_000_u64, "stepDuration": 60_000_000_000_u64, "stepSize": 8})
    } else {
        json!({})
    };
    json!({"configurations": [
        {"configurationName": names.service, "percent": 100, "revisions": revisions, "stepParams": steps}
    ]})
}

fn tag_to_host(names: &Names, route: &Route) -> Value {
    let hosts = |tag: &str| json!([names.private(Some(tag)), names.public(Some(tag))]);
    route
        .tags
        .iter()
        .map(|tag| (tag.name.to_owned(), hosts(tag.name)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// What an API server notes about who wrote what.
fn managed(draw: &Draw, spec: &IngressSpec) -> ManagedFieldsEntry {
    let mut fields = json!({".": {}, "f:rules": {}});
    if let (Value::Object(fields), Some(_)) = (&mut fields, &spec.http_option) {
        fields.insert("f:httpOption".to_owned(), json!({}));
    }
    ManagedFieldsEntry {
        api_version: Some("networking.internal.knative.dev/v1alpha1".to_owned()),
        fields_type: Some("FieldsV1".to_owned()),
        fields_v1: Some(FieldsV1(json!({
            "f:metadata": {
                "f:annotations": {
                    ".": {},
                    format!("f:{}", keys::INGRESS_CLASS): {},
                    "f:serving.knative.dev/creator": {},
                    "f:serving.knative.dev/lastModifier": {},
                },
                "f:labels": {".": {}, format!("f:{}", keys::ROUTE): {}, format!("f:{}", keys::ROUTE_NAMESPACE): {}},
                "f:ownerReferences": {".": {}},
            },
            "f:spec": fields,
        }))),
        manager: Some("controller".to_owned()),
        operation: Some("Update".to_owned()),
        subresource: None,
        time: Some(time(draw, 30)),
    }
}
