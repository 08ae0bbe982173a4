use k8s_openapi::api::core::v1::Service;
use knative_ingress_model::{IngressBackendSplit, IntOrString};

use super::facts::Facts;
use super::{header, name};

/// A split as it is served.
#[derive(Clone, Debug)]
pub(super) struct Backend {
    pub(super) service: String,
    pub(super) port: u32,
    pub(super) percent: u64,
    /// `appendHeaders` by lower-case name.
    pub(super) headers: Vec<(String, String)>,
}

/// What stands around the splits of a path.
#[derive(Clone, Copy)]
pub(super) struct Setting<'a> {
    pub(super) rewrite_host: &'a str,
    /// The hosts of the rule with their short names.
    pub(super) hosts: &'a [String],
}

/// The backends of a path, without those that get nothing.
pub(super) fn backends(
    splits: &[IngressBackendSplit],
    setting: Setting<'_>,
    own: &str,
    facts: &Facts<'_>,
    errors: &mut Vec<String>,
) -> Vec<Backend> {
    let mut all: Vec<Backend> =
        splits.iter().filter_map(|split| backend(split, setting, own, facts, errors)).collect();
    if let [only] = all.as_mut_slice() {
        only.percent = 100;
    }
    all.retain(|backend| backend.percent > 0);
    all
}

fn backend(
    split: &IngressBackendSplit,
    setting: Setting<'_>,
    own: &str,
    facts: &Facts<'_>,
    errors: &mut Vec<String>,
) -> Option<Backend> {
    let IngressBackendSplit {
        service_namespace,
        service_name,
        service_port,
        percent,
        append_headers,
        unknown: _,
    } = split;
    header::check_appended(append_headers, errors);
    if !name::is_rfc1123_label(service_name) {
        errors.push(format!("invalid Service name {service_name:?}: expected an RFC 1123 label"));
    }
    if service_namespace != own && !facts.options.allow_foreign_backends {
        errors.push(format!(
            "invalid Service {service_namespace}/{service_name}: expected one in namespace {own}"
        ));
    }
    let known = facts.service(service_namespace, service_name);
    let Some(port) = port(service_port, known) else {
        errors.push(format!(
            "invalid port {service_port:?} of {service_name}: expected 1 to 65535 or the name of a port"
        ));
        return None;
    };
    let (namespace, service) = destination(service_namespace, service_name, facts, errors)?;
    if facts.is_gateway(&namespace, &service) || known.and_then(external_name).is_some() {
        check_target(&namespace, &service, setting, own, facts, errors);
    }
    Some(Backend {
        service: format!("{namespace}/{service}"),
        port,
        percent: u64::try_from(*percent).unwrap_or_default(),
        headers: append_headers
            .iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), value.clone()))
            .collect(),
    })
}

/// The Service at the end of a chain of ExternalNames: a gateway, or the first that is none.
fn destination(
    namespace: &str,
    service: &str,
    facts: &Facts<'_>,
    errors: &mut Vec<String>,
) -> Option<(String, String)> {
    let (mut namespace, mut service) = (namespace.to_owned(), service.to_owned());
    for _ in 0..8 {
        let known = facts.service(&namespace, &service).filter(|_| !facts.is_gateway(&namespace, &service));
        let Some(target) = known.and_then(external_name) else { return Some((namespace, service)) };
        let Some(next) = inside(&target, facts) else {
            errors.push(format!(
                "invalid ExternalName {target:?} of {service}: expected a Service of the cluster"
            ));
            return None;
        };
        (namespace, service) = next;
    }
    let known = facts.service(&namespace, &service).filter(|_| !facts.is_gateway(&namespace, &service));
    if known.and_then(external_name).is_some() {
        errors.push(format!("invalid ExternalName of {service}: expected a shorter chain"));
    }
    Some((namespace, service))
}

fn port(port: &IntOrString, service: Option<&Service>) -> Option<u32> {
    let number = match port {
        IntOrString::Int(number) => u32::try_from(*number).ok(),
        IntOrString::String(text) => match text.parse::<u32>() {
            Ok(number) => Some(number),
            Err(_) => {
                let ports =
                    service.and_then(|service| service.spec.as_ref()).and_then(|spec| spec.ports.as_ref());
                let named = |name: &Option<String>| {
                    name.as_deref().is_some_and(|name| !name.is_empty() && name == text)
                };
                let found = ports.into_iter().flatten().find(|port| named(&port.name));
                found.and_then(|port| u32::try_from(port.port).ok())
            }
        },
    };
    number.filter(|number| (1..=65_535).contains(number))
}

fn external_name(service: &Service) -> Option<String> {
    let spec = service.spec.as_ref()?;
    let is_external = spec.type_.as_deref() == Some("ExternalName");
    is_external.then(|| name::normal(spec.external_name.as_deref().unwrap_or_default()))
}

/// The Service of the cluster that a name stands for, as namespace and name.
fn inside(target: &str, facts: &Facts<'_>) -> Option<(String, String)> {
    let split = |name: &str| {
        let (service, namespace) = name.split_once('.')?;
        (!namespace.contains('.')).then(|| (namespace.to_owned(), service.to_owned()))
    };
    let domain = facts.options.cluster_domain.as_str();
    let long = target.strip_suffix(domain).and_then(|rest| rest.strip_suffix('.'));
    match long.unwrap_or(target).strip_suffix(".svc") {
        Some(name) => split(name),
        None if long.is_some() => None,
        None => split(target).filter(|(namespace, service)| {
            facts.service(namespace, service).is_some() || facts.is_gateway(namespace, service)
        }),
    }
}

/// Whether a gateway may be asked by another for this host.
fn leads_back(host: &str, facts: &Facts<'_>) -> bool {
    host == "*" || name::belongs(host, &facts.options.cluster_domain) != name::Belongs::Anybody
}

/// Whether a Service that an ExternalName stands for may be the Ingress's backend.
fn check_target(
    namespace: &str,
    service: &str,
    setting: Setting<'_>,
    own: &str,
    facts: &Facts<'_>,
    errors: &mut Vec<String>,
) {
    if facts.is_gateway(namespace, service) {
        let host = name::normal(setting.rewrite_host);
        let owner = name::namespace_of_full_name(&host, &facts.options.cluster_domain);
        let owned = owner.is_some_and(|owner| owner == own || facts.options.allow_foreign_cluster_hosts);
        if setting.hosts.iter().any(|host| leads_back(host, facts)) {
            errors.push("invalid backend: a gateway could send the request back to this rule".to_owned());
        }
        if !owned {
            errors.push(format!("invalid rewriteHost {host:?}: expected a full in-cluster name of namespace {own}, as the backend is a gateway"));
        }
    } else if namespace != own && !facts.options.allow_foreign_backends {
        errors.push(format!("invalid Service {namespace}/{service}: expected one in namespace {own}"));
    }
}
