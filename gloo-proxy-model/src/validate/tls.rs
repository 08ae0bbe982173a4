use std::collections::{BTreeMap, HashMap, HashSet};

use super::validator::Validator;
use super::violation::ViolationKind;
use crate::{ResourceRef, SslConfig, SslSecrets};

/// Checks the certificates of a listener that terminates TLS, `sslConfigurations` of the current message.
pub(super) fn check_terminating<'p>(at: &mut Validator<'p>, configs: &'p [SslConfig]) {
    at.each("sslConfigurations", configs, |at, config| {
        check_names(at, config);
        match &config.secrets {
            None => at.report(
                ViolationKind::SslConfigError,
                "missing certificate: expected secretRef, sslFiles or sds",
            ),
            Some(SslSecrets::SecretRef(ResourceRef { name, namespace, unknown: _ }))
                if name.is_empty() || namespace.is_empty() =>
            {
                let message =
                    format!("invalid Secret \"{namespace}/{name}\": expected a namespace and a name");
                at.field("secretRef", |at| at.report(ViolationKind::SslConfigError, message));
            }
            Some(SslSecrets::SecretRef(_) | SslSecrets::Files(_) | SslSecrets::Sds(_)) => {}
        }
    });
    check_chains(at, &merge(configs));
}

pub(super) fn check_names<'p>(at: &mut Validator<'p>, config: &'p SslConfig) {
    let SslConfig {
        secrets: _,
        sni_domains,
        verify_subject_alt_name: _,
        parameters: _,
        alpn_protocols: _,
        one_way_tls: _,
        disable_tls_session_resumption: _,
        transport_socket_connect_timeout,
        ocsp_staple_policy: _,
        unknown: _,
    } = config;
    at.each("sniDomains", sni_domains, |at, name| {
        if name.contains('*') && !name.starts_with("*.") {
            let message = format!("invalid SNI domain {name:?}: expected a name or *.suffix");
            at.report(ViolationKind::ServerNames, message);
        }
    });
    at.duration("transportSocketConnectTimeout", transport_socket_connect_timeout.as_ref());
}

/// A filter chain: the SNI domains that select it, and the index of its first configuration.
struct Chain<'p> {
    first: usize,
    names: Vec<&'p str>,
}

/// Merges configurations that differ only in their SNI domains, as Gloo does.
fn merge(configs: &[SslConfig]) -> Vec<Chain<'_>> {
    let mut chains: Vec<Chain> = Vec::new();
    let mut by_rest: BTreeMap<String, usize> = BTreeMap::new();
    for (index, config) in configs.iter().enumerate() {
        let names: Vec<&str> = config.sni_domains.iter().map(String::as_str).collect();
        let rest = SslConfig { sni_domains: Vec::new(), ..config.clone() };
        let key = serde_json::to_string(&rest).unwrap_or_default();
        match by_rest.get(&key).and_then(|position| chains.get_mut(*position)) {
            Some(chain) if chain.names.is_empty() || names.is_empty() => chain.names.clear(),
            Some(chain) => {
                let known: HashSet<&str> = chain.names.iter().copied().collect();
                chain.names.extend(names.into_iter().filter(|name| !known.contains(name)));
            }
            None => {
                by_rest.insert(key, chains.len());
                chains.push(Chain { first: index, names });
            }
        }
    }
    chains
}

fn check_chains<'p>(at: &mut Validator<'p>, chains: &[Chain<'p>]) {
    let mut seen: HashMap<&[&str], usize> = HashMap::with_capacity(chains.len());
    for chain in chains {
        if let Some(other) = seen.insert(&chain.names, chain.first) {
            let message =
                format!("invalid SNI domains: expected others than those of sslConfigurations[{other}]");
            at.report_element("sslConfigurations", chain.first, ViolationKind::SslConfigError, message);
        }
    }
    overlap(at, "sslConfigurations", chains.iter().map(|chain| (chain.first, chain.names.iter().copied())));
}

/// Checks that no SNI domain selects two filter chains. Each element of a list of the current message is a filter chain.
pub(super) fn check_overlap<'p>(
    at: &mut Validator<'p>,
    list: &'static str,
    names: impl Iterator<Item = &'p [String]>,
) {
    overlap(at, list, names.map(|names| names.iter().map(String::as_str)).enumerate());
}

fn overlap<'p>(
    at: &mut Validator<'p>,
    list: &'static str,
    chains: impl Iterator<Item = (usize, impl ExactSizeIterator<Item = &'p str>)>,
) {
    let mut seen: HashMap<String, usize> = HashMap::new();
    for (index, names) in chains {
        let every = (names.len() == 0).then_some("");
        for name in names.chain(every) {
            // To Envoy, `*.x` and `.x` are the same, and no SNI domains are one empty domain.
            let folded = name.strip_prefix('*').unwrap_or(name).to_ascii_lowercase();
            if let Some(other) = seen.insert(folded, index) {
                let message = format!("invalid SNI domain {name:?}: expected none of {list}[{other}]");
                at.report_element(list, index, ViolationKind::ServerNames, message);
            }
        }
    }
}
