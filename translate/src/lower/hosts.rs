//! From a rule's `hosts` to the names by which it is reached.

use std::collections::HashSet;

use knative_ingress_model::expand_host;

use super::Lowering;
use crate::{
    Code,
    check::host::{self, Wildcard},
    dialect::Domains,
    path::Path,
};

/// A name by which a rule is reached.
#[derive(Debug)]
pub(crate) struct HostEntry {
    pub(crate) host: String,
    /// Index of the field that asks for it; `None` for a rule without hosts.
    pub(crate) index: Option<usize>,
}

/// The names of a rule with these `hosts`, in the order of the dialect.
pub(crate) fn rule_hosts(hosts: &[String], at: &Path<'_>, lowering: &mut Lowering<'_>) -> Vec<HostEntry> {
    match lowering.settings.contract.domains {
        Domains::SpecOrderUnique => checked_hosts(hosts, at, lowering),
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
            .map(move |name| HostEntry { host: name.to_owned(), index: Some(index) })
    })
}

fn checked_hosts(hosts: &[String], at: &Path<'_>, lowering: &mut Lowering<'_>) -> Vec<HostEntry> {
    if hosts.is_empty() {
        return vec![HostEntry { host: "*".to_owned(), index: None }];
    }
    let at = at.field("hosts");
    let mut entries = Vec::with_capacity(hosts.len());
    for (index, written) in hosts.iter().enumerate() {
        let at = at.index(index);
        let name = host::normalized(written);
        if let Some(fault) = host::fault(&name, Wildcard::Allowed) {
            lowering.diagnostics.error(
                Code::InvalidHost,
                at,
                format_args!("{written:?} {fault}; wanted a DNS name, with `*.` before it at most"),
            );
            continue;
        }
        let settings = lowering.settings;
        let names = std::iter::once(&*name)
            .chain(expand_host(&name, &settings.cluster_domain).filter(|short| is_short_name(short, &name)));
        for name in names {
            if let Some(namespace) = lowering.foreign_namespace(name) {
                let whose = match namespace {
                    "*" => "every namespace".to_owned(),
                    namespace => format!("namespace {namespace:?}"),
                };
                let message = format_args!(
                    "{name:?} is an in-cluster name of {whose}; wanted one of {:?}",
                    lowering.tenant
                );
                lowering.diagnostics.error(Code::ForeignHost, at, message);
                break;
            }
            entries.push(HostEntry { host: name.to_owned(), index: Some(index) });
        }
    }
    without_duplicates(entries)
}

/// Whether `short` is claimed along with `name`. A name of one label is a service of whatever namespace the client is in.
fn is_short_name(short: &str, name: &str) -> bool {
    short.len() < name.len() && short.contains('.')
}

/// Every host once, where it stands first.
fn without_duplicates(mut entries: Vec<HostEntry>) -> Vec<HostEntry> {
    // Rules have a handful of hosts: comparing them all is faster than hashing, until it is not.
    const FEW: usize = 16;
    if entries.len() <= FEW {
        let mut unique: Vec<HostEntry> = Vec::with_capacity(entries.len());
        for entry in entries {
            if unique.iter().all(|known| known.host != entry.host) {
                unique.push(entry);
            }
        }
        return unique;
    }
    let keep: Vec<bool> = {
        let mut seen = HashSet::with_capacity(entries.len());
        entries.iter().map(|entry| seen.insert(entry.host.as_str())).collect()
    };
    let mut keep = keep.into_iter();
    entries.retain(|_| keep.next().unwrap_or(true));
    entries
}
