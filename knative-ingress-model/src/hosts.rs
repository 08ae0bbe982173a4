use std::collections::{BTreeMap, BTreeSet};

use crate::{Ingress, Visibility};

/// A host and its shorter names in a cluster: without `.<cluster domain>`, and without `.svc.<cluster domain>`.
///
/// As in Knative (since 0.18), a name is left out if its last label is longer than 63 bytes, empty, `*`, or all digits, which could
/// be part of an IP address: the host `shop.1234` doesn't exist for namespace `1234`.
/// Source: `ExpandedHosts` of knative/networking's `pkg/ingress`.
///
/// ```
/// use knative_ingress_model::expand_host;
///
/// let names: Vec<_> = expand_host("shop.team-a.svc.cluster.local", "cluster.local").collect();
/// assert_eq!(names, ["shop.team-a.svc.cluster.local", "shop.team-a.svc", "shop.team-a"]);
/// let names: Vec<_> = expand_host("shop.1234.svc.cluster.local", "cluster.local").collect();
/// assert_eq!(names, ["shop.1234.svc.cluster.local", "shop.1234.svc"]);
/// ```
pub fn expand_host<'a>(host: &'a str, cluster_domain: &str) -> impl Iterator<Item = &'a str> + use<'a> {
    let in_cluster = host.strip_suffix(cluster_domain).and_then(|rest| rest.strip_suffix('.'));
    let in_svc = in_cluster.and_then(|rest| rest.strip_suffix(".svc"));
    [Some(host), in_cluster, in_svc].into_iter().flatten().filter(|name| ends_in_a_name(name))
}

/// The names of several hosts, sorted and without duplicates: [`expand_host`] for a set, like Knative's `ExpandedHosts`.
pub fn expanded_hosts<'a>(
    hosts: impl IntoIterator<Item = &'a str>,
    cluster_domain: &str,
) -> BTreeSet<&'a str> {
    hosts.into_iter().flat_map(|host| expand_host(host, cluster_domain)).collect()
}

/// Whether the last label can't be part of an IP address.
fn ends_in_a_name(host: &str) -> bool {
    let dot = host.bytes().rposition(|byte| byte == b'.');
    let last = dot.and_then(|dot| host.get(dot.saturating_add(1)..)).unwrap_or(host);
    last.len() <= 63 && last.bytes().any(|byte| byte == b'-' || byte > b'9')
}

impl Ingress {
    /// The hosts that each key serves. `keys` has the keys, such as gateways, that serve each visibility.
    ///
    /// Rules without a visibility, or with one that isn't in `keys`, are left out: call [`set_defaults`](Self::set_defaults)
    /// first.
    /// Source: `HostsPerVisibility` of knative/networking's `pkg/ingress`.
    ///
    /// ```
    /// use knative_ingress_model::{Ingress, Visibility};
    ///
    /// let ingress = Ingress::from_json(br#"{"spec": {"rules": [
    ///     {"hosts": ["shop.team-a.svc.cluster.local"], "visibility": "ClusterLocal"},
    ///     {"hosts": ["shop.example.com"], "visibility": "ExternalIP"}
    /// ]}}"#)?;
    /// let keys = [
    ///     (Visibility::ExternalIp, ["public", "private"].into()),
    ///     (Visibility::ClusterLocal, ["private"].into()),
    /// ];
    /// let hosts = ingress.hosts_per_visibility("cluster.local", &keys.into());
    /// assert_eq!(hosts["public"], ["shop.example.com"].into());
    /// assert_eq!(hosts["private"].len(), 4);
    /// # Ok::<(), knative_ingress_model::ParseIngressError>(())
    /// ```
    pub fn hosts_per_visibility<'a, 'k>(
        &'a self,
        cluster_domain: &str,
        keys: &BTreeMap<Visibility, BTreeSet<&'k str>>,
    ) -> BTreeMap<&'k str, BTreeSet<&'a str>> {
        let mut hosts = BTreeMap::<_, BTreeSet<_>>::new();
        for rule in &self.spec.rules {
            let Some(served_by) = rule.visibility.as_ref().and_then(|visibility| keys.get(visibility)) else {
                continue;
            };
            for name in expanded_hosts(rule.hosts.iter().map(String::as_str), cluster_domain) {
                for key in served_by {
                    hosts.entry(*key).or_default().insert(name);
                }
            }
        }
        hosts
    }
}
