//! What all Ingresses serve together.

use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
    sync::Arc,
};

use gloo_proxy_model::ResourceRef;

use crate::{
    Gateway, Scheme,
    incremental::{
        entries::{Entries, IngressEntry, Slot},
        host_index::HostIndex,
    },
    options::settings::Settings,
    stages::{
        fragment::{Certificate, SecretKey, key},
        resolve::{Resolved, resolve},
    },
};

/// What all of them serve together.
#[derive(Clone, Debug, Default)]
pub(crate) struct ServingState {
    external: GatewayState,
    internal: GatewayState,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct GatewayState {
    /// For each Secret the hosts that it is for.
    pub(crate) hosts_of: BTreeMap<SecretKey, BTreeSet<Box<str>>>,
    /// How many virtual hosts there are that serve an Ingress.
    http: usize,
    https: usize,
}

impl GatewayState {
    /// How many virtual hosts of the listener serve an Ingress; without any it is not there.
    pub(crate) const fn virtual_hosts(&self, scheme: Scheme) -> usize {
        match scheme {
            Scheme::Http => self.http,
            Scheme::Https => self.https,
        }
    }
}

impl ServingState {
    pub(crate) const fn on(&self, gateway: Gateway) -> &GatewayState {
        match gateway {
            Gateway::External => &self.external,
            Gateway::Internal => &self.internal,
        }
    }

    const fn on_mut(&mut self, gateway: Gateway) -> &mut GatewayState {
        match gateway {
            Gateway::External => &mut self.external,
            Gateway::Internal => &mut self.internal,
        }
    }

    /// Works out what the Ingress in `slot` serves, given what everybody claims, and adds that.
    pub(crate) fn publish(
        &mut self,
        slot: Slot,
        entries: &mut Entries,
        hosts: &HostIndex,
        settings: &Settings,
    ) {
        let Some(entry) = entries.get(slot) else { return };
        let resolved = if entry.is_disputed {
            resolve(slot, entry, entries, hosts, settings)
        } else {
            Resolved::default()
        };
        let Some(entry) = entries.get_mut(slot) else { return };
        let mut served = resolved.served(&entry.fragment, settings);
        for (new, old) in served.iter_mut().zip(&entry.virtual_hosts) {
            if new.is_same_host(old) {
                new.virtual_host = Arc::clone(&old.virtual_host);
            }
        }
        entry.virtual_hosts = served;
        entry.owned = resolved.owned;
        entry.conflicts = resolved.conflicts;
        entry.is_published = true;
        for (gateway, scheme) in listeners(entry) {
            let on = self.on_mut(gateway);
            match scheme {
                Scheme::Http => on.http = on.http.saturating_add(1),
                Scheme::Https => on.https = on.https.saturating_add(1),
            }
        }
        for (gateway, secret, host) in covered(entry) {
            let hosts = self.on_mut(gateway).hosts_of.entry(key(secret)).or_default();
            hosts.insert(host.into());
        }
    }

    /// Takes away what the Ingress in `slot` serves, if that has been added.
    pub(crate) fn unpublish(&mut self, slot: Slot, entries: &mut Entries) {
        let Some(entry) = entries.get_mut(slot) else { return };
        if !mem::take(&mut entry.is_published) {
            return;
        }
        for (gateway, scheme) in listeners(entry) {
            let on = self.on_mut(gateway);
            match scheme {
                Scheme::Http => on.http = on.http.saturating_sub(1),
                Scheme::Https => on.https = on.https.saturating_sub(1),
            }
        }
        for (gateway, secret, host) in covered(entry) {
            let hosts_of = &mut self.on_mut(gateway).hosts_of;
            let key = key(secret);
            if let Some(hosts) = hosts_of.get_mut(&key) {
                hosts.remove(host);
                if hosts.is_empty() {
                    hosts_of.remove(&key);
                }
            }
        }
    }
}

/// The listeners of all virtual hosts that `entry` is served by. Those that only reserve a host need no listener of their own.
fn listeners(entry: &IngressEntry) -> impl Iterator<Item = (Gateway, Scheme)> {
    entry.served().iter().flat_map(|served| served.gateways.iter().map(|gateway| (gateway, served.scheme)))
}

/// The hosts that `entry` owns and has a certificate for, each with that.
pub(crate) fn covered(entry: &IngressEntry) -> impl Iterator<Item = (Gateway, &ResourceRef, &str)> {
    entry.fragment.certificates.iter().flat_map(move |certificate| {
        let covering = match certificate {
            Certificate::Covering { secret, claims } => Some((secret, claims)),
            Certificate::AsWritten { .. } => None,
        };
        covering.into_iter().flat_map(move |(secret, claims)| {
            claims.iter().flat_map(move |index| {
                entry.fragment.claims.host(*index).into_iter().flat_map(move |host| {
                    let owned = Gateway::ALL.into_iter().filter(move |gateway| entry.owns(*index, *gateway));
                    owned.map(move |gateway| (gateway, secret, host))
                })
            })
        })
    })
}
