//! The corpus of entries that are known to break a gateway, each beside two healthy Ingresses, through the real Envoy.

use std::collections::BTreeSet;
use std::path::Path;

use gloo_proxy_model::ResourceRef;
use knative_gloo_translate::{Dialect, Gateway, Outcome, Scheme};
use knative_ingress_model::{Ingress, Visibility};

use crate::checks::Failure;
use crate::testbed::backend::Echo;
use crate::testbed::client::{self, Request};
use crate::testbed::cluster::Cluster;
use crate::testbed::{self, Testbed};

/// Where the namespaces of the healthy Ingresses begin.
const HEALTHY: &str = "healthy-";

/// What became of a gateway that was given an entry of the corpus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Envoy serves the configuration, and the neighbours are answered by their own backends.
    Harmless,
    /// Envoy serves the configuration, and Gloo marks the whole Proxy rejected: the kinds of its errors.
    MarkedRejected(Vec<String>),
    /// Envoy serves the configuration, and a neighbour is not answered by its own backend.
    NeighbourHurt(String),
    /// Envoy refuses the configuration: nobody's changes reach the gateway any more.
    Frozen(String),
}

/// One file of the corpus, with one dialect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdversarialResult {
    /// What became of the gateways.
    pub effect: Effect,
    /// What became of the Ingresses that are not healthy ones, in the translation: each with its diagnostics.
    pub culprits: Vec<(Outcome, String)>,
}

/// Gives a file's Ingresses to the gateways and looks what becomes of the healthy ones among them.
///
/// # Errors
/// When the file cannot be read, when Envoy ends, and when the healthy ones alone are not served.
pub async fn run(cluster: &Cluster, dialect: Dialect, file: &Path) -> Result<AdversarialResult, Failure> {
    let bytes = std::fs::read(file)?;
    let mut testbed: Testbed = testbed::read(&file.to_string_lossy(), &bytes)
        .map_err(|error| Failure::because(error.to_string()))?;
    testbed.furnish(&BTreeSet::new()).await?;
    let bad: Vec<Ingress> = testbed.ingresses.extract_if(.., |ingress| !is_healthy(ingress)).collect();
    cluster.replace(&testbed).await?;
    if let Some(reason) = cluster.outcome().refusal() {
        return Err(Failure::because(format!("the healthy ones are refused even alone: {reason}")));
    }
    let alone = served_alone(cluster, dialect, &testbed.ingresses).await?;
    testbed.ingresses.extend(bad);
    cluster.replace(&testbed).await?;
    let outcome = cluster.outcome();
    let effect = match outcome.refusal() {
        Some(reason) => Effect::Frozen(reason),
        None => match hurt(cluster, &alone).await {
            Some(reason) => Effect::NeighbourHurt(reason),
            None => {
                let reports = outcome.gateways.values().flat_map(|gateway| &gateway.reports);
                let errors = reports.filter(|report| report.kind.is_error());
                let kinds: BTreeSet<String> = errors.map(|report| report.kind.name().to_owned()).collect();
                if kinds.is_empty() {
                    Effect::Harmless
                } else {
                    Effect::MarkedRejected(kinds.into_iter().collect())
                }
            }
        },
    };
    let reports = outcome.translation.iter().flat_map(|translation| &translation.reports);
    let culprits = reports
        .filter(|report| !report.ingress.namespace.starts_with(HEALTHY))
        .map(|report| (report.outcome, report.to_string()))
        .collect();
    Ok(AdversarialResult { effect, culprits })
}

fn is_healthy(ingress: &Ingress) -> bool {
    ingress.namespace().starts_with(HEALTHY)
}

/// A host of a healthy Ingress at a gateway, and the backend that must answer for it there.
struct Neighbour {
    gateway: Gateway,
    scheme: Scheme,
    host: String,
    backend: String,
}

impl Neighbour {
    /// Why the backend does not answer, if it does not.
    async fn wrong(&self, cluster: &Cluster) -> Option<String> {
        let Self { gateway, scheme, host, backend } = self;
        let request = Request::get(scheme.as_str(), host, "/").to(cluster.address(*gateway, *scheme));
        let wrong = match client::send(&request).await {
            Err(error) => error.to_string(),
            Ok(answer) if answer.status != 200 => format!("status {}", answer.status),
            Ok(answer) => match serde_json::from_slice::<Echo>(&answer.body) {
                Ok(echo) if echo.host.name == *backend => return None,
                Ok(echo) => format!("answered by {}", echo.host.name),
                Err(error) => error.to_string(),
            },
        };
        Some(format!("{gateway} {scheme}://{host}: {wrong}"))
    }
}

/// Where the healthy Ingresses are answered by their own backends while nothing else is there: with `Knative` each
/// host on plain HTTP at the gateway of its visibility; with Gloo's dialects, which serve less, wherever they do.
async fn served_alone(
    cluster: &Cluster,
    dialect: Dialect,
    healthy: &[Ingress],
) -> Result<Vec<Neighbour>, Failure> {
    let mut served = Vec::new();
    for rule in healthy.iter().flat_map(|ingress| &ingress.spec.rules) {
        let paths = rule.http.iter().flat_map(|http| http.paths.iter().flatten());
        let Some(split) = paths.filter_map(|path| path.splits.as_ref()?.first()).next() else { continue };
        let backend = testbed::label(&ResourceRef::new(&split.service_name, &split.service_namespace));
        let private = rule.visibility == Some(Visibility::ClusterLocal);
        let own = (if private { Gateway::Internal } else { Gateway::External }, Scheme::Http);
        for host in &rule.hosts {
            for place in
                Gateway::ALL.into_iter().flat_map(|gateway| Scheme::ALL.map(|scheme| (gateway, scheme)))
            {
                let (gateway, scheme) = place;
                let neighbour = Neighbour { gateway, scheme, host: host.clone(), backend: backend.clone() };
                match neighbour.wrong(cluster).await {
                    None => served.push(neighbour),
                    Some(reason) if dialect == Dialect::Knative && place == own => {
                        return Err(Failure::because(format!(
                            "a healthy one is not served even alone: {reason}"
                        )));
                    }
                    Some(_) => {}
                }
            }
        }
    }
    if served.is_empty() { Err(Failure::because("no healthy one is served even alone")) } else { Ok(served) }
}

/// The first neighbour that its own backend does not answer for any more.
async fn hurt(cluster: &Cluster, neighbours: &[Neighbour]) -> Option<String> {
    for neighbour in neighbours {
        if let Some(reason) = neighbour.wrong(cluster).await {
            return Some(reason);
        }
    }
    None
}
