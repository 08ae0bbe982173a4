use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;

use serde_json::{Map, Value, json};
use tokio::net::{TcpSocket, TcpStream};

use super::process::{POLL, Process, deadline};
use super::subscription::Subscription;
use super::{EnvoyError, bootstrap};
use crate::envoy_config::EnvoyConfig;
use crate::testbed::client::{self, Request};

const LISTENER: &str = "type.googleapis.com/envoy.config.listener.v3.Listener";
const ROUTES: &str = "type.googleapis.com/envoy.config.route.v3.RouteConfiguration";
const CLUSTER: &str = "type.googleapis.com/envoy.config.cluster.v3.Cluster";

/// A host that only the runner asks for: it answers with the version of the routes that the worker thread serves.
const VERSION_HOST: &str = "version.gateway.invalid";

/// What Envoy says to a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It serves it.
    Accepted,
    /// It keeps serving what it had before, for this reason.
    Rejected(String),
}

/// An Envoy that serves one Proxy on loopback.
///
/// Three things of the config configuration are changed on the way, and nothing else: the listeners' addresses
/// (80 and 443 on every interface become free ports of 127.0.0.1), where routes come from (files instead of Gloo's
/// ADS), and a virtual host for `version.gateway.invalid` is added to every plain listener.
pub struct EnvoyGateway {
    ip: IpAddr,
    process: Process,
    listeners: Subscription,
    clusters: Subscription,
    routes: BTreeMap<String, Subscription>,
    ports: BTreeMap<String, Port>,
    version: u64,
    served: EnvoyConfig,
}

/// A free port that stays ours: the socket is bound, never listens, and lets Envoy bind beside it.
struct Port {
    address: SocketAddr,
    _reservation: TcpSocket,
}

impl EnvoyGateway {
    /// Starts an Envoy that serves nothing yet. `role` is the Proxy's `<namespace>~<name>`.
    ///
    /// # Errors
    /// When Envoy cannot be run.
    pub async fn start(binary: &Path, role: &str) -> Result<Self, EnvoyError> {
        Self::start_on(IpAddr::V4(Ipv4Addr::LOCALHOST), binary, role).await
    }

    /// Starts an Envoy whose listeners listen on free ports of this address.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub async fn start_on(ip: IpAddr, binary: &Path, role: &str) -> Result<Self, EnvoyError> {
        let directory = tempfile::Builder::new().prefix("gateway-").tempdir().map_err(EnvoyError::Io)?;
        let mut listeners =
            Subscription::new(directory.path(), "listeners", "listener_manager.lds", LISTENER)?;
        let mut clusters = Subscription::new(directory.path(), "clusters", "cluster_manager.cds", CLUSTER)?;
        listeners.write(&[])?;
        clusters.write(&[])?;
        let config = bootstrap::dynamic(role, listeners.directory(), clusters.directory());
        let process = Process::start(binary, directory, &config).await?;
        let mut gateway = Self {
            ip,
            process,
            listeners,
            clusters,
            routes: BTreeMap::new(),
            ports: BTreeMap::new(),
            version: 0,
            served: EnvoyConfig::default(),
        };
        gateway.reserve("http")?;
        gateway.reserve("https")?;
        Ok(gateway)
    }

    /// The number of its process.
    pub fn process_id(&self) -> u32 {
        self.process.id()
    }

    /// Where the listener of this name is, or will be.
    pub fn address(&self, listener: &str) -> Option<SocketAddr> {
        self.ports.get(listener).map(|port| port.address)
    }

    /// Hands Envoy a configuration in the order that drops no request (clusters, listeners, routes, and only then the
    /// clusters that went) and waits until it is served, or refused.
    ///
    /// # Errors
    /// When Envoy has ended or does not answer.
    pub async fn push(&mut self, config: &EnvoyConfig) -> Result<Verdict, EnvoyError> {
        let EnvoyConfig { listeners, routes, clusters, reports: _ } = config;
        if (&self.served.listeners, &self.served.routes) != (listeners, routes) {
            self.version = self.version.saturating_add(1);
        }
        let mut verdicts = vec![self.push_clusters(union(clusters, self.clusters.current())).await?];
        let (listeners, routes) = self.on_loopback(listeners, routes)?;
        verdicts.extend(self.push_routes(routes, listeners).await?);
        verdicts.push(self.push_clusters(clusters.clone()).await?);
        self.served = config.clone();
        let reasons: Vec<String> = verdicts
            .into_iter()
            .filter_map(|verdict| match verdict {
                Verdict::Accepted => None,
                Verdict::Rejected(reason) => Some(reason),
            })
            .collect();
        if reasons.is_empty() {
            self.wait_for_listeners().await?;
            self.wait_for_version().await?;
            Ok(Verdict::Accepted)
        } else {
            Ok(Verdict::Rejected(reasons.join("; ")))
        }
    }

    async fn push_clusters(&mut self, clusters: Vec<Value>) -> Result<Verdict, EnvoyError> {
        if let Some(known) = self.clusters.known(&clusters) {
            return Ok(known);
        }
        let pending = self.clusters.prepare(&self.process).await?;
        self.clusters.write(&clusters)?;
        self.clusters.answer(clusters, pending, &mut self.process).await
    }

    /// Routes lie ready before the listeners that ask for them; listeners that have theirs already learn of new ones
    /// by the same move.
    async fn push_routes(
        &mut self,
        routes: Vec<Value>,
        listeners: Vec<Value>,
    ) -> Result<Vec<Verdict>, EnvoyError> {
        let mut verdicts = Vec::new();
        let mut waiting = Vec::new();
        for config in routes {
            let name = name_of(&config).to_owned();
            let Some(subscription) = self.routes.get_mut(&name) else { continue };
            let resources = vec![config];
            match subscription.known(&resources) {
                Some(known) => verdicts.push(known),
                None => {
                    let pending = subscription.prepare(&self.process).await?;
                    subscription.write(&resources)?;
                    waiting.push((name, resources, pending));
                }
            }
        }
        let kept: Vec<String> = listeners.iter().flat_map(route_configs_of).collect();
        match self.listeners.known(&listeners) {
            Some(known) => verdicts.push(known),
            None => {
                let pending = self.listeners.prepare(&self.process).await?;
                self.listeners.write(&listeners)?;
                verdicts.push(self.listeners.answer(listeners, pending, &mut self.process).await?);
            }
        }
        if verdicts.iter().any(|verdict| matches!(verdict, Verdict::Rejected(_))) {
            // A refused listener never asks for its routes: there is no answer to wait for.
            for (name, ..) in waiting {
                self.forget_routes(&name);
            }
            return Ok(verdicts);
        }
        for (name, resources, pending) in waiting {
            let Some(subscription) = self.routes.get_mut(&name) else { continue };
            verdicts.push(subscription.answer(resources, pending, &mut self.process).await?);
        }
        let gone: Vec<String> = self.routes.keys().filter(|name| !kept.contains(name)).cloned().collect();
        for name in gone {
            self.forget_routes(&name);
        }
        Ok(verdicts)
    }

    fn forget_routes(&mut self, name: &str) {
        if let Some(subscription) = self.routes.get_mut(name) {
            subscription.forget();
        }
    }

    fn on_loopback(
        &mut self,
        listeners: &[Value],
        routes: &[Value],
    ) -> Result<(Vec<Value>, Vec<Value>), EnvoyError> {
        let (mut listeners, mut routes) = (listeners.to_vec(), routes.to_vec());
        let names: Vec<String> = listeners.iter().map(|listener| name_of(listener).to_owned()).collect();
        for name in names {
            bootstrap::move_listener(&mut listeners, &name, self.reserve(&name)?);
        }
        for listener in &listeners {
            if !is_tls(listener) {
                let plain = route_configs_of(listener);
                for config in
                    routes.iter_mut().filter(|config| plain.iter().any(|name| name == name_of(config)))
                {
                    add_version(config, self.version);
                }
            }
        }
        for config in &routes {
            let name = name_of(config);
            if !self.routes.contains_key(name) {
                let stats = format!("http.http.rds.{name}");
                let directory = format!("routes-{}", self.routes.len());
                let subscription = Subscription::new(self.process.directory(), &directory, &stats, ROUTES)?;
                self.routes.insert(name.to_owned(), subscription);
            }
        }
        let sources: BTreeMap<&str, Value> = self
            .routes
            .iter()
            .map(|(name, subscription)| (name.as_str(), bootstrap::config_source(subscription.directory())))
            .collect();
        bootstrap::for_each_manager(&mut listeners, |manager| {
            let Some(rds) = manager.get_mut("rds").and_then(Value::as_object_mut) else { return };
            let name = rds.get("routeConfigName").and_then(Value::as_str).unwrap_or_default();
            if let Some(source) = sources.get(name) {
                rds.insert("configSource".to_owned(), source.clone());
            }
        });
        // Plain listeners last: the worker takes changes in their order, so that the version seen there speaks for all.
        routes.sort_by_key(has_version);
        Ok((listeners, routes))
    }

    fn reserve(&mut self, listener: &str) -> Result<SocketAddr, EnvoyError> {
        if let Some(port) = self.ports.get(listener) {
            return Ok(port.address);
        }
        let ip = self.ip;
        let bind = || {
            let socket = if ip.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
            socket.set_reuseport(true)?;
            socket.bind(SocketAddr::new(ip, 0))?;
            Ok(Port { address: socket.local_addr()?, _reservation: socket })
        };
        let port = bind().map_err(EnvoyError::Io)?;
        let address = port.address;
        self.ports.insert(listener.to_owned(), port);
        Ok(address)
    }

    /// The main thread has accepted the listeners; wait until the worker listens where it ought to, and nowhere else.
    async fn wait_for_listeners(&mut self) -> Result<(), EnvoyError> {
        let served: Vec<&str> = self.listeners.current().iter().map(name_of).collect();
        let ports: Vec<(SocketAddr, bool)> =
            self.ports.iter().map(|(name, port)| (port.address, served.contains(&name.as_str()))).collect();
        let give_up = deadline();
        for (address, listens) in ports {
            while TcpStream::connect(address).await.is_ok() != listens {
                self.process.check(give_up, "the worker to open or close a port")?;
                tokio::time::sleep(POLL).await;
            }
        }
        Ok(())
    }

    /// The main thread has accepted the routes; wait until the worker that answers requests has them too.
    async fn wait_for_version(&mut self) -> Result<(), EnvoyError> {
        let plain = self.listeners.current().iter().find(|listener| !is_tls(listener));
        let Some(address) = plain.and_then(|listener| self.address(name_of(listener))) else { return Ok(()) };
        let wanted = self.version.to_string();
        let give_up = deadline();
        let request = Request::get("http", VERSION_HOST, "/").to(address);
        loop {
            if client::send(&request).await.is_ok_and(|response| response.body == wanted.as_bytes()) {
                return Ok(());
            }
            self.process.check(give_up, "the worker to serve the new routes")?;
            tokio::time::sleep(POLL).await;
        }
    }
}

fn name_of(resource: &Value) -> &str {
    resource.get("name").and_then(Value::as_str).unwrap_or_default()
}

fn is_tls(listener: &Value) -> bool {
    let chains = listener.get("filterChains").and_then(Value::as_array).into_iter().flatten();
    chains.into_iter().any(|chain| chain.get("transportSocket").is_some())
}

fn route_configs_of(listener: &Value) -> Vec<String> {
    let mut names = Vec::new();
    bootstrap::for_each_manager(&mut [listener.clone()], |manager| {
        let name = manager.get("rds").and_then(|rds| rds.get("routeConfigName")).and_then(Value::as_str);
        names.extend(name.map(str::to_owned));
    });
    names
}

fn add_version(config: &mut Value, version: u64) {
    let answer = json!({ "status": 200, "body": { "inlineString": version.to_string() } });
    let host = json!({
        "name": VERSION_HOST,
        "domains": [VERSION_HOST],
        "routes": [{ "match": { "prefix": "/" }, "directResponse": answer }],
    });
    if let Some(hosts) = config.get_mut("virtualHosts").and_then(Value::as_array_mut) {
        hosts.push(host);
    }
}

fn has_version(config: &Value) -> bool {
    let hosts = config.get("virtualHosts").and_then(Value::as_array);
    hosts.into_iter().flatten().any(|host| name_of(host) == VERSION_HOST)
}

/// The new clusters and those old ones that they don't replace.
fn union(new: &[Value], old: &[Value]) -> Vec<Value> {
    let mut all: Map<String, Value> = Map::new();
    for cluster in old.iter().chain(new) {
        all.insert(name_of(cluster).to_owned(), cluster.clone());
    }
    all.into_iter().map(|(_, cluster)| cluster).collect()
}
