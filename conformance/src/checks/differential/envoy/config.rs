use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io;
use std::path::Path;

use gloo_proxy_model::{
    Action, DestinationType, KubeDestination, Listener, ListenerType, Proxy, ResourceRef, RouteDestination,
    SslSecrets,
};
use knative_gloo_translate::{Gateway, Scheme};
use serde_json::{Value, json};

use super::backend::Mirror;
use super::{Asked, Sides, socket};
use crate::envoy_config::{self, Environment, ServicePort, UpstreamProtocol};
use crate::testbed::backend::Certificate;
use crate::testbed::envoy::standalone;
use knative_gloo_simulator::SecretName;

/// The Services and Secrets of all sets, and the backends behind them.
#[derive(Default)]
pub(super) struct Backends {
    mirrors: BTreeMap<(ResourceRef, u32), Mirror>,
    certificates: BTreeMap<ResourceRef, Certificate>,
}

impl Backends {
    /// Makes what the Proxies of a set name.
    pub(super) async fn learn(&mut self, sides: &Sides) -> io::Result<()> {
        for gateway in Gateway::ALL {
            let proxy = sides.translation().proxy(gateway);
            for KubeDestination { r#ref: service, port, unknown: _ } in destinations(proxy) {
                let key = (service.clone(), *port);
                if let Entry::Vacant(place) = self.mirrors.entry(key) {
                    let name = format!("{}/{}:{port}", service.namespace, service.name);
                    place.insert(Mirror::start(&name).await?);
                }
            }
            for config in proxy.spec.listeners.iter().flat_map(|listener| &listener.ssl_configurations) {
                if let Some(SslSecrets::SecretRef(secret)) = &config.secrets
                    && !self.certificates.contains_key(secret)
                {
                    let name = format!("{}.{}.example.com", secret.name, secret.namespace);
                    let made = Certificate::for_names(&[name]).map_err(io::Error::other)?;
                    self.certificates.insert(secret.clone(), made);
                }
            }
        }
        Ok(())
    }

    /// The certificates as they are shown, PEM, by Secret.
    pub(super) fn secrets(&self) -> Vec<(SecretName, String)> {
        let secret = |(secret, certificate): (&ResourceRef, &Certificate)| {
            (SecretName::new(&secret.namespace, &secret.name), certificate.secret.certificate.clone())
        };
        self.certificates.iter().map(secret).collect()
    }

    /// Envoy's whole configuration.
    pub(super) fn bootstrap(&self, sets: &[(usize, &Asked)], sockets: &Path) -> Value {
        let mut environment = Environment::default();
        for ((service, port), mirror) in &self.mirrors {
            environment.services.entry(service.clone()).or_default().push(ServicePort {
                port: *port,
                protocol: UpstreamProtocol::Http1,
                endpoints: vec![mirror.address],
                upstream_ca: None,
            });
        }
        for (secret, certificate) in &self.certificates {
            environment.secrets.insert(secret.clone(), certificate.secret.clone());
        }
        let mut listeners = Vec::new();
        let mut clusters = Vec::new();
        for (set, asked) in sets {
            environment.regex_max_program_size = asked.case.options.regex_max_program_size;
            for gateway in Gateway::ALL {
                let config = envoy_config::build(asked.sides.translation().proxy(gateway), &environment);
                let mut whole = standalone(&config.listeners, &config.routes, &[]);
                clusters = config.clusters;
                let made = whole.pointer_mut("/staticResources/listeners").and_then(Value::as_array_mut);
                for mut listener in made.map(std::mem::take).into_iter().flatten() {
                    let name = listener.get("name").and_then(Value::as_str).unwrap_or_default();
                    let scheme = if name == Scheme::Https.as_str() { Scheme::Https } else { Scheme::Http };
                    let path = socket(sockets, *set, gateway, scheme);
                    if let Some(fields) = listener.as_object_mut() {
                        fields.insert("name".to_owned(), json!(format!("{set}-{gateway}-{scheme}")));
                        fields.insert("address".to_owned(), json!({ "pipe": { "path": path } }));
                    }
                    listeners.push(listener);
                }
            }
        }
        standalone(&listeners, &[], &clusters)
    }
}

fn destinations(proxy: &Proxy) -> impl Iterator<Item = &KubeDestination> {
    let hosts = proxy.spec.listeners.iter().flat_map(|Listener { listener_type, .. }| match listener_type {
        Some(ListenerType::Http(http)) => http.virtual_hosts.as_slice(),
        Some(ListenerType::Tcp(_) | ListenerType::Hybrid(_) | ListenerType::Aggregate(_)) | None => &[],
    });
    let routes = hosts.flat_map(|host| &host.routes);
    let weighted = routes.filter_map(|route| match &route.action {
        Some(Action::Route(action)) => match &action.destination {
            Some(RouteDestination::Multi(multi)) => Some(&multi.destinations),
            Some(
                RouteDestination::Single(_)
                | RouteDestination::UpstreamGroup(_)
                | RouteDestination::ClusterHeader(_)
                | RouteDestination::DynamicForwardProxy(_),
            )
            | None => None,
        },
        Some(Action::Redirect(_) | Action::DirectResponse(_) | Action::GraphqlApi(_)) | None => None,
    });
    weighted.flatten().filter_map(|weighted| {
        match weighted.destination.as_ref()?.destination_type.as_ref()? {
            DestinationType::Kube(kube) => Some(kube),
            DestinationType::Upstream(_) | DestinationType::Consul(_) => None,
        }
    })
}
