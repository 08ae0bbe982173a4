use std::sync::Arc;

use crate::message::{message, proto_enum};
use crate::{JsonObject, OpaqueMetadata, ProtoDuration, ProtocolUpgrade, UnknownFields, VirtualHost};

/// HTTP with virtual hosts: `httpListener`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HttpListener {
    /// The virtual hosts; domains must be unique among them. Shared, so that Proxies which serve the same virtual
    /// host, and successive Proxies in which it has not changed, hold it once; [`Arc::make_mut`] gives it for writing.
    pub virtual_hosts: Vec<Arc<VirtualHost>>,
    /// Options of the HTTP connection. `listenerPlugins` before 1.0.
    pub options: Option<Box<HttpListenerOptions>>,
    /// The prefix of its metrics; empty means `http`.
    pub stat_prefix: String,
    /// HTTP filters added as Envoy knows them. Since 1.18.
    pub custom_http_filters: Vec<CustomFilter>,
    /// Network filters added as Envoy knows them. Since 1.18.
    pub custom_network_filters: Vec<CustomFilter>,
    /// What it was generated from: oneof `opaque_metadata`.
    pub metadata: Option<Box<OpaqueMetadata>>,
    /// Unknown fields.
    pub unknown: UnknownFields,
}

message!(HttpListener {
    virtual_hosts: "virtualHosts",
    options: "options",
    stat_prefix: "statPrefix",
    custom_http_filters: "customHttpFilters",
    custom_network_filters: "customNetworkFilters",
    metadata: oneof OpaqueMetadata,
});

/// A filter added as Envoy knows it: `customHttpFilters[]`, `customNetworkFilters[]`. Since 1.18.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CustomFilter {
    /// Its position in the chain, kept as JSON.
    pub filter_stage: Option<JsonObject>,
    /// Its name.
    pub name: String,
    /// Its configuration with `@type`, kept as JSON.
    pub config: Option<JsonObject>,
    /// Unknown fields.
    pub unknown: UnknownFields,
}

message!(CustomFilter { filter_stage: "filterStage", name: "name", config: "config" });

/// Options of an HTTP listener. `healthCheck`, `grpcWeb`, `gzip`, `csrf` and the like are in `unknown`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HttpListenerOptions {
    /// How connections are treated.
    pub http_connection_manager_settings: Option<HttpConnectionManagerSettings>,
    /// Unknown fields.
    pub unknown: UnknownFields,
}

message!(HttpListenerOptions { http_connection_manager_settings: "httpConnectionManagerSettings" });

/// How connections are treated: `httpConnectionManagerSettings`. What is not listed here is in `unknown`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HttpConnectionManagerSettings {
    /// Whether the client's address is the connection's; unset is Envoy's false.
    pub use_remote_address: Option<bool>,
    /// How many proxies before this one are trusted to fill `x-forwarded-for`.
    pub xff_num_trusted_hops: Option<u32>,
    /// Time limit of a stream without traffic; unset is Envoy's 5 min, `0s` is none.
    pub stream_idle_timeout: Option<ProtoDuration>,
    /// Time limit of receiving a request; unset and `0s` are none.
    pub request_timeout: Option<ProtoDuration>,
    /// Time limit of a connection without streams; unset is Envoy's 1 h, `0s` is none.
    pub idle_timeout: Option<ProtoDuration>,
    /// Time limit of a stream.
    pub max_stream_duration: Option<ProtoDuration>,
    /// The allowed upgrades. WebSocket is allowed by default.
    pub upgrades: Vec<ProtocolUpgrade>,
    /// Whether the port is removed from the host before the virtual host is looked up. Since 1.11.
    pub strip_any_host_port: Option<bool>,
    /// Whether `//` in a path becomes `/`.
    pub merge_slashes: Option<bool>,
    /// Whether `.` and `..` in a path are resolved; unset is true.
    pub normalize_path: Option<bool>,
    /// The protocol of connections.
    pub codec_type: CodecType,
    /// Whether HTTP/1.0 is accepted.
    pub accept_http_10: Option<bool>,
    /// Whether `100 Continue` comes from the backend.
    pub proxy_100_continue: Option<bool>,
    /// Unknown fields.
    pub unknown: UnknownFields,
}

message!(HttpConnectionManagerSettings {
    use_remote_address: "useRemoteAddress",
    xff_num_trusted_hops: "xffNumTrustedHops",
    stream_idle_timeout: "streamIdleTimeout",
    request_timeout: "requestTimeout",
    idle_timeout: "idleTimeout",
    max_stream_duration: "maxStreamDuration",
    upgrades: "upgrades",
    strip_any_host_port: "stripAnyHostPort",
    merge_slashes: "mergeSlashes",
    normalize_path: "normalizePath",
    codec_type: "codecType",
    accept_http_10: "acceptHttp10",
    proxy_100_continue: "proxy100Continue",
});

/// The protocol of connections: `codecType`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CodecType {
    /// `AUTO`: the protocol that the client uses.
    #[default]
    Auto,
    /// `HTTP1`
    Http1,
    /// `HTTP2`
    Http2,
}

proto_enum!(CodecType by name { Auto: "AUTO" 0, Http1: "HTTP1" 1, Http2: "HTTP2" 2 });
