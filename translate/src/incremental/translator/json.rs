//! From Ingresses to the JSON of both Proxies.

use std::{borrow::Borrow, collections::BTreeMap, ops::Range, sync::Arc};

use gloo_proxy_model::VirtualHost;
use knative_ingress_model::{Ingress, IngressRef};
use serde::Serialize;

use super::Translator;
use crate::{
    Diagnostic, Gateway, Gateways, Options, Outcome, Scheme,
    incremental::entries::{IngressEntry, Slot},
    stages::assemble,
};

/// Both Proxies as JSON, from [`translate_to_json`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct JsonTranslation {
    /// The Proxy for everybody.
    pub external: Vec<u8>,
    /// The Proxy for clients inside the cluster.
    pub internal: Vec<u8>,
    /// The outcome for each Ingress, sorted by namespace and name.
    pub outcomes: Vec<IngressOutcome>,
}

/// The outcome for one Ingress: its [`IngressReport`](crate::IngressReport) without what serves it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct IngressOutcome {
    /// The Ingress.
    pub ingress: IngressRef,
    /// Whether it is translated, rejected or skipped.
    pub outcome: Outcome,
    /// The hash that its probe routes answer with, if [`Options::probe`] is set.
    pub probe_hash: Option<String>,
    /// What its author should know, as in the report.
    pub diagnostics: Vec<Diagnostic>,
}

/// Like [`translate`](crate::translate), but gives the Proxies as JSON, as `serde_json` would write them.
///
/// Each virtual host is written while it is in the cache and then dropped. With ten thousand Ingresses that takes half the
/// time and a third of the memory of translating them all first.
///
/// ```
/// use knative_gloo_translate::{ClassFilter, Options, translate, translate_to_json};
/// use knative_ingress_model::Ingress;
///
/// let shop = Ingress::from_json(br#"{"metadata": {"name": "shop", "namespace": "team-a"}, "spec": {"rules": [{
///     "hosts": ["shop.team-a.example.com"],
///     "http": {"paths": [{"splits": [
///         {"serviceNamespace": "team-a", "serviceName": "shop-00001", "servicePort": 80, "percent": 100}
///     ]}]}
/// }]}}"#)?;
/// let options = Options::default().with_class(ClassFilter::Any);
/// let translation = translate_to_json([&shop], &options)?;
/// assert_eq!(translation.external, serde_json::to_vec(&translate([&shop], &options).external)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As `serde_json` has them; a Proxy has nothing that it can't write.
pub fn translate_to_json(
    ingresses: impl IntoIterator<Item = impl Borrow<Ingress>>,
    options: &Options,
) -> Result<JsonTranslation, serde_json::Error> {
    let mut translator = Translator::new(options.clone());
    let mut written = Written::default();
    let disputed = translator.add(ingresses, |slot, entry| written.write(slot, entry))?;
    for slot in &disputed {
        if let Some(entry) = translator.entries.get_mut(*slot) {
            written.restore(*slot, entry)?;
        }
    }
    translator.settle(&disputed);
    for slot in &disputed {
        if let Some(entry) = translator.entries.get_mut(*slot) {
            written.write(*slot, entry)?;
        }
    }
    let sorted = written.sorted(&translator);
    let external = written.proxy(Gateway::External, &sorted, &translator)?;
    let internal = written.proxy(Gateway::Internal, &sorted, &translator)?;
    let Translator { slots, mut entries, .. } = translator;
    let entries = slots.into_values().filter_map(|slot| entries.remove(slot));
    Ok(JsonTranslation { external, internal, outcomes: entries.map(IngressEntry::into_outcome).collect() })
}

/// The virtual hosts of all Ingresses as JSON.
#[derive(Debug, Default)]
struct Written {
    names: String,
    json: Vec<u8>,
    hosts: Vec<WrittenHost>,
    /// Which of them are those of an Ingress.
    of_slot: BTreeMap<Slot, Range<usize>>,
    /// What an Ingress holds in the place of a virtual host that is written.
    placeholder: Arc<VirtualHost>,
}

#[derive(Debug)]
struct WrittenHost {
    gateways: Gateways,
    scheme: Scheme,
    name: Range<usize>,
    json: Range<usize>,
}

impl Written {
    /// Writes what `entry` serves, in the place of what it served before, and drops it.
    fn write(&mut self, slot: Slot, entry: &mut IngressEntry) -> Result<(), serde_json::Error> {
        let first = self.hosts.len();
        for served in &mut entry.served {
            let (name, json) = (self.names.len(), self.json.len());
            self.names.push_str(&served.virtual_host.name);
            serde_json::to_writer(&mut self.json, &served.virtual_host)?;
            self.hosts.push(WrittenHost {
                gateways: served.gateways,
                scheme: served.scheme,
                name: name..self.names.len(),
                json: json..self.json.len(),
            });
            served.virtual_host = Arc::clone(&self.placeholder);
        }
        for host in &mut entry.fragment.virtual_hosts {
            host.virtual_host = Arc::clone(&self.placeholder);
        }
        self.of_slot.insert(slot, first..self.hosts.len());
        Ok(())
    }

    /// Reads back what `entry` was thought to serve, for it to be resolved: a later Ingress wants a host of it.
    fn restore(&self, slot: Slot, entry: &mut IngressEntry) -> Result<(), serde_json::Error> {
        for (host, written) in entry.fragment.virtual_hosts.iter_mut().zip(self.hosts_of(slot)) {
            // Else it has not been written: what has is of an Ingress that this one replaces.
            if Arc::ptr_eq(&host.virtual_host, &self.placeholder) {
                let json = self.json.get(written.json.clone()).unwrap_or_default();
                host.virtual_host = Arc::new(serde_json::from_slice(json)?);
            }
        }
        Ok(())
    }

    fn hosts_of(&self, slot: Slot) -> &[WrittenHost] {
        self.of_slot.get(&slot).and_then(|range| self.hosts.get(range.clone())).unwrap_or_default()
    }

    /// All virtual hosts in the order of a Proxy.
    fn sorted(&self, translator: &Translator) -> Vec<&WrittenHost> {
        let all = translator.slots.values().flat_map(|slot| self.hosts_of(*slot));
        let mut sorted: Vec<_> =
            all.map(|host| (self.names.get(host.name.clone()).unwrap_or_default(), host)).collect();
        sorted.sort_by_key(|(name, _)| *name);
        sorted.into_iter().map(|(_, host)| host).collect()
    }

    fn proxy(
        &self,
        gateway: Gateway,
        sorted: &[&WrittenHost],
        translator: &Translator,
    ) -> Result<Vec<u8>, serde_json::Error> {
        let (mut proxy, end) = around(&assemble::empty(gateway, &translator.settings), br#""spec":{}"#)?;
        proxy.reserve(self.json.len());
        let mut separator: &[u8] = br#""listeners":["#;
        let mut close: &[u8] = b"";
        for scheme in Scheme::ALL {
            let Translator { settings, serving, .. } = translator;
            if serving.on(gateway).virtual_hosts(scheme) == 0 {
                continue;
            }
            let listener =
                assemble::listener(gateway, scheme, Vec::new(), translator.in_order(), serving, settings);
            let (before, after) = around(&listener, br#""httpListener":{}"#)?;
            proxy.extend_from_slice(separator);
            proxy.extend_from_slice(&before);
            let mut separator_of_hosts: &[u8] = br#""virtualHosts":["#;
            for host in sorted.iter().filter(|host| host.scheme == scheme && host.gateways.contains(gateway))
            {
                proxy.extend_from_slice(separator_of_hosts);
                proxy.extend_from_slice(self.json.get(host.json.clone()).unwrap_or_default());
                separator_of_hosts = b",";
            }
            proxy.push(b']');
            proxy.extend_from_slice(&after);
            (separator, close) = (b",", b"]");
        }
        proxy.extend_from_slice(close);
        proxy.extend_from_slice(&end);
        Ok(proxy)
    }
}

/// The JSON of `value` up to and behind the inside of the empty object `marker`, which it holds once.
fn around(value: &impl Serialize, marker: &[u8]) -> Result<(Vec<u8>, Vec<u8>), serde_json::Error> {
    let mut before = serde_json::to_vec(value)?;
    let found = before.windows(marker.len()).position(|part| part == marker);
    let inside =
        found.and_then(|place| place.checked_add(marker.len())?.checked_sub(1)).unwrap_or(before.len());
    let after = before.split_off(inside);
    Ok((before, after))
}
