//! The requests at every edge of Proxies.

use std::collections::BTreeSet;

use gloo_proxy_model::{
    Action, HeaderManipulation, HeaderSource, HttpListener, ListenerType, Matcher, PathSpecifier, Proxy,
    Route, RouteDestination, VirtualHost,
};

use crate::http_model::{Request, Transport};

type Headers = Vec<(String, String)>;

/// The requests at every edge of some Proxies: each host of any of them, with each path and each header of its routes, met and just missed; plain and with TLS.
#[must_use]
pub fn edge_requests(proxies: &[&Proxy]) -> Vec<Request> {
    let mut asked = BTreeSet::new();
    let mut requests = Vec::new();
    let has_tls = proxies
        .iter()
        .any(|proxy| proxy.spec.listeners.iter().any(|listener| !listener.ssl_configurations.is_empty()));
    for authority in proxies.iter().flat_map(|proxy| virtual_hosts(proxy)).flat_map(authorities) {
        if !asked.insert(authority.clone()) {
            continue;
        }
        let own = |host: &&VirtualHost| authorities(host).contains(&authority);
        let routes = || {
            let hosts = proxies.iter().flat_map(|proxy| virtual_hosts(proxy)).filter(own);
            hosts.flat_map(|host| &host.routes).map(|route| &**route)
        };
        let paths: BTreeSet<String> =
            routes().flat_map(paths).chain([String::from("/"), String::from("/any/path")]).collect();
        let headers: BTreeSet<Headers> = routes().flat_map(headers).chain([Headers::new()]).collect();
        let mut transports = vec![Transport::Plain];
        if has_tls {
            let name = authority.split(':').next().unwrap_or(&authority).to_owned();
            transports.push(Transport::Tls { sni: Some(name) });
        }
        for transport in &transports {
            for path in &paths {
                for headers in &headers {
                    let plain = Request::get(authority.clone(), path.clone());
                    let (transport, headers) = (transport.clone(), headers.clone());
                    requests.push(Request { transport, headers, ..plain });
                }
            }
        }
    }
    requests
}

fn virtual_hosts(proxy: &Proxy) -> impl Iterator<Item = &VirtualHost> {
    let listeners = proxy.spec.listeners.iter().filter_map(|listener| match &listener.listener_type {
        Some(ListenerType::Http(HttpListener { virtual_hosts, .. })) => Some(virtual_hosts),
        Some(ListenerType::Tcp(_) | ListenerType::Hybrid(_) | ListenerType::Aggregate(_)) | None => None,
    });
    listeners.flatten().map(AsRef::as_ref)
}

/// A name for each domain: itself, or one below a wildcard.
fn authorities(host: &VirtualHost) -> Vec<String> {
    let witness = |domain: &String| match domain.as_str() {
        "" | "*" => "any.example.org".to_owned(),
        domain => domain
            .strip_suffix(":*")
            .map_or_else(|| domain.replacen('*', "any", 1), |name| format!("{name}:31380")),
    };
    let mut all: Vec<String> = host.domains.iter().map(witness).collect();
    if host.domains.is_empty() {
        all.push("any.example.org".to_owned());
    }
    all
}

/// The paths around what a route matches.
fn paths(route: &Route) -> Vec<String> {
    let mut all = Vec::new();
    for Matcher { path, .. } in &route.matchers {
        let text = match path {
            Some(PathSpecifier::Prefix(text) | PathSpecifier::Exact(text)) => text.clone(),
            Some(PathSpecifier::Regex(expression)) => literal(expression),
            Some(PathSpecifier::Connect) | None => continue,
        };
        if text.starts_with('/')
            && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#' && byte != b'?')
        {
            all.extend([text.clone(), format!("{text}x"), format!("{}/below", text.trim_end_matches('/'))]);
        }
    }
    all
}

/// The text with which what an expression matches begins.
fn literal(expression: &str) -> String {
    let mut text = String::new();
    let mut chars = expression.chars().peekable();
    while let Some(next) = chars.next() {
        match next {
            '\\' => text.extend(chars.next()),
            '.' | '*' | '+' | '?' | '(' | '[' | '{' | '|' | '$' => break,
            '^' => {}
            other => text.push(other),
        }
    }
    if text.is_empty() { "/".to_owned() } else { text }
}

/// The headers that a route wants, met and missed, and those that it sets, sent by the client.
fn headers(route: &Route) -> Vec<Headers> {
    let mut all = Vec::new();
    for Matcher { headers, .. } in &route.matchers {
        let wanted = headers
            .iter()
            .filter(|matcher| !matcher.name.starts_with(':') && !matcher.name.eq_ignore_ascii_case("host"));
        let met: Headers = wanted
            .map(|matcher| {
                (
                    matcher.name.to_ascii_lowercase(),
                    if matcher.regex { literal_value(&matcher.value) } else { matcher.value.clone() },
                )
            })
            .collect();
        for index in 0..met.len() {
            let mut missed = met.clone();
            if let Some((_, value)) = missed.get_mut(index) {
                value.push('x');
            }
            all.push(missed);
        }
        all.push(met);
    }
    let options = route.options.as_ref().and_then(|options| options.header_manipulation.as_deref());
    let of_backends = match &route.action {
        Some(Action::Route(action)) => match &action.destination {
            Some(RouteDestination::Multi(multi)) => multi.destinations.as_slice(),
            Some(
                RouteDestination::Single(_)
                | RouteDestination::UpstreamGroup(_)
                | RouteDestination::ClusterHeader(_)
                | RouteDestination::DynamicForwardProxy(_),
            )
            | None => &[],
        },
        Some(Action::Redirect(_) | Action::DirectResponse(_) | Action::GraphqlApi(_)) | None => &[],
    };
    let of_backends =
        of_backends.iter().filter_map(|weighted| weighted.options.as_ref()?.header_manipulation.as_ref());
    let set: BTreeSet<String> = options.into_iter().chain(of_backends).flat_map(names).collect();
    if !set.is_empty() {
        all.push(set.into_iter().map(|name| (name, "from-the-client".to_owned())).collect());
    }
    all
}

fn literal_value(expression: &str) -> String {
    if expression == "^$" { String::new() } else { literal(expression) }
}

fn names(manipulation: &HeaderManipulation) -> Vec<String> {
    let added = manipulation.request_headers_to_add.iter().filter_map(|header| match &header.source {
        Some(HeaderSource::Header(pair)) => Some(pair.key.to_ascii_lowercase()),
        Some(HeaderSource::SecretRef(_)) | None => None,
    });
    added.chain(manipulation.request_headers_to_remove.iter().map(|name| name.to_ascii_lowercase())).collect()
}
