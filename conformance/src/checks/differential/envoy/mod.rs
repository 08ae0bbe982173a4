//! The same questions put to the real Envoy: what it does must be what the simulator says.
//!
//! Many sets share one Envoy: each listener of each of their Proxies is a socket file of its own, and each port of a Service a
//! backend of its own that answers who it is and what it saw.

mod backend;
mod client;
mod config;
mod observed;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use knative_gloo_translate::{Gateway, Scheme};
use tokio::task::JoinSet;

use super::generate::{Case, Choices, case};
use super::{Sides, question};
use crate::http_model::GatewayRequest;
use crate::testbed::envoy::{EnvoyError, Process};
use client::Client;
use config::Backends;
use knative_gloo_simulator::{Answer, Transport, Verdict};

pub use observed::{Observed, Seen};

/// How many sets one Envoy serves, and how many requests each is asked.
const SETS: u64 = 50;
const REQUESTS: u64 = 80;

/// How many connections ask at once.
const AT_ONCE: usize = 16;

/// What the questions to Envoy came to.
#[derive(Clone, Debug, Default)]
pub struct EnvoyExploration {
    /// How many requests were sent.
    pub requests: u64,
    /// How many sets.
    pub sets: u64,
    /// How many Envoys served them.
    pub envoys: u64,
    /// How many requests reached a backend, were answered by the gateway, got no connection.
    pub tally: [u64; 3],
    /// For each list of weights, how often a backend of each weight was chosen.
    pub shares: BTreeMap<Vec<u64>, BTreeMap<u64, u64>>,
    /// Where Envoy did something else than the simulator says.
    pub differences: Vec<EnvoyDifference>,
}

/// A request that Envoy answers otherwise than the simulator.
#[derive(Clone, Debug)]
pub struct EnvoyDifference {
    /// The set.
    pub case: Case,
    /// The request; `None` where Envoy refuses the set's Proxies.
    pub request: Option<GatewayRequest>,
    /// What the simulator says.
    pub simulator: Option<Answer>,
    /// What Envoy did.
    pub envoy: String,
}

/// Sends `requests` requests to real Envoys, the same ones for the same seed, and gathers the differences.
///
/// # Errors
/// When an Envoy cannot be run.
pub async fn explore(
    binary: &Path,
    requests: u64,
    seed: u64,
    mut progress: impl FnMut(&EnvoyExploration),
) -> Result<EnvoyExploration, EnvoyError> {
    let mut exploration = EnvoyExploration::default();
    let mut backends = Backends::default();
    while exploration.requests < requests {
        let first = seed.wrapping_add(exploration.sets);
        let sets: Vec<Asked> = (0..SETS).map(|index| Asked::new(first.wrapping_add(index))).collect();
        exploration.sets = exploration.sets.saturating_add(SETS);
        batch(binary, sets, &mut backends, &mut exploration).await?;
        progress(&exploration);
    }
    Ok(exploration)
}

/// A set, its Proxies and the questions to them.
struct Asked {
    case: Case,
    sides: Sides,
    requests: Vec<GatewayRequest>,
}

impl Asked {
    fn new(seed: u64) -> Self {
        let mut choices = Choices::seeded(seed);
        let case = case(&mut choices);
        let sides = Sides::new(&case);
        let requests = (0..REQUESTS).map(|_| question(&case, &sides, &mut choices)).collect();
        Self { case, sides, requests }
    }
}

async fn batch(
    binary: &Path,
    sets: Vec<Asked>,
    backends: &mut Backends,
    exploration: &mut EnvoyExploration,
) -> Result<(), EnvoyError> {
    for set in &sets {
        backends.learn(&set.sides).await.map_err(EnvoyError::Io)?;
    }
    let directory = tempfile::Builder::new().prefix("explore-").tempdir().map_err(EnvoyError::Io)?;
    let sockets = directory.path().to_owned();
    let numbered: Vec<(usize, &Asked)> = sets.iter().enumerate().collect();
    let config = backends.bootstrap(&numbered, &sockets);
    let process = match Process::start(binary, directory, &config).await {
        Ok(process) => process,
        Err(EnvoyError::Ended { .. }) if sets.len() > 1 => {
            for set in sets {
                Box::pin(batch(binary, vec![set], backends, exploration)).await?;
            }
            return Ok(());
        }
        Err(EnvoyError::Ended { log, .. }) => {
            let refused = |set: Asked| EnvoyDifference {
                case: set.case,
                request: None,
                simulator: None,
                envoy: format!("refuses the Proxies: {log}"),
            };
            exploration.differences.extend(sets.into_iter().map(refused));
            return Ok(());
        }
        Err(other) => return Err(other),
    };
    exploration.envoys = exploration.envoys.saturating_add(1);
    ask(&sets, &sockets, backends, exploration).await;
    drop(process);
    Ok(())
}

/// The requests of one connection: to one listener, with one server name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Line {
    set: usize,
    gateway: Gateway,
    scheme: Scheme,
    sni: Option<String>,
}

async fn ask(sets: &[Asked], sockets: &Path, backends: &Backends, exploration: &mut EnvoyExploration) {
    let mut lines: BTreeMap<Line, Vec<GatewayRequest>> = BTreeMap::new();
    for (set, asked) in sets.iter().enumerate() {
        for request in &asked.requests {
            let sni = match &request.request.transport {
                Transport::Plain => None,
                Transport::Tls { sni } => sni.clone(),
            };
            let line = Line { set, gateway: request.gateway, scheme: request.scheme(), sni };
            lines.entry(line).or_default().push(request.clone());
        }
    }
    let secrets = Arc::new(backends.secrets());
    let mut running = JoinSet::new();
    for (line, requests) in lines {
        if running.len() >= AT_ONCE
            && let Some(Ok(done)) = running.join_next().await
        {
            note(sets, done, exploration);
        }
        let (socket, secrets) = (socket(sockets, line.set, line.gateway, line.scheme), Arc::clone(&secrets));
        running.spawn(async move {
            let mut client = Client::new(socket, line.scheme, line.sni.clone(), secrets);
            let mut done = Vec::with_capacity(requests.len());
            for request in requests {
                let observed = client.ask(&request.request).await;
                done.push((line.set, request, observed));
            }
            done
        });
    }
    while let Some(done) = running.join_next().await {
        note(sets, done.unwrap_or_default(), exploration);
    }
}

fn note(sets: &[Asked], done: Vec<(usize, GatewayRequest, Observed)>, exploration: &mut EnvoyExploration) {
    for (set, request, observed) in done {
        let Some(asked) = sets.get(set) else { continue };
        exploration.requests = exploration.requests.saturating_add(1);
        let expected = asked.sides.simulate(&request);
        let [backends, gateways, none] = &mut exploration.tally;
        let count = match (&expected.verdict, expected.verdict.status()) {
            (Verdict::Forward(_), _) => backends,
            (_, Some(_)) => gateways,
            (_, None) => none,
        };
        *count = count.saturating_add(1);
        match observed.chosen(&expected) {
            Ok(None) => {}
            Ok(Some(weight)) => {
                if let Verdict::Forward(forward) = &expected.verdict {
                    let mut weights: Vec<u64> = forward.backends.iter().map(|share| share.weight).collect();
                    weights.sort_unstable();
                    let count = exploration.shares.entry(weights).or_default().entry(weight).or_default();
                    *count = count.saturating_add(1);
                }
            }
            Err(why) => exploration.differences.push(EnvoyDifference {
                case: asked.case.clone(),
                request: Some(request),
                simulator: Some(expected),
                envoy: format!("{why}: {observed:?}"),
            }),
        }
    }
}

/// The socket file of a listener.
fn socket(sockets: &Path, set: usize, gateway: Gateway, scheme: Scheme) -> PathBuf {
    sockets.join(format!("{set}-{gateway}-{scheme}"))
}

impl EnvoyExploration {
    /// Where a backend of some weight was chosen more or less often than five standard deviations allow: the weights, the weight,
    /// how often it was chosen, and of how many.
    pub fn wrong_shares(&self) -> Vec<(Vec<u64>, u64, u64, u64)> {
        let mut wrong = Vec::new();
        for (weights, counts) in &self.shares {
            let all: u64 = counts.values().sum();
            let total: u64 = weights.iter().sum();
            for weight in weights.iter().copied().collect::<std::collections::BTreeSet<u64>>() {
                let count = counts.get(&weight).copied().unwrap_or_default();
                let of_weight: u64 = weights.iter().filter(|known| **known == weight).sum();
                let share = of_weight as f64 / total as f64;
                let expected = all as f64 * share;
                let deviation = (expected * (1.0 - share)).sqrt();
                if (count as f64 - expected).abs() > 5.0 * deviation + 1.0 {
                    wrong.push((weights.clone(), weight, count, all));
                }
            }
        }
        wrong
    }
}
