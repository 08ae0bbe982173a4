use std::net::SocketAddr;
use std::path::Path;

use serde_json::{Value, json};

/// The file of one subscription. Each has a directory of its own: Envoy reads a file again at every move into the
/// watched directory, and its counters are to speak of this file alone.
pub(crate) const RESOURCE_FILE: &str = "resources.json";

/// How Envoy is told to follow a file: moved into place atomically, it is read again.
pub(crate) fn config_source(directory: &Path) -> Value {
    json!({
        "resourceApiVersion": "V3",
        "pathConfigSource": {
            "path": directory.join(RESOURCE_FILE),
            "watchedDirectory": { "path": directory },
        },
    })
}

/// What Envoy is started with: the admin interface on loopback and the two subscriptions that lead to all others.
/// `role` is what Gloo finds the Proxy by: `<namespace>~<name>`.
pub(crate) fn dynamic(role: &str, listeners: &Path, clusters: &Path) -> Value {
    json!({
        "node": { "id": role, "cluster": "gateway", "metadata": { "role": role } },
        "admin": { "address": { "socketAddress": { "address": "127.0.0.1", "portValue": 0 } } },
        "dynamicResources": {
            "ldsConfig": config_source(listeners),
            "cdsConfig": config_source(clusters),
        },
    })
}

/// The same with everything in line, for `--mode validate` and for a person to run. The routes move into their
/// listeners, so that Envoy also refuses a route to a cluster that does not exist.
pub fn standalone(listeners: &[Value], routes: &[Value], clusters: &[Value]) -> Value {
    let mut listeners = listeners.to_vec();
    for_each_manager(&mut listeners, |manager| {
        let Some(rds) = manager.remove("rds") else { return };
        let wanted = rds.get("routeConfigName").cloned().unwrap_or_default();
        let found = routes.iter().find(|routes| routes.get("name") == Some(&wanted));
        manager.insert("routeConfig".to_owned(), found.cloned().unwrap_or_else(|| json!({ "name": wanted })));
    });
    json!({
        "admin": { "address": { "socketAddress": { "address": "127.0.0.1", "portValue": 0 } } },
        "staticResources": { "listeners": listeners, "clusters": clusters },
    })
}

/// Lets the listener of this name listen elsewhere.
pub fn move_listener(listeners: &mut [Value], name: &str, address: SocketAddr) {
    let socket = json!({ "address": address.ip().to_string(), "portValue": address.port() });
    let named =
        listeners.iter_mut().filter(|listener| listener.get("name").is_some_and(|found| found == name));
    for fields in named.filter_map(Value::as_object_mut) {
        fields.insert("address".to_owned(), json!({ "socketAddress": socket }));
    }
}

/// Calls `change` for the HTTP connection manager of every filter chain.
pub(crate) fn for_each_manager(
    listeners: &mut [Value],
    mut change: impl FnMut(&mut serde_json::Map<String, Value>),
) {
    for listener in listeners {
        let chains = listener.get_mut("filterChains").and_then(Value::as_array_mut);
        for chain in chains.into_iter().flatten() {
            let filters = chain.get_mut("filters").and_then(Value::as_array_mut);
            for filter in filters.into_iter().flatten() {
                if let Some(manager) = filter.get_mut("typedConfig").and_then(Value::as_object_mut) {
                    change(manager);
                }
            }
        }
    }
}
