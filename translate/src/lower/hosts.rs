//! From a rule's `hosts` to the names by which it is reached.

use std::{collections::HashSet, sync::Arc};

use knative_ingress_model::expand_host;

use super::Lowering;
use crate::{
    Code,
    check::host::{self, Wildcard},
    dialect::Domains,
    path::Path,
    quoted::Quoted,
};

/// A name by which a rule is reached.
#[derive(Clone, Debug)]
pub(crate) struct HostEntry {
    pub(crate) host: Arc<str>,
    /// Index of the field that asks for it; `None` for a rule without hosts.
    pub(crate) index: Option<usize>,
}

/// The names of a rule with these `hosts`, in the order of the dialect.
pub(crate) fn rule_hosts(hosts: &[String], at: &Path<'_>, lowering: &mut Lowering<'_>) -> Vec<HostEntry> {
    match lowering.settings.contract.domains {
        Domains::SpecOrderUnique if hosts.is_empty() => vec![HostEntry { host: "*".into(), index: None }],
        Domains::SpecOrderUnique => checked_hosts(hosts, &at.field("hosts"), lowering),
        Domains::SpecOrder => as_gloo_expands(hosts, lowering).collect(),
        Domains::SortedSet => {
            let mut entries: Vec<_> = as_gloo_expands(hosts, lowering).collect();
            entries.sort_by(|a, b| a.host.cmp(&b.host));
            entries.dedup_by(|a, b| a.host == b.host);
            entries
        }
    }
}

/// Each host as written, then without the cluster's domain, then without `.svc` and the cluster's domain.
fn as_gloo_expands<'a>(hosts: &'a [String], lowering: &Lowering<'a>) -> impl Iterator<Item = HostEntry> {
    let settings = lowering.settings;
    hosts.iter().enumerate().flat_map(move |(index, host)| {
        let without_cluster =
            host.strip_suffix(&settings.cluster_domain).and_then(|rest| rest.strip_suffix('.'));
        let without_service = host.strip_suffix(&settings.service_suffix);
        [Some(host.as_str()), without_cluster, without_service]
            .into_iter()
            .flatten()
            .map(move |name| HostEntry { host: name.into(), index: Some(index) })
    })
}

fn checked_hosts(hosts: &[String], at: &Path<'_>, lowering: &mut Lowering<'_>) -> Vec<HostEntry> {
    let mut names = UniqueNames::with_capacity(hosts.len());
    for (index, written) in hosts.iter().enumerate() {
        let at = at.index(index);
        let name = host::normalized(written);
        if let Some(fault) = host::fault(&name, Wildcard::Allowed) {
            lowering.diagnostics.error(
                Code::InvalidHost,
                at,
                format_args!("{} {fault}; wanted a DNS name, with `*.` before it at most", Quoted(written)),
            );
            continue;
        }
        if !is_own_name(&name, &at, lowering) {
            continue;
        }
        names.insert(&name, index);
        if !name.ends_with(&lowering.settings.service_suffix) {
            warn_of_other_cluster_domain(&name, &at, lowering);
        }
        if !name.ends_with(&lowering.settings.cluster_domain) {
            continue;
        }
        for short in expand_host(&name, &lowering.settings.cluster_domain) {
            if !is_short_name(short, &name) {
                continue;
            }
            if !is_own_name(short, &at, lowering) {
                break;
            }
            names.insert(short, index);
        }
    }
    names.entries
}

/// Whether the Ingress may go by `name`, which the host at `at` is or stands for.
fn is_own_name(name: &str, at: &Path<'_>, lowering: &mut Lowering<'_>) -> bool {
    let Some(namespace) = lowering.foreign_namespace(name) else { return true };
    let message = format_args!(
        "{} is an in-cluster name of {}; wanted one of {}",
        Quoted(name),
        Whose(namespace),
        Quoted(lowering.tenant)
    );
    lowering.diagnostics.error(Code::ForeignHost, at, message);
    false
}

/// What Knative writes for a service of the cluster is `name.namespace.svc.<cluster domain>`. With a wrong cluster domain in the
/// options nobody would reach it by its short names, and nobody would be told.
fn warn_of_other_cluster_domain(name: &str, at: &Path<'_>, lowering: &mut Lowering<'_>) {
    let Some((service, domain)) = name.split_once(".svc.") else { return };
    if service.rsplit_once('.').is_some_and(|(_, namespace)| namespace == lowering.tenant) {
        let message = format_args!(
            "{} looks like an in-cluster name, but the cluster domain is {}; if it is {}, say so (`Options::with_cluster_domain`, `--cluster-domain`)",
            Quoted(name),
            Quoted(&lowering.settings.cluster_domain),
            Quoted(domain)
        );
        lowering.diagnostics.warning(Code::OtherClusterDomain, at, message);
    }
}

/// Whose an in-cluster name is.
pub(crate) struct Whose<'a>(pub(crate) &'a str);

impl std::fmt::Display for Whose<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            "*" => f.write_str("every namespace"),
            namespace => write!(f, "namespace {}", Quoted(namespace)),
        }
    }
}

/// Whether `short` is claimed along with `name`. A name of one label is a service of whatever namespace the client is in.
fn is_short_name(short: &str, name: &str) -> bool {
    short.len() < name.len() && short.strip_prefix("*.").unwrap_or(short).contains('.')
}

/// Names in the order in which they come, each once.
struct UniqueNames {
    entries: Vec<HostEntry>,
    seen: HashSet<Arc<str>>,
}

impl UniqueNames {
    /// Rules have a handful of hosts: comparing them all is faster than hashing, until it is not.
    const FEW: usize = 16;

    fn with_capacity(hosts: usize) -> Self {
        // A short name or two, if they are not among the hosts already.
        Self { entries: Vec::with_capacity(hosts.saturating_add(2)), seen: HashSet::new() }
    }

    fn insert(&mut self, name: &str, index: usize) {
        if self.entries.len() <= Self::FEW {
            if self.entries.iter().any(|entry| &*entry.host == name) {
                return;
            }
        } else {
            if self.seen.is_empty() {
                self.seen.extend(self.entries.iter().map(|entry| Arc::clone(&entry.host)));
            }
            if self.seen.contains(name) {
                return;
            }
        }
        let host: Arc<str> = name.into();
        if !self.seen.is_empty() {
            self.seen.insert(Arc::clone(&host));
        }
        self.entries.push(HostEntry { host, index: Some(index) });
    }
}
