//! Listeners that serve each connection by what it is: hybrid and aggregate.

use std::{collections::BTreeMap, sync::Arc};

use crate::message::{message, oneof};
use crate::{
    CustomFilter, HttpListener, HttpListenerOptions, SslConfig, TcpListener, UnknownFields, VirtualHost,
};

/// HTTP or TCP, by the connection: `hybridListener`. Since 1.11.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HybridListener {
    /// Which connections are served how.
    pub matched_listeners: Vec<MatchedListener>,
    /// Fields that this crate has no name for.
    pub unknown: UnknownFields,
}

message!(HybridListener { matched_listeners: "matchedListeners" });

/// Which connections, and how they are served: `matchedListeners[]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MatchedListener {
    /// Which connections; unset means every one.
    pub matcher: Option<ListenerMatcher>,
    /// How they are served: oneof `ListenerType`.
    pub listener_type: Option<MatchedListenerType>,
    /// Certificates by SNI.
    pub ssl_configurations: Vec<SslConfig>,
    /// Fields that this crate has no name for.
    pub unknown: UnknownFields,
}

message!(MatchedListener {
    matcher: "matcher",
    listener_type: oneof MatchedListenerType,
    ssl_configurations: "sslConfigurations",
});

/// How the connections of a [`MatchedListener`] are served: oneof `ListenerType`.
#[derive(Clone, Debug, PartialEq)]
pub enum MatchedListenerType {
    /// `httpListener`
    Http(HttpListener),
    /// `tcpListener`
    Tcp(TcpListener),
}

oneof!(MatchedListenerType as "ListenerType" {
    Http(value): "httpListener" "http_listener",
    Tcp(value): "tcpListener" "tcp_listener",
});

/// Which connections: `matcher` of hybrid and aggregate listeners. Everything that is set must match.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListenerMatcher {
    /// TLS with this SNI, and the certificate.
    pub ssl_config: Option<Box<SslConfig>>,
    /// Where they come from.
    pub source_prefix_ranges: Vec<CidrRange>,
    /// Where they went to.
    pub prefix_ranges: Vec<CidrRange>,
    /// The port they went to.
    pub destination_port: Option<u32>,
    /// Ciphers that the client offers, for passing TLS through.
    pub passthrough_cipher_suites: Vec<String>,
    /// Fields that this crate has no name for.
    pub unknown: UnknownFields,
}

message!(ListenerMatcher {
    ssl_config: "sslConfig",
    source_prefix_ranges: "sourcePrefixRanges",
    prefix_ranges: "prefixRanges",
    destination_port: "destinationPort",
    passthrough_cipher_suites: "passthroughCipherSuites",
});

/// Addresses that begin alike: `prefixRanges[]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CidrRange {
    /// An address.
    pub address_prefix: String,
    /// How many of its bits count.
    pub prefix_len: Option<u32>,
    /// Fields that this crate has no name for.
    pub unknown: UnknownFields,
}

message!(CidrRange { address_prefix: "addressPrefix", prefix_len: "prefixLen" });

/// HTTP or TCP, by the connection, with parts held once: `aggregateListener`. Since 1.12.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AggregateListener {
    /// The parts.
    pub http_resources: Option<HttpResources>,
    /// Which connections are served as HTTP, with which parts.
    pub http_filter_chains: Vec<HttpFilterChain>,
    /// Which connections are served as TCP.
    pub tcp_listeners: Vec<MatchedTcpListener>,
    /// Fields that this crate has no name for.
    pub unknown: UnknownFields,
}

message!(AggregateListener {
    http_resources: "httpResources",
    http_filter_chains: "httpFilterChains",
    tcp_listeners: "tcpListeners",
});

/// Parts that several filter chains use: `httpResources`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HttpResources {
    /// Virtual hosts by name.
    pub virtual_hosts: BTreeMap<String, Arc<VirtualHost>>,
    /// Options by their hash.
    pub http_options: BTreeMap<String, HttpListenerOptions>,
    /// Fields that this crate has no name for.
    pub unknown: UnknownFields,
}

message!(HttpResources { virtual_hosts: "virtualHosts", http_options: "httpOptions" });

/// Which connections are served as HTTP: `httpFilterChains[]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HttpFilterChain {
    /// Which connections; unset means every one.
    pub matcher: Option<ListenerMatcher>,
    /// The options, a key of [`HttpResources::http_options`].
    pub http_options_ref: String,
    /// The virtual hosts, keys of [`HttpResources::virtual_hosts`].
    pub virtual_host_refs: Vec<String>,
    /// HTTP filters added as Envoy knows them. Since 1.18.
    pub custom_http_filters: Vec<CustomFilter>,
    /// Network filters added as Envoy knows them. Since 1.18.
    pub custom_network_filters: Vec<CustomFilter>,
    /// Fields that this crate has no name for.
    pub unknown: UnknownFields,
}

message!(HttpFilterChain {
    matcher: "matcher",
    http_options_ref: "httpOptionsRef",
    virtual_host_refs: "virtualHostRefs",
    custom_http_filters: "customHttpFilters",
    custom_network_filters: "customNetworkFilters",
});

/// Which connections are served as TCP: `tcpListeners[]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MatchedTcpListener {
    /// Which connections; unset means every one.
    pub matcher: Option<ListenerMatcher>,
    /// How they are served.
    pub tcp_listener: Option<TcpListener>,
    /// Fields that this crate has no name for.
    pub unknown: UnknownFields,
}

message!(MatchedTcpListener { matcher: "matcher", tcp_listener: "tcpListener" });
