//! Which routes no request can reach, because earlier ones take them all.

use std::collections::BTreeMap;

use knative_ingress_model::Ingress;

use super::{
    context::Lowering,
    origins::{Origin, Routes},
};
use crate::Code;

/// What is known of each route, over all virtual hosts that hold it.
#[derive(Default)]
pub(crate) struct UnreachableRoutes {
    by_origin: BTreeMap<Origin, RouteReach>,
}

#[derive(Default)]
struct RouteReach {
    /// How many virtual hosts hold the route, and in how many of them no request reaches it.
    virtual_hosts: usize,
    unreachable_in: usize,
    /// What stands before it, in the first of them.
    by: Option<Origin>,
}

/// A header that must match: its name in lower case, its value, and whether that is an expression.
type HeaderConstraint<'a> = (String, &'a str, bool);

/// Prefixes of which none begins with another, each with the place of its route.
type Prefixes<'a> = BTreeMap<&'a str, usize>;

impl UnreachableRoutes {
    /// Checks the routes of one virtual host.
    pub(crate) fn check(&mut self, routes: &Routes, ingress: &Ingress) {
        let literal =
            |origin: Origin| origin.path_of(ingress).map(|path| path.path.as_str()).unwrap_or_default();
        // A route is unreachable if an earlier one has the same header constraints or none, and a path that its own begins with.
        let mut seen: BTreeMap<Vec<HeaderConstraint<'_>>, Prefixes<'_>> = BTreeMap::new();
        for (place, route) in routes.list.iter().enumerate() {
            let Some(origin) = routes.origin(place) else { continue };
            let literal = literal(origin);
            let constraints: Vec<HeaderConstraint<'_>> = route
                .matchers
                .iter()
                .flat_map(|matcher| &matcher.headers)
                .map(|header| (header.name.to_ascii_lowercase(), header.value.as_str(), header.regex))
                .collect();
            let by_same = seen.get(&constraints).and_then(|prefixes| beginning_of(prefixes, literal));
            let by_any = seen.get(&Vec::new()).and_then(|prefixes| beginning_of(prefixes, literal));
            let reach = self.by_origin.entry(origin).or_default();
            reach.virtual_hosts = reach.virtual_hosts.saturating_add(1);
            if let Some(earlier) = by_same.or(by_any) {
                reach.unreachable_in = reach.unreachable_in.saturating_add(1);
                reach.by = reach.by.or(routes.origin(earlier));
                continue;
            }
            let prefixes = seen.entry(constraints).or_default();
            let longer: Vec<&str> = prefixes
                .range(literal..)
                .map(|(prefix, _)| *prefix)
                .take_while(|prefix| prefix.starts_with(literal))
                .collect();
            for prefix in longer {
                prefixes.remove(prefix);
            }
            prefixes.insert(literal, place);
        }
    }

    /// Reports the routes that no request reaches in any virtual host.
    pub(crate) fn report(self, lowering: &mut Lowering<'_>) {
        for (origin, RouteReach { virtual_hosts, unreachable_in, by }) in self.by_origin {
            let (true, Some(by)) = (virtual_hosts == unreachable_in, by) else { continue };
            let Origin { rule, path, .. } = origin;
            lowering.diagnostics.warning(
                Code::UnreachableRoute,
                format_args!("spec.rules[{rule}].http.paths[{path}]"),
                format_args!(
                    "spec.rules[{}].http.paths[{}] stands before it and takes all of its requests",
                    by.rule, by.path
                ),
            );
        }
    }
}

/// The place of the prefix with which `literal` begins. Since no prefix begins with another, that can only be the last one
/// not behind it.
fn beginning_of(prefixes: &Prefixes<'_>, literal: &str) -> Option<usize> {
    let (prefix, place) = prefixes.range(..=literal).next_back()?;
    literal.starts_with(prefix).then_some(*place)
}
