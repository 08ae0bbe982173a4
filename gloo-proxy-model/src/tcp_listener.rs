use crate::message::{message, oneof};
use crate::{CustomFilter, Destination, JsonObject, MultiDestination, ResourceRef, SslConfig, UnknownFields};

/// TCP, optionally by SNI: `tcpListener`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TcpListener {
    /// Where connections go.
    pub tcp_hosts: Vec<TcpHost>,
    /// Options such as `tcpProxySettings`, kept as JSON.
    pub options: Option<JsonObject>,
    /// The prefix of its metrics; empty means `tcp`.
    pub stat_prefix: String,
    /// Network filters added as Envoy knows them. Since 1.18.
    pub custom_network_filters: Vec<CustomFilter>,
    /// Unknown fields.
    pub unknown: UnknownFields,
}

message!(TcpListener {
    tcp_hosts: "tcpHosts",
    options: "options",
    stat_prefix: "statPrefix",
    custom_network_filters: "customNetworkFilters",
});

/// Which connections match, and where they go: `tcpHosts[]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TcpHost {
    /// Its name. Unique in the listener.
    pub name: String,
    /// The SNI domains, and the certificate if TLS is terminated.
    pub ssl_config: Option<SslConfig>,
    /// Where connections go.
    pub destination: Option<TcpAction>,
    /// Unknown fields.
    pub unknown: UnknownFields,
}

message!(TcpHost { name: "name", ssl_config: "sslConfig", destination: "destination" });

/// Where TCP connections go: `destination` of a [`TcpHost`]. In early 2020 a RouteAction, which is the same on the wire.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TcpAction {
    /// Oneof `destination`.
    pub destination: Option<TcpDestination>,
    /// Unknown fields.
    pub unknown: UnknownFields,
}

message!(TcpAction { destination: oneof TcpDestination });

/// The destination of a [`TcpAction`]: oneof `destination`.
#[derive(Clone, Debug, PartialEq)]
pub enum TcpDestination {
    /// `single`: all to one.
    Single(Destination),
    /// `multi`: shared out by weight.
    Multi(MultiDestination),
    /// `upstreamGroup`: shared out as an UpstreamGroup says.
    UpstreamGroup(ResourceRef),
    /// `forwardSniClusterName`: to the Envoy cluster that the SNI names.
    ForwardSniClusterName,
}

oneof!(TcpDestination as "destination" {
    Single(value): "single" "single",
    Multi(value): "multi" "multi",
    UpstreamGroup(value): "upstreamGroup" "upstream_group",
    ForwardSniClusterName: "forwardSniClusterName" "forward_sni_cluster_name",
});
