//! Whether what is stored of a Proxy says all that is wanted.

use std::{cmp::Ordering, collections::BTreeMap, sync::Arc};

use gloo_proxy_model::{
    HttpListener, Listener, ListenerType, Proxy, ProxySpec, SslConfig, VirtualHost, diff,
};

use crate::shared_proxy::SharedProxy;

/// Whether `stored` says all that `desired` says. Gloo writes an object anew to add its status, so how it is written doesn't count.
pub(crate) fn serves(stored: &SharedProxy, desired: &SharedProxy) -> bool {
    has_all(stored.metadata.labels.as_ref(), desired.metadata.labels.as_ref())
        && has_all(stored.metadata.annotations.as_ref(), desired.metadata.annotations.as_ref())
        && (Arc::ptr_eq(&stored.spec, &desired.spec) || {
            let (stored, desired) = unshared(&stored.spec, &desired.spec);
            stored.spec == desired.spec || diff(&stored, &desired).is_empty()
        })
}

type Pairs = BTreeMap<String, String>;

fn has_all(stored: Option<&Pairs>, desired: Option<&Pairs>) -> bool {
    desired.into_iter().flatten().all(|(key, value)| stored.and_then(|stored| stored.get(key)) == Some(value))
}

/// Proxies with the two specs, but for the virtual hosts and certificates that they share: after a change that is all of them but a few,
/// and to compare or to copy them would cost more than all else.
fn unshared(stored: &ProxySpec, desired: &ProxySpec) -> (Proxy, Proxy) {
    let rest = |spec: &ProxySpec, listeners| {
        let ProxySpec { listeners: _, compressed_spec, unknown } = spec;
        let (compressed_spec, unknown) = (compressed_spec.clone(), unknown.clone());
        Proxy { spec: ProxySpec { listeners, compressed_spec, unknown }, ..Proxy::default() }
    };
    let pairs = stored.listeners.iter().zip(&desired.listeners);
    let (mut left, mut right): (Vec<_>, Vec<_>) = pairs.map(|(a, b)| unshared_listeners(a, b)).unzip();
    left.extend(stored.listeners.iter().skip(left.len()).cloned());
    right.extend(desired.listeners.iter().skip(right.len()).cloned());
    (rest(stored, left), rest(desired, right))
}

fn unshared_listeners(stored: &Listener, desired: &Listener) -> (Listener, Listener) {
    let (Some(left), Some(right)) = (http(stored), http(desired)) else {
        return (stored.clone(), desired.clone());
    };
    if stored.name != desired.name {
        return (stored.clone(), desired.clone());
    }
    let (left_hosts, right_hosts) = unshared_hosts(&left.virtual_hosts, &right.virtual_hosts);
    let (left_certificates, right_certificates) = if stored.ssl_configurations == desired.ssl_configurations {
        (Vec::new(), Vec::new())
    } else {
        (stored.ssl_configurations.clone(), desired.ssl_configurations.clone())
    };
    (
        with_lists(stored, left, left_hosts, left_certificates),
        with_lists(desired, right, right_hosts, right_certificates),
    )
}

fn http(listener: &Listener) -> Option<&HttpListener> {
    match &listener.listener_type {
        Some(ListenerType::Http(http)) => Some(http),
        Some(ListenerType::Tcp(_) | ListenerType::Hybrid(_) | ListenerType::Aggregate(_)) | None => None,
    }
}

/// A listener with these virtual hosts and certificates instead of its own, which are not copied.
fn with_lists(
    listener: &Listener,
    http: &HttpListener,
    virtual_hosts: Vec<Arc<VirtualHost>>,
    ssl_configurations: Vec<SslConfig>,
) -> Listener {
    let HttpListener {
        virtual_hosts: _,
        options,
        stat_prefix,
        custom_http_filters,
        custom_network_filters,
        metadata,
        unknown,
    } = http;
    let http = HttpListener {
        virtual_hosts,
        options: options.clone(),
        stat_prefix: stat_prefix.clone(),
        custom_http_filters: custom_http_filters.clone(),
        custom_network_filters: custom_network_filters.clone(),
        metadata: metadata.clone(),
        unknown: unknown.clone(),
    };
    let Listener {
        name,
        bind_address,
        bind_port,
        listener_type: _,
        ssl_configurations: _,
        use_proxy_proto,
        options,
        metadata,
        route_options,
        unknown,
    } = listener;
    Listener {
        name: name.clone(),
        bind_address: bind_address.clone(),
        bind_port: *bind_port,
        listener_type: Some(ListenerType::Http(http)),
        ssl_configurations,
        use_proxy_proto: *use_proxy_proto,
        options: options.clone(),
        metadata: metadata.clone(),
        route_options: route_options.clone(),
        unknown: unknown.clone(),
    }
}

type Hosts = Vec<Arc<VirtualHost>>;

/// Two lists that are sorted by name, without pairs of the very same host. From lists that are not, fewer are left out.
fn unshared_hosts(left: &[Arc<VirtualHost>], right: &[Arc<VirtualHost>]) -> (Hosts, Hosts) {
    let (mut left_hosts, mut right_hosts) = (left.iter().peekable(), right.iter().peekable());
    let (mut left, mut right) = (Vec::new(), Vec::new());
    while let (Some(a), Some(b)) = (left_hosts.peek(), right_hosts.peek()) {
        let is_shared = Arc::ptr_eq(a, b);
        let order = if is_shared { Ordering::Equal } else { a.name.cmp(&b.name) };
        if order.is_le() {
            left.extend(left_hosts.next().filter(|_| !is_shared).cloned());
        }
        if order.is_ge() {
            right.extend(right_hosts.next().filter(|_| !is_shared).cloned());
        }
    }
    left.extend(left_hosts.cloned());
    right.extend(right_hosts.cloned());
    (left, right)
}

#[cfg(test)]
mod tests {
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
                let is_served = serves(&proxy(left).into(), &proxy(right).into());
                let is_by_diff = diff(&proxy(left), &proxy(right)).is_empty();
                assert!(!is_served || is_same_set, "{left:?} {right:?}");
                assert!(is_served || !is_by_diff, "{left:?} {right:?}");
            }
        }
    }

    /// What differs beside lists that are the same still counts, and so does which listener has them.
    #[test]
    fn all_beside_the_shared_lists_is_compared() {
        let shared = host("a", "a.com");
        let certificate =
            |host: &str| SslConfig { sni_domains: vec![host.to_owned()], ..SslConfig::default() };
        let with = |change: fn(&mut Listener)| {
            let mut proxy = proxy(&[&shared]);
            let listener = &mut proxy.spec.listeners[0];
            listener.ssl_configurations = vec![certificate("a.com")];
            change(listener);
            SharedProxy::from(proxy)
        };
        let same = with(|_| {});
        assert!(serves(&same, &with(|_| {})));
        let changes: [fn(&mut Listener); 4] = [
            |listener| listener.bind_port = 81,
            |listener| listener.name = "other".to_owned(),
            |listener| listener.ssl_configurations[0].sni_domains.push("b.com".to_owned()),
            |listener| match &mut listener.listener_type {
                Some(ListenerType::Http(http)) => http.stat_prefix = "other".to_owned(),
                other => panic!("{other:?}"),
            },
        ];
        for (number, change) in changes.into_iter().enumerate() {
            assert!(!serves(&same, &with(change)), "{number}");
            assert!(!serves(&with(change), &same), "{number}");
        }
        let two = |first: &[&Arc<VirtualHost>], second: &[&Arc<VirtualHost>], names: [&str; 2]| {
            let mut proxy = Proxy::default();
            for (hosts, name) in [first, second].into_iter().zip(names) {
                let listener = self::proxy(hosts).spec.listeners.remove(0);
                proxy.spec.listeners.push(Listener { name: name.to_owned(), ..listener });
            }
            SharedProxy::from(proxy)
        };
        // The same host in the same place, but in another listener.
        let (a, b) = (two(&[&shared], &[], ["http", "https"]), two(&[&shared], &[], ["https", "http"]));
        assert!(!serves(&a, &b));
        assert!(serves(&a, &two(&[], &[&shared], ["https", "http"])));
    }

    #[test]
    fn shared_virtual_hosts_are_dropped() {
        let hosts: Vec<_> = (0..9).map(|number| host(&format!("host-{number}"), "x.com")).collect();
        let changed = host("host-4", "y.com");
        let mut right: Vec<_> = hosts.iter().take(8).cloned().collect();
        right[4] = Arc::clone(&changed);
        right.remove(1);
        let (left, right) = unshared_hosts(&hosts, &right);
        let names =
            |hosts: &[Arc<VirtualHost>]| -> Vec<_> { hosts.iter().map(|host| host.name.clone()).collect() };
        assert_eq!(names(&left), ["host-1", "host-4", "host-8"]);
        assert_eq!(right, [changed]);
    }
}
