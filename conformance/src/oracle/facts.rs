use std::collections::{BTreeSet, HashMap};

use k8s_openapi::api::core::v1::Service;
use knative_gloo_translate::{AllowedNamespaces, ClassFilter, Options, SecretRef, SecretVerdict};
use knative_ingress_model::IngressRef;

/// What the judgement of an Ingress depends on beside itself.
pub(super) struct Facts<'a> {
    pub(super) options: &'a Options,
    pub(super) class: ClassFilter,
    /// The Ingresses whose output is larger than the options allow.
    pub(super) too_large: &'a BTreeSet<IngressRef>,
    services: HashMap<(&'a str, &'a str), &'a Service>,
}

impl<'a> Facts<'a> {
    pub(super) fn new(
        services: Option<&'a [Service]>,
        options: &'a Options,
        too_large: &'a BTreeSet<IngressRef>,
    ) -> Self {
        let class = options.class.clone().unwrap_or_else(|| ClassFilter::named(ClassFilter::GLOO));
        let key = |service: &'a Service| {
            let namespace = service.metadata.namespace.as_deref().unwrap_or_default();
            ((namespace, service.metadata.name.as_deref().unwrap_or_default()), service)
        };
        let services = services.unwrap_or_default().iter().map(key).collect();
        Self { options, class, too_large, services }
    }

    /// Whether a namespace may have what nobody else has.
    pub(super) fn may_have_every_host(&self, namespace: &str) -> bool {
        match &self.options.allow_catch_all {
            AllowedNamespaces::Nobody => false,
            AllowedNamespaces::All => true,
            AllowedNamespaces::Only(namespaces) => namespaces.iter().any(|allowed| allowed == namespace),
        }
    }

    pub(super) fn service(&self, namespace: &str, name: &str) -> Option<&'a Service> {
        self.services.get(&(namespace, name)).copied()
    }

    /// Whether a gateway can serve with a Secret. Where nobody says which Secrets there are, each is good.
    pub(super) fn serves_with(&self, namespace: &str, name: &str) -> bool {
        let Some(secrets) = &self.options.secrets else { return true };
        match secrets.get(&SecretRef::new(namespace, name)) {
            Some(SecretVerdict::Usable) => true,
            Some(SecretVerdict::Unusable { reason: _ }) | None => false,
        }
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
