#![doc = include_str!("../README.md")]

mod action;
mod aggregate_listener;
#[cfg(feature = "compress")]
mod compress;
#[cfg(feature = "schemars")]
mod crd;
mod destination;
mod diff;
mod duration;
mod go_json;
mod headers;
mod http_listener;
mod hybrid_listener;
mod legacy;
mod listener;
mod matcher;
mod message;
mod metadata;
mod options;
mod parse;
mod path;
mod proxy;
mod reference;
pub mod regex;
#[cfg(feature = "schemars")]
mod schema;
mod size;
mod sorted;
mod ssl;
mod status;
mod tcp_listener;
mod unknown_fields;
mod upgrade;
mod validate;
mod virtual_host;
mod wire;

pub use action::{
    Action, DirectResponseAction, PathRewrite, RedirectAction, RedirectCode, RouteAction, RouteDestination,
};
pub use aggregate_listener::{AggregateListener, HttpFilterChain, HttpResources, MatchedTcpListener};
#[cfg(feature = "compress")]
pub use compress::{COMPRESS_ANNOTATION, CompressError, SpecCompressor};
#[cfg(feature = "schemars")]
pub use crd::custom_resource_definition;
pub use destination::{
    ConsulDestination, Destination, DestinationSpec, DestinationSpecKind, DestinationType,
    DynamicForwardProxy, DynamicHostRewrite, KubeDestination, MultiDestination, Subset, WeightedDestination,
    WeightedDestinationOptions,
};
pub use diff::{ChangeKind, PartChange, ProxyDiff, ProxyPart, diff};
pub use duration::{ParseProtoDurationError, ProtoDuration};
pub use headers::{HeaderManipulation, HeaderSource, HeaderValue, RequestHeader, ResponseHeader};
pub use http_listener::{
    CodecType, CustomFilter, HttpConnectionManagerSettings, HttpListener, HttpListenerOptions,
};
pub use hybrid_listener::{CidrRange, HybridListener, ListenerMatcher, MatchedListener, MatchedListenerType};
pub use listener::{Listener, ListenerOptions, ListenerType, RouteConfigurationOptions};
pub use matcher::{HeaderMatcher, Matcher, PathSpecifier, QueryParameterMatcher};
pub use metadata::{MetadataSource, MetadataStatic, OpaqueMetadata};
pub use options::{
    GoogleRe2, HostRewrite, MaxStreamDuration, PreviousPriorities, PriorityPredicate, RegexPattern,
    RegexRewrite, RetryBackOff, RetryPolicy, RouteOptions, VirtualHostOptions,
};
pub use parse::ParseProxyError;
pub use path::{PathError, validate_path};
pub use proxy::{Proxy, ProxyList, ProxySpec};
pub use reference::ResourceRef;
pub use size::{ETCD_REQUEST_LIMIT, ProxySize};
pub use ssl::{
    OcspStaplePolicy, SdsBuilder, SdsConfig, SslConfig, SslFiles, SslParameters, SslSecrets, TlsVersion,
};
pub use status::{ProxyStatus, ReporterStatus, State};
pub use tcp_listener::{TcpAction, TcpDestination, TcpHost, TcpListener};
pub use unknown_fields::{JsonObject, UnknownFields};
pub use upgrade::{ProtocolUpgrade, UpgradeSpec, UpgradeType};
pub use validate::{RefusedBy, ValidationLimits, Violation, ViolationKind};
pub use virtual_host::{Route, VirtualHost};
