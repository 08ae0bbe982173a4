use std::sync::Arc;

use crate::message::message;
use crate::{Action, Matcher, OpaqueMetadata, RouteOptions, UnknownFields, VirtualHostOptions};

/// Domains and their routes: `virtualHosts[]`.
///
/// It doesn't say whether plain HTTP is refused: Gloo derives that from the listener's SSL configurations.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VirtualHost {
    /// Its name. It doesn't have to be unique.
    pub name: String,
    /// Exact names, `*.suffix` or `*`, each with or without a port; empty means `*`.
    pub domains: Vec<String>,
    /// The routes; the first one that matches serves the request. Virtual hosts can share them.
    pub routes: Vec<Arc<Route>>,
    /// Options for all its routes. `virtualHostPlugins` before 1.0.
    pub options: Option<Box<VirtualHostOptions>>,
    /// What it was generated from: oneof `opaque_metadata`.
    pub metadata: Option<Box<OpaqueMetadata>>,
    /// Unknown fields.
    pub unknown: UnknownFields,
}

message!(VirtualHost {
    name: "name",
    domains: "domains",
    routes: "routes",
    options: "options",
    metadata: oneof OpaqueMetadata,
});

/// Which requests match, and what happens to them: `routes[]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Route {
    /// At least one must match; empty matches every request. A single `matcher` before 1.0.
    pub matchers: Vec<Matcher>,
    /// What happens: oneof `action`.
    pub action: Option<Action>,
    /// Options of the action. `routePlugins` before 1.0.
    pub options: Option<RouteOptions>,
    /// Its name. Since 1.3.4.
    pub name: String,
    /// What it was generated from: oneof `opaque_metadata`.
    pub metadata: Option<Box<OpaqueMetadata>>,
    /// Unknown fields.
    pub unknown: UnknownFields,
}

message!(Route {
    matchers: "matchers",
    action: oneof Action,
    options: "options",
    name: "name",
    metadata: oneof OpaqueMetadata,
});
