use crate::message::{message, oneof};
use crate::{
    AggregateListener, HttpListener, HybridListener, OpaqueMetadata, SslConfig, TcpListener, UnknownFields,
};

/// An address and port and what is served there: `spec.listeners[]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Listener {
    /// Its name. Envoy's route configuration is named after it, so two of one name serve the same routes.
    pub name: String,
    /// An IP address; `::` is every address.
    pub bind_address: String,
    /// Unique in the Proxy.
    pub bind_port: u32,
    /// What is served.
    pub listener_type: Option<ListenerType>,
    /// Certificates by SNI; with any, the listener speaks TLS only.
    pub ssl_configurations: Vec<SslConfig>,
    /// Whether clients speak the PROXY protocol. Deprecated for the option `proxyProtocol`.
    pub use_proxy_proto: Option<bool>,
    /// Options of the socket and its logs. `plugins` before 1.0.
    pub options: Option<Box<ListenerOptions>>,
    /// What it was made from: oneof `opaque_metadata`.
    pub metadata: Option<Box<OpaqueMetadata>>,
    /// Options of the route configuration. Since 1.8.
    pub route_options: Option<Box<RouteConfigurationOptions>>,
    /// Fields that this crate has no name for.
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
    /// `httpListener`: HTTP by virtual hosts.
    Http(HttpListener),
    /// `tcpListener`: TCP, by SNI or not.
    Tcp(TcpListener),
    /// `hybridListener`: one or the other, by the connection. Since 1.11.
    Hybrid(HybridListener),
    /// `aggregateListener`: as hybrid, with parts held once. Since 1.12.
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
    /// How many bytes of a connection are buffered at most; unset is Envoy's 1 MiB.
    pub per_connection_buffer_limit_bytes: Option<u32>,
    /// Fields that this crate has no name for.
    pub unknown: UnknownFields,
}

message!(ListenerOptions { per_connection_buffer_limit_bytes: "perConnectionBufferLimitBytes" });

/// Options of a listener's route configuration: `routeOptions`. Since 1.8.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RouteConfigurationOptions {
    /// How long the body of a direct response may be, in bytes; unset is Envoy's 4 KiB.
    pub max_direct_response_body_size_bytes: Option<u32>,
    /// Whether of two changes to one header the one nearest to the destination comes last and so wins.
    pub most_specific_header_mutations_wins: Option<bool>,
    /// Fields that this crate has no name for.
    pub unknown: UnknownFields,
}

message!(RouteConfigurationOptions {
    max_direct_response_body_size_bytes: "maxDirectResponseBodySizeBytes",
    most_specific_header_mutations_wins: "mostSpecificHeaderMutationsWins",
});
