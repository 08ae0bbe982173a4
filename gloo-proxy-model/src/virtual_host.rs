use crate::message::message;
use crate::{Action, Matcher, OpaqueMetadata, RouteOptions, UnknownFields, VirtualHostOptions};

/// Domains and their routes: `virtualHosts[]`.
///
/// Whether plain HTTP is refused is not said here: Gloo derives it from the listener's SSL configurations.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VirtualHost {
    /// Its name; Gloo does not ask that it be unique.
    pub name: String,
    /// Exact names, `*.suffix` or `*`, each with or without a port; empty means `*`.
    pub domains: Vec<String>,
    /// The routes; the first that matches serves the request.
    pub routes: Vec<Route>,
    /// Options for all its routes. `virtualHostPlugins` before 1.0.
    pub options: Option<Box<VirtualHostOptions>>,
    /// What it was made from: oneof `opaque_metadata`.
    pub metadata: Option<Box<OpaqueMetadata>>,
    /// Fields that this crate has no name for.
    pub unknown: UnknownFields,
}

message!(VirtualHost {
    name: "name",
    domains: "domains",
    routes: "routes",
    options: "options",
    metadata: oneof OpaqueMetadata,
});

/// Which requests, and what happens to them: `routes[]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Route {
    /// Any of them must match; none means every request. A single `matcher` before 1.0.
    pub matchers: Vec<Matcher>,
    /// What happens: oneof `action`.
    pub action: Option<Action>,
    /// How it happens. `routePlugins` before 1.0.
    pub options: Option<RouteOptions>,
    /// Its name. Since 1.3.4.
    pub name: String,
    /// What it was made from: oneof `opaque_metadata`.
    pub metadata: Option<Box<OpaqueMetadata>>,
    /// Fields that this crate has no name for.
    pub unknown: UnknownFields,
}

message!(Route {
    matchers: "matchers",
    action: oneof Action,
    options: "options",
    name: "name",
    metadata: oneof OpaqueMetadata,
});
