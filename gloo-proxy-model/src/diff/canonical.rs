//! The canonical form of values that can be written in several ways.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::{
    Action, HeaderManipulation, ListenerOptions, Matcher, MultiDestination, PathSpecifier, RetryPolicy,
    Route, RouteAction, RouteConfigurationOptions, RouteDestination, RouteOptions, SslConfig, SslSecrets,
    VirtualHost, VirtualHostOptions, WeightedDestination, WeightedDestinationOptions,
};

/// A value with a canonical form, in which unset fields have their defaults.
pub(super) trait Canonical {
    /// Its canonical form.
    fn canonical(&self) -> Self;
}

impl<T: Canonical> Canonical for Vec<T> {
    fn canonical(&self) -> Self {
        self.iter().map(T::canonical).collect()
    }
}

impl<T: Canonical> Canonical for Box<T> {
    fn canonical(&self) -> Self {
        Self::new(T::canonical(self))
    }
}

impl<T: Canonical> Canonical for Arc<T> {
    fn canonical(&self) -> Self {
        Self::new(T::canonical(self))
    }
}

/// An empty message means the same as none.
impl<T: Canonical + Default + PartialEq> Canonical for Option<T> {
    fn canonical(&self) -> Self {
        self.as_ref().map(T::canonical).filter(|value| *value != T::default().canonical())
    }
}

impl Canonical for ListenerOptions {
    fn canonical(&self) -> Self {
        self.clone()
    }
}

impl Canonical for RouteConfigurationOptions {
    fn canonical(&self) -> Self {
        let wins = self.most_specific_header_mutations_wins.filter(|wins| *wins);
        Self { most_specific_header_mutations_wins: wins, ..self.clone() }
    }
}

impl Canonical for Route {
    fn canonical(&self) -> Self {
        let mut matchers = self.matchers.canonical();
        if matchers.is_empty() {
            matchers
                .push(Matcher { path: Some(PathSpecifier::Prefix("/".to_owned())), ..Matcher::default() });
        }
        Self {
            matchers,
            action: self.action.as_ref().map(Action::canonical),
            options: self.options.canonical(),
            metadata: None,
            name: self.name.clone(),
            unknown: self.unknown.clone(),
        }
    }
}

impl Canonical for Matcher {
    fn canonical(&self) -> Self {
        Self { case_sensitive: self.case_sensitive.filter(|minds| !minds), ..self.clone() }
    }
}

impl Canonical for Action {
    fn canonical(&self) -> Self {
        match self {
            Self::Route(action) => Self::Route(action.canonical()),
            Self::Redirect(_) | Self::DirectResponse(_) | Self::GraphqlApi(_) => self.clone(),
        }
    }
}

impl Canonical for RouteAction {
    fn canonical(&self) -> Self {
        let RouteAction { destination, unknown } = self;
        let destination = destination.as_ref().map(|destination| match destination {
            RouteDestination::Multi(MultiDestination { destinations, unknown }) => {
                RouteDestination::Multi(MultiDestination {
                    destinations: destinations.canonical(),
                    unknown: unknown.clone(),
                })
            }
            RouteDestination::Single(_)
            | RouteDestination::UpstreamGroup(_)
            | RouteDestination::ClusterHeader(_)
            | RouteDestination::DynamicForwardProxy(_) => destination.clone(),
        });
        Self { destination, unknown: unknown.clone() }
    }
}

impl Canonical for WeightedDestination {
    fn canonical(&self) -> Self {
        let Self { destination, weight, options, unknown } = self;
        Self {
            destination: destination.clone(),
            weight: Some(weight.unwrap_or(0)),
            options: options.canonical(),
            unknown: unknown.clone(),
        }
    }
}

impl Canonical for WeightedDestinationOptions {
    fn canonical(&self) -> Self {
        let Self { header_manipulation, unknown } = self;
        Self { header_manipulation: header_manipulation.canonical(), unknown: unknown.clone() }
    }
}

/// Headers are appended by default.
impl Canonical for HeaderManipulation {
    fn canonical(&self) -> Self {
        let mut manipulation = self.clone();
        for header in &mut manipulation.request_headers_to_add {
            header.append = Some(header.append.unwrap_or(true));
        }
        for header in &mut manipulation.response_headers_to_add {
            header.append = Some(header.append.unwrap_or(true));
        }
        manipulation
    }
}

impl Canonical for RouteOptions {
    fn canonical(&self) -> Self {
        Self {
            retries: self.retries.as_ref().map(Box::canonical),
            header_manipulation: self.header_manipulation.canonical(),
            ..self.clone()
        }
    }
}

/// For a policy without a number, Gloo retries once.
impl Canonical for RetryPolicy {
    fn canonical(&self) -> Self {
        Self { num_retries: self.num_retries.max(1), ..self.clone() }
    }
}

impl Canonical for VirtualHostOptions {
    fn canonical(&self) -> Self {
        Self {
            retries: self.retries.as_ref().map(Box::canonical),
            header_manipulation: self.header_manipulation.canonical(),
            ..self.clone()
        }
    }
}

/// The domains as Gloo reads them, regardless of order.
pub(super) fn domains(host: &VirtualHost) -> BTreeSet<&str> {
    let domains: BTreeSet<_> = host.domains.iter().map(String::as_str).collect();
    if domains.is_empty() || domains.iter().eq(&[""]) { BTreeSet::from(["*"]) } else { domains }
}

/// The certificates of a listener as Gloo merges them: those that differ only in their SNI domains become one. It has no SNI domains
/// if one of them has none. SNI domains are sorted.
pub(super) fn certificates(configs: &[SslConfig]) -> Vec<SslConfig> {
    let mut merged: BTreeMap<String, SslConfig> = BTreeMap::new();
    for config in configs {
        let rest = SslConfig {
            sni_domains: Vec::new(),
            one_way_tls: config.one_way_tls.filter(|one_way| *one_way),
            disable_tls_session_resumption: config.disable_tls_session_resumption.filter(|disable| *disable),
            ..config.clone()
        };
        let names: BTreeSet<_> = config.sni_domains.iter().cloned().collect();
        let key = serde_json::to_string(&rest).unwrap_or_default();
        match merged.get_mut(&key) {
            Some(known) if known.sni_domains.is_empty() || names.is_empty() => known.sni_domains.clear(),
            Some(known) => {
                let all: BTreeSet<_> = known.sni_domains.drain(..).chain(names).collect();
                known.sni_domains = all.into_iter().collect();
            }
            None => {
                merged.insert(key, SslConfig { sni_domains: names.into_iter().collect(), ..rest });
            }
        }
    }
    merged.into_values().collect()
}

/// The name of a certificate: `namespace/name` of its Secret, its file, or its name at the secret discovery service.
pub(super) fn certificate_name(config: &SslConfig) -> String {
    match &config.secrets {
        Some(SslSecrets::SecretRef(secret)) => format!("{}/{}", secret.namespace, secret.name),
        Some(SslSecrets::Files(files)) => files.tls_cert.clone(),
        Some(SslSecrets::Sds(sds)) => sds.certificates_secret_name.clone(),
        None => "none".to_owned(),
    }
}
