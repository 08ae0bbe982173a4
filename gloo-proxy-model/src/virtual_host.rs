use crate::{Action, Matcher, RouteOptions};

/// Domains and their routes: `virtualHosts[]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VirtualHost {
    /// Its name; Gloo does not ask that it be unique.
    pub name: String,
    /// Exact names, `*.suffix` or `*`, each with or without a port; empty means `*`.
    pub domains: Vec<String>,
    /// The routes; the first that matches serves the request.
    pub routes: Vec<Route>,
}

/// Which requests, and what happens to them: `routes[]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Route {
    /// Any of them must match; none means every request.
    pub matchers: Vec<Matcher>,
    /// What happens: oneof `action`.
    pub action: Option<Action>,
    /// How it happens.
    pub options: Option<RouteOptions>,
    /// Its name. Since 1.3.4.
    pub name: String,
}
