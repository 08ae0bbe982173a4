use crate::message::{message, oneof};
use crate::{HttpListener, SslConfig, TcpListener, UnknownFields};

/// HTTP or TCP, depending on the connection: `hybridListener`. Since 1.11.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HybridListener {
    /// The listeners, each with the connections that it serves.
    pub matched_listeners: Vec<MatchedListener>,
    /// Unknown fields.
    pub unknown: UnknownFields,
}

message!(HybridListener { matched_listeners: "matchedListeners" });

/// Which connections match, and how they are served: `matchedListeners[]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MatchedListener {
    /// Which connections match; unset matches every connection.
    pub matcher: Option<ListenerMatcher>,
    /// How they are served: oneof `ListenerType`.
    pub listener_type: Option<MatchedListenerType>,
    /// Certificates by SNI domain.
    pub ssl_configurations: Vec<SslConfig>,
    /// Unknown fields.
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

/// Which connections match: `matcher` of hybrid and aggregate listeners. All fields that are set must match.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListenerMatcher {
    /// The SNI domains and the certificate.
    pub ssl_config: Option<Box<SslConfig>>,
    /// The source addresses.
    pub source_prefix_ranges: Vec<CidrRange>,
    /// The destination addresses.
    pub prefix_ranges: Vec<CidrRange>,
    /// The destination port.
    pub destination_port: Option<u32>,
    /// Ciphers that the client offers, for TLS passthrough.
    pub passthrough_cipher_suites: Vec<String>,
    /// Unknown fields.
    pub unknown: UnknownFields,
}

message!(ListenerMatcher {
    ssl_config: "sslConfig",
    source_prefix_ranges: "sourcePrefixRanges",
    prefix_ranges: "prefixRanges",
    destination_port: "destinationPort",
    passthrough_cipher_suites: "passthroughCipherSuites",
});

/// A range of addresses: `prefixRanges[]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CidrRange {
    /// An address.
    pub address_prefix: String,
    /// The length of the prefix, in bits.
    pub prefix_len: Option<u32>,
    /// Unknown fields.
    pub unknown: UnknownFields,
}

message!(CidrRange { address_prefix: "addressPrefix", prefix_len: "prefixLen" });
