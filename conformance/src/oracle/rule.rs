use knative_ingress_model::{GoDuration, HttpIngressPath, HttpRetry, IngressRule, Visibility, keys};

use super::backend::{self, Backend, Setting};
use super::facts::Facts;
use super::{header, name, path};
use knative_gloo_simulator::Retries;

/// A rule as it is served.
#[derive(Debug)]
pub(super) struct Rule {
    /// Seen by everybody.
    pub(super) external: bool,
    /// The hosts with their short names; `*` alone for a rule without hosts.
    pub(super) hosts: Vec<String>,
    /// The paths in their order.
    pub(super) paths: Vec<Path>,
}

/// A path as it is served.
#[derive(Clone, Debug)]
pub(super) struct Path {
    pub(super) external: bool,
    pub(super) prefix: String,
    /// Headers by lower-case name, without `Host`.
    pub(super) headers: Vec<(String, String)>,
    /// The authority that is demanded.
    pub(super) authority: Option<String>,
    /// How many `headers` it has.
    pub(super) demands: usize,
    /// `appendHeaders` by lower-case name.
    pub(super) set: Vec<(String, String)>,
    pub(super) rewrite_host: Option<String>,
    pub(super) timeout: Option<i64>,
    pub(super) retries: Option<Retries>,
    pub(super) backends: Vec<Backend>,
}

/// The longest time that there is, in nanoseconds.
const LONGEST: i64 = 9_223_372_035_999_999_999;
const MILLISECOND: i64 = 1_000_000;

/// Reads a rule of an Ingress of the namespace `own`.
pub(super) fn rule(
    rule: &IngressRule,
    whole: Option<&Visibility>,
    own: &str,
    facts: &Facts<'_>,
    errors: &mut Vec<String>,
) -> Rule {
    let IngressRule { hosts, visibility, http, unknown: _ } = rule;
    let external = match visibility.as_ref().filter(|word| !word.as_str().is_empty()).or(whole) {
        None | Some(Visibility::ExternalIp) => true,
        Some(Visibility::ClusterLocal) => false,
        Some(Visibility::Unknown(word)) => {
            if !word.is_empty() {
                errors.push(format!("invalid visibility {word:?}: expected ExternalIP or ClusterLocal"));
            }
            true
        }
    };
    let hosts = if hosts.is_empty() && facts.may_have_every_host(own) {
        vec!["*".to_owned()]
    } else if hosts.is_empty() {
        errors.push(format!("rule without hosts: not allowed to namespace {own}"));
        Vec::new()
    } else {
        hosts.iter().flat_map(|host| read_host(host, own, facts, errors)).collect()
    };
    let paths = http.iter().flat_map(|http| http.paths.iter().flatten());
    let paths = paths.map(|path| read_path(path, external, &hosts, own, facts, errors)).collect();
    Rule { external, hosts, paths }
}

fn read_host(host: &str, own: &str, facts: &Facts<'_>, errors: &mut Vec<String>) -> Vec<String> {
    let host = name::normal(host);
    if !name::is_dns_name_or_wildcard(&host) {
        errors.push(format!("invalid host {host:?}: expected a DNS name or a wildcard"));
        return Vec::new();
    }
    let domain = &facts.options.cluster_domain;
    let mut all: Vec<String> = vec![host.clone()];
    all.extend(name::short_names(&host, domain).map(str::to_owned));
    if !facts.options.allow_foreign_cluster_hosts {
        all.retain(|each| match name::belongs(each, domain) {
            name::Belongs::Anybody => true,
            name::Belongs::Namespace(namespace) if namespace == own => true,
            name::Belongs::Namespace(_) | name::Belongs::Nobody => {
                errors.push(format!("invalid host {each:?}: expected a name that namespace {own} may have"));
                false
            }
        });
        // The short names of what is another's are not for it either.
        if all.first() != Some(&host) {
            all.clear();
        }
    }
    all
}

fn read_path(
    path: &HttpIngressPath,
    external: bool,
    hosts: &[String],
    own: &str,
    facts: &Facts<'_>,
    errors: &mut Vec<String>,
) -> Path {
    let HttpIngressPath {
        path: prefix,
        rewrite_host,
        headers,
        splits,
        append_headers,
        timeout,
        retries,
        unknown: _,
    } = path;
    path::check(prefix, facts.options.regex_max_program_size, errors);
    header::check_matches(headers.iter().map(|(name, wanted)| (name, wanted.exact.as_str())), errors);
    header::check_appended(append_headers, errors);
    check_rewrite_host(rewrite_host, own, facts, errors);
    let (on_host, on_headers): (Vec<_>, Vec<_>) = headers
        .iter()
        .map(|(name, wanted)| (name.to_ascii_lowercase(), wanted.exact.clone()))
        .partition(|(name, _)| name == "host");
    Path {
        external,
        prefix: prefix.clone(),
        headers: on_headers,
        authority: on_host.into_iter().next().map(|(_, value)| value),
        demands: headers.len(),
        set: append_headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone())).collect(),
        rewrite_host: (!rewrite_host.is_empty()).then(|| name::normal(rewrite_host)),
        timeout: read_timeout(*timeout, errors),
        retries: read_retries(retries.as_ref(), errors),
        backends: backend::backends(
            splits.as_deref().unwrap_or_default(),
            Setting { rewrite_host, hosts },
            own,
            facts,
            errors,
        ),
    }
}

fn check_rewrite_host(host: &str, own: &str, facts: &Facts<'_>, errors: &mut Vec<String>) {
    if host.is_empty() {
        return;
    }
    let host = name::normal(host);
    if !name::is_dns_name(&host) {
        return errors.push(format!("invalid rewriteHost {host:?}: expected a DNS name"));
    }
    if facts.options.allow_foreign_cluster_hosts {
        return;
    }
    let good = match name::belongs(&host, &facts.options.cluster_domain) {
        name::Belongs::Namespace(namespace) => namespace == own,
        name::Belongs::Nobody => false,
        // `service.namespace`, as a client inside the cluster may write it.
        name::Belongs::Anybody => {
            host.split_once('.').is_none_or(|(_, rest)| rest.contains('.') || rest == own)
        }
    };
    if !good {
        errors.push(format!("invalid rewriteHost {host:?}: expected a name that namespace {own} may use"));
    }
}

fn read_timeout(timeout: Option<GoDuration>, errors: &mut Vec<String>) -> Option<i64> {
    let nanos = timeout?.as_nanos();
    if !(0..=LONGEST).contains(&nanos) {
        errors.push(format!("invalid timeout {nanos} ns: expected 0 to {LONGEST}"));
    }
    (nanos > 0).then(|| nanos.max(MILLISECOND))
}

fn read_retries(retries: Option<&HttpRetry>, errors: &mut Vec<String>) -> Option<Retries> {
    let HttpRetry { attempts, per_try_timeout, unknown: _ } = retries?;
    let per_try_timeout = read_timeout(*per_try_timeout, errors);
    match u32::try_from(*attempts) {
        Ok(0) => None,
        Ok(attempts) => Some(Retries { attempts, per_try_timeout }),
        Err(_) => {
            errors.push(format!("invalid retries {attempts}: expected 0 to {}", u32::MAX));
            None
        }
    }
}

impl Path {
    /// Its twin that answers probes with `hash`.
    pub(super) fn probe(&self, hash: &str) -> Self {
        let name = keys::HASH_HEADER.to_ascii_lowercase();
        let with = |pairs: &[(String, String)], value: &str| {
            let others = pairs.iter().filter(|(known, _)| *known != name).cloned();
            others.chain([(name.clone(), value.to_owned())]).collect()
        };
        Self { headers: with(&self.headers, keys::HASH_OVERRIDE), set: with(&self.set, hash), ..self.clone() }
    }
}
