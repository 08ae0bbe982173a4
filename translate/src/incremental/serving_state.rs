//! What all Ingresses serve together.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use gloo_proxy_model::ResourceRef;

use crate::{
    Gateway, Scheme,
    incremental::{
        entries::{Held, Set, Slot},
        host_index::Claims,
    },
    options::settings::Settings,
    stages::{
        fragment::{Certificate, SecretKey, key},
        resolve::{Resolved, resolve},
    },
};

/// What all of them serve together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Published {
    external: OnGateway,
    internal: OnGateway,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct OnGateway {
    /// For each Secret the hosts that it is for.
    pub(crate) hosts_of: BTreeMap<SecretKey, BTreeSet<Box<str>>>,
    /// How many virtual hosts there are.
    http: usize,
    https: usize,
}

impl OnGateway {
    /// How many virtual hosts there are on the listener.
    pub(crate) const fn virtual_hosts(&self, scheme: Scheme) -> usize {
        match scheme {
            Scheme::Http => self.http,
            Scheme::Https => self.https,
        }
    }
}

impl Published {
    pub(crate) const fn on(&self, gateway: Gateway) -> &OnGateway {
        match gateway {
            Gateway::External => &self.external,
            Gateway::Internal => &self.internal,
        }
    }

    const fn on_mut(&mut self, gateway: Gateway) -> &mut OnGateway {
        match gateway {
            Gateway::External => &mut self.external,
            Gateway::Internal => &mut self.internal,
        }
    }

    /// Works out what the Ingress in `slot` serves, given what everybody claims, and adds that.
    pub(crate) fn publish(&mut self, slot: Slot, set: &mut Set, claims: &Claims, settings: &Settings) {
        let Some(held) = set.get(slot) else { return };
        let resolved =
            if held.is_disputed { resolve(slot, held, set, claims, settings) } else { Resolved::default() };
        let Some(held) = set.get_mut(slot) else { return };
        let mut served = resolved.served(&held.fragment, settings);
        for (new, old) in served.iter_mut().zip(&held.served) {
            if new.is_same_host(old) {
                new.virtual_host = Arc::clone(&old.virtual_host);
            }
        }
        held.served = served;
        held.owned = resolved.owned;
        held.conflicts = resolved.conflicts;
        for (gateway, scheme) in listeners(held) {
            let on = self.on_mut(gateway);
            match scheme {
                Scheme::Http => on.http = on.http.saturating_add(1),
                Scheme::Https => on.https = on.https.saturating_add(1),
            }
        }
        for (gateway, secret, host) in covered(held) {
            let hosts = self.on_mut(gateway).hosts_of.entry(key(secret)).or_default();
            hosts.insert(host.into());
        }
    }

    /// Takes away what the Ingress in `slot` serves.
    pub(crate) fn withdraw(&mut self, slot: Slot, set: &Set) {
        let Some(held) = set.get(slot) else { return };
        for (gateway, scheme) in listeners(held) {
            let on = self.on_mut(gateway);
            match scheme {
                Scheme::Http => on.http = on.http.saturating_sub(1),
                Scheme::Https => on.https = on.https.saturating_sub(1),
            }
        }
        for (gateway, secret, host) in covered(held) {
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

/// The listeners of all virtual hosts that `held` serves.
fn listeners(held: &Held) -> impl Iterator<Item = (Gateway, Scheme)> {
    held.served.iter().flat_map(|served| served.gateways.iter().map(|gateway| (gateway, served.scheme)))
}

/// The hosts that `held` owns and has a certificate for, each with that.
pub(crate) fn covered(held: &Held) -> impl Iterator<Item = (Gateway, &ResourceRef, &str)> {
    held.fragment.certificates.iter().flat_map(move |certificate| {
        let covering = match certificate {
            Certificate::Covering { secret, claims } => Some((secret, claims)),
            Certificate::AsWritten { .. } => None,
        };
        covering.into_iter().flat_map(move |(secret, claims)| {
            claims.iter().flat_map(move |index| {
                held.fragment.claims.host(*index).into_iter().flat_map(move |host| {
                    let owned = Gateway::ALL.into_iter().filter(move |gateway| held.owns(*index, *gateway));
                    owned.map(move |gateway| (gateway, secret, host))
                })
            })
        })
    })
}
