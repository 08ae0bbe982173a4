use std::fmt::Write;

use gloo_proxy_model::{KubeDestination, ResourceRef};
use md5::{Digest, Md5};

/// Kubernetes' limit of a label, which Gloo keeps for its upstreams' names too.
const NAME_LIMIT: usize = 63;

/// The cluster of a Service's port: the name of Gloo's in-memory upstream, `_`, the Service's namespace.
pub(crate) fn kube_cluster(destination: &KubeDestination) -> String {
    let KubeDestination { r#ref: service, port, unknown: _ } = destination;
    service_cluster(service, *port)
}

/// The same by the Service itself.
pub(crate) fn service_cluster(service: &ResourceRef, port: u32) -> String {
    let ResourceRef { name, namespace, unknown: _ } = service;
    format!("kube-svc:{}_{namespace}", sanitize_upstream(&format!("{namespace}-{name}-{port}")))
}

/// The cluster of an Upstream.
pub(crate) fn upstream_cluster(upstream: &ResourceRef) -> String {
    format!("{}_{}", upstream.name, upstream.namespace)
}

/// The route configuration of a listener.
pub(crate) fn route_config(listener: &str) -> String {
    format!("{listener}-routes")
}

/// A virtual host's name as Envoy gets it. Two may become one: neither Gloo nor Envoy minds.
pub(crate) fn virtual_host(name: &str) -> String {
    name.replace('.', "_")
}

/// What Gloo makes of a name that must be a Kubernetes name: too long ones are cut and told apart by their MD5.
fn sanitize_upstream(name: &str) -> String {
    let clean: String = name
        .chars()
        .filter(|c| !matches!(c, '[' | ']' | '"' | '\'' | '\n'))
        .map(|c| if matches!(c, '*' | '/' | '.' | ':' | '_' | ' ') { '-' } else { c })
        .collect();
    if clean.len() <= NAME_LIMIT {
        return clean.to_lowercase();
    }
    let mut short: String = clean.chars().take(NAME_LIMIT / 2).collect();
    short.push('-');
    for byte in Md5::digest(clean.as_bytes()) {
        // Writing to a String cannot fail.
        let _ = write!(short, "{byte:02x}");
    }
    short.chars().take(NAME_LIMIT).collect::<String>().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cluster(name: &str) -> String {
        service_cluster(&ResourceRef::new(name, "default"), 80)
    }

    #[test]
    fn cluster_name_is_made_of_namespace_service_and_port() {
        assert_eq!(cluster("foo"), "kube-svc:default-foo-80_default");
    }

    /// Two names that are equal in their first 31 characters must stay two clusters, each within the limit.
    #[test]
    fn long_cluster_names_are_truncated_and_unique() {
        let long = "a".repeat(60);
        let [one, other] = [format!("{long}b"), format!("{long}c")].map(|name| cluster(&name));
        assert_ne!(one, other);
        for name in [one, other] {
            let upstream = name.strip_prefix("kube-svc:").and_then(|n| n.strip_suffix("_default"));
            assert_eq!(upstream.map(str::len), Some(NAME_LIMIT), "{name}");
        }
    }
}
