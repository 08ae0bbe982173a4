//! Routes, and the path of the Ingress that each comes from.

use std::sync::Arc;

use gloo_proxy_model::Route;
use knative_ingress_model::{HttpIngressPath, Ingress};

use crate::{RouteSource, RouteSources};

/// Routes, each with what asks for it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Routes {
    pub(crate) list: Vec<Arc<Route>>,
    pub(crate) origins: Origins,
}

impl Routes {
    /// The path that each of them comes from.
    pub(crate) fn sources(&self) -> RouteSources {
        match &self.origins {
            Origins::Rule { rule, paths, public: _ } => RouteSources::of_rule(*rule, *paths),
            Origins::List(origins) => RouteSources::list(
                origins.iter().map(|Origin { rule, path, .. }| RouteSource { rule: *rule, path: *path }),
            ),
        }
    }

    /// What asks for the route at `place`.
    pub(crate) fn origin(&self, place: usize) -> Option<Origin> {
        self.origins.get(place)
    }
}

/// What asks for each of some routes.
#[derive(Clone, Debug)]
pub(crate) enum Origins {
    /// The paths of a rule, in their order; and then again, if there are more routes.
    Rule { rule: usize, paths: usize, public: bool },
    /// Each by itself.
    List(Vec<Origin>),
}

impl Default for Origins {
    fn default() -> Self {
        Self::List(Vec::new())
    }
}

impl Origins {
    pub(crate) fn get(&self, place: usize) -> Option<Origin> {
        match self {
            Self::Rule { rule, paths, public } => {
                Some(Origin { rule: *rule, path: place.checked_rem(*paths)?, public: *public })
            }
            Self::List(origins) => origins.get(place.checked_rem(origins.len())?).copied(),
        }
    }
}

/// What asks for a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Origin {
    /// Index of the rule in the spec.
    pub(crate) rule: usize,
    /// Index of the path in the rule.
    pub(crate) path: usize,
    /// Whether the rule is for everybody.
    pub(crate) public: bool,
}

impl Origin {
    /// The path itself.
    pub(crate) fn path_of(self, ingress: &Ingress) -> Option<&HttpIngressPath> {
        ingress.spec.rules.get(self.rule)?.http.as_ref()?.paths.as_ref()?.get(self.path)
    }
}
