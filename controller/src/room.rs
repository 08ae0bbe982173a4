//! What becomes of the Ingresses that the Proxies have no room for: they are left out, told so, and come in again when there is.
//!
//! As long as all fit, nothing here costs anything: only a Proxy that turns out too large when it is to be written is looked at
//! whole, and from then on with each change, until all fit again.

use std::{collections::BTreeSet, fmt};

use knative_gloo_translate::Gateway;
use knative_ingress_model::IngressRef;
use kube::Error;

use crate::share::Age;

/// Why an Ingress that is left out is not ready.
pub(crate) const NO_ROOM: &str = "ProxyFull";

/// What a Proxy may have at least, whatever is configured and whatever the server says: then one without Ingresses always fits.
pub(crate) const LEAST_BYTES: usize = 64 << 10;

/// What room the Proxies have, as far as it has been looked at.
#[derive(Debug)]
pub(crate) struct Room {
    /// What a Proxy may have: what is configured, or less if the server has refused that.
    pub(crate) max_bytes: usize,
    pub(crate) external: GatewayRoom,
    pub(crate) internal: GatewayRoom,
    /// Those that are left out, rejected ones too.
    pub(crate) left_out: BTreeSet<IngressRef>,
    /// Those of them that would be served, and so are told.
    pub(crate) told: BTreeSet<IngressRef>,
}

/// What room one Proxy has.
#[derive(Debug, Default)]
pub(crate) struct GatewayRoom {
    /// Whether it has been too large since all have last fit.
    pub(crate) is_tight: bool,
    /// How often what all Ingresses together give has changed, or the limit.
    pub(crate) changes: u64,
    /// The changes that `first_left_out` knows of.
    pub(crate) searched: Option<u64>,
    /// The oldest Ingress that has no room.
    pub(crate) first_left_out: Option<Age>,
}

impl GatewayRoom {
    pub(crate) fn is_searched(&self) -> bool {
        !self.is_tight || self.searched == Some(self.changes)
    }
}

impl Room {
    pub(crate) fn new(max_bytes: usize) -> Self {
        let max_bytes = max_bytes.max(LEAST_BYTES);
        Self {
            max_bytes,
            external: GatewayRoom::default(),
            internal: GatewayRoom::default(),
            left_out: BTreeSet::new(),
            told: BTreeSet::new(),
        }
    }

    /// Notes that what the Ingresses give for a Proxy has changed.
    pub(crate) const fn changed(&mut self, gateway: Gateway) {
        let room = self.of(gateway);
        room.changes = room.changes.saturating_add(1);
    }

    pub(crate) fn forget(&mut self, ingress: &IngressRef) {
        self.left_out.remove(ingress);
        self.told.remove(ingress);
    }

    /// The oldest Ingress that one of the Proxies has no room for. It is in neither then.
    pub(crate) fn first_left_out(&self) -> Option<&Age> {
        [&self.external, &self.internal].into_iter().filter_map(|room| room.first_left_out.as_ref()).min()
    }

    pub(crate) fn leaves_out(&self, age: &Age) -> bool {
        self.first_left_out().is_some_and(|first| first <= age)
    }

    pub(crate) const fn of(&mut self, gateway: Gateway) -> &mut GatewayRoom {
        match gateway {
            Gateway::External => &mut self.external,
            Gateway::Internal => &mut self.internal,
        }
    }
}

/// Where an Ingress stands.
pub(crate) enum Standing {
    Served,
    LeftOut,
    /// It is left out unless what has changed since makes room.
    Unknown,
}

/// A Proxy that is larger than it may be, and was not sent.
#[derive(Debug)]
pub(crate) struct TooLarge {
    pub(crate) max_bytes: usize,
}

impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the Proxy is larger than {} bytes, even compressed", self.max_bytes)
    }
}

impl std::error::Error for TooLarge {}

/// Whether this was found before anything was sent.
pub(crate) fn is_unsent(error: &Error) -> bool {
    matches!(error, Error::Service(source) if source.is::<TooLarge>())
}

/// Whether the server has refused a request for its size: the API server itself, etcd, or the connection between them.
pub(crate) fn is_refused_for_size(error: &Error) -> bool {
    let Error::Api(status) = error else { return false };
    let said = ["request is too large", "trying to send message larger than max", "Request entity too large"];
    status.code == 413 || said.iter().any(|said| status.message.contains(said))
}
