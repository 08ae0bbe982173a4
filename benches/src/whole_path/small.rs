//! The small API server of the controller's tests, in this very process.

use std::{
    cell::Cell,
    error::Error,
    time::{Duration, Instant},
};

use knative_ingress_model::Ingress;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{
    api_server::{
        meter::Arrival,
        server::Server,
        store::{Key, Kind, Store},
    },
    world::{Traffic, World, is_ready, is_told, objects},
};

/// How long the controller may take for anything.
const PATIENCE: Duration = Duration::from_secs(120);

/// The server, and what it holds.
pub(super) struct SmallWorld {
    server: Server,
    /// Its version before the last state of an Ingress was put.
    version_before: Cell<u64>,
}

impl World for SmallWorld {
    const MOST_BYTES: usize = usize::MAX;

    async fn new(ingresses: &[Ingress]) -> Result<Self, Box<dyn Error>> {
        let server = Server::start().await;
        let objects = objects(ingresses)?;
        server.edit(|store| {
            for (kind, object) in objects {
                store.put(kind, object);
            }
            store.lose_history();
        });
        Ok(Self { server, version_before: Cell::default() })
    }

    fn kubeconfig(&self) -> Value {
        json!({
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "it",
            "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
            "clusters": [{"name": "it", "cluster": {"server": self.server.uri()}}],
            "users": [{"name": "it", "user": {}}],
        })
    }

    fn processes(&self) -> Vec<(&'static str, u32)> {
        Vec::new()
    }

    async fn put(&self, ingress: Value) -> Result<Instant, Box<dyn Error>> {
        self.version_before.set(self.server.store().version);
        let at = Instant::now();
        self.server.edit(|store| store.put(Kind::Ingress, ingress));
        Ok(at)
    }

    async fn until_ready(&self, keys: &[Key]) -> Result<(), Box<dyn Error>> {
        let mut first = 0;
        self.until(|store| {
            while let Some(key) = keys.get(first) {
                if !store.objects.get(key).is_some_and(|ingress| is_ready(ingress)) {
                    return false;
                }
                first += 1;
            }
            true
        })
        .await
    }

    async fn arrivals_since(&self, then: Instant) -> Result<Vec<Arrival>, Box<dyn Error>> {
        Ok(self.server.meter().arrivals().iter().filter(|arrival| arrival.at >= then).cloned().collect())
    }

    fn traffic(&self) -> Traffic {
        let meter = self.server.meter();
        Traffic { sent: meter.received(), received: meter.sent() }
    }

    fn forget_history(&self) {
        let version = self.version_before.get();
        self.server.edit(|store| store.lose_history_before(version));
    }
}

impl SmallWorld {
    /// Waits until the status of an Ingress speaks of its newest state, whatever it says.
    pub(super) async fn until_told(&self, key: &Key) -> Result<(), Box<dyn Error>> {
        self.until(|store| store.objects.get(key).is_some_and(|ingress| is_told(ingress))).await
    }

    /// Deletes an Ingress.
    pub(super) fn delete(&self, key: &Key) {
        self.server.edit(|store| store.delete(key));
    }

    /// Waits for `condition`, which is looked at whenever something has changed.
    async fn until(&self, mut condition: impl FnMut(&Store) -> bool) -> Result<(), Box<dyn Error>> {
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
}
