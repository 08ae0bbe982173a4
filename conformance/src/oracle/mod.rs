//! Answers requests as the contract (`docs/contract.md`) says, from the Ingresses alone.
//!
//! The oracle does not use Proxies. It shares only the Ingress model and the options with the translator, so that a fault in one of the
//! two shows as a difference.

mod admission;
mod answer;
mod backend;
mod certificate;
mod facts;
mod header;
mod name;
mod path;
mod rule;
mod site;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use k8s_openapi::api::core::v1::Service;
use knative_gloo_translate::{Gateway, HostPorts, Options};
use knative_ingress_model::{Ingress, IngressRef};

use admission::Admission;
use facts::Facts;
use site::Site;

/// How a set of Ingresses is to be served.
#[derive(Debug)]
pub struct Oracle {
    host_ports: HostPorts,
    sites: [HashMap<String, Site>; 2],
    outcomes: BTreeMap<IngressRef, Outcome>,
}

/// Whether an Ingress is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is served, but for hosts that another one owns.
    Translated,
    /// It has these errors. Nobody is served on its hosts.
    Rejected(Vec<String>),
    /// It is of another class.
    Skipped,
}

impl Oracle {
    /// Reads a set of Ingresses, later ones in the place of earlier ones of their name. `services` are the Services that
    /// `options.services` was made from.
    /// `too_large` are those whose output has more bytes than `options.max_output_bytes`, which no words of the contract tell.
    pub fn new(
        ingresses: &[Ingress],
        services: Option<&[Service]>,
        options: &Options,
        too_large: &BTreeSet<IngressRef>,
    ) -> Self {
        let facts = Facts::new(services, options, too_large);
        let latest: BTreeMap<IngressRef, &Ingress> =
            ingresses.iter().map(|ingress| (ingress.reference(), ingress)).collect();
        let mut outcomes = BTreeMap::new();
        let mut admitted = Vec::new();
        for (reference, ingress) in latest {
            let outcome = match admission::admit(ingress, &facts) {
                Admission::Admitted(entry) => {
                    admitted.push(*entry);
                    Outcome::Translated
                }
                Admission::Rejected(reasons, reserved) => {
                    admitted.extend(reserved.map(|reserved| *reserved));
                    Outcome::Rejected(reasons)
                }
                Admission::OtherClass => Outcome::Skipped,
            };
            outcomes.insert(reference, outcome);
        }
        let sites = Gateway::ALL.map(|gateway| site::sites(&admitted, gateway, options));
        Self { host_ports: options.host_ports, sites, outcomes }
    }

    /// What becomes of each Ingress.
    pub fn outcomes(&self) -> &BTreeMap<IngressRef, Outcome> {
        &self.outcomes
    }

    /// The hosts that a gateway serves and the Ingress that owns each.
    pub fn owners(&self, gateway: Gateway) -> impl Iterator<Item = (&str, &IngressRef)> {
        let served = self.sites(gateway).iter().filter(|(_, site)| !site.is_reserved);
        served.map(|(host, site)| (host.as_str(), &site.owner))
    }

    fn sites(&self, gateway: Gateway) -> &HashMap<String, Site> {
        let [external, internal] = &self.sites;
        match gateway {
            Gateway::External => external,
            Gateway::Internal => internal,
        }
    }
}

impl Outcome {
    /// Its word, as the translator's reports have it.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Translated => "translated",
            Self::Rejected(_) => "rejected",
            Self::Skipped => "skipped",
        }
    }
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())?;
        match self {
            Self::Rejected(reasons) => write!(f, ": {}", reasons.join("; ")),
            Self::Translated | Self::Skipped => Ok(()),
        }
    }
}
