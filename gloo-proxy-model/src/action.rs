use crate::message::{message, oneof, proto_enum};
use crate::{Destination, DynamicForwardProxy, MultiDestination, RegexRewrite, ResourceRef, UnknownFields};

/// What a route does: oneof `action`.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// `routeAction`: forwards the request.
    Route(RouteAction),
    /// `redirectAction`: answers with a redirect.
    Redirect(RedirectAction),
    /// `directResponseAction`: answers with a fixed response.
    DirectResponse(DirectResponseAction),
    /// `graphqlApiRef`: answers with a GraphQLApi. Enterprise, 1.11 to 1.19.
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
    /// Oneof `destination`. Gloo reports an error if it is unset.
    pub destination: Option<RouteDestination>,
    /// Unknown fields.
    pub unknown: UnknownFields,
}

message!(RouteAction { destination: oneof RouteDestination });

/// The destination of a [`RouteAction`]: oneof `destination`.
#[derive(Clone, Debug, PartialEq)]
pub enum RouteDestination {
    /// `single`: one destination.
    Single(Destination),
    /// `multi`: several destinations, chosen by weight.
    Multi(MultiDestination),
    /// `upstreamGroup`: the destinations of an UpstreamGroup.
    UpstreamGroup(ResourceRef),
    /// `clusterHeader`: the Envoy cluster named in this request header. Since 1.6.
    ClusterHeader(String),
    /// `dynamicForwardProxy`: the host named in the request. Since 1.11.
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
    /// The new host; empty keeps that of the request.
    pub host_redirect: String,
    /// The new path: oneof `path_rewrite_specifier`; unset keeps that of the request.
    pub path_rewrite: Option<PathRewrite>,
    /// The status.
    pub response_code: RedirectCode,
    /// Whether the scheme becomes `https`.
    pub https_redirect: bool,
    /// Whether the query is dropped.
    pub strip_query: bool,
    /// The new port. Since 1.17.
    pub port_redirect: Option<u32>,
    /// Unknown fields.
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
    /// `prefixRewrite`: replaces the matched prefix.
    Prefix(String),
    /// `regexRewrite`: replaces what the expression matches. Since 1.11.
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

/// A fixed response: `directResponseAction`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DirectResponseAction {
    /// The status.
    pub status: u32,
    /// The body.
    pub body: String,
    /// Unknown fields.
    pub unknown: UnknownFields,
}

message!(DirectResponseAction { status: "status", body: "body" });
