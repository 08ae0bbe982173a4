use std::{collections::BTreeMap, sync::Arc};

use gloo_proxy_model::{SslConfig, SslSecrets, VirtualHost};
use knative_ingress_model::IngressRef;

use crate::{Gateway, IngressReport, Scheme, stages::fragment::key};

/// What a call to a [`Translator`](crate::Translator) changed: all of it, and nothing that stayed as it was. Who gathers several
/// before acting on them [merges](Self::merge) them.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Change {
    /// In the Proxy for everybody.
    pub external: ProxyChange,
    /// In the Proxy for clients inside the cluster.
    pub internal: ProxyChange,
    /// The reports that are new or say something else now, sorted by namespace and name.
    pub reports: Vec<IngressReport>,
    /// The Ingresses that were removed, sorted.
    pub removed: Vec<IngressRef>,
    /// The reports that are no more or say something else now, as they were.
    pub(crate) reports_before: Vec<IngressReport>,
}

/// What changed in one Proxy.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ProxyChange {
    /// Listeners that were added or removed. What they hold is listed as well.
    pub listeners: Vec<ListenerChange>,
    /// Virtual hosts that were added, removed or changed, sorted by listener and name.
    pub virtual_hosts: Vec<VirtualHostChange>,
    /// SSL configurations that were added, removed or changed, sorted by Secret.
    pub ssl_configurations: Vec<SslConfigChange>,
}

/// A listener that was added or removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListenerChange {
    /// The listener.
    pub scheme: Scheme,
    /// Whether the Proxy has it now.
    pub present: bool,
}

/// A virtual host that was added, removed or changed.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct VirtualHostChange {
    /// Its listener.
    pub scheme: Scheme,
    /// The Ingress that it serves.
    pub ingress: IngressRef,
    /// As it was; `None` if it was added.
    pub before: Option<Arc<VirtualHost>>,
    /// As it is; `None` if it was removed.
    pub after: Option<Arc<VirtualHost>>,
}

/// An SSL configuration of the listener `https` that was added, removed or changed.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SslConfigChange {
    /// As it was; `None` if it was added.
    pub before: Option<SslConfig>,
    /// As it is; `None` if it was removed.
    pub after: Option<SslConfig>,
}

impl Change {
    /// Whether nothing changed, so that nothing is to be written.
    pub fn is_empty(&self) -> bool {
        let Self { external, internal, reports, removed, reports_before: _ } = self;
        external.is_empty() && internal.is_empty() && reports.is_empty() && removed.is_empty()
    }

    /// Adds what the calls after this one changed: then this is what they and the earlier ones changed together. What has come
    /// back to what it was is no change.
    ///
    /// ```
    /// use knative_gloo_translate::{ClassFilter, Options, Translator};
    /// use knative_ingress_model::Ingress;
    ///
    /// let mut translator = Translator::new(Options::default().with_class(ClassFilter::Any));
    /// let shop = Ingress::from_json(br#"{
    ///     "metadata": {"name": "shop", "namespace": "team-a"},
    ///     "spec": {"rules": [{
    ///         "hosts": ["shop.team-a.example.com"],
    ///         "http": {"paths": [{"splits": [
    ///             {"serviceNamespace": "team-a", "serviceName": "shop-00001", "servicePort": 80, "percent": 100}
    ///         ]}]}
    ///     }]}
    /// }"#)?;
    /// let mut change = translator.apply(&shop);
    /// assert_eq!(change.external.virtual_hosts.len(), 1);
    /// change.merge(translator.remove(&shop.reference()));
    /// assert!(change.is_empty());
    /// # Ok::<(), knative_ingress_model::ParseIngressError>(())
    /// ```
    pub fn merge(&mut self, later: Self) {
        let Self { external, internal, reports, removed, reports_before } = later;
        self.external.merge(external);
        self.internal.merge(internal);

        let mut before: BTreeMap<IngressRef, Option<IngressReport>> = BTreeMap::new();
        let mut after: BTreeMap<IngressRef, Option<IngressReport>> = BTreeMap::new();
        let earlier = std::mem::take(self);
        for (reports, removed, reports_before) in
            [(earlier.reports, earlier.removed, earlier.reports_before), (reports, removed, reports_before)]
        {
            let mut was: BTreeMap<_, _> =
                reports_before.into_iter().map(|report| (report.ingress.clone(), report)).collect();
            let is = reports.into_iter().map(|report| (report.ingress.clone(), Some(report)));
            for (ingress, is) in is.chain(removed.into_iter().map(|ingress| (ingress, None))) {
                let was = was.remove(&ingress);
                before.entry(ingress.clone()).or_insert(was);
                after.insert(ingress, is);
            }
        }
        (self.external, self.internal) = (earlier.external, earlier.internal);
        for (ingress, is) in after {
            let was = before.remove(&ingress).flatten();
            if was == is {
                continue;
            }
            self.reports_before.extend(was);
            match is {
                Some(report) => self.reports.push(report),
                None => self.removed.push(ingress),
            }
        }
    }

    /// What changed in the Proxy of `gateway`.
    pub const fn proxy(&self, gateway: Gateway) -> &ProxyChange {
        match gateway {
            Gateway::External => &self.external,
            Gateway::Internal => &self.internal,
        }
    }

    pub(crate) const fn proxy_mut(&mut self, gateway: Gateway) -> &mut ProxyChange {
        match gateway {
            Gateway::External => &mut self.external,
            Gateway::Internal => &mut self.internal,
        }
    }
}

impl ProxyChange {
    /// Whether the Proxy is as it was.
    pub fn is_empty(&self) -> bool {
        let Self { listeners, virtual_hosts, ssl_configurations } = self;
        listeners.is_empty() && virtual_hosts.is_empty() && ssl_configurations.is_empty()
    }

    /// Adds what changed later, as [`Change::merge`] does.
    pub fn merge(&mut self, later: Self) {
        let Self { listeners, virtual_hosts, ssl_configurations } = later;
        for listener in listeners {
            // What was added and then removed, or the other way round, is as it was.
            match self.listeners.iter().position(|known| known.scheme == listener.scheme) {
                Some(place) => drop(self.listeners.remove(place)),
                None => self.listeners.push(listener),
            }
        }
        self.listeners.sort_by_key(|listener| listener.scheme);

        let mut hosts: BTreeMap<_, Sides<Arc<VirtualHost>>> = BTreeMap::new();
        for change in self.virtual_hosts.drain(..).chain(virtual_hosts) {
            let VirtualHostChange { scheme, ingress, before, after } = change;
            let name = before.as_ref().or(after.as_ref()).map(|host| host.name.clone());
            hosts.entry((scheme, name, ingress)).or_default().add(before, after);
        }
        self.virtual_hosts.extend(hosts.into_iter().flat_map(|((scheme, _, ingress), sides)| {
            sides.pairs().into_iter().map(move |(before, after)| {
                let ingress = ingress.clone();
                VirtualHostChange { scheme, ingress, before, after }
            })
        }));

        let mut configurations: BTreeMap<_, Sides<SslConfig>> = BTreeMap::new();
        for SslConfigChange { before, after } in self.ssl_configurations.drain(..).chain(ssl_configurations) {
            let secret = match before.as_ref().or(after.as_ref()).and_then(|config| config.secrets.as_ref()) {
                Some(SslSecrets::SecretRef(secret)) => Some(key(secret)),
                Some(SslSecrets::Files(_) | SslSecrets::Sds(_)) | None => None,
            };
            configurations.entry(secret).or_default().add(before, after);
        }
        let changes = configurations.into_values().flat_map(Sides::pairs);
        self.ssl_configurations.extend(changes.map(|(before, after)| SslConfigChange { before, after }));
    }
}

/// What was and what is, of things that are told apart by what they hold alone.
#[derive(Debug)]
pub(crate) struct Sides<T> {
    pub(crate) before: Vec<T>,
    pub(crate) after: Vec<T>,
}

impl<T> Default for Sides<T> {
    fn default() -> Self {
        Self { before: Vec::new(), after: Vec::new() }
    }
}

impl<T: PartialEq> Sides<T> {
    fn add(&mut self, before: Option<T>, after: Option<T>) {
        self.before.extend(before);
        self.after.extend(after);
    }

    /// What is on one side only, paired in order; what is on both is left out.
    pub(crate) fn pairs(self) -> Vec<(Option<T>, Option<T>)> {
        let Self { before, mut after } = self;
        let mut gone = Vec::new();
        for old in before {
            match after.iter().position(|new| *new == old) {
                Some(place) => drop(after.remove(place)),
                None => gone.push(old),
            }
        }
        let mut came = after.into_iter();
        let mut pairs: Vec<_> = gone.into_iter().map(|old| (Some(old), came.next())).collect();
        pairs.extend(came.map(|new| (None, Some(new))));
        pairs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn change_of_any_kind_is_a_change() {
        let listener = ListenerChange { scheme: Scheme::Http, present: true };
        let virtual_host = VirtualHostChange {
            scheme: Scheme::Http,
            ingress: IngressRef::default(),
            before: None,
            after: None,
        };
        let configuration = SslConfigChange { before: None, after: None };
        let none = ProxyChange::default();
        assert!(none.is_empty());
        for change in [
            ProxyChange { listeners: vec![listener], ..none.clone() },
            ProxyChange { virtual_hosts: vec![virtual_host], ..none.clone() },
            ProxyChange { ssl_configurations: vec![configuration], ..none },
        ] {
            assert!(!change.is_empty(), "{change:?}");
            assert!(!Change { external: change.clone(), ..Change::default() }.is_empty());
            assert!(!Change { internal: change, ..Change::default() }.is_empty());
        }
        assert!(!Change { removed: vec![IngressRef::default()], ..Change::default() }.is_empty());
    }
}
