use std::collections::BTreeMap;

use gloo_proxy_model::ResourceRef;
use knative_ingress_model::{Ingress, IngressRef};

use crate::envoy_config::{Environment, ServicePort, TlsSecret, UpstreamProtocol};
use crate::testbed::Exposed;

/// The objects of the cluster.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    pub(crate) ingresses: BTreeMap<IngressRef, Ingress>,
    pub(crate) services: BTreeMap<ResourceRef, Exposed>,
    pub(crate) secrets: BTreeMap<ResourceRef, TlsSecret>,
    /// Counts every change of any object, as a resourceVersion does.
    pub(crate) version: i64,
}

impl State {
    /// Stores an Ingress as an API server does: a new spec is a new generation, the status stays.
    pub(crate) fn put(&mut self, mut ingress: Ingress) -> Ingress {
        self.version = self.version.saturating_add(1);
        let known = self.ingresses.get(&ingress.reference());
        let generation = match known {
            None => 1,
            Some(known) => {
                let before = known.metadata.generation.unwrap_or_default();
                if known.spec == ingress.spec { before } else { before.saturating_add(1) }
            }
        };
        if let Some(known) = known {
            ingress.status = known.status.clone();
            ingress.metadata.creation_timestamp.clone_from(&known.metadata.creation_timestamp);
        }
        ingress.metadata.generation = Some(generation);
        ingress.metadata.resource_version = Some(self.version.to_string());
        self.ingresses.insert(ingress.reference(), ingress.clone());
        ingress
    }

    /// Stores an Ingress with a new status.
    pub(crate) fn put_status(&mut self, mut ingress: Ingress) -> Ingress {
        self.version = self.version.saturating_add(1);
        ingress.metadata.resource_version = Some(self.version.to_string());
        self.ingresses.insert(ingress.reference(), ingress.clone());
        ingress
    }

    pub(crate) fn expose(&mut self, exposed: Exposed) {
        self.version = self.version.saturating_add(1);
        self.services.insert(exposed.name(), exposed);
    }

    /// What Gloo reads beside the Proxies.
    pub(crate) fn environment(&self) -> Environment {
        let services = self.services.iter().map(|(name, exposed)| (name.clone(), ports(exposed))).collect();
        // The chart's value, for which `translate` is told to allow the same.
        Environment { secrets: self.secrets.clone(), services, regex_max_program_size: Some(REGEX_LIMIT) }
    }
}

/// Gloo's `regexMaxProgramSize` as its Helm chart sets it.
pub(crate) const REGEX_LIMIT: u32 = 1024;

fn ports(exposed: &Exposed) -> Vec<ServicePort> {
    let annotations = exposed.service.metadata.annotations.as_ref();
    let h2_service = annotations.and_then(|all| all.get("gloo.solo.io/h2_service")).map(String::as_str);
    let ports = exposed.service.spec.as_ref().and_then(|spec| spec.ports.as_ref()).into_iter().flatten();
    let config = ports.map(|port| ServicePort {
        port: u32::try_from(port.port).unwrap_or_default(),
        protocol: UpstreamProtocol::of_port(h2_service, port.app_protocol.as_deref(), port.name.as_deref()),
        endpoints: exposed.endpoints.get(&port.port).copied().into_iter().collect(),
        upstream_ca: exposed.upstream_ca.clone(),
    });
    // Gloo makes nothing of an ExternalName: it has no endpoints.
    let external = exposed.service.spec.as_ref().is_some_and(|spec| spec.external_name.is_some());
    if external { Vec::new() } else { config.collect() }
}
