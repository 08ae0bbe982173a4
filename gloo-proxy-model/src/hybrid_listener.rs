use crate::message::{message, oneof};
use crate::{HttpListener, SslConfig, TcpListener, UnknownFields};

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
