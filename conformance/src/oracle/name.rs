//! Names: DNS names, Kubernetes names, and to which namespace an in-cluster name belongs.

/// A label of letters, digits and inner hyphens. Upper case is for the caller to have lowered.
fn is_label(label: &str) -> bool {
    let good = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=63).contains(&label.len())
        && label.bytes().all(good)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

/// An RFC 1123 label, as the names of namespaces and Services are.
pub(super) fn is_rfc1123_label(name: &str) -> bool {
    is_label(name)
}

/// An RFC 1123 subdomain, as the names of most objects are.
pub(super) fn is_rfc1123_subdomain(name: &str) -> bool {
    name.len() <= 253 && name.split('.').all(is_label)
}

/// A host without regard to case and with at most one trailing dot.
pub(super) fn normal(host: &str) -> String {
    let lower = host.to_ascii_lowercase();
    match lower.strip_suffix('.') {
        Some(bare) => bare.to_owned(),
        None => lower,
    }
}

/// A DNS name; no address, no wildcard.
pub(super) fn is_dns_name(name: &str) -> bool {
    name.len() <= 253 && name.split('.').all(is_label) && !is_ipv4(name)
}

/// A DNS name, perhaps with `*.` in front.
pub(super) fn is_dns_name_or_wildcard(name: &str) -> bool {
    name.len() <= 253 && is_dns_name(name.strip_prefix("*.").unwrap_or(name))
}

fn is_ipv4(name: &str) -> bool {
    name.parse::<std::net::Ipv4Addr>().is_ok()
}

/// Who may use a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Belongs<'a> {
    /// It is no in-cluster name.
    Anybody,
    /// The namespace whose Service it names.
    Namespace(&'a str),
    /// It is above the namespaces.
    Nobody,
}

/// To whom a name belongs, be it a wildcard or not.
pub(super) fn belongs<'a>(name: &'a str, cluster_domain: &str) -> Belongs<'a> {
    let (name, wildcard) = match name.strip_prefix("*.") {
        Some(rest) => (rest, true),
        None => (name, false),
    };
    if !name.contains('.') || name == cluster_domain || (wildcard && is_parent(name, cluster_domain)) {
        return Belongs::Nobody;
    }
    let service = match name.strip_suffix(cluster_domain).and_then(|rest| rest.strip_suffix('.')) {
        Some("svc") => return Belongs::Nobody,
        Some(rest) => rest.strip_suffix(".svc"),
        None => name.strip_suffix(".svc"),
    };
    match service {
        Some(service) => Belongs::Namespace(last_label(service)),
        // No public name ends in digits.
        None if last_label(name).bytes().all(|byte| byte.is_ascii_digit()) => {
            Belongs::Namespace(last_label(name))
        }
        None => Belongs::Anybody,
    }
}

/// The namespace of a Service's full name: the only kind that no other namespace can have a host for.
pub(super) fn namespace_of_full_name<'a>(name: &'a str, cluster_domain: &str) -> Option<&'a str> {
    let in_cluster = name.strip_suffix(cluster_domain).and_then(|rest| rest.strip_suffix('.'));
    in_cluster.unwrap_or(name).strip_suffix(".svc").map(last_label)
}

fn last_label(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

fn is_parent(name: &str, of: &str) -> bool {
    of.strip_suffix(name).is_some_and(|rest| rest.ends_with('.'))
}

/// The host's short names: without the cluster domain, and without `svc` too.
pub(super) fn short_names<'a>(
    host: &'a str,
    cluster_domain: &str,
) -> impl Iterator<Item = &'a str> + use<'a> {
    let service_name = host.strip_suffix(cluster_domain).and_then(|rest| rest.strip_suffix('.'));
    let plain = service_name.and_then(|rest| rest.strip_suffix(".svc"));
    [service_name, plain].into_iter().flatten().filter(|name| {
        let last = name.rsplit('.').next().unwrap_or(name);
        name.strip_prefix("*.").unwrap_or(name).contains('.')
            && last.len() <= 63
            && !last.bytes().all(|byte| byte.is_ascii_digit())
    })
}
