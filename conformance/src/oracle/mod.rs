//! What a request gets by the contract's words (`docs/contract.md`), straight from the Ingresses.
//!
//! Nothing here knows of Proxies, and nothing is shared with the translator but the Ingress model: a fault in one of the two
//! shows as a difference.

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

/// The answers that a set of Ingresses asks for.
#[derive(Debug)]
pub struct Oracle {
    host_ports: HostPorts,
    sites: [HashMap<String, Site>; 2],
    outcomes: BTreeMap<IngressRef, Outcome>,
}

/// What becomes of an Ingress.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is served, but for hosts that another one owns.
    Taken,
    /// It is in error, for these reasons. Nobody is served on its hosts.
    Refused(Vec<String>),
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
                    Outcome::Taken
                }
                Admission::Refused(reasons, reserved) => {
                    admitted.extend(reserved.map(|reserved| *reserved));
                    Outcome::Refused(reasons)
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
            Self::Taken => "translated",
            Self::Refused(_) => "rejected",
            Self::Skipped => "skipped",
        }
    }
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())?;
        match self {
            Self::Refused(reasons) => write!(f, ": {}", reasons.join("; ")),
            Self::Taken | Self::Skipped => Ok(()),
        }
    }
}
