#![doc = include_str!("../README.md")]

mod action;
#[cfg(feature = "compress")]
mod compress;
#[cfg(feature = "schemars")]
mod crd;
mod destination;
mod diff;
mod duration;
mod headers;
mod http_listener;
mod legacy;
mod listener;
mod matcher;
mod message;
mod metadata;
mod mixed_listener;
mod options;
mod parse;
mod path;

mod proxy;
mod reference;
pub mod regex;
#[cfg(feature = "schemars")]
mod schema;
mod ssl;
mod status;
mod stored;
mod tcp_listener;
mod unknown;
mod validate;
mod virtual_host;
mod wire;

pub use action::{
    Action, DirectResponseAction, PathRewrite, RedirectAction, RedirectCode, RouteAction, RouteDestination,
};
#[cfg(feature = "compress")]
pub use compress::{COMPRESS_ANNOTATION, CompressError, SpecCompressor};
#[cfg(feature = "schemars")]
pub use crd::custom_resource_definition;
pub use destination::{
    ConsulDestination, Destination, DestinationSpec, DestinationSpecKind, DestinationType,
    DynamicForwardProxy, DynamicHostRewrite, KubeDestination, MultiDestination, Subset, WeightedDestination,
    WeightedDestinationOptions,
};
pub use diff::{Change, ChangeKind, Diff, Part, diff};
pub use duration::{InvalidDuration, ProtoDuration};
pub use headers::{HeaderManipulation, HeaderSource, HeaderValue, RequestHeader, ResponseHeader};
pub use http_listener::{
    CodecType, CustomFilter, HttpConnectionManagerSettings, HttpListener, HttpListenerOptions,
    ProtocolUpgrade, UpgradeSpec, UpgradeType,
};
pub use listener::{Listener, ListenerOptions, ListenerType, RouteConfigurationOptions};
pub use matcher::{HeaderMatcher, Matcher, PathSpecifier, QueryParameterMatcher};
pub use metadata::{MetadataSource, MetadataStatic, OpaqueMetadata};
pub use mixed_listener::{
    AggregateListener, CidrRange, HttpFilterChain, HttpResources, HybridListener, ListenerMatcher,
    MatchedListener, MatchedListenerType, MatchedTcpListener,
};
pub use options::{
    GoogleRe2, HostRewrite, MaxStreamDuration, PreviousPriorities, PriorityPredicate, RegexPattern,
    RegexRewrite, RetryBackOff, RetryPolicy, RouteOptions, VirtualHostOptions,
};
pub use parse::ParseError;
pub use path::{PathError, validate_path};
pub use proxy::{Proxy, ProxyList, ProxySpec};
pub use reference::ResourceRef;
pub use ssl::{
    OcspStaplePolicy, SdsBuilder, SdsConfig, SslConfig, SslFiles, SslParameters, SslSecrets, TlsVersion,
};
pub use status::{ProxyStatus, ReporterStatus, State};
pub use stored::{ETCD_REQUEST_LIMIT, Size};
pub use tcp_listener::{TcpAction, TcpDestination, TcpHost, TcpListener};
pub use unknown::UnknownFields;
pub use validate::{Limits, RefusedBy, Violation, ViolationKind};
pub use virtual_host::{Route, VirtualHost};

/// A message that is kept as it is written: its fields differ too much between releases, or are too many, to be typed.
pub type OpenMessage = serde_json::Map<String, serde_json::Value>;
