use crate::message::{message, oneof, proto_enum};
use crate::{Destination, DynamicForwardProxy, MultiDestination, RegexRewrite, ResourceRef, UnknownFields};

/// What a route does: oneof `action`.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// `routeAction`: forwards the request.
    Route(RouteAction),
    /// `redirectAction`: answers with a redirect.
    Redirect(RedirectAction),
    /// `directResponseAction`: answers by itself.
    DirectResponse(DirectResponseAction),
    /// `graphqlApiRef`: answers by a GraphQLApi. From 1.11 to 1.19, Enterprise.
    GraphqlApi(ResourceRef),
}

oneof!(Action as "action" {
    Route(value): "routeAction" "route_action",
    Redirect(value): "redirectAction" "redirect_action",
    DirectResponse(value): "directResponseAction" "direct_response_action",
    GraphqlApi(value): "graphqlApiRef" "graphql_api_ref",
});

/// Where a request is forwarded to: `routeAction`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RouteAction {
    /// Oneof `destination`; without one Gloo reports an error.
    pub destination: Option<RouteDestination>,
    /// Fields that this crate has no name for.
    pub unknown: UnknownFields,
}

message!(RouteAction { destination: oneof RouteDestination });

/// The destination of a [`RouteAction`]: oneof `destination`.
#[derive(Clone, Debug, PartialEq)]
pub enum RouteDestination {
    /// `single`: all to one.
    Single(Destination),
    /// `multi`: shared out by weight.
    Multi(MultiDestination),
    /// `upstreamGroup`: shared out as an UpstreamGroup says.
    UpstreamGroup(ResourceRef),
    /// `clusterHeader`: to the Envoy cluster that this request header names. Since 1.6.
    ClusterHeader(String),
    /// `dynamicForwardProxy`: to whatever host the request names. Since 1.11.
    DynamicForwardProxy(DynamicForwardProxy),
}

oneof!(RouteDestination as "destination" {
    Single(value): "single" "single",
    Multi(value): "multi" "multi",
    UpstreamGroup(value): "upstreamGroup" "upstream_group",
    ClusterHeader(value): "clusterHeader" "cluster_header",
    DynamicForwardProxy(value): "dynamicForwardProxy" "dynamic_forward_proxy",
});

/// A redirect: `redirectAction`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RedirectAction {
    /// The host to go to; empty keeps the request's.
    pub host_redirect: String,
    /// The path to go to: oneof `path_rewrite_specifier`; without one the request's.
    pub path_rewrite: Option<PathRewrite>,
    /// The status.
    pub response_code: RedirectCode,
    /// Whether the scheme becomes `https`.
    pub https_redirect: bool,
    /// Whether the query is dropped.
    pub strip_query: bool,
    /// The port to go to. Since 1.17.
    pub port_redirect: Option<u32>,
    /// Fields that this crate has no name for.
    pub unknown: UnknownFields,
}

message!(RedirectAction {
    host_redirect: "hostRedirect",
    path_rewrite: oneof PathRewrite,
    response_code: "responseCode",
    https_redirect: "httpsRedirect",
    strip_query: "stripQuery",
    port_redirect: "portRedirect",
});

/// The path of a [`RedirectAction`]: oneof `path_rewrite_specifier`.
#[derive(Clone, Debug, PartialEq)]
pub enum PathRewrite {
    /// `pathRedirect`: this path.
    Path(String),
    /// `prefixRewrite`: the matched prefix becomes this.
    Prefix(String),
    /// `regexRewrite`: what the expression matches is replaced. Since 1.11.
    Regex(Box<RegexRewrite>),
}

oneof!(PathRewrite as "path_rewrite_specifier" {
    Path(value): "pathRedirect" "path_redirect",
    Prefix(value): "prefixRewrite" "prefix_rewrite",
    Regex(value): "regexRewrite" "regex_rewrite",
});

/// The status of a redirect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum RedirectCode {
    /// `MOVED_PERMANENTLY`, 301.
    #[default]
    MovedPermanently,
    /// `FOUND`, 302.
    Found,
    /// `SEE_OTHER`, 303.
    SeeOther,
    /// `TEMPORARY_REDIRECT`, 307.
    TemporaryRedirect,
    /// `PERMANENT_REDIRECT`, 308.
    PermanentRedirect,
}

proto_enum!(RedirectCode by name {
    MovedPermanently: "MOVED_PERMANENTLY" 0,
    Found: "FOUND" 1,
    SeeOther: "SEE_OTHER" 2,
    TemporaryRedirect: "TEMPORARY_REDIRECT" 3,
    PermanentRedirect: "PERMANENT_REDIRECT" 4,
});

/// A fixed answer: `directResponseAction`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DirectResponseAction {
    /// The status.
    pub status: u32,
    /// The body.
    pub body: String,
    /// Fields that this crate has no name for.
    pub unknown: UnknownFields,
}

message!(DirectResponseAction { status: "status", body: "body" });
