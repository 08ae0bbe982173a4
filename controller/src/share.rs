//! Which Ingresses a Proxy has room for: the oldest, as many as fit. What is left out depends on what the Ingresses are and on the
//! limit alone, never on the order in which they came.

use std::{cmp::Ordering, collections::HashSet, sync::Arc};

use gloo_proxy_model::{Listener, ListenerType, Proxy, SslConfig, VirtualHost};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use knative_ingress_model::{Ingress, IngressRef};

/// How old an Ingress is, in the order in which hosts are won: one without a `creationTimestamp` counts as the newest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Age {
    created: Option<Time>,
    ingress: IngressRef,
}

impl Age {
    pub(crate) const fn ingress(&self) -> &IngressRef {
        &self.ingress
    }

    pub(crate) const fn new(created: Option<Time>, ingress: IngressRef) -> Self {
        Self { created, ingress }
    }

    pub(crate) fn of(ingress: &Ingress) -> Self {
        Self::new(ingress.metadata.creation_timestamp.clone(), ingress.reference())
    }
}

impl Ord for Age {
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |age: &'_ Self| (age.created.is_none(), age.created.clone());
        key(self).cmp(&key(other)).then_with(|| self.ingress.cmp(&other.ingress))
    }
}

impl PartialOrd for Age {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// What an Ingress has in the Proxies.
#[derive(Clone, Debug)]
pub(crate) struct Share {
    pub(crate) age: Age,
    pub(crate) virtual_hosts: Vec<Arc<VirtualHost>>,
}

/// The oldest Ingress that `proxy`, compressed, has no room for in `max_bytes`; it and all newer ones have to be left out. `None` if
/// all fit. `shares` are what the Proxy consists of.
///
/// It is compressed about log₂ n times: what one Ingress adds to a compressed Proxy depends on all others.
pub(crate) fn first_without_room(proxy: &Proxy, mut shares: Vec<Share>, max_bytes: usize) -> Option<Age> {
    shares.sort_by(|a, b| a.age.cmp(&b.age));
    let fits = |count: usize| {
        let newest = shares.get(count..).unwrap_or_default();
        without(proxy, newest).compressed().is_ok_and(|compressed| compressed.fits(max_bytes))
    };
    if fits(shares.len()) {
        return None;
    }
    // Those before `fitting` fit, or there are none; with that at `too_many` they don't.
    let (mut fitting, mut too_many) = (0_usize, shares.len());
    while fitting.saturating_add(1) < too_many {
        let middle = fitting.midpoint(too_many);
        if fits(middle) {
            fitting = middle;
        } else {
            too_many = middle;
        }
    }
    shares.into_iter().nth(fitting).map(|share| share.age)
}

/// `proxy` less the virtual hosts of these Ingresses, the certificates that no other one needs, and listeners without either.
pub(crate) fn without<'a>(proxy: &Proxy, left_out: impl IntoIterator<Item = &'a Share>) -> Proxy {
    let shares = left_out.into_iter().flat_map(|share| &share.virtual_hosts);
    let left_out: HashSet<*const VirtualHost> = shares.map(Arc::as_ptr).collect();
    let mut proxy = proxy.clone();
    if !left_out.is_empty() {
        proxy.spec.listeners.retain_mut(|listener| keep_others(listener, &left_out));
    }
    proxy
}

/// Whether anything is left of the listener.
fn keep_others(listener: &mut Listener, left_out: &HashSet<*const VirtualHost>) -> bool {
    let hosts = match &mut listener.listener_type {
        Some(ListenerType::Http(http)) => &mut http.virtual_hosts,
        Some(ListenerType::Tcp(_) | ListenerType::Hybrid(_) | ListenerType::Aggregate(_)) | None => {
            return true;
        }
    };
    let (had_any_host, count) = (has_domain(hosts, "*"), hosts.len());
    hosts.retain(|host| !left_out.contains(&Arc::as_ptr(host)));
    if hosts.len() == count {
        return true;
    }
    let domains: HashSet<&str> =
        hosts.iter().flat_map(|host| &host.domains).map(|it| without_port(it)).collect();
    listener.ssl_configurations.retain_mut(|SslConfig { sni_domains, .. }| {
        if sni_domains.is_empty() {
            // For every host, be it by the one that owns `*`.
            return !had_any_host || domains.contains("*");
        }
        sni_domains.retain(|host| domains.contains(host.as_str()));
        !sni_domains.is_empty()
    });
    // Those without routes only keep the hosts of rejected Ingresses.
    hosts.iter().any(|host| !host.routes.is_empty())
}

fn has_domain(hosts: &[Arc<VirtualHost>], wanted: &str) -> bool {
    hosts.iter().flat_map(|host| &host.domains).any(|domain| without_port(domain) == wanted)
}

fn without_port(domain: &str) -> &str {
    domain.split_once(':').map_or(domain, |(host, _)| host)
}

#[cfg(test)]
mod tests {
    use k8s_openapi::jiff::Timestamp;
    use knative_gloo_translate::{Gateway, Options, Translator};
    use serde_json::json;

    use super::*;

    /// A set in which Ingresses have sizes, ages and certificates of many kinds, and some are rejected.
    fn ingresses(seed: u64, count: u64) -> Vec<Ingress> {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut random = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        let mut ingress = |number: u64| {
            let (namespace, name) = (format!("team-{}", number % 3), format!("shop-{number}"));
            let value: String = (0..random() % 60).map(|_| format!("{:016x}", random())).collect();
            let percent = if random() % 6 == 0 { 99 } else { 100 };
            let split = json!({"serviceNamespace": namespace, "serviceName": "shop", "servicePort": 80, "percent": percent,
                "appendHeaders": {"X-Random": value}});
            let host = format!("{name}.example.com");
            let mut spec = json!({"rules": [{"hosts": [host], "http": {"paths": [{"splits": [split]}]}}]});
            if random() % 2 == 0 {
                // Several Ingresses of a namespace share a Secret.
                spec["tls"] = json!([{"hosts": [host], "secretName": "cert", "secretNamespace": namespace}]);
            }
            if random() % 4 == 0 {
                spec["rules"][0]["visibility"] = json!("ClusterLocal");
            }
            let class = "gloo.ingress.networking.knative.dev";
            let mut ingress: Ingress = serde_json::from_value(json!({
                "metadata": {"namespace": namespace, "name": name,
                    "annotations": {"networking.knative.dev/ingress.class": class}},
                "spec": spec,
            }))
            .unwrap();
            let created = i64::try_from(random() % 5).unwrap();
            ingress.metadata.creation_timestamp =
                (created > 0).then(|| Time(Timestamp::from_second(created).unwrap()));
            ingress
        };
        (0..count).map(&mut ingress).collect()
    }

    fn shares(translator: &Translator, ingresses: &[Ingress]) -> Vec<Share> {
        let share = |ingress: &Ingress| {
            let report = translator.report(&ingress.reference()).unwrap();
            let all = report.served.into_iter().chain(report.reserved);
            let virtual_hosts: Vec<_> = all.map(|served| served.virtual_host).collect();
            assert!(!virtual_hosts.is_empty());
            Share { age: Age::of(ingress), virtual_hosts }
        };
        ingresses.iter().map(share).collect()
    }

    fn translator<'a>(ingresses: impl IntoIterator<Item = &'a Ingress>) -> Translator {
        let mut translator = Translator::new(Options::default());
        translator.extend(ingresses);
        translator
    }

    /// The law: what is left is what the oldest Ingresses alone give; it fits; with one more it would not; and the order in which
    /// the Ingresses came changes nothing.
    #[test]
    fn oldest_ingresses_are_served_while_the_proxy_has_room() {
        let mut cuts = HashSet::new();
        for seed in 0..40 {
            let mut set = ingresses(seed, 1 + seed % 13);
            let full = translator(&set);
            for gateway in Gateway::ALL {
                let proxy = full.proxy(gateway);
                let whole = proxy.clone().compressed().unwrap().size().plain;
                for max_bytes in [whole, whole - 1, whole / 2, whole / 3, 10] {
                    let first = first_without_room(&proxy, shares(&full, &set), max_bytes);
                    assert_eq!(first.is_none(), max_bytes == whole, "{seed}");
                    let is_in =
                        |ingress: &&Ingress| first.as_ref().is_none_or(|first| Age::of(ingress) < *first);
                    let left_out = shares(&full, &set);
                    let left_out =
                        left_out.iter().filter(|it| first.as_ref().is_some_and(|first| it.age >= *first));
                    let left = without(&proxy, left_out);
                    assert_eq!(left, translator(set.iter().filter(is_in)).proxy(gateway), "{seed}");
                    let size = left.compressed().unwrap().size().plain;
                    let served = set.iter().filter(is_in).count();
                    cuts.insert(served);
                    assert!(size <= max_bytes || served == 0, "{seed}: {size} of {max_bytes}");
                    if let Some(first) = &first {
                        let one_more = set.iter().filter(|ingress| Age::of(ingress) <= *first);
                        let one_more = translator(one_more).proxy(gateway).compressed().unwrap();
                        assert!(!one_more.fits(max_bytes), "{seed}: one more has room");
                    }

                    set.reverse();
                    let again = translator(&set);
                    let found = first_without_room(&again.proxy(gateway), shares(&again, &set), max_bytes);
                    assert_eq!(found, first, "{seed}");
                }
            }
        }
        assert!(cuts.len() > 8, "{cuts:?}");
    }

    #[test]
    fn catch_all_certificate_goes_with_the_catch_all_owner() {
        let host = |name: &str, domain: &str| {
            let domains = vec![domain.to_owned(), format!("{domain}:443")];
            let routes = vec![Arc::default()];
            Arc::new(VirtualHost { name: name.to_owned(), domains, routes, ..VirtualHost::default() })
        };
        let (all, one) = (host("all", "*"), host("one", "one.example.com"));
        let mut proxy = Proxy::default();
        let sni = |hosts: &[&str]| SslConfig {
            sni_domains: hosts.iter().map(|host| (*host).to_owned()).collect(),
            ..SslConfig::default()
        };
        let http = gloo_proxy_model::HttpListener {
            virtual_hosts: vec![Arc::clone(&all), Arc::clone(&one)],
            ..Default::default()
        };
        proxy.spec.listeners = vec![Listener {
            listener_type: Some(ListenerType::Http(http)),
            ssl_configurations: vec![sni(&[]), sni(&["one.example.com"])],
            ..Listener::default()
        }];
        let share = |host: &Arc<VirtualHost>| Share {
            age: Age { created: None, ingress: IngressRef::new("a", "b") },
            virtual_hosts: vec![Arc::clone(host)],
        };
        let left = |left_out: &[Share]| -> Vec<Vec<SslConfig>> {
            let left = without(&proxy, left_out);
            left.spec.listeners.into_iter().map(|listener| listener.ssl_configurations).collect()
        };
        assert_eq!(left(&[share(&all)]), [[sni(&["one.example.com"])]]);
        assert_eq!(left(&[share(&one)]), [[sni(&[])]]);
        assert!(left(&[share(&one), share(&all)]).is_empty());
    }
}
