use std::{collections::BTreeMap, sync::Arc};

use crate::message::message;
use crate::{CustomFilter, HttpListenerOptions, ListenerMatcher, TcpListener, UnknownFields, VirtualHost};

/// HTTP or TCP, depending on the connection, with shared resources: `aggregateListener`. Since 1.12.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AggregateListener {
    /// The shared resources.
    pub http_resources: Option<HttpResources>,
    /// Which connections are served as HTTP, and with which resources.
    pub http_filter_chains: Vec<HttpFilterChain>,
    /// Which connections are served as TCP.
    pub tcp_listeners: Vec<MatchedTcpListener>,
    /// Unknown fields.
    pub unknown: UnknownFields,
}

message!(AggregateListener {
    http_resources: "httpResources",
    http_filter_chains: "httpFilterChains",
    tcp_listeners: "tcpListeners",
});

/// Resources that filter chains share: `httpResources`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HttpResources {
    /// Virtual hosts by name.
    pub virtual_hosts: BTreeMap<String, Arc<VirtualHost>>,
    /// Options by their hash.
    pub http_options: BTreeMap<String, HttpListenerOptions>,
    /// Unknown fields.
    pub unknown: UnknownFields,
}

message!(HttpResources { virtual_hosts: "virtualHosts", http_options: "httpOptions" });

/// Which connections are served as HTTP: `httpFilterChains[]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HttpFilterChain {
    /// Which connections match; unset matches every connection.
    pub matcher: Option<ListenerMatcher>,
    /// The options: a key of [`HttpResources::http_options`].
    pub http_options_ref: String,
    /// The virtual hosts: keys of [`HttpResources::virtual_hosts`].
    pub virtual_host_refs: Vec<String>,
    /// HTTP filters added as Envoy knows them. Since 1.18.
    pub custom_http_filters: Vec<CustomFilter>,
    /// Network filters added as Envoy knows them. Since 1.18.
    pub custom_network_filters: Vec<CustomFilter>,
    /// Unknown fields.
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
    /// Which connections match; unset matches every connection.
    pub matcher: Option<ListenerMatcher>,
    /// How they are served.
    pub tcp_listener: Option<TcpListener>,
    /// Unknown fields.
    pub unknown: UnknownFields,
}

message!(MatchedTcpListener { matcher: "matcher", tcp_listener: "tcpListener" });
