//! What lies between two translations.

use std::collections::{BTreeMap, BTreeSet};

use gloo_proxy_model::{ListenerType, Proxy};
use knative_gloo_translate::{Change, Gateway, ProxyChange, Scheme, Translation};
use knative_ingress_model::IngressRef;
use serde::Serialize;

/// How many of each thing there are; less than none of what goes away.
#[derive(Debug, Default, PartialEq)]
struct Balance(BTreeMap<String, i64>);

impl Balance {
    fn count(&mut self, listener: &str, thing: &impl Serialize, by: i64) {
        let text = serde_json::to_string(thing).expect("it is written");
        let count = self.0.entry(format!("{listener}: {text}")).or_default();
        *count = count.saturating_add(by);
    }

    fn count_proxy(&mut self, proxy: &Proxy, by: i64) {
        for listener in &proxy.spec.listeners {
            self.count(&listener.name, &"is there", by);
            for config in &listener.ssl_configurations {
                self.count(&listener.name, config, by);
            }
            let Some(ListenerType::Http(http)) = &listener.listener_type else { panic!("no HTTP listener") };
            for host in &http.virtual_hosts {
                self.count(&listener.name, host.as_ref(), by);
            }
        }
    }

    fn count_change(&mut self, change: &ProxyChange) {
        for listener in &change.listeners {
            self.count(&listener.scheme.to_string(), &"is there", if listener.present { 1 } else { -1 });
        }
        for host in &change.virtual_hosts {
            assert_ne!(host.before, host.after, "named, but not changed");
            let scheme = host.scheme.to_string();
            host.before.iter().for_each(|gone| self.count(&scheme, gone.as_ref(), -1));
            host.after.iter().for_each(|came| self.count(&scheme, came.as_ref(), 1));
        }
        for config in &change.ssl_configurations {
            assert_ne!(config.before, config.after, "named, but not changed");
            let scheme = Scheme::Https.to_string();
            config.before.iter().for_each(|gone| self.count(&scheme, gone, -1));
            config.after.iter().for_each(|came| self.count(&scheme, came, 1));
        }
    }

    fn settled(mut self) -> Self {
        self.0.retain(|_, count| *count != 0);
        self
    }
}

/// Panics unless `change` is all that lies between `before` and `after`.
pub(crate) fn assert_exact(before: &Translation, change: &Change, after: &Translation) {
    for gateway in Gateway::ALL {
        let (mut lies, mut named) = (Balance::default(), Balance::default());
        lies.count_proxy(before.proxy(gateway), -1);
        lies.count_proxy(after.proxy(gateway), 1);
        named.count_change(change.proxy(gateway));
        assert_eq!(named.settled(), lies.settled(), "named of the {gateway} Proxy, and what changed");
    }
    let was: BTreeMap<&IngressRef, _> =
        before.reports.iter().map(|report| (&report.ingress, report)).collect();
    let changed = after.reports.iter().filter(|report| was.get(&report.ingress) != Some(report));
    assert!(changed.eq(&change.reports), "{:?}", change.reports);
    let is: BTreeSet<&IngressRef> = after.reports.iter().map(|report| &report.ingress).collect();
    assert!(was.keys().copied().filter(|ingress| !is.contains(ingress)).eq(&change.removed));
}
