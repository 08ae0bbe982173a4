//! From `splits` to weighted destinations.

use std::borrow::Cow;

use gloo_proxy_model::{
    Action, Destination, DestinationType, KubeDestination, MultiDestination, ResourceRef, Route, RouteAction,
    RouteDestination, WeightedDestination, WeightedDestinationOptions,
};
use knative_ingress_model::{HttpIngressPath, IngressBackendSplit, IntOrString};

use super::{
    context::Lowering,
    go_integer::{int_value, truncated},
    headers, route_options,
};
use crate::{
    Code, ServiceRef,
    check::{host, name},
    diagnostics::{field_path::FieldPath, quoted::Quoted},
    inputs::services::KnownService,
    options::dialect::ZeroPercent,
};

/// A path with its route worked out.
pub(crate) struct LoweredPath {
    pub(crate) route: Route,
    /// Whether one of its backends is a gateway itself, so that the host decides where requests end up.
    pub(crate) reaches_gateway: bool,
}

/// Adds to `route` where its requests go, and hands on to its options.
pub(crate) fn add_backends(
    route: Route,
    path: &HttpIngressPath,
    at: &FieldPath<'_>,
    lowering: &mut Lowering<'_>,
) -> LoweredPath {
    let splits = path.splits.as_deref().unwrap_or_default();
    if splits.is_empty() && !lowering.settings.contract.validates {
        let message = "a path without splits: expected at least one (Gloo itself wrote no Proxy at all then)";
        lowering.diagnostics.error(Code::MissingField, at.field("splits"), message);
    }
    let Backends { multi, reaches_gateway } = backends(splits, at, lowering);
    let action = Action::Route(RouteAction {
        destination: Some(RouteDestination::Multi(multi)),
        ..RouteAction::default()
    });
    let route = Route { action: Some(action), ..route };
    let route = route_options::add_options(route, reaches_gateway, path, at, lowering);
    LoweredPath { route, reaches_gateway }
}

/// Where a path's requests go.
struct Backends {
    multi: MultiDestination,
    /// As of a [`LoweredPath`].
    reaches_gateway: bool,
}

/// The destinations of `splits`, each with its share.
fn backends(splits: &[IngressBackendSplit], at: &FieldPath<'_>, lowering: &mut Lowering<'_>) -> Backends {
    let at = at.field("splits");
    let mut backends = Backends { multi: MultiDestination::default(), reaches_gateway: false };
    backends.multi.destinations.reserve_exact(splits.len());
    for (index, split) in splits.iter().enumerate() {
        let at = at.index(index);
        let IngressBackendSplit {
            service_namespace,
            service_name,
            service_port,
            percent,
            append_headers,
            unknown,
        } = split;
        lowering.unknown(unknown, &at);
        let (service, port) = if lowering.settings.contract.validates {
            let target = target(service_namespace, service_name, service_port, &at, lowering);
            backends.reaches_gateway |= target.is_gateway;
            (target.service, target.port)
        } else {
            let service = ServiceRef { namespace: service_namespace.clone(), name: service_name.clone() };
            report_what_gloo_cut(service_port, *percent, &at, lowering);
            (service, int_value(service_port))
        };
        let manipulation = headers::set_headers(append_headers, &at, lowering);
        let weight = match (splits, lowering.settings.contract.zero_percent) {
            ([_], _) => Some(100),
            (_, ZeroPercent::Dropped) if *percent == 0 => continue,
            (_, ZeroPercent::Unset) if *percent == 0 => None,
            (_, ZeroPercent::Dropped | ZeroPercent::Unset | ZeroPercent::Written) => {
                Some(truncated(*percent))
            }
        };
        let ServiceRef { namespace, name } = service;
        backends.multi.destinations.push(WeightedDestination {
            destination: Some(Destination {
                destination_type: Some(DestinationType::Kube(KubeDestination {
                    r#ref: ResourceRef::new(name, namespace),
                    port,
                    ..KubeDestination::default()
                })),
                ..Destination::default()
            }),
            weight,
            options: manipulation.map(|manipulation| WeightedDestinationOptions {
                header_manipulation: Some(manipulation),
                ..WeightedDestinationOptions::default()
            }),
            ..WeightedDestination::default()
        });
    }
    if let [only] = backends.multi.destinations.as_mut_slice() {
        // What is left of 100 and 0 %.
        only.weight = Some(100);
    }
    backends
}

struct Target {
    service: ServiceRef,
    port: u32,
    is_gateway: bool,
}

impl Target {
    /// What an error has been reported about.
    const fn unusable(service: ServiceRef) -> Self {
        Self { service, port: 0, is_gateway: false }
    }
}

/// The Service and port behind a split, after looking through ExternalNames and ports' names.
fn target(
    namespace: &str,
    service: &str,
    port: &IntOrString,
    at: &FieldPath<'_>,
    lowering: &mut Lowering<'_>,
) -> Target {
    let settings = lowering.settings;
    let mut reference = ServiceRef::new(namespace, service);
    if !name::is_label(namespace) && !namespace.is_empty() {
        let message = format_args!(
            "invalid namespace {}: expected lower-case letters, digits and hyphens, at most 63",
            Quoted(namespace)
        );
        lowering.diagnostics.error(Code::InvalidServiceName, at.field("serviceNamespace"), message);
        return Target::unusable(reference);
    }
    if !name::is_label(service) && !service.is_empty() {
        let message = format_args!(
            "invalid Service name {}: expected lower-case letters, digits and hyphens, at most 63",
            Quoted(service)
        );
        lowering.diagnostics.error(Code::InvalidServiceName, at.field("serviceName"), message);
        return Target::unusable(reference);
    }
    if lowering.is_foreign(namespace) && !namespace.is_empty() && !settings.options.allow_foreign_backends {
        let message = format_args!(
            "namespace {}: expected the Ingress's own, {}",
            Quoted(namespace),
            Quoted(lowering.tenant)
        );
        lowering.diagnostics.error(Code::ForeignBackend, at.field("serviceNamespace"), message);
        return Target::unusable(reference);
    }
    let mut known = lowering.service(&reference);
    let number = number(port, known, &reference, at, lowering);
    let mut is_gateway = settings.gateways.contains(&reference);
    // A chain of ExternalNames ends, or is longer than anybody means it to be.
    for _ in 0..8 {
        let Some(external_name) = known.and_then(|known| known.external_name.as_deref()) else { break };
        let Some(next) = in_cluster(external_name, lowering) else {
            lowering.diagnostics.error(
                Code::ExternalNameTarget,
                at.field("serviceName"),
                format_args!(
                    "{reference} is an ExternalName for {}, which is outside the cluster: expected a Service of the cluster",
                    Quoted(external_name)
                ),
            );
            return Target::unusable(reference);
        };
        reference = next;
        is_gateway = settings.gateways.contains(&reference);
        known = if is_gateway { None } else { lowering.service(&reference) };
    }
    if known.is_some_and(|known| known.external_name.is_some()) {
        lowering.diagnostics.error(
            Code::ExternalNameTarget,
            at.field("serviceName"),
            "a cycle of ExternalNames: expected one that ends at a Service with endpoints",
        );
    }
    // A gateway is nobody's backend, unless an ExternalName of the tenant's own leads there.
    if lowering.is_foreign(&reference.namespace)
        && !namespace.is_empty()
        && !is_gateway
        && !settings.options.allow_foreign_backends
    {
        let message = format_args!(
            "{namespace}/{service} is an ExternalName for {reference}, in another namespace: expected a Service in {}",
            Quoted(lowering.tenant)
        );
        lowering.diagnostics.error(Code::ForeignBackend, at.field("serviceName"), message);
        return Target::unusable(reference);
    }
    if settings.options.services.is_some() && !is_gateway && !service.is_empty() {
        let port = u16::try_from(number).unwrap_or_default();
        if known.is_none() {
            let message = format_args!("Service {reference} not found");
            lowering.diagnostics.warning(Code::ServiceNotFound, at.field("serviceName"), message);
        } else if port != 0 && known.is_some_and(|known| !known.has_port(port)) {
            let message = format_args!("Service {reference} has no port {port}");
            lowering.diagnostics.warning(Code::ServiceNotFound, at.field("servicePort"), message);
        }
    }
    Target { service: reference, port: number, is_gateway }
}

/// The number of `port`.
fn number(
    port: &IntOrString,
    known: Option<&KnownService>,
    service: &ServiceRef,
    at: &FieldPath<'_>,
    lowering: &mut Lowering<'_>,
) -> u32 {
    let at = at.field("servicePort");
    let name = match port {
        // Missing: validation has said so.
        IntOrString::Int(0) => return 0,
        IntOrString::Int(number) => return in_range(i64::from(*number), &at, lowering),
        IntOrString::String(name) => name,
    };
    if let Ok(number) = name.parse::<i64>() {
        return in_range(number, &at, lowering);
    }
    if name.is_empty() || name.len() > 63 {
        let message = format_args!("invalid port {}: expected 1 to 65535 or a port's name", Quoted(name));
        lowering.diagnostics.error(Code::InvalidPort, at, message);
        return 0;
    }
    if let Some(number) = known.and_then(|known| known.port_named(name)) {
        return in_range(i64::from(number), &at, lowering);
    }
    let (why, wanted): (Cow<'_, str>, _) = match (&lowering.settings.options.services, known) {
        (None, _) => (
            "no Services were given".into(),
            "a number, or the Services (`Options::with_services`, or beside the Ingresses in the command's files)",
        ),
        (Some(_), None) => (format!("Service {service} not found").into(), "a port of an existing Service"),
        (Some(_), Some(_)) => {
            (format!("Service {service} has no port of that name").into(), "a name or number that it has")
        }
    };
    let message = format_args!("the number of port {} is not known: {why}; expected {wanted}", Quoted(name));
    lowering.diagnostics.error(Code::UnresolvedPort, at, message);
    0
}

fn in_range(number: i64, at: &FieldPath<'_>, lowering: &mut Lowering<'_>) -> u32 {
    match u16::try_from(number) {
        Ok(port) if port != 0 => u32::from(port),
        Ok(_) | Err(_) => {
            let message = format_args!("invalid port {number}: expected 1 to 65535");
            lowering.diagnostics.error(Code::InvalidPort, at, message);
            0
        }
    }
}

/// The Service of the cluster that `external_name` is the DNS name of.
fn in_cluster(external_name: &str, lowering: &mut Lowering<'_>) -> Option<ServiceRef> {
    let settings = lowering.settings;
    let name = host::normalized(external_name);
    let by_form = name.strip_suffix(&settings.service_suffix).or_else(|| name.strip_suffix(".svc"));
    let (service, namespace) = by_form.unwrap_or(&name).split_once('.')?;
    if !name::is_label(service) || !name::is_label(namespace) {
        return None;
    }
    let reference = ServiceRef::new(namespace, service);
    // `a.b` may be a Service or a public name: only what is known to be a Service counts as one.
    let is_service =
        by_form.is_some() || settings.gateways.contains(&reference) || lowering.service(&reference).is_some();
    is_service.then_some(reference)
}

/// Gloo took a name for port 0, and cut numbers to 32 bits.
fn report_what_gloo_cut(port: &IntOrString, percent: i64, at: &FieldPath<'_>, lowering: &mut Lowering<'_>) {
    let written = match port {
        IntOrString::Int(number) => Cow::Owned(number.to_string()),
        IntOrString::String(text) => Cow::Borrowed(text.as_str()),
    };
    let taken = int_value(port);
    if written.parse::<u32>() != Ok(taken) {
        let message = format_args!("Gloo took {} for port {taken}", Quoted(&written));
        lowering.diagnostics.warning(Code::InvalidPort, at.field("servicePort"), message);
    }
    if u32::try_from(percent).is_err() {
        let message = format_args!("Gloo took {percent} for a weight of {}", truncated(percent));
        lowering.diagnostics.warning(Code::InvalidValue, at.field("percent"), message);
    }
}
