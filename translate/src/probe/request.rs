//! Which request surely reaches a probe route of a virtual host.

use std::sync::Arc;

use gloo_proxy_model::{Action, HeaderMatcher, Matcher, PathSpecifier, Route, VirtualHost};
use knative_ingress_model::keys::{HASH_HEADER, HASH_OVERRIDE, PROBE_HEADER, PROBE_VALUE};

use super::expected_answer::ExpectedAnswer;
use crate::{check::header, stages::lower::matchers::why_unreachable};

/// The path that Knative's prober asks for.
const PROBE_PATH: &str = "/healthz";

/// The requests that reach the probe routes of a virtual host, the simplest first.
pub(super) struct Candidates<'a> {
    routes: Vec<ProbeRoute<'a>>,
    /// Indices into `routes` of those that a request can be made for, the best first.
    ranking: Vec<usize>,
    /// Whether some of the routes redirect and others don't.
    is_mixed: bool,
}

/// A request for one host.
pub(super) struct Target {
    pub(super) host: String,
    pub(super) path: String,
    pub(super) matched: Arc<[(String, String)]>,
    pub(super) expected: ExpectedAnswer,
}

/// A route that takes probes alone.
struct ProbeRoute<'a> {
    path: PathMatch,
    /// The value of `:authority` that it demands.
    authority: Option<&'a str>,
    /// The other headers that it demands, beside the prober's.
    headers: Arc<[(String, String)]>,
    expected: ExpectedAnswer,
}

/// What a route asks of a path.
enum PathMatch {
    Any,
    /// It begins with this.
    Prefix(String),
}

impl<'a> Candidates<'a> {
    pub(super) fn new(virtual_host: &'a VirtualHost) -> Self {
        let routes: Vec<_> = virtual_host.routes.iter().filter_map(|route| ProbeRoute::new(route)).collect();
        let mut ranking: Vec<usize> = Vec::with_capacity(routes.len());
        ranking.extend(
            routes.iter().enumerate().filter(|(_, route)| route.can_be_asked()).map(|(place, _)| place),
        );
        ranking.sort_by_key(|place| routes.get(*place).map(ProbeRoute::rank));
        let is_mixed =
            routes.iter().any(|route| routes.first().is_some_and(|first| first.expected != route.expected));
        Self { routes, ranking, is_mixed }
    }

    /// The request for the host `domain`, `None` if no request reaches a probe route of it.
    pub(super) fn target(&self, domain: &str, hash: &str) -> Option<Target> {
        let mut candidates = self.ranking.iter().filter_map(|place| self.routes.get(*place));
        let (route, host) = candidates.find_map(|route| Some((route, route.host(domain, hash)?)))?;
        let path = match &route.path {
            PathMatch::Any => PROBE_PATH.to_owned(),
            PathMatch::Prefix(prefix) => requested(prefix),
        };
        let expected = if self.is_mixed {
            // A route before it may take the request.
            let sent = &route.headers;
            let first = self.routes.iter().find(|other| other.takes(&host, &path, sent));
            first.map_or(route.expected, |first| first.expected)
        } else {
            route.expected
        };
        Some(Target { host, path, matched: Arc::clone(&route.headers), expected })
    }
}

impl<'a> ProbeRoute<'a> {
    /// `None` for a route that is not for probes, or whose request can't be told.
    fn new(route: &'a Route) -> Option<Self> {
        let Matcher { path, headers, .. } = route.matchers.first()?;
        headers.iter().find(|header| is_override(header))?;
        let path = match path.as_ref()? {
            PathSpecifier::Regex(expression) if expression == ".*" => PathMatch::Any,
            PathSpecifier::Regex(expression) => PathMatch::Prefix(literal(expression)?),
            PathSpecifier::Prefix(prefix) if prefix == "/" => PathMatch::Any,
            PathSpecifier::Prefix(prefix) | PathSpecifier::Exact(prefix) => PathMatch::Prefix(prefix.clone()),
            PathSpecifier::Connect => return None,
        };
        let mut authority = None;
        let mut demanded = Vec::new();
        for header in headers.iter().filter(|header| !is_override(header)) {
            let HeaderMatcher { name, value, regex, invert_match: _, unknown: _ } = header;
            // An empty value is written as an expression, and is the only one.
            let value = if *regex { "" } else { value.as_str() };
            if name == ":authority" {
                authority = Some(value);
            } else {
                demanded.push((name.clone(), value.to_owned()));
            }
        }
        let expected = match route.action {
            Some(Action::Redirect(_)) => ExpectedAnswer::Redirect,
            Some(Action::Route(_) | Action::DirectResponse(_) | Action::GraphqlApi(_)) | None => {
                ExpectedAnswer::Hash
            }
        };
        Some(Self { path, authority, headers: demanded.into(), expected })
    }

    /// Whether a client can send what it demands, as a probe.
    fn can_be_asked(&self) -> bool {
        let path = match &self.path {
            PathMatch::Any => true,
            PathMatch::Prefix(prefix) => why_unreachable(prefix).is_none(),
        };
        path && self.headers.iter().all(|(name, value)| {
            let is_probe = !name.eq_ignore_ascii_case(PROBE_HEADER) || value == PROBE_VALUE;
            is_probe && !header::is_hop_by_hop(name) && value.trim_matches([' ', '\t']) == value
        })
    }

    /// The lower the better.
    fn rank(&self) -> (usize, bool, bool) {
        (self.headers.len(), self.authority.is_some(), matches!(self.path, PathMatch::Prefix(_)))
    }

    /// The host by which the domain is asked; `None` if the route demands one that isn't the domain's.
    fn host(&self, domain: &str, hash: &str) -> Option<String> {
        let suffix = domain.strip_prefix('*');
        match (suffix, self.authority) {
            (None, None) => Some(domain.to_owned()),
            (None, Some(authority)) => (authority == domain).then(|| domain.to_owned()),
            (Some(suffix), None) => {
                let suffix = if suffix.is_empty() { ".invalid" } else { suffix };
                // With an underscore, which a host of an Ingress can't have: who knows the hash could else take the name, and the
                // wildcard's Ingress would never be ready.
                Some(format!("probe_{}{suffix}", hash.get(..32).unwrap_or(hash)))
            }
            // Somebody else may own the very name.
            (Some(_), Some(_)) => None,
        }
    }

    /// Whether a probe with these headers is for this route.
    fn takes(&self, host: &str, path: &str, sent: &[(String, String)]) -> bool {
        let Self { path: wanted, authority, headers, expected: _ } = self;
        let is_path = match wanted {
            PathMatch::Any => true,
            PathMatch::Prefix(prefix) => path.starts_with(prefix.as_str()),
        };
        let is_sent = |(name, value): &(String, String)| {
            sent.iter().any(|(sent, of)| sent.eq_ignore_ascii_case(name) && of == value)
        };
        is_path && authority.is_none_or(|authority| authority == host) && headers.iter().all(is_sent)
    }
}

/// Whether it demands that the request is a probe.
fn is_override(header: &HeaderMatcher) -> bool {
    header.name.eq_ignore_ascii_case(HASH_HEADER) && header.value == HASH_OVERRIDE && !header.regex
}

/// A path that begins with `prefix` and is left as it is.
fn requested(prefix: &str) -> String {
    let last = prefix.rsplit('/').next().unwrap_or_default();
    // Envoy resolves these, unless more follows.
    let rest = if matches!(last, "." | "..") { "healthz" } else { "" };
    format!("{prefix}{rest}")
}

/// What a path begins with that the expression of an escaped literal and `.*` matches.
fn literal(expression: &str) -> Option<String> {
    let mut literal = String::with_capacity(expression.len());
    let mut characters = expression.strip_suffix(".*")?.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => literal.push(characters.next().filter(|escaped| !escaped.is_ascii_alphanumeric())?),
            '.' | '+' | '*' | '?' | '(' | ')' | '|' | '[' | ']' | '{' | '}' | '^' | '$' => return None,
            character => literal.push(character),
        }
    }
    Some(literal)
}
