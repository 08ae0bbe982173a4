use crate::message::{message, oneof};
use crate::{
    AggregateListener, HttpListener, HybridListener, OpaqueMetadata, SslConfig, TcpListener, UnknownFields,
};

/// An address and a port, and what is served there: `spec.listeners[]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Listener {
    /// Its name. Envoy's route configuration is named after it, so two listeners with the same name serve the same routes.
    pub name: String,
    /// An IP address; `::` means all addresses.
    pub bind_address: String,
    /// The port. Unique in the Proxy.
    pub bind_port: u32,
    /// What is served.
    pub listener_type: Option<ListenerType>,
    /// Certificates by SNI domain. If there are any, the listener serves only TLS.
    pub ssl_configurations: Vec<SslConfig>,
    /// Whether clients use the PROXY protocol. Deprecated in favor of the option `proxyProtocol`.
    pub use_proxy_proto: Option<bool>,
    /// Options of the socket and its logs. `plugins` before 1.0.
    pub options: Option<Box<ListenerOptions>>,
    /// What it was generated from: oneof `opaque_metadata`.
    pub metadata: Option<Box<OpaqueMetadata>>,
    /// Options of the route configuration. Since 1.8.
    pub route_options: Option<Box<RouteConfigurationOptions>>,
    /// Unknown fields.
    pub unknown: UnknownFields,
}

message!(Listener {
    name: "name",
    bind_address: "bindAddress",
    bind_port: "bindPort",
    listener_type: oneof ListenerType,
    ssl_configurations: "sslConfigurations",
    use_proxy_proto: "useProxyProto",
    options: "options",
    metadata: oneof OpaqueMetadata,
    route_options: "routeOptions",
});

/// What a [`Listener`] serves: oneof `ListenerType`.
#[derive(Clone, Debug, PartialEq)]
pub enum ListenerType {
    /// `httpListener`: HTTP with virtual hosts.
    Http(HttpListener),
    /// `tcpListener`: TCP, optionally by SNI.
    Tcp(TcpListener),
    /// `hybridListener`: HTTP or TCP, depending on the connection. Since 1.11.
    Hybrid(HybridListener),
    /// `aggregateListener`: like hybrid, with shared resources. Since 1.12.
    Aggregate(AggregateListener),
}

oneof!(ListenerType as "ListenerType" {
    Http(value): "httpListener" "http_listener",
    Tcp(value): "tcpListener" "tcp_listener",
    Hybrid(value): "hybridListener" "hybrid_listener",
    Aggregate(value): "aggregateListener" "aggregate_listener",
});

/// Options of a listener. `accessLoggingService`, `extensions`, `socketOptions`, `proxyProtocol`,
/// `connectionBalanceConfig` and the like are in `unknown`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListenerOptions {
    /// The limit of the buffer of a connection, in bytes; unset is Envoy's 1 MiB.
    pub per_connection_buffer_limit_bytes: Option<u32>,
    /// Unknown fields.
    pub unknown: UnknownFields,
}

message!(ListenerOptions { per_connection_buffer_limit_bytes: "perConnectionBufferLimitBytes" });

/// Options of a listener's route configuration: `routeOptions`. Since 1.8.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RouteConfigurationOptions {
    /// The maximum length of the body of a direct response, in bytes; unset is Envoy's 4 KiB.
    pub max_direct_response_body_size_bytes: Option<u32>,
    /// Whether the change nearest to the destination is applied last, and so wins, if a header is changed twice.
    pub most_specific_header_mutations_wins: Option<bool>,
    /// Unknown fields.
    pub unknown: UnknownFields,
}

message!(RouteConfigurationOptions {
    max_direct_response_body_size_bytes: "maxDirectResponseBodySizeBytes",
    most_specific_header_mutations_wins: "mostSpecificHeaderMutationsWins",
});
