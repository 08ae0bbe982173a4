use std::collections::{BTreeMap, BTreeSet};

use gloo_proxy_model::ResourceRef;
use knative_ingress_model::{Ingress, IntOrString};

/// A port of a Service that an Ingress names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Destination {
    pub(super) service: ResourceRef,
    pub(super) port: Port,
}

/// How it names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Port {
    Number(i32),
    Name(String),
}

/// The destinations of Ingresses, each once. Ports that cannot be listened on are left out.
pub(super) fn of(ingresses: &[Ingress]) -> BTreeSet<Destination> {
    let rules = ingresses.iter().flat_map(|ingress| &ingress.spec.rules);
    let paths = rules.filter_map(|rule| rule.http.as_ref()).flat_map(|http| http.paths.iter().flatten());
    let splits = paths.flat_map(|path| path.splits.iter().flatten());
    let destination = |split: &knative_ingress_model::IngressBackendSplit| {
        let port = match &split.service_port {
            IntOrString::Int(number) => Port::Number(*number),
            IntOrString::String(text) => text.parse().map_or_else(|_| Port::Name(text.clone()), Port::Number),
        };
        let service = ResourceRef::new(&split.service_name, &split.service_namespace);
        match port {
            Port::Number(number) if !(1..=65535).contains(&number) => None,
            Port::Number(_) | Port::Name(_) => Some(Destination { service, port }),
        }
    };
    splits.filter_map(destination).collect()
}

/// The Secrets that Ingresses name, and the hosts they are for.
pub(super) fn secrets(ingresses: &[Ingress]) -> BTreeMap<ResourceRef, Vec<String>> {
    let mut secrets: BTreeMap<ResourceRef, Vec<String>> = BTreeMap::new();
    for ingress in ingresses {
        for tls in &ingress.spec.tls {
            let secret = ResourceRef::new(&tls.secret_name, &tls.secret_namespace);
            let hosts = secrets.entry(secret).or_default();
            // An entry without hosts is for those of the rules.
            let all = ingress.spec.rules.iter().flat_map(|rule| &rule.hosts);
            hosts.extend(if tls.hosts.is_empty() { all.cloned().collect() } else { tls.hosts.clone() });
        }
    }
    secrets
}
