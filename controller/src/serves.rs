//! Whether what is stored of a Proxy says all that is wanted.

use std::sync::Arc;

use gloo_proxy_model::{Listener, ListenerType, Proxy, ProxySpec, VirtualHost, diff};
use kube::ResourceExt;

/// Whether `stored` says all that `desired` says. Gloo writes an object anew to add its status, so how it is written doesn't count.
pub(crate) fn serves(stored: &Proxy, desired: &Proxy) -> bool {
    let has = |stored: Option<&String>, desired: &String| stored == Some(desired);
    let labels = desired.labels().iter().all(|(key, value)| has(stored.labels().get(key), value));
    let annotations =
        desired.annotations().iter().all(|(key, value)| has(stored.annotations().get(key), value));
    labels && annotations && {
        let (stored, desired) = unshared(&stored.spec, &desired.spec);
        stored.spec == desired.spec || diff(&stored, &desired).is_empty()
    }
}

/// Proxies with the two specs, but for the virtual hosts that they share: after a change that is all of them but a few, and to
/// compare them would cost more than all else.
fn unshared(stored: &ProxySpec, desired: &ProxySpec) -> (Proxy, Proxy) {
    let (mut stored, mut desired) = (stored.clone(), desired.clone());
    for (stored, desired) in stored.listeners.iter_mut().zip(&mut desired.listeners) {
        if let (Some(stored), Some(desired)) = (hosts(stored), hosts(desired)) {
            drop_shared(stored, desired);
        }
    }
    let proxy = |spec| Proxy { spec, ..Proxy::default() };
    (proxy(stored), proxy(desired))
}

fn hosts(listener: &mut Listener) -> Option<&mut Vec<Arc<VirtualHost>>> {
    match &mut listener.listener_type {
        Some(ListenerType::Http(http)) => Some(&mut http.virtual_hosts),
        Some(ListenerType::Tcp(_) | ListenerType::Hybrid(_) | ListenerType::Aggregate(_)) | None => None,
    }
}

/// Removes pairs of the very same host from two lists that are sorted by name. From lists that are not, it removes fewer.
fn drop_shared(left: &mut Vec<Arc<VirtualHost>>, right: &mut Vec<Arc<VirtualHost>>) {
    let mut left_hosts = std::mem::take(left).into_iter().peekable();
    let mut right_hosts = std::mem::take(right).into_iter().peekable();
    while let (Some(a), Some(b)) = (left_hosts.peek(), right_hosts.peek()) {
        let is_shared = Arc::ptr_eq(a, b);
        let order = if is_shared { std::cmp::Ordering::Equal } else { a.name.cmp(&b.name) };
        if order.is_le() {
            left.extend(left_hosts.next().filter(|_| !is_shared));
        }
        if order.is_ge() {
            right.extend(right_hosts.next().filter(|_| !is_shared));
        }
    }
    left.extend(left_hosts);
    right.extend(right_hosts);
}

#[cfg(test)]
mod tests {
    use gloo_proxy_model::HttpListener;

    use super::*;

    fn host(name: &str, domain: &str) -> Arc<VirtualHost> {
        let domains = vec![domain.to_owned()];
        Arc::new(VirtualHost { name: name.to_owned(), domains, ..VirtualHost::default() })
    }

    fn proxy(virtual_hosts: &[&Arc<VirtualHost>]) -> Proxy {
        let virtual_hosts = virtual_hosts.iter().map(|host| Arc::clone(host)).collect();
        let http = HttpListener { virtual_hosts, ..HttpListener::default() };
        let mut proxy = Proxy::default();
        proxy.spec.listeners =
            vec![Listener { listener_type: Some(ListenerType::Http(http)), ..Listener::default() }];
        proxy
    }

    /// Every pair of lists of up to three hosts, some of which are shared, some equal, some changed.
    #[test]
    fn shared_virtual_hosts_are_compared_by_value() {
        let all = [host("a", "a.com"), host("b", "b.com"), host("b", "b.com"), host("b", "www.b.com")];
        let mut lists: Vec<Vec<&Arc<VirtualHost>>> = vec![Vec::new()];
        for length in 0..3 {
            let longest: Vec<_> = lists.iter().filter(|list| list.len() == length).cloned().collect();
            lists.extend(
                longest
                    .iter()
                    .flat_map(|list| all.iter().map(|host| list.iter().copied().chain([host]).collect())),
            );
        }
        for left in &lists {
            for right in &lists {
                let names = |list: &[&Arc<VirtualHost>]| {
                    let mut domains: Vec<_> = list.iter().map(|host| host.domains.clone()).collect();
                    domains.sort();
                    domains
                };
                // To tell two of one name apart is up to `diff`, which goes by their order.
                let is_same_set = names(left) == names(right);
                let is_served = serves(&proxy(left), &proxy(right));
                let is_by_diff = diff(&proxy(left), &proxy(right)).is_empty();
                assert!(!is_served || is_same_set, "{left:?} {right:?}");
                assert!(is_served || !is_by_diff, "{left:?} {right:?}");
            }
        }
    }

    #[test]
    fn shared_virtual_hosts_are_dropped() {
        let hosts: Vec<_> = (0..9).map(|number| host(&format!("host-{number}"), "x.com")).collect();
        let changed = host("host-4", "y.com");
        let mut left: Vec<_> = hosts.clone();
        let mut right: Vec<_> = hosts.iter().take(8).cloned().collect();
        right[4] = Arc::clone(&changed);
        right.remove(1);
        drop_shared(&mut left, &mut right);
        let names =
            |hosts: &[Arc<VirtualHost>]| -> Vec<_> { hosts.iter().map(|host| host.name.clone()).collect() };
        assert_eq!(names(&left), ["host-1", "host-4", "host-8"]);
        assert_eq!(right, [changed]);
    }
}
