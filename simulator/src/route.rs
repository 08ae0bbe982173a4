use gloo_proxy_model::{
    Action, Destination, DestinationType, HeaderMatcher, HostRewrite, Matcher, PathRewrite, PathSpecifier,
    QueryParameterMatcher, RedirectAction, RedirectCode, RetryPolicy, Route, RouteAction, RouteDestination,
    RouteOptions, VirtualHost, WeightedDestination,
};

use std::fmt;

use crate::headers::Manipulation;
use crate::http_model::{Request, Retries, without_query};
use crate::pattern::Pattern;
use crate::trace::Mismatch;

/// Envoy's time limit of a request where a route has none.
const DEFAULT_TIMEOUT: i64 = 15_000_000_000;

/// A virtual host, ready to be asked.
#[derive(Debug)]
pub(crate) struct Host {
    pub(crate) name: String,
    pub(crate) routes: Vec<ReadyRoute>,
    pub(crate) headers: Manipulation,
}

/// A route, ready to be asked.
#[derive(Debug)]
pub(crate) struct ReadyRoute {
    /// Empty: every request.
    matchers: Vec<ReadyMatcher>,
    pub(crate) headers: Manipulation,
    pub(crate) action: ReadyAction,
    pub(crate) timeout: Option<i64>,
    pub(crate) retries: Option<Retries>,
    pub(crate) host_rewrite: Option<HostRewrite>,
    pub(crate) prefix_rewrite: Option<String>,
}

/// What a route does.
#[derive(Debug)]
pub(crate) enum ReadyAction {
    Redirect(RedirectAction),
    Direct(u16),
    Forward(Vec<ReadyBackend>),
}

/// A destination, its weight and what happens to its headers.
#[derive(Debug)]
pub(crate) struct ReadyBackend {
    pub(crate) service: String,
    pub(crate) port: u32,
    pub(crate) weight: u64,
    pub(crate) headers: Manipulation,
}

#[derive(Debug)]
struct ReadyMatcher {
    path: ReadyPath,
    headers: Vec<(String, Wanted, bool)>,
    query: Vec<(String, Wanted)>,
    methods: Vec<String>,
}

#[derive(Debug)]
enum ReadyPath {
    Prefix { text: String, any_case: bool },
    Exact { text: String, any_case: bool },
    Regex(Pattern),
    Never,
}

#[derive(Debug)]
enum Wanted {
    Present,
    Exact(String),
    Regex(Pattern),
}

impl Host {
    pub(crate) fn new(virtual_host: &VirtualHost, listener: &str, refusals: &mut Vec<String>) -> Self {
        let VirtualHost { name, domains: _, routes, options, metadata: _, unknown: _ } = virtual_host;
        let options = options.as_deref();
        let retries = options.and_then(|options| options.retries.as_deref());
        let at = format!("{listener}: {name}");
        let headers = options.and_then(|options| options.header_manipulation.as_deref());
        Self {
            name: name.clone(),
            routes: routes.iter().map(|route| ReadyRoute::new(route, retries, &at, refusals)).collect(),
            headers: Manipulation::new(headers, &at, refusals),
        }
    }
}

impl ReadyRoute {
    fn new(route: &Route, of_host: Option<&RetryPolicy>, at: &str, refusals: &mut Vec<String>) -> Self {
        let Route { matchers, action, options, name: _, metadata: _, unknown: _ } = route;
        let default = RouteOptions::default();
        let RouteOptions { timeout, retries, prefix_rewrite, host_rewrite, header_manipulation, .. } =
            options.as_ref().unwrap_or(&default);
        let timeout = timeout.map_or(DEFAULT_TIMEOUT, |timeout| timeout.as_nanos());
        Self {
            matchers: matchers.iter().map(ReadyMatcher::new).collect(),
            headers: Manipulation::new(header_manipulation.as_deref(), at, refusals),
            action: ReadyAction::new(action.as_ref(), at, refusals),
            timeout: (timeout != 0).then_some(timeout),
            retries: retries.as_deref().or(of_host).and_then(read_retries),
            host_rewrite: host_rewrite.clone(),
            prefix_rewrite: prefix_rewrite.clone().filter(|prefix| !prefix.is_empty()),
        }
    }

    /// Whether it serves the request, whose path is normalised; the length of the prefix that matched.
    pub(crate) fn matches(&self, path: &str, request: &Request) -> Option<usize> {
        if self.matchers.is_empty() {
            return Some(0);
        }
        self.matchers.iter().find_map(|matcher| matcher.check(path, request).ok())
    }

    /// As [`matches`](Self::matches); the error is why not, for each matcher.
    pub(crate) fn check(&self, path: &str, request: &Request) -> Result<usize, Vec<Mismatch>> {
        let why =
            |matcher: &ReadyMatcher| matcher.check(path, request).err().map(|failed| failed.told(request));
        match self.matches(path, request) {
            Some(prefix) => Ok(prefix),
            None => Err(self.matchers.iter().filter_map(why).collect()),
        }
    }
}

fn read_retries(policy: &RetryPolicy) -> Option<Retries> {
    let RetryPolicy { retry_on, num_retries, per_try_timeout, .. } = policy;
    // Envoy's `5xx` takes failed connections in.
    retry_on.split(',').any(|word| word.trim() == "5xx").then(|| Retries {
        attempts: (*num_retries).max(1),
        per_try_timeout: per_try_timeout.map(|limit| limit.as_nanos()).filter(|nanos| *nanos != 0),
    })
}

impl ReadyAction {
    fn new(action: Option<&Action>, at: &str, refusals: &mut Vec<String>) -> Self {
        match action {
            Some(Action::Redirect(redirect)) => Self::Redirect(redirect.clone()),
            Some(Action::DirectResponse(direct)) => Self::Direct(u16::try_from(direct.status).unwrap_or(500)),
            Some(Action::Route(RouteAction { destination, unknown: _ })) => {
                Self::Forward(read_destination(destination.as_ref(), at, refusals))
            }
            Some(Action::GraphqlApi(api)) => {
                Self::Forward(vec![ReadyBackend::named(format!("GraphQLApi {}/{}", api.namespace, api.name))])
            }
            None => {
                refusals.push(format!("{at}: a route without an action"));
                Self::Direct(500)
            }
        }
    }

    pub(crate) const fn redirect_status(code: RedirectCode) -> u16 {
        match code {
            RedirectCode::MovedPermanently => 301,
            RedirectCode::Found => 302,
            RedirectCode::SeeOther => 303,
            RedirectCode::TemporaryRedirect => 307,
            RedirectCode::PermanentRedirect => 308,
        }
    }
}

fn read_destination(
    destination: Option<&RouteDestination>,
    at: &str,
    refusals: &mut Vec<String>,
) -> Vec<ReadyBackend> {
    match destination {
        Some(RouteDestination::Single(single)) => vec![ReadyBackend::new(Some(single), 1)],
        Some(RouteDestination::Multi(multi)) => {
            let backend = |weighted: &WeightedDestination| {
                let WeightedDestination { destination, weight, options, unknown: _ } = weighted;
                let headers = options.as_ref().and_then(|options| options.header_manipulation.as_ref());
                ReadyBackend {
                    headers: Manipulation::new(headers, at, refusals),
                    ..ReadyBackend::new(destination.as_ref(), u64::from(weight.unwrap_or_default()))
                }
            };
            let all: Vec<ReadyBackend> = multi.destinations.iter().map(backend).collect();
            if all.iter().all(|backend| backend.weight == 0) {
                refusals.push(format!("{at}: weights sum to 0"));
            }
            all
        }
        Some(RouteDestination::UpstreamGroup(group)) => {
            vec![ReadyBackend::named(format!("UpstreamGroup {}/{}", group.namespace, group.name))]
        }
        Some(RouteDestination::ClusterHeader(header)) => {
            vec![ReadyBackend::named(format!("the cluster in header {header}"))]
        }
        Some(RouteDestination::DynamicForwardProxy(_)) => {
            vec![ReadyBackend::named("the host of the request".to_owned())]
        }
        None => {
            refusals.push(format!("{at}: a route without a destination"));
            Vec::new()
        }
    }
}

impl ReadyBackend {
    fn named(service: String) -> Self {
        Self { service, port: 0, weight: 1, headers: Manipulation::default() }
    }

    fn new(destination: Option<&Destination>, weight: u64) -> Self {
        let (service, port) = match destination.and_then(|destination| destination.destination_type.as_ref())
        {
            Some(DestinationType::Kube(kube)) => {
                (format!("{}/{}", kube.r#ref.namespace, kube.r#ref.name), kube.port)
            }
            Some(DestinationType::Upstream(upstream)) => {
                (format!("Upstream {}/{}", upstream.namespace, upstream.name), 0)
            }
            Some(DestinationType::Consul(consul)) => (format!("Consul {}", consul.service_name), 0),
            None => (String::new(), 0),
        };
        Self { service, port, weight, headers: Manipulation::default() }
    }
}

impl ReadyMatcher {
    fn new(matcher: &Matcher) -> Self {
        let Matcher { path, case_sensitive, headers, query_parameters, methods, unknown: _ } = matcher;
        let any_case = *case_sensitive == Some(false);
        let header = |matcher: &HeaderMatcher| {
            let HeaderMatcher { name, value, regex, invert_match, unknown: _ } = matcher;
            (name.to_ascii_lowercase(), Wanted::new(value, *regex), *invert_match)
        };
        let parameter = |matcher: &QueryParameterMatcher| {
            let QueryParameterMatcher { name, value, regex, unknown: _ } = matcher;
            (name.clone(), Wanted::new(value, *regex))
        };
        Self {
            path: match path {
                Some(PathSpecifier::Prefix(text)) => ReadyPath::Prefix { text: text.clone(), any_case },
                Some(PathSpecifier::Exact(text)) => ReadyPath::Exact { text: text.clone(), any_case },
                Some(PathSpecifier::Regex(text)) => ReadyPath::Regex(Pattern::new(text)),
                Some(PathSpecifier::Connect) | None => ReadyPath::Never,
            },
            headers: headers.iter().map(header).collect(),
            query: query_parameters.iter().map(parameter).collect(),
            methods: methods.clone(),
        }
    }

    /// The length of the prefix that matches, or the first thing that does not match.
    fn check(&self, path: &str, request: &Request) -> Result<usize, Failed<'_>> {
        let Self { path: wanted, headers, query, methods } = self;
        let bare = without_query(path);
        let length = wanted.matches(bare).ok_or(Failed::Path(wanted))?;
        let header = |(name, wanted, inverted): &&(String, Wanted, bool)| {
            !header_matches(name, wanted, *inverted, path, request)
        };
        let parameters = path.split_once('?').map_or("", |(_, query)| query);
        let parameter = |(name, wanted): &&(String, Wanted)| {
            let mut values = parameters.split('&').filter_map(|pair| {
                let (known, value) = pair.split_once('=').unwrap_or((pair, ""));
                (known == name).then_some(value)
            });
            !values.next().is_some_and(|value| wanted.matches(value))
        };
        if let Some((name, wanted, inverted)) = headers.iter().find(header) {
            return Err(Failed::Header { name, wanted, inverted: *inverted });
        }
        if let Some((name, wanted)) = query.iter().find(parameter) {
            return Err(Failed::Query { name, wanted });
        }
        if methods.is_empty() || methods.contains(&request.method) {
            Ok(length)
        } else {
            Err(Failed::Method(methods))
        }
    }
}

/// The first thing of a matcher that does not match.
enum Failed<'a> {
    Path(&'a ReadyPath),
    Header { name: &'a str, wanted: &'a Wanted, inverted: bool },
    Query { name: &'a str, wanted: &'a Wanted },
    Method(&'a [String]),
}

impl Failed<'_> {
    fn told(self, request: &Request) -> Mismatch {
        match self {
            Self::Path(path) => Mismatch::Path { expected: path.to_string() },
            Self::Header { name, wanted, inverted } => Mismatch::Header {
                name: name.to_owned(),
                expected: if inverted { format!("not {wanted}") } else { wanted.to_string() },
                found: request.header(name).map(str::to_owned).collect(),
            },
            Self::Query { name, wanted } => {
                Mismatch::Query { name: name.to_owned(), expected: wanted.to_string() }
            }
            Self::Method(methods) => Mismatch::Method { expected: methods.to_vec() },
        }
    }
}

impl fmt::Display for ReadyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let case = |any_case: &bool| if *any_case { " in any case" } else { "" };
        match self {
            Self::Prefix { text, any_case } => write!(f, "the prefix {text}{}", case(any_case)),
            Self::Exact { text, any_case } => write!(f, "exactly {text}{}", case(any_case)),
            Self::Regex(pattern) => write!(f, "the regex {pattern}"),
            Self::Never => f.write_str("CONNECT"),
        }
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Present => f.write_str("any value"),
            Self::Exact(value) => write!(f, "{value:?}"),
            Self::Regex(pattern) => write!(f, "the regex {pattern}"),
        }
    }
}

impl ReadyPath {
    fn matches(&self, path: &str) -> Option<usize> {
        match self {
            Self::Prefix { text, any_case } => {
                let start = path.as_bytes().get(..text.len())?;
                same(start, text, *any_case).then_some(text.len())
            }
            Self::Exact { text, any_case } => same(path.as_bytes(), text, *any_case).then_some(path.len()),
            Self::Regex(pattern) => pattern.matches(path).then_some(path.len()),
            Self::Never => None,
        }
    }
}

fn same(found: &[u8], wanted: &str, any_case: bool) -> bool {
    if any_case { found.eq_ignore_ascii_case(wanted.as_bytes()) } else { found == wanted.as_bytes() }
}

/// Each value of a header counts by itself. A header that is not there does not match, inverted or not.
fn header_matches(name: &str, wanted: &Wanted, inverted: bool, path: &str, request: &Request) -> bool {
    let (present, matched) = match name {
        ":authority" | "host" => (true, wanted.matches(&request.authority)),
        ":path" => (true, wanted.matches(path)),
        ":method" => (true, wanted.matches(&request.method)),
        ":scheme" => (true, wanted.matches(request.transport.scheme())),
        _ => {
            let mut values = request.header(name).peekable();
            (values.peek().is_some(), values.any(|value| wanted.matches(value)))
        }
    };
    match wanted {
        Wanted::Present => present != inverted,
        Wanted::Exact(_) | Wanted::Regex(_) => present && matched != inverted,
    }
}

impl Wanted {
    /// Gloo: an empty value is presence.
    fn new(value: &str, regex: bool) -> Self {
        match (value.is_empty(), regex) {
            (true, _) => Self::Present,
            (false, true) => Self::Regex(Pattern::new(value)),
            (false, false) => Self::Exact(value.to_owned()),
        }
    }

    fn matches(&self, value: &str) -> bool {
        match self {
            Self::Present => true,
            Self::Exact(wanted) => wanted == value,
            Self::Regex(pattern) => pattern.matches(value),
        }
    }
}

/// What becomes of the path in a redirect or on its way to the backend.
pub(crate) fn rewritten(path: &str, prefix: usize, rewrite: &str) -> String {
    let (bare, query) = match path.split_once('?') {
        Some((bare, query)) => (bare, Some(query)),
        None => (path, None),
    };
    let mut out = rewrite.to_owned();
    out.push_str(bare.get(prefix..).unwrap_or_default());
    if let Some(query) = query {
        out.push('?');
        out.push_str(query);
    }
    out
}

/// The path that a redirect leads to.
pub(crate) fn redirect_path(redirect: &RedirectAction, path: &str, prefix: usize) -> String {
    let query = path.split_once('?').map(|(_, query)| query);
    let mut out = match &redirect.path_rewrite {
        Some(PathRewrite::Path(new)) if new.contains('?') => return new.clone(),
        Some(PathRewrite::Path(new)) => match query {
            Some(query) => format!("{new}?{query}"),
            None => new.clone(),
        },
        Some(PathRewrite::Prefix(new)) => rewritten(path, prefix, new),
        Some(PathRewrite::Regex(_)) | None => path.to_owned(),
    };
    if redirect.strip_query {
        let length = without_query(&out).len();
        out.truncate(length);
    }
    out
}
