//! Asks until every endpoint has answered every probe of an Ingress.
//!
//! Each Ingress has a lane to each endpoint, and a lane asks one thing at a time: what is answered is not asked again, and after a
//! failure the lane waits, longer each time. The lanes of a namespace take turns, and so do the namespaces at an endpoint, and the
//! endpoints: neither an Ingress of a thousand hosts, nor a thousand Ingresses of a namespace whose backends hang, nor an endpoint that
//! hangs keeps others waiting.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque},
    future::pending,
    ops::Bound,
    sync::Arc,
};

use futures_util::StreamExt;
use knative_gloo_translate::{Gateway, Probe, Scheme};
use knative_ingress_model::IngressRef;
use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::time::DelayQueue;
use tracing::{Span, debug, info};

use super::target::{Event, Lane, LaneRef, Progress, State, Target};
use super::{Ask, Endpoint, Endpoints, Failure, ProbeCounts, ProbeSettings};

pub(crate) struct Prober<A> {
    asker: Arc<A>,
    settings: ProbeSettings,
    external: Endpoints,
    internal: Endpoints,
    targets: BTreeMap<IngressRef, Target>,
    /// The lanes that want to ask, by endpoint.
    queues: BTreeMap<Endpoint, Queue>,
    /// The endpoints, in the order of their turns.
    turns: VecDeque<Endpoint>,
    timers: DelayQueue<LaneRef>,
    requests: JoinSet<Answered>,
    under_way: HashMap<Id, LaneRef>,
    events: VecDeque<Event>,
    next_lane: u64,
    counts: BTreeMap<Gateway, ProbeCounts>,
}

/// What came of a lane's request.
type Answered = (LaneRef, Result<(), Failure>);

/// The lanes that want to ask an endpoint.
#[derive(Default)]
struct Queue {
    /// By namespace; none is empty.
    lanes: BTreeMap<String, VecDeque<LaneRef>>,
    /// The namespace whose turn was the last.
    last: String,
    /// How often in a row nothing has come back.
    silences: usize,
}

impl Queue {
    fn push(&mut self, lane: LaneRef) {
        self.lanes.entry(lane.ingress.namespace.clone()).or_default().push_back(lane);
    }

    /// The next lane of the namespace whose turn it is, of those that may have one more request.
    fn pop(&mut self, may_ask: impl Fn(&str) -> bool) -> Option<LaneRef> {
        let after = self.lanes.range::<str, _>((Bound::Excluded(&*self.last), Bound::Unbounded));
        let before = self.lanes.range::<str, _>((Bound::Unbounded, Bound::Included(&*self.last)));
        let namespace = after.chain(before).map(|(namespace, _)| namespace).find(|it| may_ask(it))?;
        self.last.clone_from(namespace);
        let lanes = self.lanes.get_mut(&self.last)?;
        let lane = lanes.pop_front();
        if lanes.is_empty() {
            self.lanes.remove(&self.last);
        }
        lane
    }
}

impl<A: Ask> Prober<A> {
    pub(crate) fn new(asker: A, settings: ProbeSettings) -> Self {
        Self {
            asker: Arc::new(asker),
            settings,
            external: Endpoints::default(),
            internal: Endpoints::default(),
            targets: BTreeMap::new(),
            queues: BTreeMap::new(),
            turns: VecDeque::new(),
            timers: DelayQueue::new(),
            requests: JoinSet::new(),
            under_way: HashMap::new(),
            events: VecDeque::new(),
            next_lane: 0,
            counts: BTreeMap::new(),
        }
    }

    /// Asks `probes` for the Ingress from now on, in the place of what was asked for it; answers to what was asked already count. What is
    /// logged of it stands in the current span.
    pub(crate) fn want(&mut self, ingress: &IngressRef, probes: Vec<Probe>) -> Progress {
        if let Some(target) = self.targets.get(ingress)
            && target.probes.iter().map(|probe| &**probe).eq(&probes)
        {
            return target.progress;
        }
        let probes: Vec<_> = probes.into_iter().map(Arc::new).collect();
        let known = self.targets.remove(ingress);
        let mut answered: BTreeMap<Endpoint, BTreeSet<usize>> = BTreeMap::new();
        if let Some(known) = known {
            let asked: HashSet<_> = known.probes.iter().collect();
            for (endpoint, lane) in &known.lanes {
                let open: HashSet<_> = lane.open.iter().collect();
                let of_endpoint = probes.iter().enumerate();
                let of_endpoint =
                    of_endpoint.filter(|(_, probe)| asked.contains(probe) && !open.contains(probe));
                answered.insert(*endpoint, of_endpoint.map(|(place, _)| place).collect());
            }
            self.stop(&known);
        }
        let mut target = Target {
            ingress: Arc::new(ingress.clone()),
            probes,
            lanes: BTreeMap::new(),
            progress: Progress::Unknown,
            span: Span::current(),
        };
        let needed: BTreeSet<_> = target.probes.iter().map(|probe| (probe.gateway, probe.scheme)).collect();
        for (gateway, scheme) in needed {
            for address in self.endpoints(gateway).of(scheme).clone() {
                let endpoint = Endpoint { gateway, scheme, address };
                let answered = answered.remove(&endpoint).unwrap_or_default();
                self.add_lane(&mut target, endpoint, &answered);
            }
        }
        let progress = self.progress(&target);
        target.progress = progress;
        if progress == Progress::Served {
            target.lanes.clear();
        }
        self.targets.insert(ingress.clone(), target);
        progress
    }

    /// Asks nothing more for the Ingress.
    pub(crate) fn forget(&mut self, ingress: &IngressRef) {
        if let Some(target) = self.targets.remove(ingress) {
            self.stop(&target);
        }
        self.events.retain(|event| {
            let (Event::Served(of) | Event::Waiting(of)) = event;
            of != ingress
        });
    }

    /// Asks nothing more for the Ingress, unless it is asked for in this version.
    pub(crate) fn forget_other_versions(&mut self, ingress: &IngressRef, hash: Option<&str>) {
        let asked = self.targets.get(ingress).and_then(|target| target.probes.first());
        if asked.is_none_or(|probe| hash != Some(&*probe.hash)) {
            self.forget(ingress);
        }
    }

    /// Takes in where a gateway listens from now on.
    pub(crate) fn set_endpoints(&mut self, gateway: Gateway, endpoints: Endpoints) {
        let place = match gateway {
            Gateway::External => &mut self.external,
            Gateway::Internal => &mut self.internal,
        };
        if *place == endpoints {
            return;
        }
        info!(%gateway, http = ?endpoints.http, https = ?endpoints.https, "the gateway's endpoints have changed");
        let old = std::mem::replace(place, endpoints.clone());
        let at = |scheme, address| Endpoint { gateway, scheme, address };
        let differ = |one: &Endpoints, other: &Endpoints| -> BTreeSet<Endpoint> {
            let of =
                |scheme| one.of(scheme).difference(other.of(scheme)).map(move |address| at(scheme, *address));
            Scheme::ALL.into_iter().flat_map(of).collect()
        };
        let (gone, new) = (differ(&old, &endpoints), differ(&endpoints, &old));
        self.queues.retain(|endpoint, _| !gone.contains(endpoint));
        self.turns.retain(|endpoint| !gone.contains(endpoint));
        for ingress in self.targets.keys().cloned().collect::<Vec<_>>() {
            let Some(mut target) = self.targets.remove(&ingress) else { continue };
            if target.progress != Progress::Served {
                for endpoint in &gone {
                    if let Some(lane) = target.lanes.remove(endpoint) {
                        self.stop_lane(&lane);
                    }
                }
                for endpoint in &new {
                    self.add_lane(&mut target, *endpoint, &BTreeSet::new());
                }
                self.tell(&mut target);
            }
            self.targets.insert(ingress, target);
        }
    }

    /// What has been sent to a gateway so far.
    pub(crate) fn counts(&self, gateway: Gateway) -> ProbeCounts {
        self.counts.get(&gateway).copied().unwrap_or_default()
    }

    /// How many Ingresses are asked for.
    pub(crate) fn asked_for(&self) -> usize {
        self.targets.values().filter(|target| target.progress != Progress::Served).count()
    }

    /// What becomes known next. Nothing is lost when the future is dropped, nor does anything stop.
    pub(crate) async fn next(&mut self) -> Event {
        loop {
            self.start_requests();
            if let Some(event) = self.events.pop_front() {
                return event;
            }
            tokio::select! {
                Some(joined) = self.requests.join_next_with_id() => self.joined(joined),
                Some(due) = self.timers.next() => self.due(due.into_inner()),
                else => pending().await,
            }
        }
    }

    const fn endpoints(&self, gateway: Gateway) -> &Endpoints {
        match gateway {
            Gateway::External => &self.external,
            Gateway::Internal => &self.internal,
        }
    }

    /// Lets `endpoint` be asked what of the target's probes is for it, less those `answered`.
    fn add_lane(&mut self, target: &mut Target, endpoint: Endpoint, answered: &BTreeSet<usize>) {
        let is_for = |probe: &Probe| probe.gateway == endpoint.gateway && probe.scheme == endpoint.scheme;
        let probes = target.probes.iter().enumerate().filter(|(_, probe)| is_for(probe));
        let mut probes = probes.peekable();
        if probes.peek().is_none() {
            return;
        }
        let open: VecDeque<_> = probes
            .filter(|(place, _)| !answered.contains(place))
            .map(|(_, probe)| Arc::clone(probe))
            .collect();
        self.next_lane = self.next_lane.saturating_add(1);
        let id = self.next_lane;
        if !open.is_empty() {
            self.enqueue(LaneRef { ingress: Arc::clone(&target.ingress), endpoint, id });
        }
        target.lanes.insert(endpoint, Lane { id, open, failures: 0, state: State::Idle });
    }

    fn enqueue(&mut self, lane: LaneRef) {
        let queue = self.queues.entry(lane.endpoint).or_insert_with(|| {
            self.turns.push_back(lane.endpoint);
            Queue::default()
        });
        queue.push(lane);
    }

    fn stop(&mut self, target: &Target) {
        target.lanes.values().for_each(|lane| self.stop_lane(lane));
    }

    fn stop_lane(&mut self, lane: &Lane) {
        match &lane.state {
            State::Idle => {}
            State::Asking(request) => request.abort(),
            State::Pausing(timer) => {
                self.timers.try_remove(timer);
            }
        }
    }

    /// Starts as many requests as may be under way.
    fn start_requests(&mut self) {
        let mut passed_over = 0;
        while self.requests.len() < self.settings.parallel.max(1) && passed_over < self.turns.len() {
            let Some(endpoint) = self.turns.pop_front() else { return };
            self.turns.push_back(endpoint);
            if self.start_request(endpoint) {
                passed_over = 0;
            } else {
                passed_over = passed_over.saturating_add(1);
            }
        }
    }

    /// Starts the next request to an endpoint, if it may have one more.
    fn start_request(&mut self, endpoint: Endpoint) -> bool {
        let Some(queue) = self.queues.get_mut(&endpoint) else { return false };
        let under_way = || self.under_way.values().filter(|lane| lane.endpoint == endpoint);
        let half = |number: usize| (number / 2).max(1);
        let most = half(self.settings.parallel);
        if under_way().count() >= if queue.silences < most { most } else { 1 } {
            return false;
        }
        let may_ask = |namespace: &str| {
            under_way().filter(|lane| lane.ingress.namespace == namespace).count() < half(most)
        };
        while let Some(lane) = queue.pop(may_ask) {
            let Some(found) = self.targets.get_mut(&*lane.ingress).and_then(|target| target.lane(&lane))
            else {
                continue;
            };
            let Some(probe) = found.open.front().cloned() else { continue };
            let asker = Arc::clone(&self.asker);
            let asking = lane.clone();
            let request = self.requests.spawn(async move {
                let answer = asker.ask(endpoint, probe).await;
                (asking, answer)
            });
            self.under_way.insert(request.id(), lane);
            found.state = State::Asking(request);
            return true;
        }
        false
    }

    fn joined(&mut self, joined: Result<(Id, Answered), JoinError>) {
        let (id, answered) = match joined {
            Ok((id, answered)) => (id, Some(answered)),
            // It has been aborted.
            Err(error) => (error.id(), None),
        };
        self.under_way.remove(&id);
        let Some((lane, answer)) = answered else { return };
        let counts = self.counts.entry(lane.endpoint.gateway).or_default();
        counts.sent = counts.sent.saturating_add(1);
        counts.failed = counts.failed.saturating_add(u64::from(answer.is_err()));
        if let Some(queue) = self.queues.get_mut(&lane.endpoint) {
            queue.silences = match answer {
                Err(Failure::Unreachable(_)) => usize::MAX,
                Err(Failure::Silent(_)) => queue.silences.saturating_add(1),
                Ok(()) | Err(Failure::Broken(_) | Failure::Answer { .. }) => 0,
            };
        }
        self.answered(lane, answer);
    }

    fn answered(&mut self, reference: LaneRef, answer: Result<(), Failure>) {
        let Some(mut target) = self.targets.remove(&*reference.ingress) else { return };
        let span = target.span.clone();
        if let Some(lane) = target.lane(&reference) {
            lane.state = State::Idle;
            match answer {
                Ok(()) => {
                    lane.failures = 0;
                    lane.open.pop_front();
                    if !lane.open.is_empty() {
                        self.enqueue(reference);
                    }
                    self.tell(&mut target);
                }
                Err(failure) => {
                    lane.failures = lane.failures.saturating_add(1);
                    span.in_scope(|| lane.log(reference.endpoint, &failure));
                    let pause = self.settings.pause(lane.failures);
                    lane.state = State::Pausing(self.timers.insert(reference, pause));
                    // Another host may be served before it.
                    lane.open.rotate_left(1);
                    self.events.extend(target.starts_waiting());
                }
            }
        }
        self.targets.insert((*target.ingress).clone(), target);
    }

    fn due(&mut self, reference: LaneRef) {
        let Some(lane) = self.targets.get_mut(&*reference.ingress).and_then(|target| target.lane(&reference))
        else {
            return;
        };
        lane.state = State::Idle;
        self.enqueue(reference);
    }

    /// How far the target is, as far as its lanes show it.
    fn progress(&self, target: &Target) -> Progress {
        let is_nowhere = |probe: &Arc<Probe>| self.endpoints(probe.gateway).of(probe.scheme).is_empty();
        if target.probes.iter().any(is_nowhere) {
            Progress::Waiting
        } else if target.lanes.values().all(|lane| lane.open.is_empty()) {
            Progress::Served
        } else {
            target.progress
        }
    }

    /// Tells what has become known of a target that has not been served so far.
    fn tell(&mut self, target: &mut Target) {
        match self.progress(target) {
            Progress::Served => {
                target.span.in_scope(|| debug!("served"));
                target.progress = Progress::Served;
                target.lanes.clear();
                self.events.push_back(Event::Served((*target.ingress).clone()));
            }
            Progress::Waiting => self.events.extend(target.starts_waiting()),
            Progress::Unknown => {}
        }
    }
}

#[cfg(test)]
mod tests;
