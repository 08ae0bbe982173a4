use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use knative_gloo_translate::{Gateway, Options};
use knative_ingress_model::IngressRef;

use super::admission::Admitted;
use super::rule::{Path, Rule};
use knative_gloo_simulator::SecretName;

/// A host on a gateway: who serves it, and what.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) owner: IngressRef,
    /// Nobody is served on it, on `https` as well: its owner is refused.
    pub(super) is_reserved: bool,
    /// The first that matches serves the request.
    pub(super) paths: Arc<[Path]>,
    /// With it the host is on `https` too.
    pub(super) certificate: Option<SecretName>,
    pub(super) redirected: bool,
}

/// The hosts of a gateway.
pub(super) fn sites(admitted: &[Admitted], gateway: Gateway, options: &Options) -> HashMap<String, Site> {
    let mut claims: BTreeMap<&str, Vec<&Admitted>> = BTreeMap::new();
    for ingress in admitted {
        let held = ingress.rules.iter().filter(|rule| holds(gateway, rule));
        for host in held.flat_map(|rule| &rule.hosts) {
            let claimants = claims.entry(host).or_default();
            if claimants.last().is_none_or(|last| last.reference != ingress.reference) {
                claimants.push(ingress);
            }
        }
    }
    let owner = |host: &str| claims.get(host)?.iter().copied().min_by_key(|ingress| ingress.rank());
    let mut sites = HashMap::new();
    for (host, claimants) in &claims {
        let long = match gateway {
            // Outside, a short name is a name like any other.
            Gateway::External => None,
            Gateway::Internal => long_name(host, &options.cluster_domain),
        };
        let of_long = long
            .and_then(|long| owner(&long))
            .filter(|of_long| claimants.iter().any(|claimant| claimant.reference == of_long.reference));
        let Some(owner) = of_long.or_else(|| owner(host)) else { continue };
        if owner.is_served {
            sites.insert((*host).to_owned(), site(owner, host, gateway));
        } else if reserves(owner, options.max_output_bytes) {
            sites.insert((*host).to_owned(), reserved(owner));
        }
    }
    sites
}

fn holds(gateway: Gateway, rule: &Rule) -> bool {
    match gateway {
        Gateway::External => rule.external,
        Gateway::Internal => true,
    }
}

/// The in-cluster name that a short name stands for.
fn long_name(host: &str, cluster_domain: &str) -> Option<String> {
    let labels: Vec<&str> = host.split('.').collect();
    match labels.as_slice() {
        [service, namespace] | [service, namespace, "svc"] => {
            Some(format!("{service}.{namespace}.svc.{cluster_domain}"))
        }
        _ => None,
    }
}

/// Whether the hosts of a refused Ingress are few enough to be kept from the owners of wildcards above them.
fn reserves(refused: &Admitted, max_output_bytes: usize) -> bool {
    let hosts: BTreeSet<&String> = refused.rules.iter().flat_map(|rule| &rule.hosts).collect();
    let bytes = hosts.iter().map(|host| host.len().saturating_mul(4).saturating_add(24));
    bytes.fold(0, usize::saturating_add) <= max_output_bytes
}

/// A host of a refused Ingress. No request finds a path there.
fn reserved(owner: &Admitted) -> Site {
    Site {
        owner: owner.reference.clone(),
        is_reserved: true,
        paths: Arc::default(),
        certificate: None,
        redirected: false,
    }
}

fn site(owner: &Admitted, host: &str, gateway: Gateway) -> Site {
    let serving = |rule: &&Rule| holds(gateway, rule) && rule.hosts.iter().any(|listed| listed == host);
    let rules: Vec<&Rule> = owner.rules.iter().filter(serving).collect();
    let mut paths: Vec<&Path> = rules.iter().flat_map(|rule| &rule.paths).collect();
    if rules.len() > 1 {
        paths.sort_by_key(|path| (Reverse(path.prefix.len()), Reverse(path.demands)));
    }
    let twins = owner.hash.iter().flat_map(|hash| paths.iter().map(move |path| path.probe(hash)));
    let paths = twins.chain(paths.iter().copied().cloned()).collect();
    // The first one that is for the host, good or not: no other takes its place.
    let certificate = owner.certificates.iter().find(|certificate| certificate.is_for(host));
    let certificate = certificate.filter(|certificate| certificate.is_good);
    Site {
        owner: owner.reference.clone(),
        is_reserved: false,
        paths,
        certificate: certificate.map(|certificate| certificate.secret.clone()),
        redirected: owner.redirected,
    }
}
