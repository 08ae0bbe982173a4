//! The cluster: what is stored before the controller comes, and what can be asked of any kind of it.

use std::{error::Error, time::Instant};

use benches::{events::with_next_revision, mix::Mix};
use k8s_openapi::{api::core::v1::Service, api::discovery::v1::EndpointSlice};
use knative_gloo_translate::Gateway;
use knative_ingress_model::{Ingress, keys};
use serde_json::{Value, json, to_value};

use super::api_server::{
    meter::Arrival,
    store::{Key, Kind},
};

/// An API server that holds Ingresses, their Services and EndpointSlices.
pub(super) trait World: Sized {
    /// Bytes that it stores of one object.
    const MOST_BYTES: usize;

    /// One that holds `ingresses`, and their Services with two endpoints each.
    async fn new(ingresses: &[Ingress]) -> Result<Self, Box<dyn Error>>;

    /// How the controller reaches it.
    fn kubeconfig(&self) -> Value;

    /// The programs that it consists of beside this one, by name and number.
    fn processes(&self) -> Vec<(&'static str, u32)>;

    /// Stores a new state of an Ingress. Returns when that was done.
    async fn put(&self, ingress: Value) -> Result<Instant, Box<dyn Error>>;

    /// Waits until each Ingress of `keys` is told ready in its newest state.
    async fn until_ready(&self, keys: &[Key]) -> Result<(), Box<dyn Error>>;

    /// The controller's requests since `then`, in their order.
    async fn arrivals_since(&self, then: Instant) -> Result<Vec<Arrival>, Box<dyn Error>>;

    /// Bytes that the controller has sent and received so far.
    fn traffic(&self) -> Traffic;

    /// Drops what it keeps of what was before the last [`put`](Self::put), where that would fill the memory.
    fn forget_history(&self);
}

/// The namespace of the Proxies and of the gateways.
pub(super) const GATEWAY_NAMESPACE: &str = "gloo-system";

/// Bytes that went over the connections of the controller.
#[derive(Clone, Copy, Debug)]
pub(super) struct Traffic {
    pub(super) sent: u64,
    pub(super) received: u64,
}

/// An Ingress that changes: after a rollout, and back.
pub(super) struct Subject {
    pub(super) key: Key,
    states: [Value; 2],
    changes: usize,
}

impl Subject {
    pub(super) fn new(ingress: &Ingress) -> Result<Self, Box<dyn Error>> {
        let next = with_next_revision(ingress.clone());
        let states = [object(Kind::Ingress, to_value(&next))?, object(Kind::Ingress, to_value(ingress))?];
        Ok(Self { key: key(ingress), states, changes: 0 })
    }

    /// Its next state.
    pub(super) fn next_state(&mut self) -> Value {
        let [next, back] = &self.states;
        self.changes += 1;
        if self.changes % 2 == 1 { next.clone() } else { back.clone() }
    }
}

/// The mix as an API server holds it when no controller has been there: each object says who wrote it, none has a status.
pub(super) fn mix() -> Mix {
    Mix { managed: 1000, reported: 0, ..Mix::default() }
}

/// All that is stored before the controller comes: `ingresses`, and their Services with two endpoints each.
pub(super) fn objects(ingresses: &[Ingress]) -> Result<Vec<(Kind, Value)>, Box<dyn Error>> {
    let mut objects = Vec::new();
    // A mapped domain goes through a gateway's Service.
    for gateway in Gateway::ALL {
        let service: Service = serde_json::from_value(json!({
            "metadata": {"namespace": GATEWAY_NAMESPACE, "name": gateway.proxy_name()},
            "spec": {"ports": [{"name": "http", "port": 80}, {"name": "https", "port": 443}]},
        }))?;
        objects.push((Kind::EndpointSlice, object(Kind::EndpointSlice, to_value(slice(&service)?))?));
        objects.push((Kind::Service, object(Kind::Service, to_value(&service))?));
    }
    for ingress in ingresses {
        objects.push((Kind::Ingress, object(Kind::Ingress, to_value(ingress))?));
        for ingress in [ingress, &with_next_revision(ingress.clone())] {
            for service in Mix::services_of(ingress) {
                objects.push((Kind::EndpointSlice, object(Kind::EndpointSlice, to_value(slice(&service)?))?));
                objects.push((Kind::Service, object(Kind::Service, to_value(&service))?));
            }
        }
    }
    Ok(objects)
}

/// Some of the Ingresses, from all parts of the whole: those of services, as they are most. (A mapped domain goes to a gateway
/// whatever its placeholder is called.)
pub(super) fn subjects(ingresses: &[Ingress]) -> Result<Vec<Subject>, Box<dyn Error>> {
    let stride = (ingresses.len() / 37).max(1);
    let is_mapped = |ingress: &Ingress| {
        let labels = ingress.metadata.labels.as_ref();
        labels.is_some_and(|labels| labels.contains_key(keys::DOMAIN_MAPPING_UID))
    };
    let is_plain = |ingress: &&Ingress| ingress.spec.tls.is_empty() && !is_mapped(ingress);
    let plain = ingresses.iter().step_by(stride).filter(is_plain);
    plain.map(Subject::new).collect()
}

/// Whether an Ingress, as it is stored, is told ready in this very state.
pub(super) fn is_ready(ingress: &Value) -> bool {
    let conditions = ingress.pointer("/status/conditions").and_then(Value::as_array);
    is_told(ingress)
        && conditions.into_iter().flatten().any(|condition| {
            let of = |field: &str| condition.get(field).and_then(Value::as_str);
            (of("type"), of("status")) == (Some("Ready"), Some("True"))
        })
}

/// Whether the status of an Ingress speaks of this very state.
pub(super) fn is_told(ingress: &Value) -> bool {
    let seen = ingress.pointer("/status/observedGeneration");
    seen.is_some() && seen == ingress.pointer("/metadata/generation")
}

/// The key of an Ingress.
pub(super) fn key(ingress: &Ingress) -> Key {
    (Kind::Ingress, ingress.namespace().to_owned(), ingress.name().to_owned())
}

/// An object as it is stored.
fn object(kind: Kind, object: serde_json::Result<Value>) -> Result<Value, Box<dyn Error>> {
    let mut object = object?;
    let members = object.as_object_mut().ok_or("an object is wanted")?;
    members.insert("apiVersion".to_owned(), json!(kind.api_version()));
    members.insert("kind".to_owned(), json!(kind.name()));
    Ok(object)
}

/// Two ready endpoints of `service`.
fn slice(service: &Service) -> Result<EndpointSlice, Box<dyn Error>> {
    let (name, namespace) = (&service.metadata.name, &service.metadata.namespace);
    let endpoint = |address: &str| json!({"addresses": [address], "conditions": {"ready": true}});
    Ok(serde_json::from_value(json!({
        "metadata": {
            "namespace": namespace,
            "name": format!("{}-endpoints", name.as_deref().unwrap_or_default()),
            "labels": {"kubernetes.io/service-name": name},
            "creationTimestamp": "2026-01-01T00:00:00Z",
        },
        "addressType": "IPv4",
        "endpoints": [endpoint("10.0.0.1"), endpoint("10.0.0.2")],
        "ports": [{"name": "http", "port": 8012, "protocol": "TCP"}],
    }))?)
}
