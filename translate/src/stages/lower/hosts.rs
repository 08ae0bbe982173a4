//! From a rule's `hosts` to the names by which it is reached.

use std::{borrow::Cow, collections::HashSet, ops::Range};

use knative_ingress_model::expand_host;

use super::context::Lowering;
use crate::{
    Code, Gateways,
    check::host::{self, Wildcard},
    diagnostics::{field_path::FieldPath, quoted::Quoted},
    options::dialect::Domains,
    stages::fragment::Claim,
};

/// A rule that wants hosts.
#[derive(Clone, Copy)]
pub(crate) struct ClaimingRule {
    /// Its index in the spec.
    pub(crate) rule: usize,
    pub(crate) gateways: Gateways,
}

impl ClaimingRule {
    fn claim(self, host: Cow<'_, str>, index: Option<usize>) -> Claim<'_> {
        Claim { host, gateways: self.gateways, rule: self.rule, index }
    }
}

/// Adds to `claims` the names of a rule with these `hosts`, in the order of the dialect. Returns which they are.
pub(crate) fn rule_hosts<'a>(
    hosts: &'a [String],
    claiming_rule: ClaimingRule,
    at: &FieldPath<'_>,
    claims: &mut Vec<Claim<'a>>,
    lowering: &mut Lowering<'_>,
) -> Range<usize> {
    let first = claims.len();
    match lowering.settings.contract.domains {
        Domains::SpecOrderUnique if hosts.is_empty() => {
            if lowering.settings.options.allow_catch_all.allows(lowering.tenant) {
                claims.push(claiming_rule.claim("*".into(), None));
            } else {
                let message = "a rule without hosts is for every host that nobody else has: expected hosts, or the option \
                               `allow_catch_all`";
                lowering.diagnostics.error(Code::RuleWithoutHosts, at.field("hosts"), message);
            }
        }
        Domains::SpecOrderUnique => checked_hosts(hosts, claiming_rule, &at.field("hosts"), claims, lowering),
        Domains::SpecOrder => claims.extend(as_gloo_expands(hosts, claiming_rule, lowering)),
        Domains::SortedSet => {
            let mut names: Vec<_> = as_gloo_expands(hosts, claiming_rule, lowering).collect();
            names.sort_by(|a, b| a.host.cmp(&b.host));
            names.dedup_by(|a, b| a.host == b.host);
            claims.append(&mut names);
        }
    }
    first..claims.len()
}

/// Each host as written, then without the cluster's domain, then without `.svc` and the cluster's domain.
fn as_gloo_expands<'a>(
    hosts: &'a [String],
    claiming_rule: ClaimingRule,
    lowering: &Lowering<'_>,
) -> impl Iterator<Item = Claim<'a>> {
    let settings = lowering.settings;
    hosts.iter().enumerate().flat_map(move |(index, host)| {
        let without_cluster =
            host.strip_suffix(&settings.cluster_domain).and_then(|rest| rest.strip_suffix('.'));
        let without_service = host.strip_suffix(&settings.service_suffix);
        [Some(host.as_str()), without_cluster, without_service]
            .into_iter()
            .flatten()
            .map(move |name| claiming_rule.claim(name.into(), Some(index)))
    })
}

fn checked_hosts<'a>(
    hosts: &'a [String],
    claiming_rule: ClaimingRule,
    at: &FieldPath<'_>,
    claims: &mut Vec<Claim<'a>>,
    lowering: &mut Lowering<'_>,
) {
    let mut names = UniqueNames { first: claims.len(), claims, seen: HashSet::new(), claiming_rule };
    for (index, written) in hosts.iter().enumerate() {
        let at = at.index(index);
        let name = host::normalized(written);
        if let Some(fault) = host::fault(&name, Wildcard::Allowed) {
            lowering.diagnostics.error(
                Code::InvalidHost,
                at,
                format_args!("{} {fault}: expected a DNS name, with at most `*.` before it", Quoted(written)),
            );
            continue;
        }
        if !is_own_name(&name, &at, lowering) {
            continue;
        }
        if !name.ends_with(&lowering.settings.service_suffix) {
            warn_of_other_cluster_domain(&name, &at, lowering);
        }
        if name.ends_with(&lowering.settings.cluster_domain) {
            names.insert(name.clone(), index);
            for short in expand_host(&name, &lowering.settings.cluster_domain) {
                if !is_short_name(short, &name) {
                    continue;
                }
                if !is_own_name(short, &at, lowering) {
                    continue;
                }
                names.insert(beginning(&name, short.len()), index);
            }
        } else {
            names.insert(name, index);
        }
    }
}

/// The first bytes of `name`, copied only if `name` is a copy itself.
fn beginning<'a>(name: &Cow<'a, str>, length: usize) -> Cow<'a, str> {
    match name {
        Cow::Borrowed(name) => Cow::Borrowed(name.get(..length).unwrap_or(name)),
        Cow::Owned(name) => Cow::Owned(name.get(..length).unwrap_or(name).to_owned()),
    }
}

/// Whether the Ingress may go by `name`, which the host at `at` is or stands for.
fn is_own_name(name: &str, at: &FieldPath<'_>, lowering: &mut Lowering<'_>) -> bool {
    let Some(namespace) = lowering.foreign_namespace(name) else { return true };
    let message = format_args!(
        "{} is an in-cluster name of {}: expected one of {}",
        Quoted(name),
        Whose(namespace),
        Quoted(lowering.tenant)
    );
    lowering.diagnostics.error(Code::ForeignHost, at, message);
    false
}

/// What Knative writes for a service of the cluster is `name.namespace.svc.<cluster domain>`. With a wrong cluster domain in the
/// options nobody would reach it by its short names, and nobody would be told.
fn warn_of_other_cluster_domain(name: &str, at: &FieldPath<'_>, lowering: &mut Lowering<'_>) {
    // A plain search: making a searcher costs more than it saves in a name.
    const SVC: &[u8] = b".svc.";
    let Some(place) = name.as_bytes().windows(SVC.len()).position(|part| part == SVC) else { return };
    let Some((service, domain)) = name.get(..place).zip(name.get(place.saturating_add(SVC.len())..)) else {
        return;
    };
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

/// The owner of an in-cluster name, for messages.
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

/// The names of a rule in the order in which they come, each once.
struct UniqueNames<'c, 'a> {
    claims: &'c mut Vec<Claim<'a>>,
    /// Where the rule's claims begin.
    first: usize,
    seen: HashSet<Cow<'a, str>>,
    claiming_rule: ClaimingRule,
}

impl<'a> UniqueNames<'_, 'a> {
    /// Rules have a handful of hosts: comparing them all is faster than hashing, until it is not.
    const FEW: usize = 16;

    fn insert(&mut self, name: Cow<'a, str>, index: usize) {
        let known = self.claims.get(self.first..).unwrap_or_default();
        if known.len() <= Self::FEW {
            if known.iter().any(|claim| claim.host == name) {
                return;
            }
        } else {
            if self.seen.is_empty() {
                self.seen.extend(known.iter().map(|claim| claim.host.clone()));
            }
            if !self.seen.insert(name.clone()) {
                return;
            }
        }
        self.claims.push(self.claiming_rule.claim(name, Some(index)));
    }
}
