use std::collections::HashMap;
use std::net::IpAddr;

use super::route::RouteLimits;
use super::validator::Validator;
use super::violation::ViolationKind;
use super::{destination, options, tls, virtual_host};
use crate::{
    AggregateListener, HttpFilterChain, HttpListener, HttpListenerOptions, HttpResources, HybridListener,
    Listener, ListenerMatcher, ListenerType, MatchedListener, MatchedListenerType, MatchedTcpListener,
    SslConfig, TcpHost, TcpListener,
};

/// Envoy's limit for the body of a direct response, unless the listener says otherwise.
const DEFAULT_MAX_BODY: u32 = 4096;

pub(super) fn check_all<'p>(at: &mut Validator<'p>, listeners: &'p [Listener]) {
    let mut ports: HashMap<u32, &str> = HashMap::with_capacity(listeners.len());
    at.each("listeners", listeners, |at, listener| {
        let Listener {
            name,
            bind_address,
            bind_port,
            listener_type,
            ssl_configurations,
            use_proxy_proto: _,
            options: _,
            metadata: _,
            route_options,
            unknown: _,
        } = listener;
        at.field("bindPort", |at| {
            if let Some(other) = ports.insert(*bind_port, name) {
                let message = format!(
                    "invalid port {bind_port} of the listeners {other:?} and {name:?}: expected a port each"
                );
                at.report(ViolationKind::BindPortNotUniqueError, message);
            }
        });
        if !serves(listener_type.as_ref()) {
            return;
        }
        check_address(at, bind_address, *bind_port);
        let max_body = route_options.as_ref().and_then(|options| options.max_direct_response_body_size_bytes);
        let limits = RouteLimits { max_body: max_body.unwrap_or(DEFAULT_MAX_BODY) };
        match listener_type {
            None => {}
            Some(ListenerType::Http(http)) => {
                at.field("httpListener", |at| check_http(at, http, limits));
                tls::check_terminating(at, ssl_configurations);
            }
            Some(ListenerType::Tcp(tcp)) => at.field("tcpListener", |at| check_tcp(at, tcp)),
            Some(ListenerType::Hybrid(hybrid)) => {
                at.field("hybridListener", |at| check_hybrid(at, hybrid, limits))
            }
            Some(ListenerType::Aggregate(aggregate)) => {
                at.field("aggregateListener", |at| check_aggregate(at, aggregate, limits));
            }
        }
    });
}

/// Gloo doesn't configure a listener with nothing to serve, and doesn't validate it further.
fn serves(listener_type: Option<&ListenerType>) -> bool {
    match listener_type {
        None => false,
        Some(ListenerType::Http(http)) => !http.virtual_hosts.is_empty(),
        Some(ListenerType::Tcp(_) | ListenerType::Hybrid(_) | ListenerType::Aggregate(_)) => true,
    }
}

fn check_address(at: &mut Validator, address: &str, port: u32) {
    at.field("bindAddress", |at| match address.parse::<IpAddr>() {
        Err(_) => {
            at.report(
                ViolationKind::ProcessingError,
                format_args!("invalid address {address:?}: expected an IP address"),
            );
        }
        // Gloo asks Envoy to serve IPv4 on every IPv6 address.
        Ok(IpAddr::V6(ip)) if !ip.is_unspecified() && ip.to_ipv4_mapped().is_none() => {
            at.report(
                ViolationKind::BindAddress,
                format_args!("invalid address {address:?}: expected an IPv4 address or ::"),
            );
        }
        Ok(_) => {}
    });
    if port > 65535 {
        at.field("bindPort", |at| {
            at.report(
                ViolationKind::InvalidNumber,
                format_args!("invalid port {port}: expected at most 65535"),
            );
        });
    }
}

fn check_http<'p>(at: &mut Validator<'p>, http: &'p HttpListener, limits: RouteLimits) {
    let HttpListener {
        virtual_hosts,
        options,
        stat_prefix: _,
        custom_http_filters: _,
        custom_network_filters: _,
        metadata: _,
        unknown: _,
    } = http;
    virtual_host::check_all(at, virtual_hosts, limits);
    at.optional("options", options.as_deref(), check_http_options);
}

fn check_http_options<'p>(at: &mut Validator<'p>, options: &'p HttpListenerOptions) {
    let HttpListenerOptions { http_connection_manager_settings, unknown: _ } = options;
    at.optional(
        "httpConnectionManagerSettings",
        http_connection_manager_settings.as_ref(),
        options::check_connection_manager,
    );
}

fn check_tcp<'p>(at: &mut Validator<'p>, tcp: &'p TcpListener) {
    let TcpListener { tcp_hosts, options: _, stat_prefix: _, custom_network_filters: _, unknown: _ } = tcp;
    at.each("tcpHosts", tcp_hosts, |at, host| {
        let TcpHost { name: _, ssl_config, destination, unknown: _ } = host;
        at.optional("sslConfig", ssl_config.as_ref(), tls::check_names);
        match destination {
            Some(action) => at.field("destination", |at| destination::check_tcp(at, action)),
            None => at.field("destination", |at| {
                at.report(
                    ViolationKind::MissingValue,
                    "missing destination: expected single, multi, upstreamGroup or forwardSniClusterName",
                );
            }),
        }
    });
    let names = |host: &'p TcpHost| host.ssl_config.as_ref().map_or(&[][..], |config| &config.sni_domains);
    tls::check_overlap(at, "tcpHosts", tcp_hosts.iter().map(names));
}

fn check_hybrid<'p>(at: &mut Validator<'p>, hybrid: &'p HybridListener, limits: RouteLimits) {
    let HybridListener { matched_listeners, unknown: _ } = hybrid;
    at.each("matchedListeners", matched_listeners, |at, matched| {
        let MatchedListener { matcher, listener_type, ssl_configurations, unknown: _ } = matched;
        at.optional("matcher", matcher.as_ref(), check_matcher);
        match listener_type {
            None => {}
            Some(MatchedListenerType::Http(http)) => {
                at.field("httpListener", |at| check_http(at, http, limits));
                tls::check_terminating(at, ssl_configurations);
            }
            Some(MatchedListenerType::Tcp(tcp)) => at.field("tcpListener", |at| check_tcp(at, tcp)),
        }
    });
    check_different(at, "matchedListeners", matched_listeners.iter().map(|matched| matched.matcher.as_ref()));
}

fn check_aggregate<'p>(at: &mut Validator<'p>, aggregate: &'p AggregateListener, limits: RouteLimits) {
    let AggregateListener { http_resources, http_filter_chains, tcp_listeners, unknown: _ } = aggregate;
    at.optional("httpResources", http_resources.as_ref(), |at, resources| {
        let HttpResources { virtual_hosts, http_options, unknown: _ } = resources;
        at.each_entry("virtualHosts", virtual_hosts, |at, host| virtual_host::check(at, host, limits));
        at.each_entry("httpOptions", http_options, check_http_options);
    });
    at.each("httpFilterChains", http_filter_chains, |at, chain| {
        let HttpFilterChain {
            matcher,
            http_options_ref: _,
            virtual_host_refs,
            custom_http_filters: _,
            custom_network_filters: _,
            unknown: _,
        } = chain;
        at.optional("matcher", matcher.as_ref(), check_matcher);
        let hosts = http_resources.as_ref().map(|resources| &resources.virtual_hosts);
        let used = virtual_host_refs.iter().enumerate().filter_map(|(i, name)| Some((i, hosts?.get(name)?)));
        virtual_host::check_referred_domains(at, used);
    });
    check_different(at, "httpFilterChains", http_filter_chains.iter().map(|chain| chain.matcher.as_ref()));
    at.each("tcpListeners", tcp_listeners, |at, matched| {
        let MatchedTcpListener { matcher, tcp_listener, unknown: _ } = matched;
        at.optional("matcher", matcher.as_ref(), check_matcher);
        at.optional("tcpListener", tcp_listener.as_ref(), check_tcp);
    });
}

fn check_matcher<'p>(at: &mut Validator<'p>, matcher: &'p ListenerMatcher) {
    let ListenerMatcher {
        ssl_config,
        source_prefix_ranges: _,
        prefix_ranges: _,
        destination_port: _,
        passthrough_cipher_suites: _,
        unknown: _,
    } = matcher;
    at.optional("sslConfig", ssl_config.as_deref(), tls::check_names);
}

/// Envoy refuses two filter chains that match the same connections. Certificates are not part of the match.
fn check_different<'p>(
    at: &mut Validator<'p>,
    name: &'static str,
    matchers: impl Iterator<Item = Option<&'p ListenerMatcher>>,
) {
    let mut seen: HashMap<String, usize> = HashMap::new();
    for (index, matcher) in matchers.enumerate() {
        let names = |config: &SslConfig| SslConfig {
            sni_domains: config.sni_domains.clone(),
            ..SslConfig::default()
        };
        let mut bare = matcher.cloned().unwrap_or_default();
        bare.ssl_config = bare.ssl_config.map(|config| Box::new(names(&config)));
        let Ok(key) = serde_json::to_string(&bare) else { continue };
        if let Some(other) = seen.insert(key, index) {
            let message = format!("invalid matcher: expected one that differs from {name}[{other}]");
            at.report_element(name, index, ViolationKind::Conflict, message);
        }
    }
}
