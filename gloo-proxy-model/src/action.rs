use crate::{HeaderManipulation, ResourceRef};

/// What a route does: oneof `action`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Action {
    /// `routeAction`: forwards the request.
    Route(RouteAction),
    /// `redirectAction`: answers with a redirect.
    Redirect(RedirectAction),
    /// `directResponseAction`: answers by itself.
    DirectResponse(DirectResponseAction),
}

/// Where a request is forwarded to: `routeAction`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RouteAction {
    /// Oneof `destination`; without one Gloo reports an error.
    pub destination: Option<RouteDestination>,
}

/// The destination of a [`RouteAction`]: oneof `destination`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum RouteDestination {
    /// `single`: all to one.
    Single(Destination),
    /// `multi`: shared out by weight.
    Multi(MultiDestination),
    /// `upstreamGroup`: shared out as an UpstreamGroup says.
    UpstreamGroup(ResourceRef),
}

/// Destinations and their shares: `multi`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MultiDestination {
    /// The destinations; at least one, and the sum of their weights at least 1.
    pub destinations: Vec<WeightedDestination>,
}

/// A destination and its share: `destinations[]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WeightedDestination {
    /// Where to.
    pub destination: Option<Destination>,
    /// Its share of the sum of all weights; unset counts as 0.
    pub weight: Option<u32>,
    /// What happens to its requests alone.
    pub options: Option<WeightedDestinationOptions>,
}

/// Options of one destination.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WeightedDestinationOptions {
    /// Headers set or removed.
    pub header_manipulation: Option<HeaderManipulation>,
}

/// A backend.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Destination {
    /// Oneof `destination_type`.
    pub destination_type: Option<DestinationType>,
}

/// Which kind of backend: oneof `destination_type`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum DestinationType {
    /// `upstream`: a Gloo Upstream.
    Upstream(ResourceRef),
    /// `kube`: a port of a Kubernetes Service.
    Kube(KubeDestination),
}

/// A port of a Kubernetes Service: `kube`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KubeDestination {
    /// The Service.
    pub r#ref: ResourceRef,
    /// The Service's port (not the target port).
    pub port: u32,
}

/// A redirect: `redirectAction`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RedirectAction {
    /// Whether the scheme becomes `https`.
    pub https_redirect: bool,
    /// The status.
    pub response_code: RedirectCode,
}

/// The status of a redirect.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
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

/// A fixed answer: `directResponseAction`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DirectResponseAction {
    /// The status.
    pub status: u32,
    /// The body.
    pub body: String,
}
