//! A Proxy's JSON, kept up to date: what has not changed is not serialised again.

use std::sync::Arc;

use gloo_proxy_model::VirtualHost;
use json_patch::{
    AddOperation, Patch, PatchOperation, RemoveOperation, ReplaceOperation, jsonptr::PointerBuf,
};
use knative_ingress_model::IngressRef;
use serde::Serialize;
use serde_json::Value;

use crate::{Change, Gateway, Scheme, Translator};

/// The JSON of one of a [`Translator`]'s Proxies, which a change costs what it changes.
///
/// ```
/// use knative_gloo_translate::{ClassFilter, Gateway, Options, ProxyJson, Translator};
/// use knative_ingress_model::Ingress;
///
/// let mut translator = Translator::new(Options::default().with_class(ClassFilter::Any));
/// let mut json = ProxyJson::of(&translator, Gateway::External)?;
/// let shop = Ingress::from_json(br#"{
///     "metadata": {"name": "shop", "namespace": "team-a"},
///     "spec": {"rules": [{
///         "hosts": ["shop.team-a.example.com"],
///         "http": {"paths": [{"splits": [
///             {"serviceNamespace": "team-a", "serviceName": "shop-00001", "servicePort": 80, "percent": 100}
///         ]}]}
///     }]}
/// }"#).unwrap();
/// let change = translator.apply(&shop);
/// let patch = json.update(&translator, &change)?;
/// assert_eq!(patch.len(), 1);
/// assert_eq!(json.to_vec(), serde_json::to_vec(&translator.proxy(Gateway::External))?);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ProxyJson {
    gateway: Gateway,
    /// The Proxy around its listeners.
    before: Vec<u8>,
    after: Vec<u8>,
    listeners: Vec<ListenerJson>,
}

#[derive(Clone, Debug)]
struct ListenerJson {
    scheme: Scheme,
    /// The listener around its virtual hosts.
    before: Vec<u8>,
    after: Vec<u8>,
    /// Sorted by name, then Ingress.
    virtual_hosts: Vec<VirtualHostJson>,
}

#[derive(Clone, Debug)]
struct VirtualHostJson {
    ingress: IngressRef,
    virtual_host: Arc<VirtualHost>,
    json: Vec<u8>,
}

impl ProxyJson {
    /// The JSON of the Proxy of `gateway` as it is now.
    ///
    /// # Errors
    /// As `serde_json` has them; a Proxy has nothing that it can't write.
    pub fn of(translator: &Translator, gateway: Gateway) -> Result<Self, serde_json::Error> {
        let (before, after) = around(&translator.empty_proxy(gateway), br#""spec":{}"#)?;
        let mut json = Self { gateway, before, after, listeners: Vec::new() };
        for scheme in Scheme::ALL {
            json.put_listener(translator, scheme)?;
        }
        for (ingress, served) in translator.served().filter(|(_, served)| served.gateways.contains(gateway)) {
            if let Some(listener) = json.listener_mut(served.scheme) {
                listener.virtual_hosts.push(VirtualHostJson {
                    ingress: ingress.clone(),
                    json: serde_json::to_vec(&served.virtual_host)?,
                    virtual_host: Arc::clone(&served.virtual_host),
                });
            }
        }
        for listener in &mut json.listeners {
            listener.virtual_hosts.sort_by(|a, b| a.key().cmp(&b.key()));
        }
        Ok(json)
    }

    /// Applies what a call to `translator` changed. Returns that as a JSON patch (RFC 6902) from the Proxy as it was to the
    /// Proxy as it is; it is empty if this Proxy has not changed.
    ///
    /// # Errors
    /// As for [`of`](Self::of).
    pub fn update(&mut self, translator: &Translator, change: &Change) -> Result<Patch, serde_json::Error> {
        let change = change.proxy(self.gateway);
        if !change.listeners.is_empty() {
            // Rare, and half of the Proxy comes or goes with it.
            let before = self.to_value()?;
            *self = Self::of(translator, self.gateway)?;
            let after = self.to_value()?;
            return Ok(json_patch::diff(&before, &after));
        }
        let mut operations = Vec::new();
        for change in &change.virtual_hosts {
            let Some(place) = self.listeners.iter().position(|listener| listener.scheme == change.scheme)
            else {
                continue;
            };
            let Some(listener) = self.listeners.get_mut(place) else { continue };
            let path = |index: usize| format!("/spec/listeners/{place}/httpListener/virtualHosts/{index}");
            let new = match &change.after {
                None => None,
                Some(after) => Some(VirtualHostJson {
                    ingress: change.ingress.clone(),
                    json: serde_json::to_vec(after)?,
                    virtual_host: Arc::clone(after),
                }),
            };
            let known = change.before.as_ref().map(|before| (before.name.as_str(), &change.ingress));
            let old = known
                .and_then(|key| listener.virtual_hosts.binary_search_by(|known| known.key().cmp(&key)).ok());
            match (old, new) {
                (Some(index), Some(new)) => {
                    let value = serde_json::to_value(&new.virtual_host)?;
                    if let Some(known) = listener.virtual_hosts.get_mut(index) {
                        *known = new;
                    }
                    operations.push(replace(&path(index), value));
                }
                (Some(index), None) => {
                    listener.virtual_hosts.remove(index);
                    operations.push(remove(&path(index)));
                }
                (None, Some(new)) => {
                    let index = listener.virtual_hosts.partition_point(|known| known.key() < new.key());
                    operations.push(add(&path(index), serde_json::to_value(&new.virtual_host)?));
                    listener.virtual_hosts.insert(index, new);
                }
                (None, None) => {}
            }
        }
        if !change.ssl_configurations.is_empty() {
            self.put_listener(translator, Scheme::Https)?;
            let place = self.listeners.iter().position(|listener| listener.scheme == Scheme::Https);
            let listener = translator.empty_listener(self.gateway, Scheme::Https);
            if let (Some(place), Some(listener)) = (place, listener) {
                let value = serde_json::to_value(&listener.ssl_configurations)?;
                let path = format!("/spec/listeners/{place}/sslConfigurations");
                // `add` puts a member there whether or not one is.
                operations.push(if listener.ssl_configurations.is_empty() {
                    remove(&path)
                } else {
                    add(&path, value)
                });
            }
        }
        Ok(Patch(operations))
    }

    /// The whole of it, as `serde_json::to_vec` would give it for the Proxy.
    pub fn to_vec(&self) -> Vec<u8> {
        let mut json = Vec::new();
        self.write_to(&mut json);
        json
    }

    /// Appends the whole of it to `out`, which may have room from the last time.
    pub fn write_to(&self, out: &mut Vec<u8>) {
        out.reserve(self.len());
        out.extend_from_slice(&self.before);
        if !self.listeners.is_empty() {
            out.extend_from_slice(br#""listeners":["#);
            for (place, listener) in self.listeners.iter().enumerate() {
                if place > 0 {
                    out.push(b',');
                }
                listener.write_to(out);
            }
            out.push(b']');
        }
        out.extend_from_slice(&self.after);
    }

    /// How many bytes it has, or a few less.
    fn len(&self) -> usize {
        let listeners = self.listeners.iter().map(|listener| {
            let hosts = listener.virtual_hosts.iter().map(|host| host.json.len().saturating_add(1));
            hosts.sum::<usize>().saturating_add(listener.before.len()).saturating_add(listener.after.len())
        });
        listeners.sum::<usize>().saturating_add(self.before.len()).saturating_add(self.after.len())
    }

    fn to_value(&self) -> Result<Value, serde_json::Error> {
        serde_json::from_slice(&self.to_vec())
    }

    fn listener_mut(&mut self, scheme: Scheme) -> Option<&mut ListenerJson> {
        self.listeners.iter_mut().find(|listener| listener.scheme == scheme)
    }

    /// Writes anew what is around the virtual hosts of the listener of `scheme`, if it is there.
    fn put_listener(&mut self, translator: &Translator, scheme: Scheme) -> Result<(), serde_json::Error> {
        let Some(listener) = translator.empty_listener(self.gateway, scheme) else { return Ok(()) };
        let (before, after) = around(&listener, br#""httpListener":{}"#)?;
        match self.listener_mut(scheme) {
            Some(known) => (known.before, known.after) = (before, after),
            None => self.listeners.push(ListenerJson { scheme, before, after, virtual_hosts: Vec::new() }),
        }
        Ok(())
    }
}

impl ListenerJson {
    fn write_to(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.before);
        out.extend_from_slice(br#""virtualHosts":["#);
        for (place, host) in self.virtual_hosts.iter().enumerate() {
            if place > 0 {
                out.push(b',');
            }
            out.extend_from_slice(&host.json);
        }
        out.push(b']');
        out.extend_from_slice(&self.after);
    }
}

impl VirtualHostJson {
    fn key(&self) -> (&str, &IngressRef) {
        (&self.virtual_host.name, &self.ingress)
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

fn pointer(path: &str) -> PointerBuf {
    PointerBuf::parse(path).unwrap_or_default()
}

fn add(path: &str, value: Value) -> PatchOperation {
    PatchOperation::Add(AddOperation { path: pointer(path), value })
}

fn replace(path: &str, value: Value) -> PatchOperation {
    PatchOperation::Replace(ReplaceOperation { path: pointer(path), value })
}

fn remove(path: &str) -> PatchOperation {
    PatchOperation::Remove(RemoveOperation { path: pointer(path) })
}
