//! What a route does with a request that it serves.

use gloo_proxy_model::{
    Action, Destination, DestinationType, HostRewrite, RedirectAction, RedirectCode, RetryPolicy, Route,
    RouteAction, RouteDestination, RouteOptions, VirtualHost, WeightedDestination,
};

use crate::headers::Manipulation;
use crate::http_model::{Request, Retries};
use crate::matcher::ReadyMatcher;
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
        self.matchers.iter().find_map(|matcher| matcher.matches(path, request))
    }

    /// As [`matches`](Self::matches); the error is why not, for each matcher.
    pub(crate) fn check(&self, path: &str, request: &Request) -> Result<usize, Vec<Mismatch>> {
        match self.matches(path, request) {
            Some(prefix) => Ok(prefix),
            None => Err(self.matchers.iter().filter_map(|matcher| matcher.mismatch(path, request)).collect()),
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
