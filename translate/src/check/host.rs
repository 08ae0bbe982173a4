//! Host names: of rules, of certificates, of `rewriteHost`.

use std::{borrow::Cow, net::Ipv4Addr};

/// `host` as it counts: lower-case, without a trailing dot.
pub(crate) fn normalized(host: &str) -> Cow<'_, str> {
    let host = host.strip_suffix('.').unwrap_or(host);
    if host.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(host.to_ascii_lowercase())
    } else {
        Cow::Borrowed(host)
    }
}

/// Whether a host may begin with `*.`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wildcard {
    Allowed,
    Refused,
}

/// Why `host`, which is [`normalized`], is no DNS name, as "has a port"; `None` if it is one.
pub(crate) fn fault(host: &str, wildcard: Wildcard) -> Option<&'static str> {
    let name = match host.strip_prefix("*.") {
        Some(rest) if wildcard == Wildcard::Allowed => rest,
        Some(_) => return Some("has a wildcard"),
        None => host,
    };
    if name.is_empty() {
        return Some("is empty");
    }
    if host.len() > 253 {
        return Some("is longer than 253 characters");
    }
    // Nearly every host is a good one: what is wrong is looked for where something is. A loop over all bytes without a way out is
    // one over many at a time.
    let is_of_a_name = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.');
    let is_made_of_these = name.bytes().fold(true, |so_far, byte| so_far & is_of_a_name(byte));
    let is_label = |label: &[u8]| {
        (1..=63).contains(&label.len()) && label.first() != Some(&b'-') && label.last() != Some(&b'-')
    };
    if !is_made_of_these || !name.as_bytes().split(|byte| *byte == b'.').all(is_label) {
        return name.split('.').find_map(label_fault);
    }
    if name.ends_with(|last: char| last.is_ascii_digit()) && name.parse::<Ipv4Addr>().is_ok() {
        return Some("is an IP address");
    }
    None
}

fn label_fault(label: &str) -> Option<&'static str> {
    let bytes = label.as_bytes();
    if let Some(strange) =
        bytes.iter().find(|byte| !(byte.is_ascii_lowercase() || byte.is_ascii_digit() || **byte == b'-'))
    {
        return Some(match strange {
            b'*' => "has a wildcard that is no leading `*.` (a rule without hosts is for every host)",
            b':' => "has a port, or is an IPv6 address",
            0x80.. => "has a character outside of ASCII",
            _ => "has a character that is none of DNS names",
        });
    }
    match (bytes.first(), bytes.last()) {
        (None, _) | (_, None) => Some("has an empty label"),
        (Some(b'-'), _) | (_, Some(b'-')) => Some("has a label that begins or ends with a hyphen"),
        _ if bytes.len() > 63 => Some("has a label longer than 63 characters"),
        _ => None,
    }
}

/// The namespace to which the in-cluster name `host` belongs, if it is one by its form: `….ns.svc`,
/// `….ns.svc.<cluster domain>`, or `….ns` where `ns` is digits alone, since no public name ends in such a label.
/// What stands for all namespaces belongs to `*`, which is nobody's: the cluster's own
/// domains, a wildcard above any of them, and a name of one label, which is a service of whatever namespace the client is in.
pub(crate) fn cluster_namespace<'a>(host: &'a str, service_suffix: &str) -> Option<&'a str> {
    let name = host.strip_prefix("*.").unwrap_or(host);
    let is_one_label = !name.bytes().any(|byte| byte == b'.') && host != "*";
    let the_clusters = [service_suffix.strip_prefix('.'), service_suffix.strip_prefix(".svc.")];
    let is_above = || service_suffix.strip_suffix(name).is_some_and(|rest| rest.ends_with('.'));
    if is_one_label || the_clusters.contains(&Some(name)) || (name.len() < host.len() && is_above()) {
        return Some("*");
    }
    service_namespace(host, service_suffix).or_else(|| {
        let last = last_label(host);
        (host != "*" && last.bytes().all(|byte| byte.is_ascii_digit())).then_some(last)
    })
}

/// The namespace in a full in-cluster name: `….ns.svc` or `….ns.svc.<cluster domain>`.
pub(crate) fn service_namespace<'a>(host: &'a str, service_suffix: &str) -> Option<&'a str> {
    let service = host.strip_suffix(service_suffix).or_else(|| host.strip_suffix(".svc"))?;
    Some(last_label(service))
}

fn last_label(host: &str) -> &str {
    // Short texts: a plain loop is faster than a search.
    let dot = host.bytes().rposition(|byte| byte == b'.');
    dot.and_then(|dot| host.get(dot.saturating_add(1)..)).unwrap_or(host)
}

/// The namespace of `host` where it has the form `svc.ns`, the shortest that the cluster's DNS knows.
pub(crate) fn short_namespace(host: &str) -> Option<&str> {
    let (service, namespace) = host.split_once('.')?;
    (!service.is_empty() && !namespace.is_empty() && !namespace.contains('.')).then_some(namespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A name has at most 253 characters and a label 63; the fault that is told is the one that is there.
    #[test]
    fn lengths() {
        let (label, labels) = ("x".repeat(63), |last: usize| {
            format!("{}{}", format!("{}.", "x".repeat(63)).repeat(3), "x".repeat(last))
        });
        assert_eq!(fault(&labels(61), Wildcard::Refused), None);
        assert_eq!(fault(&labels(62), Wildcard::Refused), Some("is longer than 253 characters"));
        let hyphen = Some("has a label that begins or ends with a hyphen");
        assert_eq!(fault(&format!("{label}.-a"), Wildcard::Refused), hyphen);
        assert_eq!(
            fault(&format!("x{label}.-a"), Wildcard::Refused),
            Some("has a label longer than 63 characters")
        );
    }

    #[test]
    fn short_names_have_two_labels() {
        assert_eq!(short_namespace("a.b"), Some("b"));
        for other in ["a", "a.", ".b", "a.b.c"] {
            assert_eq!(short_namespace(other), None, "{other}");
        }
    }

    #[test]
    fn dns_names() {
        for good in ["a", "a.b", "1.2.3", "x--y.z", "shop.1234", "xn--bcher-kva.example"] {
            assert_eq!(fault(good, Wildcard::Refused), None, "{good}");
            assert_eq!(fault(&format!("*.{good}"), Wildcard::Allowed), None, "{good}");
            assert!(fault(&format!("*.{good}"), Wildcard::Refused).is_some(), "{good}");
        }
        let long = "x".repeat(64);
        for bad in [
            "", "*", "*.", ".", "a..b", ".a", "a.", "-a", "a-", "a.*.b", "*a", "A", "a:80", "::1", "[::1]",
            "10.0.0.1", "a b", "a_b", "é", "a\n", "a\0", "a/b", "a%", &long,
        ] {
            assert!(fault(bad, Wildcard::Allowed).is_some(), "{bad:?}");
        }
        assert!(fault("abcdef.".repeat(37).trim_end_matches('.'), Wildcard::Allowed).is_some());
    }

    #[test]
    fn namespaces_of_cluster_names() {
        let suffix = ".svc.cluster.local";
        for (host, namespace) in [
            ("shop.team-a.svc.cluster.local", Some("team-a")),
            ("shop.team-a.svc", Some("team-a")),
            ("deep.shop.team-a.svc", Some("team-a")),
            ("team-a.svc", Some("team-a")),
            ("*.team-a.svc.cluster.local", Some("team-a")),
            ("*.svc.cluster.local", Some("*")),
            ("*.cluster.local", Some("*")),
            ("*.local", Some("*")),
            ("*.svc", Some("*")),
            ("shop.team-a", None),
            ("svc.cluster.local", Some("*")),
            ("cluster.local", Some("*")),
            ("shop", Some("*")),
            ("*.shop", Some("*")),
            ("*", None),
            ("x.cluster.local", None),
            ("svc.cluster.local.example.com", None),
            ("*.al", Some("*")),
            ("shop.1234", Some("1234")),
            ("deep.shop.1234", Some("1234")),
            ("*.shop.1234", Some("1234")),
            ("*.1234", Some("*")),
            ("shop.1234.svc", Some("1234")),
            ("shop.12-34", None),
            ("1234.example", None),
        ] {
            assert_eq!(cluster_namespace(host, suffix), namespace, "{host}");
        }
        // A parent of the cluster's domain is a public name like any other; a wildcard over it is not.
        let suffix = ".svc.k8s.example.com";
        assert_eq!(cluster_namespace("example.com", suffix), None);
        assert_eq!(cluster_namespace("k8s.example.com", suffix), Some("*"));
        assert_eq!(cluster_namespace("*.example.com", suffix), Some("*"));
        assert_eq!(short_namespace("shop.team-a"), Some("team-a"));
        assert_eq!(short_namespace("shop.team-a.svc"), None);
        assert_eq!(short_namespace("shop"), None);
        assert_eq!(service_namespace("shop.team-a.svc", suffix), Some("team-a"));
        assert_eq!(service_namespace("shop.team-a.svc.k8s.example.com", suffix), Some("team-a"));
        assert_eq!(service_namespace("shop.team-a", suffix), None);
        assert_eq!(service_namespace("shop.1234", suffix), None);
    }
}
