//! Where the routes of a virtual host come from.

use std::{fmt, sync::Arc};

/// The path of an Ingress that a route comes from. Printed as its field: `spec.rules[0].http.paths[1]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct RouteSource {
    /// Index of the rule in `spec.rules`.
    pub rule: usize,
    /// Index of the path in the rule's `http.paths`.
    pub path: usize,
}

/// Where each route of a virtual host comes from, in the order of the routes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteSources(Sources);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Sources {
    /// The paths of one rule, in their order; and then again, if there are more routes. Most virtual hosts are so, and then this
    /// takes no memory of its own.
    Rule { rule: usize, paths: usize },
    /// Each by itself; and then again, if there are more routes.
    List(Arc<[RouteSource]>),
}

impl RouteSources {
    /// The paths of one rule, in their order.
    pub(crate) const fn of_rule(rule: usize, paths: usize) -> Self {
        Self(Sources::Rule { rule, paths })
    }

    /// Each route by itself.
    pub(crate) fn list(sources: impl IntoIterator<Item = RouteSource>) -> Self {
        Self(Sources::List(sources.into_iter().collect()))
    }

    /// Where the route with this index comes from; `None` for an index that no route has in a virtual host without routes.
    #[must_use]
    pub fn get(&self, route: usize) -> Option<RouteSource> {
        let Self(sources) = self;
        match sources {
            // Probe routes stand before the others, one for each.
            Sources::Rule { rule, paths } => {
                Some(RouteSource { rule: *rule, path: route.checked_rem(*paths)? })
            }
            Sources::List(list) => list.get(route.checked_rem(list.len())?).copied(),
        }
    }
}

impl fmt::Display for RouteSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, path } = self;
        write!(f, "spec.rules[{rule}].http.paths[{path}]")
    }
}
