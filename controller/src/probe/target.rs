//! How far an Ingress is: what each endpoint has not answered yet.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use knative_gloo_translate::Probe;
use knative_ingress_model::IngressRef;
use tokio::task::AbortHandle;
use tokio_util::time::delay_queue;
use tracing::{Span, debug, info};

use super::{Endpoint, Failure, ProbeSettings};

/// Something that has become known of an Ingress.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// Every endpoint serves it.
    Served(IngressRef),
    /// Some endpoint doesn't serve it yet, or a gateway that must serve it has no endpoint.
    Waiting(IngressRef),
}

/// How far the probes of an Ingress are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// Nothing is known yet: an [`Event`] will tell.
    Unknown,
    /// Some endpoint doesn't serve it yet.
    Waiting,
    /// Every endpoint serves it.
    Served,
}

/// An Ingress that is asked for.
pub(super) struct Target {
    pub(super) ingress: Arc<IngressRef>,
    pub(super) probes: Vec<Arc<Probe>>,
    pub(super) lanes: BTreeMap<Endpoint, Lane>,
    pub(super) progress: Progress,
    /// Where it was asked for.
    pub(super) span: Span,
}

/// What an endpoint is asked for one Ingress.
pub(super) struct Lane {
    pub(super) id: u64,
    /// What it has not answered yet; the first is asked next, or is being asked.
    pub(super) open: VecDeque<Arc<Probe>>,
    /// In a row.
    pub(super) failures: u32,
    pub(super) state: State,
}

pub(super) enum State {
    /// It is in the queue of its endpoint, or has nothing to ask.
    Idle,
    Asking(AbortHandle),
    Pausing(delay_queue::Key),
}

/// A lane, unless it is another one by now.
#[derive(Clone)]
pub(super) struct LaneRef {
    pub(super) ingress: Arc<IngressRef>,
    pub(super) endpoint: Endpoint,
    pub(super) id: u64,
}

impl Target {
    /// The lane that is meant, if it is still there.
    pub(super) fn lane(&mut self, reference: &LaneRef) -> Option<&mut Lane> {
        self.lanes.get_mut(&reference.endpoint).filter(|lane| lane.id == reference.id)
    }

    /// What is to be told once it is known that some endpoint doesn't serve it yet; nothing the second time.
    pub(super) fn starts_waiting(&mut self) -> Option<Event> {
        (self.progress == Progress::Unknown).then(|| {
            self.progress = Progress::Waiting;
            Event::Waiting((*self.ingress).clone())
        })
    }
}

impl ProbeSettings {
    pub(super) fn pause(self, failures: u32) -> Duration {
        let times = 2_u32.saturating_pow(failures.saturating_sub(1));
        self.first_pause.saturating_mul(times).min(self.longest_pause)
    }
}

/// After so many failures in a row, and then each time that many more have come, it is said aloud.
const OFTEN: u32 = 30;

impl Lane {
    /// Logs that its first probe has failed.
    pub(super) fn log(&self, endpoint: Endpoint, failure: &Failure) {
        let Some(probe) = self.open.front() else { return };
        let failures = self.failures;
        if failures.is_multiple_of(OFTEN) {
            info!(%endpoint, failures, "not ready, since {probe} is not served: {failure}");
        } else {
            debug!(%endpoint, failures, "{probe} is not served yet: {failure}");
        }
    }
}
