//! The semantic differences between two Proxies.

mod canonical;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::{HttpListener, Listener, ListenerType, Proxy, Route, SslConfig, VirtualHost};
use canonical::Canonical;

/// The differences between two Proxies: those of the parts of the old one in its order, then the added ones. Empty if both mean the
/// same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProxyDiff {
    /// The differences.
    pub changes: Vec<PartChange>,
}

impl ProxyDiff {
    /// Whether the two Proxies mean the same.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}

/// One change per line.
impl fmt::Display for ProxyDiff {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        self.changes.iter().try_for_each(|change| writeln!(formatter, "{change}"))
    }
}

/// A part of a Proxy that was added, removed or changed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PartChange {
    /// The part.
    pub part: ProxyPart,
    /// What happened to it.
    pub kind: ChangeKind,
}

/// Begins with `+` for an added part, `-` for a removed one and `~` for a changed one.
impl fmt::Display for PartChange {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        let Self { part, kind } = self;
        match kind {
            ChangeKind::Added => write!(formatter, "+ {part}"),
            ChangeKind::Removed => write!(formatter, "- {part}"),
            ChangeKind::Changed { fields } => write!(formatter, "~ {part}: {}", fields.join(", ")),
        }
    }
}

/// What happened to a part.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChangeKind {
    /// It is only in the new Proxy.
    Added,
    /// It is only in the old Proxy.
    Removed,
    /// It is in both and differs.
    Changed {
        /// The JSON names of the fields that differ. Fields that are parts themselves are not listed here.
        fields: Vec<&'static str>,
    },
}

/// A part of a Proxy, by name. The second part with the same name is called `name#2`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProxyPart {
    /// The spec itself.
    Spec,
    /// A listener.
    Listener {
        /// Its name.
        listener: String,
    },
    /// A certificate of a listener, with its settings.
    SslConfiguration {
        /// The listener's name.
        listener: String,
        /// The Secret as `namespace/name`, the file, or the name at the secret discovery service.
        certificate: String,
    },
    /// A virtual host of an HTTP listener.
    VirtualHost {
        /// The listener's name.
        listener: String,
        /// Its name.
        virtual_host: String,
    },
    /// A route of a virtual host.
    Route {
        /// The listener's name.
        listener: String,
        /// The virtual host's name.
        virtual_host: String,
        /// Its name or, if it has none, its matchers.
        route: String,
    },
}

impl fmt::Display for ProxyPart {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Spec => formatter.write_str("spec"),
            Self::Listener { listener } => write!(formatter, "listener {listener}"),
            Self::SslConfiguration { listener, certificate } => {
                write!(formatter, "listener {listener}: certificate {certificate}")
            }
            Self::VirtualHost { listener, virtual_host } => {
                write!(formatter, "listener {listener}: virtual host {virtual_host}")
            }
            Self::Route { listener, virtual_host, route } => {
                write!(formatter, "listener {listener}: virtual host {virtual_host}: route {route}")
            }
        }
    }
}

/// The semantic differences between two Proxies: in what they serve, not in how they are written.
///
/// Parts are compared by name. The order of listeners, certificates, virtual hosts, domains and SNI domains is ignored, that of routes
/// is not. An unset value equals its default. Metadata and status are ignored. Hybrid, aggregate and TCP listeners are
/// compared as a whole. A compressed spec is compared as text, so decompress it first.
///
/// ```
/// use gloo_proxy_model::{Proxy, diff};
/// let read = |hosts: &str| Proxy::from_json(
///     format!(r#"{{"spec": {{"listeners": [{{"name": "http", "httpListener": {{"virtualHosts": {hosts}}}}}]}}}}"#).as_bytes(),
/// );
/// let old = read(r#"[{"name": "a", "domains": ["a.com"]}, {"name": "b", "domains": ["b.com"]}]"#)?;
/// let new = read(r#"[{"name": "c", "domains": ["c.com"]}, {"name": "a", "domains": ["a.com", "www.a.com"]}]"#)?;
/// assert_eq!(diff(&old, &new).to_string(), "\
/// ~ listener http: virtual host a: domains
/// - listener http: virtual host b
/// + listener http: virtual host c
/// ");
/// # Ok::<(), gloo_proxy_model::ParseProxyError>(())
/// ```
pub fn diff(old: &Proxy, new: &Proxy) -> ProxyDiff {
    let mut changes = Vec::new();
    let mut fields = Vec::new();
    if old.spec.compressed_spec != new.spec.compressed_spec {
        fields.push("compressedSpec");
    }
    if old.spec.unknown != new.spec.unknown {
        fields.push("unknown fields");
    }
    if !fields.is_empty() {
        changes.push(PartChange { part: ProxyPart::Spec, kind: ChangeKind::Changed { fields } });
    }
    let part = |listener: &str| ProxyPart::Listener { listener: listener.to_owned() };
    let name = |listener: &Listener| listener.name.clone();
    compare(&mut changes, old.spec.listeners.iter(), new.spec.listeners.iter(), name, part, diff_listener);
    ProxyDiff { changes }
}

/// Pairs the parts of two lists by name. Parts without a partner are added or removed.
fn compare<'p, T: 'p>(
    changes: &mut Vec<PartChange>,
    old: impl Iterator<Item = &'p T>,
    new: impl Iterator<Item = &'p T>,
    name: impl Fn(&T) -> String,
    part: impl Fn(&str) -> ProxyPart,
    changed: impl Fn(&mut Vec<PartChange>, &str, &'p T, &'p T),
) {
    let old = by_name(old, &name);
    let new = by_name(new, &name);
    let new_of: BTreeMap<&str, &T> = new.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    let old_of: BTreeMap<&str, &T> = old.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    for (name, value) in &old {
        match new_of.get(name.as_str()) {
            Some(partner) => changed(changes, name, value, partner),
            None => changes.push(PartChange { part: part(name), kind: ChangeKind::Removed }),
        }
    }
    for (name, _) in new.iter().filter(|(name, _)| !old_of.contains_key(name.as_str())) {
        changes.push(PartChange { part: part(name), kind: ChangeKind::Added });
    }
}

fn by_name<'p, T: 'p>(
    parts: impl Iterator<Item = &'p T>,
    name: impl Fn(&T) -> String,
) -> Vec<(String, &'p T)> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let numbered = |part| {
        let name = name(part);
        let count = seen.entry(name.clone()).or_default();
        *count = count.saturating_add(1);
        (if *count > 1 { format!("{name}#{count}") } else { name }, part)
    };
    parts.map(numbered).collect()
}

/// Collects the names of fields that differ.
fn differing<const N: usize>(fields: [(&'static str, bool); N]) -> Option<ChangeKind> {
    let fields: Vec<_> = fields.into_iter().filter_map(|(name, equal)| (!equal).then_some(name)).collect();
    if fields.is_empty() { None } else { Some(ChangeKind::Changed { fields }) }
}

fn diff_listener(changes: &mut Vec<PartChange>, name: &str, old: &Listener, new: &Listener) {
    let no_hosts = HttpListener::default();
    let (old_http, new_http) = (http(old), http(new));
    let rest = |http: Option<&HttpListener>| {
        http.map(|http| HttpListener { virtual_hosts: Vec::new(), metadata: None, ..http.clone() })
    };
    let both = old_http.is_some() && new_http.is_some();
    let (old_rest, new_rest) = (rest(old_http), rest(new_http));
    let same_type = if both { old_rest == new_rest } else { old.listener_type == new.listener_type };
    let kind = differing([
        ("bindAddress", old.bind_address == new.bind_address),
        ("bindPort", old.bind_port == new.bind_port),
        (if both { "httpListener" } else { "listenerType" }, same_type),
        ("useProxyProto", old.use_proxy_proto.unwrap_or(false) == new.use_proxy_proto.unwrap_or(false)),
        ("options", old.options.canonical() == new.options.canonical()),
        ("routeOptions", old.route_options.canonical() == new.route_options.canonical()),
        ("unknown fields", old.unknown == new.unknown),
    ]);
    changes.extend(
        kind.map(|kind| PartChange { part: ProxyPart::Listener { listener: name.to_owned() }, kind }),
    );

    let part = |certificate: &str| ProxyPart::SslConfiguration {
        listener: name.to_owned(),
        certificate: certificate.to_owned(),
    };
    let (old_configs, new_configs) =
        (canonical::certificates(&old.ssl_configurations), canonical::certificates(&new.ssl_configurations));
    let changed = |changes: &mut Vec<PartChange>, certificate: &str, old: &SslConfig, new: &SslConfig| {
        let bare = |config: &SslConfig| SslConfig { sni_domains: Vec::new(), ..config.clone() };
        let kind = differing([
            ("sniDomains", old.sni_domains == new.sni_domains),
            ("settings", bare(old) == bare(new)),
        ]);
        changes.extend(kind.map(|kind| PartChange { part: part(certificate), kind }));
    };
    compare(changes, old_configs.iter(), new_configs.iter(), canonical::certificate_name, part, changed);

    let part = |virtual_host: &str| ProxyPart::VirtualHost {
        listener: name.to_owned(),
        virtual_host: virtual_host.to_owned(),
    };
    let changed =
        |changes: &mut Vec<PartChange>, host: &str, old: &Arc<VirtualHost>, new: &Arc<VirtualHost>| {
            if !Arc::ptr_eq(old, new) {
                diff_virtual_host(changes, name, host, old, new);
            }
        };
    let host_name = |host: &Arc<VirtualHost>| host.name.clone();
    let hosts = |http: Option<&'_ HttpListener>| http.unwrap_or(&no_hosts).virtual_hosts.clone();
    compare(changes, hosts(old_http).iter(), hosts(new_http).iter(), host_name, part, changed);
}

fn http(listener: &Listener) -> Option<&HttpListener> {
    match &listener.listener_type {
        Some(ListenerType::Http(http)) => Some(http),
        Some(ListenerType::Tcp(_) | ListenerType::Hybrid(_) | ListenerType::Aggregate(_)) | None => None,
    }
}

fn diff_virtual_host(
    changes: &mut Vec<PartChange>,
    listener: &str,
    name: &str,
    old: &VirtualHost,
    new: &VirtualHost,
) {
    let part = |route: &str| ProxyPart::Route {
        listener: listener.to_owned(),
        virtual_host: name.to_owned(),
        route: route.to_owned(),
    };
    let (old_routes, new_routes) = (old.routes.canonical(), new.routes.canonical());
    let order = |of: &[Arc<Route>], among: &[Arc<Route>]| -> Vec<String> {
        let names: std::collections::BTreeSet<_> =
            by_name(among.iter(), route_name).into_iter().map(|(n, _)| n).collect();
        by_name(of.iter(), route_name)
            .into_iter()
            .map(|(name, _)| name)
            .filter(|name| names.contains(name))
            .collect()
    };
    let kind = differing([
        ("domains", canonical::domains(old) == canonical::domains(new)),
        ("options", old.options.canonical() == new.options.canonical()),
        ("order of routes", order(&old_routes, &new_routes) == order(&new_routes, &old_routes)),
        ("unknown fields", old.unknown == new.unknown),
    ]);
    let host = || ProxyPart::VirtualHost { listener: listener.to_owned(), virtual_host: name.to_owned() };
    changes.extend(kind.map(|kind| PartChange { part: host(), kind }));

    let changed = |changes: &mut Vec<PartChange>, route: &str, old: &Arc<Route>, new: &Arc<Route>| {
        let kind = differing([
            ("matchers", old.matchers == new.matchers),
            ("action", old.action == new.action),
            ("options", old.options == new.options),
            ("unknown fields", old.unknown == new.unknown),
        ]);
        changes.extend(kind.map(|kind| PartChange { part: part(route), kind }));
    };
    compare(changes, old_routes.iter(), new_routes.iter(), route_name, part, changed);
}

/// A route's name or, if it has none, its matchers as JSON.
fn route_name(route: &Arc<Route>) -> String {
    if route.name.is_empty() {
        serde_json::to_string(&route.matchers).unwrap_or_default()
    } else {
        route.name.clone()
    }
}
