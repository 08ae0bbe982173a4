//! The cluster: what is stored before the controller comes, and what is waited for.

use std::{error::Error, time::Duration};

use benches::{events::with_next_revision, mix::Mix};
use k8s_openapi::{api::core::v1::Service, api::discovery::v1::EndpointSlice};
use knative_gloo_translate::Gateway;
use knative_ingress_model::Ingress;
use serde_json::{Value, json, to_value};
use tokio::time::timeout;

use super::api_server::{
    meter::Arrival,
    server::Server,
    store::{Key, Kind, Store},
};

/// How long the controller may take for anything.
const PATIENCE: Duration = Duration::from_secs(120);

/// An API server, and what it holds.
pub(super) struct World {
    pub(super) server: Server,
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

impl World {
    /// A server that holds `ingresses`, and their Services with two endpoints each.
    pub(super) async fn new(ingresses: &[Ingress]) -> Result<Self, Box<dyn Error>> {
        let server = Server::start().await;
        let mut objects = Vec::new();
        // A mapped domain goes through a gateway's Service.
        for gateway in Gateway::ALL {
            let service: Service = serde_json::from_value(json!({
                "metadata": {"namespace": "gloo-system", "name": gateway.proxy_name()},
                "spec": {"ports": [{"name": "http", "port": 80}, {"name": "https", "port": 443}]},
            }))?;
            objects.push((Kind::EndpointSlice, object(Kind::EndpointSlice, to_value(slice(&service)?))?));
            objects.push((Kind::Service, object(Kind::Service, to_value(&service))?));
        }
        for ingress in ingresses {
            objects.push((Kind::Ingress, object(Kind::Ingress, to_value(ingress))?));
            for ingress in [ingress, &with_next_revision(ingress.clone())] {
                for service in Mix::services_of(ingress) {
                    objects.push((
                        Kind::EndpointSlice,
                        object(Kind::EndpointSlice, to_value(slice(&service)?))?,
                    ));
                    objects.push((Kind::Service, object(Kind::Service, to_value(&service))?));
                }
            }
        }
        server.edit(|store| {
            for (kind, object) in objects {
                store.put(kind, object);
            }
            store.lose_history();
        });
        Ok(Self { server })
    }

    /// Some of the Ingresses, from all parts of the whole: those of services, as they are most.
    pub(super) fn subjects(ingresses: &[Ingress]) -> Result<Vec<Subject>, Box<dyn Error>> {
        let stride = (ingresses.len() / 37).max(1);
        let plain = ingresses.iter().step_by(stride).filter(|ingress| ingress.spec.tls.is_empty());
        plain.map(Subject::new).collect()
    }

    /// Stores a new state of an Ingress.
    pub(super) fn put(&self, object: Value) {
        self.server.edit(|store| store.put(Kind::Ingress, object));
    }

    /// Waits until each Ingress of `keys` is told ready in its newest state.
    pub(super) async fn until_ready(&self, keys: &[Key]) -> Result<(), Box<dyn Error>> {
        let mut first = 0;
        self.until(|store| {
            while let Some(key) = keys.get(first) {
                if !is_ready(store, key) {
                    return false;
                }
                first += 1;
            }
            true
        })
        .await
    }

    /// Waits until the status of an Ingress speaks of its newest state, whatever it says.
    pub(super) async fn until_told(&self, key: &Key) -> Result<(), Box<dyn Error>> {
        self.until(|store| store.objects.get(key).is_some_and(|ingress| is_told(ingress))).await
    }

    /// Waits for `condition`, which is looked at whenever something has changed.
    pub(super) async fn until(
        &self,
        mut condition: impl FnMut(&Store) -> bool,
    ) -> Result<(), Box<dyn Error>> {
        let mut changes = self.server.changes();
        let wait = async {
            loop {
                changes.mark_unchanged();
                if condition(&self.server.store()) {
                    return Ok::<_, Box<dyn Error>>(());
                }
                changes.changed().await?;
            }
        };
        timeout(PATIENCE, wait).await.map_err(|_| "the controller does not come to an end")?
    }

    /// The requests since there were `before`.
    pub(super) fn arrivals_since(&self, before: usize) -> Vec<Arrival> {
        self.server.meter().arrivals().iter().skip(before).cloned().collect()
    }
}

fn is_ready(store: &Store, key: &Key) -> bool {
    let Some(ingress) = store.objects.get(key) else { return false };
    let conditions = ingress.pointer("/status/conditions").and_then(Value::as_array);
    is_told(ingress)
        && conditions.into_iter().flatten().any(|condition| {
            let of = |field: &str| condition.get(field).and_then(Value::as_str);
            (of("type"), of("status")) == (Some("Ready"), Some("True"))
        })
}

fn is_told(ingress: &Value) -> bool {
    let seen = ingress.pointer("/status/observedGeneration");
    seen.is_some() && seen == ingress.pointer("/metadata/generation")
}

/// The key of an Ingress.
pub(super) fn key(ingress: &Ingress) -> Key {
    (Kind::Ingress, ingress.namespace().to_owned(), ingress.name().to_owned())
}

/// The keys of both Proxies.
pub(super) fn proxies() -> [Key; 2] {
    Gateway::ALL.map(|gateway| (Kind::Proxy, "gloo-system".to_owned(), gateway.proxy_name().to_owned()))
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
