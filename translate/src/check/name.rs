//! Names of Kubernetes objects.

/// Whether `name` is an RFC 1123 label, as namespaces are: lower-case letters, digits and inner hyphens, at most 63 bytes.
pub(crate) fn is_label(name: &str) -> bool {
    name.len() <= 63 && is_long_label_of(name.as_bytes())
}

/// The same of any length.
fn is_long_label_of(name: &[u8]) -> bool {
    let is_edge = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    name.first().is_some_and(is_edge)
        && name.last().is_some_and(is_edge)
        && name.iter().all(|byte| is_edge(byte) || *byte == b'-')
}

/// Whether `name` is an RFC 1123 subdomain, as most objects' names are: labels joined by dots, at most 253 bytes.
/// (Kubernetes does not hold the labels of an object's name to 63 bytes.)
pub(crate) fn is_subdomain(name: &str) -> bool {
    name.len() <= 253 && name.as_bytes().split(|byte| *byte == b'.').all(is_long_label_of)
}

#[cfg(test)]
mod tests {
    use super::{is_label, is_subdomain};

    #[test]
    fn labels() {
        assert!(["a", "1234", "team-a", &"x".repeat(63)].into_iter().all(is_label));
        assert!(!["", "-a", "a-", "A", "a.b", "a_b", "é", &"x".repeat(64)].into_iter().any(is_label));
    }

    #[test]
    fn subdomains() {
        assert!(["a", "www.customer-site.org", &"x".repeat(253)].into_iter().all(is_subdomain));
        assert!(!["", ".", "a.", ".a", "a..b", "a/b", "A.b", &"x".repeat(254)].into_iter().any(is_subdomain));
    }
}
