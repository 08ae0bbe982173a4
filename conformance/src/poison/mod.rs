//! The corpus of entries that are known to break a gateway, each beside two healthy Ingresses, through the real Envoy.

use std::collections::BTreeSet;
use std::path::Path;

use gloo_proxy_model::ResourceRef;
use knative_gloo_translate::{Dialect, Gateway, Outcome, Scheme};
use knative_ingress_model::{Ingress, IntOrString, Visibility};

use crate::backend::Echo;
use crate::client::{self, Request};
use crate::cluster::Cluster;
use crate::suite::Failure;
use crate::world::{self, World};

/// Where the namespaces of the healthy Ingresses begin.
const HEALTHY: &str = "healthy-";

/// What became of a gateway that was given poison.
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
pub struct Poisoned {
    /// What became of the gateways.
    pub effect: Effect,
    /// What became of the Ingresses that are not healthy ones, in the translation: each with its diagnostics.
    pub culprits: Vec<(Outcome, String)>,
}

/// Gives a file's Ingresses to the gateways and looks what becomes of the healthy ones among them.
///
/// # Errors
/// When the file cannot be read, when Envoy ends, and when the healthy ones alone are not served.
pub async fn run(cluster: &Cluster, dialect: Dialect, file: &Path) -> Result<Poisoned, Failure> {
    let bytes = std::fs::read(file)?;
    let mut world: World =
        world::read(&file.to_string_lossy(), &bytes).map_err(|error| Failure::because(error.to_string()))?;
    world.furnish(&BTreeSet::new()).await?;
    let poison: Vec<Ingress> = world.ingresses.extract_if(.., |ingress| !is_healthy(ingress)).collect();
    cluster.replace(&world).await?;
    let alone = neighbours_hurt(cluster, dialect, &world.ingresses).await;
    if let Some(reason) = cluster.outcome().refusal().or(alone) {
        return Err(Failure::because(format!("the healthy ones are not served even alone: {reason}")));
    }
    world.ingresses.extend(poison);
    cluster.replace(&world).await?;
    let outcome = cluster.outcome();
    let healthy: Vec<Ingress> =
        world.ingresses.iter().filter(|ingress| is_healthy(ingress)).cloned().collect();
    let effect = match outcome.refusal() {
        Some(reason) => Effect::Frozen(reason),
        None => match neighbours_hurt(cluster, dialect, &healthy).await {
            Some(reason) => Effect::NeighbourHurt(reason),
            None => {
                let reports = outcome.gateways.values().flat_map(|gateway| &gateway.reports);
                let errors: BTreeSet<String> = reports
                    .filter(|report| report.kind.is_error())
                    .map(|report| report.kind.name().to_owned())
                    .collect();
                if errors.is_empty() {
                    Effect::Harmless
                } else {
                    Effect::MarkedRejected(errors.into_iter().collect())
                }
            }
        },
    };
    let reports = outcome.translation.iter().flat_map(|translation| &translation.reports);
    let culprits = reports
        .filter(|report| !report.ingress.namespace.starts_with(HEALTHY))
        .map(|report| (report.outcome, report.to_string()))
        .collect();
    Ok(Poisoned { effect, culprits })
}

fn is_healthy(ingress: &Ingress) -> bool {
    ingress.namespace().starts_with(HEALTHY)
}

/// The first healthy host that its own backend does not answer for, at a gateway that ought to serve it.
async fn neighbours_hurt(cluster: &Cluster, dialect: Dialect, healthy: &[Ingress]) -> Option<String> {
    for (ingress, rule) in
        healthy.iter().flat_map(|ingress| ingress.spec.rules.iter().map(move |rule| (ingress, rule)))
    {
        let split = rule
            .http
            .iter()
            .flat_map(|http| http.paths.iter().flatten())
            .find_map(|path| path.splits.as_ref()?.first());
        let Some(split) = split else { continue };
        let own = world::label(&ResourceRef::new(&split.service_name, &split.service_namespace));
        debug_assert!(matches!(split.service_port, IntOrString::Int(_)));
        for host in &rule.hosts {
            let (gateway, scheme) = place(dialect, ingress, rule.visibility.as_ref());
            let request = Request::get(scheme.as_str(), host, "/").to(cluster.address(gateway, scheme));
            let wrong = match client::send(&request).await {
                Err(error) => error.to_string(),
                Ok(answer) if answer.status != 200 => format!("status {}", answer.status),
                Ok(answer) => match serde_json::from_slice::<Echo>(&answer.body) {
                    Ok(echo) if echo.host.name == own => continue,
                    Ok(echo) => format!("answered by {}", echo.host.name),
                    Err(error) => error.to_string(),
                },
            };
            return Some(format!("{gateway} {scheme}://{host}: {wrong}"));
        }
    }
    None
}

/// Where a healthy rule is looked for: Gloo moved every rule of an Ingress with a certificate to https, and before
/// 1.4 looked at the visibility of whole Ingresses.
fn place(dialect: Dialect, ingress: &Ingress, visibility: Option<&Visibility>) -> (Gateway, Scheme) {
    let private = visibility == Some(&Visibility::ClusterLocal);
    let tls = !ingress.spec.tls.is_empty();
    match dialect {
        Dialect::Knative => (if private { Gateway::Internal } else { Gateway::External }, Scheme::Http),
        Dialect::Gloo1_3 => (Gateway::External, if tls { Scheme::Https } else { Scheme::Http }),
        Dialect::Gloo1_22 => {
            let gateway = if private { Gateway::Internal } else { Gateway::External };
            (gateway, if tls { Scheme::Https } else { Scheme::Http })
        }
    }
}
