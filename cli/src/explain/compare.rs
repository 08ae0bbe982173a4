//! What changes for clients between two pairs of Proxies: every edge of both is asked of the simulator, and the requests that
//! are answered differently are grouped by what is different.

use std::collections::BTreeMap;
use std::fmt;

use gloo_proxy_model::Proxy;
use knative_gloo_simulator::{Answer, Request, Simulator, edge_requests};
use knative_gloo_translate::{Gateway, Translation};

use super::cause;

/// The Proxies of both gateways.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Pair {
    /// The one for everybody.
    pub(crate) external: Proxy,
    /// The one for clients inside the cluster.
    pub(crate) internal: Proxy,
}

/// What is different between two pairs.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Explanation {
    /// What is different before any request: ports, and Proxies that Envoy refuses as a whole.
    pub(crate) notes: Vec<String>,
    /// How many requests were asked of both.
    pub(crate) requests: usize,
    /// The requests that are answered differently, by cause.
    pub(crate) groups: Vec<Group>,
}

/// Requests that are answered differently for one cause.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Group {
    /// What is different.
    pub(crate) cause: String,
    /// How many requests.
    pub(crate) requests: usize,
    /// The gateway that gets the simplest of them.
    pub(crate) gateway: Gateway,
    /// The simplest of them.
    pub(crate) witness: Request,
    /// What it gets from the first pair.
    pub(crate) before: Answer,
    /// What it gets from the second.
    pub(crate) after: Answer,
}

impl From<&Translation> for Pair {
    fn from(translation: &Translation) -> Self {
        Self { external: translation.external.clone(), internal: translation.internal.clone() }
    }
}

impl Pair {
    /// The Proxies of a list by their names: one whose name speaks of the inside is the internal one. Others than two are not
    /// looked at.
    pub(crate) fn of(proxies: impl IntoIterator<Item = Proxy>) -> Self {
        let mut pair = Self::default();
        for proxy in proxies {
            let name = proxy.metadata.name.as_deref().unwrap_or_default();
            if name.contains(Gateway::Internal.as_str()) {
                pair.internal = proxy
            } else {
                pair.external = proxy
            }
        }
        pair
    }

    /// The Proxy of a gateway.
    pub(crate) const fn proxy(&self, gateway: Gateway) -> &Proxy {
        match gateway {
            Gateway::External => &self.external,
            Gateway::Internal => &self.internal,
        }
    }
}

/// Looks for the requests that two pairs answer differently.
pub(crate) fn explain(before: &Pair, after: &Pair) -> Explanation {
    let mut explanation = Explanation::default();
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    for gateway in Gateway::ALL {
        let proxies = [before.proxy(gateway), after.proxy(gateway)];
        let simulators = proxies.map(Simulator::new);
        explanation.notes.extend(notes(gateway, proxies, &simulators));
        let [first, second] = &simulators;
        for request in edge_requests(&proxies) {
            explanation.requests = explanation.requests.saturating_add(1);
            let (before, after) = (first.answer(&request), second.answer(&request));
            if before == after {
                continue;
            }
            let cause = cause::of(&request, &before, &after);
            let group = Group { cause: cause.clone(), requests: 0, gateway, witness: request, before, after };
            let known = groups.entry(cause).or_insert_with(|| group.clone());
            known.requests = known.requests.saturating_add(1);
            if cost(gateway, &group.witness) < cost(known.gateway, &known.witness) {
                *known = Group { requests: known.requests, ..group };
            }
        }
    }
    explanation.groups = groups.into_values().collect();
    explanation
}

/// How much there is to read in a request.
fn cost(gateway: Gateway, request: &Request) -> usize {
    gateway.as_str().len().saturating_add(request.to_string().len())
}

fn notes(gateway: Gateway, proxies: [&Proxy; 2], simulators: &[Simulator; 2]) -> Vec<String> {
    let mut notes = Vec::new();
    for (side, simulator) in ["before", "after"].into_iter().zip(simulators) {
        for why in simulator.refusals() {
            notes.push(format!("{gateway}, {side}: Envoy refuses the whole Proxy: {why}"));
        }
    }
    let [before, after] = proxies;
    for listener in &before.spec.listeners {
        let same = after.spec.listeners.iter().find(|other| other.name == listener.name);
        if let Some(other) = same.filter(|other| other.bind_port != listener.bind_port) {
            let (name, old, new) = (&listener.name, listener.bind_port, other.bind_port);
            notes.push(format!("{gateway}: the listener {name} binds port {new} instead of {old}"));
        }
    }
    notes
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { notes, requests, groups } = self;
        notes.iter().try_for_each(|note| writeln!(f, "{note}"))?;
        if groups.is_empty() {
            return writeln!(f, "no difference found over {requests} requests");
        }
        let different = groups.iter().fold(0_usize, |sum, group| sum.saturating_add(group.requests));
        writeln!(f, "{different} of {requests} requests are answered differently")?;
        for Group { cause, requests, gateway, witness, before, after } in groups {
            writeln!(
                f,
                "\n{cause} ({requests})\n  {gateway}: {witness}\n    before: {before}\n    after:  {after}"
            )?;
        }
        Ok(())
    }
}
