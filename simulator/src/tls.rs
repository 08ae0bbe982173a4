use std::collections::HashMap;

use gloo_proxy_model::{SslConfig, SslSecrets};

use crate::http_model::SecretName;

/// The certificates of a listener by server name.
#[derive(Debug, Default)]
pub(crate) struct Chains {
    /// Exact names, and `*.x` with the star.
    by_name: HashMap<String, SecretName>,
    any: Option<SecretName>,
}

impl Chains {
    pub(crate) fn new(configs: &[SslConfig]) -> Self {
        let mut chains = Self::default();
        for config in merged(configs) {
            let secret = name(config.secrets.as_ref());
            if config.sni_domains.is_empty() {
                chains.any.get_or_insert(secret.clone());
            }
            for domain in &config.sni_domains {
                // Envoy's own sign for a chain without a name.
                if domain.is_empty() {
                    chains.any.get_or_insert(secret.clone());
                } else {
                    chains.by_name.entry(domain.clone()).or_insert_with(|| secret.clone());
                }
            }
        }
        chains
    }

    /// The certificate for a server name: the exact one, the longest wildcard, the one for all.
    pub(crate) fn find(&self, sni: Option<&str>) -> Option<&SecretName> {
        let sni = sni.unwrap_or_default().to_ascii_lowercase();
        let dots = sni.match_indices('.').filter_map(|(at, _)| sni.get(at..));
        let mut wildcards = dots.map(|suffix| format!("*{suffix}"));
        let exact = self.by_name.get(&sni);
        exact.or_else(|| wildcards.find_map(|name| self.by_name.get(&name))).or(self.any.as_ref())
    }
}

/// Gloo makes one of configurations that differ in their names alone; of these, none means every name and wins.
fn merged(configs: &[SslConfig]) -> Vec<SslConfig> {
    let mut all: Vec<SslConfig> = Vec::new();
    for config in configs {
        let same = |known: &&mut SslConfig| {
            SslConfig { sni_domains: config.sni_domains.clone(), ..(**known).clone() } == *config
        };
        match all.iter_mut().find(same) {
            Some(known) if known.sni_domains.is_empty() || config.sni_domains.is_empty() => {
                known.sni_domains.clear();
            }
            Some(known) => known.sni_domains.extend(config.sni_domains.iter().cloned()),
            None => all.push(config.clone()),
        }
    }
    all
}

fn name(secrets: Option<&SslSecrets>) -> SecretName {
    match secrets {
        Some(SslSecrets::SecretRef(secret)) => SecretName::new(&secret.namespace, &secret.name),
        Some(SslSecrets::Files(files)) => SecretName(format!("file {}", files.tls_cert)),
        Some(SslSecrets::Sds(sds)) => SecretName(format!("sds {}", sds.certificates_secret_name)),
        None => SecretName::default(),
    }
}
