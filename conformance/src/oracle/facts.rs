use std::collections::HashMap;

use k8s_openapi::api::core::v1::Service;
use knative_gloo_translate::{ClassFilter, Options};

/// What the judgement of an Ingress depends on beside itself.
pub(super) struct Facts<'a> {
    pub(super) options: &'a Options,
    pub(super) class: ClassFilter,
    services: HashMap<(&'a str, &'a str), &'a Service>,
}

impl<'a> Facts<'a> {
    pub(super) fn new(services: Option<&'a [Service]>, options: &'a Options) -> Self {
        let class = options.class.clone().unwrap_or_else(|| ClassFilter::named(ClassFilter::GLOO));
        let key = |service: &'a Service| {
            let namespace = service.metadata.namespace.as_deref().unwrap_or_default();
            ((namespace, service.metadata.name.as_deref().unwrap_or_default()), service)
        };
        Self { options, class, services: services.unwrap_or_default().iter().map(key).collect() }
    }

    pub(super) fn service(&self, namespace: &str, name: &str) -> Option<&'a Service> {
        self.services.get(&(namespace, name)).copied()
    }

    pub(super) fn is_gateway(&self, namespace: &str, name: &str) -> bool {
        match &self.options.gateways {
            Some(gateways) => {
                gateways.iter().any(|gateway| gateway.namespace == namespace && gateway.name == name)
            }
            None => {
                namespace == self.options.proxy_namespace
                    && ["knative-external-proxy", "knative-internal-proxy"].contains(&name)
            }
        }
    }
}
