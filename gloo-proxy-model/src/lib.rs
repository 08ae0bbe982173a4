//! Gloo's `Proxy` (`gloo.solo.io/v1`) as plain data.

mod action;
mod duration;
mod headers;
mod listener;
mod matcher;
mod options;
mod proxy;
mod reference;
mod ssl;
mod virtual_host;

pub use action::{
    Action, Destination, DestinationType, DirectResponseAction, KubeDestination, MultiDestination, RedirectAction,
    RedirectCode, RouteAction, RouteDestination, WeightedDestination, WeightedDestinationOptions,
};
pub use duration::ProtoDuration;
pub use headers::{HeaderManipulation, HeaderSource, HeaderValue, RequestHeader, ResponseHeader};
pub use listener::{HttpListener, Listener, ListenerType};
pub use matcher::{HeaderMatcher, Matcher, PathSpecifier, QueryParameterMatcher};
pub use options::{HostRewrite, RetryPolicy, RouteOptions};
pub use proxy::{Proxy, ProxySpec};
pub use reference::ResourceRef;
pub use ssl::{SslConfig, SslSecrets};
pub use virtual_host::{Route, VirtualHost};
