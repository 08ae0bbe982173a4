use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use gloo_proxy_model::{Listener, ListenerType, VirtualHost};
use serde_json::{Map, Value, json};

use super::report::{ReportKind, Reports};
use super::{Environment, http_connection_manager, names, route, tls};

/// A listener with its route configuration; `None` where Gloo makes nothing of it: without virtual hosts, and with
/// TLS of which no certificate is there.
pub(crate) fn build(
    listener: &Listener,
    environment: &Environment,
    reports: &mut Reports,
) -> Option<(Value, Value)> {
    let Listener {
        name,
        bind_address,
        bind_port,
        listener_type,
        ssl_configurations,
        use_proxy_proto,
        options,
        metadata: _,
        route_options,
        unknown,
    } = listener;
    let left_out = [
        ("useProxyProto", use_proxy_proto.is_some()),
        ("options", options.is_some()),
        ("routeOptions", route_options.is_some()),
    ];
    reports.unsupported(name, &left_out, unknown);
    let http = match listener_type {
        Some(ListenerType::Http(http)) => http,
        Some(ListenerType::Tcp(_) | ListenerType::Hybrid(_) | ListenerType::Aggregate(_)) => {
            reports.add(ReportKind::Unsupported, format!("{name}: a listener that is not an httpListener"));
            return None;
        }
        None => return None,
    };
    let virtual_hosts = &http.virtual_hosts;
    if virtual_hosts.is_empty() {
        return None;
    }
    if bind_address.parse::<IpAddr>().is_err() {
        reports
            .add(ReportKind::ProcessingError, format!("{name}: {bind_address:?} is not a valid IP address"));
    }
    let filters = json!([http_connection_manager::build(http, &names::route_config(name), name, reports)]);
    let mut out = Map::from_iter([
        ("name".to_owned(), json!(name)),
        ("address".to_owned(), json!({ "socketAddress": socket_address(bind_address, *bind_port) })),
    ]);
    let chains = if ssl_configurations.is_empty() {
        vec![json!({ "filters": filters })]
    } else {
        let inspector = json!({ "@type": "type.googleapis.com/envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector" });
        let filter = json!([{ "name": "envoy.filters.listener.tls_inspector", "typedConfig": inspector }]);
        out.insert("listenerFilters".to_owned(), filter);
        let tls = tls::chains(ssl_configurations, name, environment, reports);
        let chain = |chain: tls::TlsChain| {
            let tls::TlsChain { filter_chain_match, transport_socket } = chain;
            json!({ "filterChainMatch": filter_chain_match, "filters": filters, "transportSocket": transport_socket })
        };
        tls.into_iter().map(chain).collect()
    };
    if chains.is_empty() {
        return None;
    }
    out.insert("filterChains".to_owned(), Value::Array(chains));
    let routes = route_config(name, virtual_hosts, !ssl_configurations.is_empty(), environment, reports);
    Some((Value::Object(out), routes))
}

fn socket_address(address: &str, port: u32) -> Value {
    let mut out =
        Map::from_iter([("address".to_owned(), json!(address)), ("portValue".to_owned(), json!(port))]);
    // Meaningless for a plain IPv4 address, where Gloo leaves it out.
    if !matches!(address.parse::<IpAddr>(), Ok(IpAddr::V4(_))) {
        out.insert("ipv4Compat".to_owned(), json!(true));
    }
    Value::Object(out)
}

fn route_config(
    listener: &str,
    virtual_hosts: &[Arc<VirtualHost>],
    tls: bool,
    environment: &Environment,
    reports: &mut Reports,
) -> Value {
    check_domains(virtual_hosts, reports);
    let hosts: Vec<Value> = virtual_hosts
        .iter()
        .map(|virtual_host| lower_virtual_host(virtual_host, tls, environment, reports))
        .collect();
    json!({ "name": names::route_config(listener), "virtualHosts": hosts })
}

fn lower_virtual_host(
    virtual_host: &VirtualHost,
    tls: bool,
    environment: &Environment,
    reports: &mut Reports,
) -> Value {
    let VirtualHost { name, domains, routes, options, metadata: _, unknown } = virtual_host;
    let name = names::virtual_host(name);
    reports.unsupported(&name, &[("options", options.is_some())], unknown);
    let every_host = domains.is_empty() || matches!(domains.as_slice(), [only] if only.is_empty());
    let domains = if every_host { json!(["*"]) } else { json!(domains) };
    let mut out = Map::from_iter([("name".to_owned(), json!(name)), ("domains".to_owned(), domains)]);
    if !routes.is_empty() {
        let build = |(index, route)| route::build(route, &name, index, environment, reports);
        let routes = routes.iter().map(|route| &**route).enumerate();
        out.insert("routes".to_owned(), routes.flat_map(build).collect());
    }
    if tls {
        out.insert("requireTls".to_owned(), json!("ALL"));
    }
    Value::Object(out)
}

/// Gloo's own look at the domains: by exact text, so that two spellings of one domain get past it.
fn check_domains(virtual_hosts: &[Arc<VirtualHost>], reports: &mut Reports) {
    let mut owners: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for virtual_host in virtual_hosts {
        for domain in &virtual_host.domains {
            owners.entry(domain).or_default().push(&virtual_host.name);
        }
        if virtual_host.domains.is_empty() {
            owners.entry("*").or_default().push(&virtual_host.name);
        }
    }
    for (domain, names) in owners {
        if domain.is_empty() {
            let reason = format!("virtual host {} has an empty domain", names.join(" "));
            reports.add(ReportKind::EmptyDomainError, reason);
        } else if names.len() > 1 {
            let names = names.join(" ");
            let reason = format!("domain {domain} is shared by the following virtual hosts: [{names}]");
            reports.add(ReportKind::DomainsNotUniqueError, reason);
        }
    }
}
