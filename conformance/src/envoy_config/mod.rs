//! From a Proxy to Envoy's listeners, routes and clusters, as Gloo 1.22 does it.
//!
//! The result is Envoy's configuration in protobuf's JSON form. It equals what the real Gloo made, which
//! `fixtures/recorded/lower` holds, but for two things:
//! - Solo's own filter `io.solo.transformation` is left out: only their build of Envoy has it;
//! - the clusters are static ones, as in the recordings, where Gloo in a Kubernetes cluster makes EDS clusters of the
//!   same names.

mod action;
mod cluster;
mod environment;
mod headers;
mod http_connection_manager;
mod listener;
mod matcher;
mod names;
mod references;
mod report;
mod route;
mod tls;

use std::collections::BTreeMap;

use gloo_proxy_model::{ProtoDuration, Proxy};
use serde_json::{Value, json};

pub use environment::{Environment, ServicePort, TlsSecret, UpstreamProtocol};
pub use references::{References, references};
pub use report::{ConfigReport, ReportKind};

/// What one Envoy gets, and what Gloo said while making it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EnvoyConfig {
    /// `envoy.config.listener.v3.Listener`, in the Proxy's order.
    pub listeners: Vec<Value>,
    /// `envoy.config.route.v3.RouteConfiguration`, one for each listener, named `<listener>-routes`.
    pub routes: Vec<Value>,
    /// `envoy.config.cluster.v3.Cluster`, one for each port of each Service of the [`Environment`].
    pub clusters: Vec<Value>,
    /// Gloo's errors and warnings. With errors too everything is served.
    pub reports: Vec<ConfigReport>,
}

/// Makes the configuration of a Proxy. Each Proxy has an Envoy of its own: Envoy picks its Proxy by the role in its node's metadata.
pub fn build(proxy: &Proxy, environment: &Environment) -> EnvoyConfig {
    let mut reports = report::Reports::default();
    let mut listeners: Vec<(String, Value, Value)> = Vec::new();
    let mut ports: BTreeMap<u32, Vec<&str>> = BTreeMap::new();
    for listener in &proxy.spec.listeners {
        ports.entry(listener.bind_port).or_default().push(&listener.name);
        let Some((config, routes)) = listener::build(listener, environment, &mut reports) else { continue };
        // Gloo keeps resources by name: of two listeners with one name the last stays.
        match listeners.iter_mut().find(|(name, ..)| *name == listener.name) {
            Some(known) => *known = (listener.name.clone(), config, routes),
            None => listeners.push((listener.name.clone(), config, routes)),
        }
    }
    for (port, names) in ports.into_iter().filter(|(_, names)| names.len() > 1) {
        let reason = format!("port {port} is shared by listeners [{}]", names.join(" "));
        reports.add(ReportKind::BindPortNotUniqueError, reason);
    }
    let (listeners, routes) = listeners.into_iter().map(|(_, listener, routes)| (listener, routes)).unzip();
    EnvoyConfig { listeners, routes, clusters: cluster::all(environment), reports: reports.into_vec() }
}

/// A duration as protobuf's JSON writes it.
fn duration(duration: ProtoDuration) -> Value {
    json!(duration.to_string())
}
