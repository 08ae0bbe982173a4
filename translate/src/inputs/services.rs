use std::{collections::HashMap, sync::Arc};

use k8s_openapi::api::core::v1::Service;
use serde::{Deserialize, Serialize};

/// A Service by name and namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceRef {
    /// `metadata.namespace`.
    pub namespace: String,
    /// `metadata.name`.
    pub name: String,
}

impl ServiceRef {
    /// The Service of that namespace and name.
    pub fn new(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self { namespace: namespace.into(), name: name.into() }
    }
}

impl std::fmt::Display for ServiceRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// What the translation must know of Kubernetes Services: port numbers by name, and where an ExternalName points.
///
/// Built from the Services themselves; keeps nothing else of them. Two Services of one namespace and name: the later
/// given counts. Clones share what they know until one of them changes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Services {
    by_ref: Arc<HashMap<ServiceRef, KnownService>>,
}

/// What is known of one Service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct KnownService {
    /// `spec.externalName`, of a Service of type ExternalName.
    pub(crate) external_name: Option<String>,
    /// `spec.ports`: name (empty if it has none) and number.
    pub(crate) ports: Vec<(String, i32)>,
}

impl KnownService {
    fn of(service: &Service) -> Self {
        let Some(spec) = &service.spec else { return Self::default() };
        Self {
            external_name: match spec.type_.as_deref() {
                Some("ExternalName") => Some(spec.external_name.clone().unwrap_or_default()),
                Some(_) | None => None,
            },
            ports: spec
                .ports
                .iter()
                .flatten()
                .map(|port| (port.name.clone().unwrap_or_default(), port.port))
                .collect(),
        }
    }

    /// Number of the port of that name.
    pub(crate) fn port_named(&self, name: &str) -> Option<i32> {
        self.ports.iter().find(|(known, _)| known == name).map(|(_, number)| *number)
    }

    /// Whether it has a port of that number.
    pub(crate) fn has_port(&self, number: u16) -> bool {
        self.ports.iter().any(|(_, known)| *known == i32::from(number))
    }
}

impl Services {
    /// None at all: every Service is unknown.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds `service`, or puts it in the place of the one of its namespace and name. Returns whether that changed anything.
    pub fn insert(&mut self, service: &Service) -> bool {
        let known = KnownService::of(service);
        let previous = Arc::make_mut(&mut self.by_ref).insert(reference(service), known.clone());
        previous.as_ref() != Some(&known)
    }

    /// Forgets the Service of that namespace and name. Returns whether it was known.
    pub fn remove(&mut self, service: &ServiceRef) -> bool {
        self.by_ref.contains_key(service) && Arc::make_mut(&mut self.by_ref).remove(service).is_some()
    }

    /// The Services of which either knows something that the other does not.
    pub(crate) fn differing(&self, other: &Self) -> Vec<ServiceRef> {
        let ours = self.by_ref.iter().filter(|(service, known)| other.get(service) != Some(known));
        let theirs = other.by_ref.iter().filter(|(service, _)| !self.by_ref.contains_key(service));
        ours.chain(theirs).map(|(service, _)| service.clone()).collect()
    }

    pub(crate) fn get(&self, service: &ServiceRef) -> Option<&KnownService> {
        self.by_ref.get(service)
    }
}

fn reference(service: &Service) -> ServiceRef {
    ServiceRef {
        namespace: service.metadata.namespace.clone().unwrap_or_default(),
        name: service.metadata.name.clone().unwrap_or_default(),
    }
}

impl<'a> FromIterator<&'a Service> for Services {
    fn from_iter<I: IntoIterator<Item = &'a Service>>(services: I) -> Self {
        let by_ref =
            services.into_iter().map(|service| (reference(service), KnownService::of(service))).collect();
        Self { by_ref: Arc::new(by_ref) }
    }
}

impl FromIterator<Service> for Services {
    fn from_iter<I: IntoIterator<Item = Service>>(services: I) -> Self {
        let by_ref =
            services.into_iter().map(|service| (reference(&service), KnownService::of(&service))).collect();
        Self { by_ref: Arc::new(by_ref) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn removed_service_is_not_found() {
        let shop = ServiceRef::new("team-a", "shop");
        let mut services = Services::new();
        assert!(!services.remove(&shop));
        let service = Service {
            metadata: k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta {
                namespace: Some("team-a".to_owned()),
                name: Some("shop".to_owned()),
                ..Default::default()
            },
            ..Service::default()
        };
        assert!(services.insert(&service) && !services.insert(&service));
        assert!(services.remove(&shop) && services.get(&shop).is_none() && !services.remove(&shop));
    }
}
