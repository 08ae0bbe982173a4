//! From Ingresses to the JSON of both Proxies.

use std::{
    borrow::Borrow,
    collections::BTreeMap,
    io::{self, Write},
    ops::Range,
    sync::Arc,
};

use gloo_proxy_model::VirtualHost;
use knative_ingress_model::Ingress;
use serde::Serialize;

use super::Translator;
use crate::{
    Gateway, Gateways, IngressOutcome, Options, Scheme,
    incremental::entries::{IngressEntry, Slot},
    stages::assemble,
};

/// Both Proxies as JSON, from [`translate_to_json`]. Each virtual host is held once, also where both have it.
#[derive(Clone, Debug)]
pub struct JsonTranslation {
    /// The outcome for each Ingress, sorted by namespace and name.
    pub outcomes: Vec<IngressOutcome>,
    /// All virtual hosts, each with a comma before it.
    json: Vec<u8>,
    external: Vec<Part>,
    internal: Vec<Part>,
}

/// A part of a Proxy.
#[derive(Clone, Debug)]
enum Part {
    /// What stands around virtual hosts.
    Frame(Vec<u8>),
    /// A virtual host, by its place in the JSON of all, with the comma before it.
    Host(Range<usize>),
}

impl JsonTranslation {
    /// Writes the Proxy of `gateway` to `writer`, one virtual host at a time: files and connections want a
    /// [`BufWriter`](std::io::BufWriter).
    ///
    /// # Errors
    /// Those of `writer`.
    pub fn write(&self, gateway: Gateway, writer: &mut impl Write) -> io::Result<()> {
        self.parts(gateway).try_for_each(|part| writer.write_all(part))
    }

    /// The Proxy of `gateway`.
    pub fn to_vec(&self, gateway: Gateway) -> Vec<u8> {
        let mut json = Vec::with_capacity(self.parts(gateway).map(<[u8]>::len).sum());
        self.parts(gateway).for_each(|part| json.extend_from_slice(part));
        json
    }

    fn parts(&self, gateway: Gateway) -> impl Iterator<Item = &[u8]> {
        let parts = match gateway {
            Gateway::External => &self.external,
            Gateway::Internal => &self.internal,
        };
        parts.iter().map(|part| match part {
            Part::Frame(json) => json.as_slice(),
            Part::Host(place) => self.json.get(place.clone()).unwrap_or_default(),
        })
    }
}

/// Like [`translate`](crate::translate), but gives the Proxies as JSON, as `serde_json` would write them.
///
/// Each virtual host is written while it is in the cache and then dropped. With ten thousand Ingresses that takes half the
/// time and a third of the memory of translating them all first.
///
/// ```
/// use knative_gloo_translate::{ClassFilter, Gateway, Options, translate, translate_to_json};
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
/// let external = translation.to_vec(Gateway::External);
/// assert_eq!(external, serde_json::to_vec(&translate([&shop], &options).external)?);
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
    let mut outcomes = Vec::with_capacity(entries.len());
    let entries = slots.into_values().filter_map(|slot| entries.remove(slot));
    outcomes.extend(entries.map(IngressEntry::into_outcome));
    Ok(JsonTranslation { outcomes, json: written.json, external, internal })
}

/// The virtual hosts of all Ingresses as JSON.
#[derive(Debug, Default)]
struct Written {
    names: String,
    /// Each with a comma before it.
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
        for served in &mut entry.virtual_hosts {
            let name = self.names.len();
            self.names.push_str(&served.virtual_host.name);
            self.json.push(b',');
            let json = self.json.len();
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

    /// The Proxy of `gateway`.
    fn proxy(
        &self,
        gateway: Gateway,
        sorted: &[&WrittenHost],
        translator: &Translator,
    ) -> Result<Vec<Part>, serde_json::Error> {
        let Translator { settings, serving, .. } = translator;
        let (mut frame, end) = around(&assemble::empty(gateway, settings), br#""spec":{}"#)?;
        let listeners = Scheme::ALL.map(|scheme| serving.on(gateway).virtual_hosts(scheme));
        let hosts: usize = listeners.into_iter().sum();
        let mut parts = Vec::with_capacity(hosts.saturating_add(Scheme::ALL.len()).saturating_add(1));
        let (mut separator, mut close) = (br#""listeners":["#.as_slice(), b"".as_slice());
        for scheme in Scheme::ALL {
            if serving.on(gateway).virtual_hosts(scheme) == 0 {
                continue;
            }
            let listener =
                assemble::listener(gateway, scheme, Vec::new(), translator.in_order(), serving, settings);
            let (before, after) = around(&listener, br#""httpListener":{}"#)?;
            frame.extend_from_slice(separator);
            frame.extend_from_slice(&before);
            frame.extend_from_slice(br#""virtualHosts":["#);
            parts.push(Part::Frame(frame));
            let hosts = sorted.iter().filter(|host| host.scheme == scheme && host.gateways.contains(gateway));
            parts.extend(hosts.enumerate().map(|(place, host)| {
                let Range { start, end } = host.json;
                // With the comma before it, but for the first.
                Part::Host(if place == 0 { start..end } else { start.saturating_sub(1)..end })
            }));
            frame = [b"]".as_slice(), &after].concat();
            (separator, close) = (b",", b"]");
        }
        frame.extend_from_slice(close);
        frame.extend_from_slice(&end);
        parts.push(Part::Frame(frame));
        Ok(parts)
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
