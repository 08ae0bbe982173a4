use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::Service;
use knative_gloo_translate::{
    AllowedNamespaces, ClassFilter, HostPorts, Options, SecretRef, SecretVerdict, Services,
};
use knative_ingress_model::{Ingress, IngressRef};
use serde::{Deserialize, Serialize};

/// A set of Ingresses with all that their translation depends on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Case {
    /// Where the options differ from the default with [`ClassFilter::Any`].
    #[serde(default)]
    pub options: Switches,
    /// The Ingresses, in the order in which they are given.
    pub ingresses: Vec<Ingress>,
    /// The Services, if they are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub services: Option<Vec<Service>>,
    /// The TLS Secrets, if they are known: `namespace/name`, and whether a gateway can serve with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secrets: Option<BTreeMap<String, bool>>,
}

/// The options that answers depend on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Switches {
    /// The class; without one all Ingresses are taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// The cluster's domain; without one `cluster.local`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster_domain: Option<String>,
    /// Ports that clients write after a host, `[80, 443]` without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host_ports: Option<(u16, u16)>,
    /// Whether clients may write any port.
    #[serde(skip_serializing_if = "is_off")]
    pub any_host_port: bool,
    /// `probe`.
    #[serde(skip_serializing_if = "is_off")]
    pub probe: bool,
    /// `regex_max_program_size`, 100 without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub regex_max_program_size: Option<u32>,
    /// `allow_foreign_backends`.
    #[serde(skip_serializing_if = "is_off")]
    pub foreign_backends: bool,
    /// `allow_foreign_secrets`.
    #[serde(skip_serializing_if = "is_off")]
    pub foreign_secrets: bool,
    /// `allow_foreign_cluster_hosts`.
    #[serde(skip_serializing_if = "is_off")]
    pub foreign_cluster_hosts: bool,
    /// `allow_catch_all`: these namespaces, or all by `*`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub catch_all: Vec<String>,
    /// `max_output_bytes`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_output_bytes: Option<usize>,
}

fn is_off(switch: &bool) -> bool {
    !*switch
}

impl Case {
    /// The options of the translator.
    pub fn translate_options(&self) -> Options {
        let Switches {
            class,
            cluster_domain,
            host_ports,
            any_host_port,
            probe,
            regex_max_program_size,
            foreign_backends,
            foreign_secrets,
            foreign_cluster_hosts,
            catch_all,
            max_output_bytes,
        } = &self.options;
        let mut options = Options::default()
            .with_class(class.as_ref().map_or(ClassFilter::Any, ClassFilter::named))
            .with_probe(*probe)
            .with_allow_foreign_backends(*foreign_backends)
            .with_allow_foreign_secrets(*foreign_secrets)
            .with_allow_foreign_cluster_hosts(*foreign_cluster_hosts);
        if catch_all.iter().any(|namespace| namespace == "*") {
            options = options.with_allow_catch_all(AllowedNamespaces::All);
        } else if !catch_all.is_empty() {
            options = options.with_allow_catch_all(AllowedNamespaces::only(catch_all));
        }
        if let Some(most) = *max_output_bytes {
            options = options.with_max_output_bytes(most);
        }
        if let Some(domain) = cluster_domain {
            options = options.with_cluster_domain(domain);
        }
        if let Some((http, https)) = *host_ports {
            options = options.with_host_ports(HostPorts::Fixed { http, https });
        }
        if *any_host_port {
            options = options.with_host_ports(HostPorts::Any);
        }
        if let Some(size) = *regex_max_program_size {
            options = options.with_regex_max_program_size(size);
        }
        if let Some(services) = &self.services {
            options = options.with_services(Services::from_iter(services));
        }
        if let Some(secrets) = &self.secrets {
            let known = secrets.iter().map(|(secret, is_usable)| {
                let (namespace, name) = secret.split_once('/').unwrap_or(("", secret));
                let verdict =
                    if *is_usable { SecretVerdict::Usable } else { SecretVerdict::unusable("for a test") };
                (SecretRef::new(namespace, name), verdict)
            });
            options = options.with_secrets(known.collect());
        }
        options
    }

    /// The set without an Ingress.
    #[must_use]
    pub fn without(&self, ingress: &IngressRef) -> Self {
        let mut rest = self.clone();
        rest.ingresses.retain(|other| other.reference() != *ingress);
        rest
    }

    /// The state that counts of an Ingress of the set.
    ///
    /// # Panics
    /// If the set has no such Ingress.
    #[expect(clippy::expect_used, reason = "for tests")]
    pub fn latest(&self, ingress: &IngressRef) -> &Ingress {
        self.ingresses.iter().rfind(|other| other.reference() == *ingress).expect("an Ingress of the set")
    }

    /// The cluster's domain.
    pub fn cluster_domain(&self) -> &str {
        self.options.cluster_domain.as_deref().unwrap_or("cluster.local")
    }
}
