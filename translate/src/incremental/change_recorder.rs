//! Works out what a call changed, from what was and what is.

use std::{collections::BTreeMap, sync::Arc};

use gloo_proxy_model::{SslConfig, VirtualHost};
use knative_ingress_model::IngressRef;

use crate::{
    Change, Gateway, IngressReport, ListenerChange, Scheme, Served, SslConfigChange, VirtualHostChange,
    incremental::{
        change::Sides,
        entries::{Entries, IngressEntry, Slot},
        serving_state::{ServingState, covered},
    },
    options::{dialect::Tls, settings::Settings},
    stages::{
        assemble,
        fragment::{Certificate, SecretKey, key},
    },
};

/// What was, of everything that the call may change.
#[derive(Debug, Default)]
pub(crate) struct ChangeRecorder {
    before: BTreeMap<Slot, Before>,
    /// The SSL configurations of Secrets, by gateway.
    secrets: BTreeMap<(Gateway, SecretKey), Vec<SslConfig>>,
    /// Whether each listener was there.
    listeners: BTreeMap<(Gateway, Scheme), bool>,
}

/// What was of one Ingress.
#[derive(Debug)]
struct Before {
    ingress: IngressRef,
    report: Option<IngressReport>,
    as_written: Vec<Certificate>,
}

impl ChangeRecorder {
    /// Records how the Ingress in `slot` stands, before it is unpublished; the first time counts.
    pub(crate) fn record(
        &mut self,
        slot: Slot,
        ingress: &IngressRef,
        entry: Option<&IngressEntry>,
        serving: &ServingState,
    ) {
        if self.before.contains_key(&slot) {
            return;
        }
        for gateway in Gateway::ALL {
            for scheme in Scheme::ALL {
                let present = serving.on(gateway).virtual_hosts(scheme) > 0;
                self.listeners.entry((gateway, scheme)).or_insert(present);
            }
        }
        if let Some(entry) = entry {
            self.record_secrets(entry, serving);
        }
        self.before.insert(
            slot,
            Before {
                ingress: ingress.clone(),
                report: entry.map(IngressEntry::report),
                as_written: entry.map(as_written).unwrap_or_default(),
            },
        );
    }

    /// Records the configurations of the Secrets that `entry` serves with.
    fn record_secrets(&mut self, entry: &IngressEntry, serving: &ServingState) {
        for (gateway, secret, _) in covered(entry) {
            let key = key(secret);
            let hosts_of = &serving.on(gateway).hosts_of;
            self.secrets
                .entry((gateway, key))
                .or_insert_with_key(|(_, key)| assemble::configurations(key, hosts_of.get(key)));
        }
    }

    /// What is different now.
    pub(crate) fn into_change(
        self,
        entries: &Entries,
        serving: &ServingState,
        settings: &Settings,
    ) -> Change {
        let mut change = Change::default();
        if self.before.is_empty() {
            return change;
        }
        for ((gateway, scheme), was_present) in &self.listeners {
            let present = serving.on(*gateway).virtual_hosts(*scheme) > 0;
            if present != *was_present {
                let listeners = &mut change.proxy_mut(*gateway).listeners;
                listeners.push(ListenerChange { scheme: *scheme, present });
            }
        }
        for gateway in Gateway::ALL {
            let proxy = change.proxy_mut(gateway);
            proxy.virtual_hosts = self.virtual_hosts(gateway, entries, serving);
            proxy.ssl_configurations = match settings.contract.tls {
                Tls::AddsHttps => self.configurations_of_secrets(gateway, entries, serving),
                Tls::MovesToHttps { .. } => self.configurations_as_written(gateway, entries, serving),
            };
        }
        for (slot, before) in self.before {
            let after = entries.get(slot).map(IngressEntry::report);
            if before.report == after {
                continue;
            }
            change.reports_before.extend(before.report);
            match after {
                None => change.removed.push(before.ingress),
                Some(after) => change.reports.push(after),
            }
        }
        change.reports.sort_by(|a, b| a.ingress.cmp(&b.ingress));
        change.removed.sort();
        change.reports_before.sort_by(|a, b| a.ingress.cmp(&b.ingress));
        change
    }

    fn virtual_hosts(
        &self,
        gateway: Gateway,
        entries: &Entries,
        serving: &ServingState,
    ) -> Vec<VirtualHostChange> {
        // What is reserved is on a listener that serves anybody.
        let was_present = |served: &&Served| {
            let listener = (gateway, served.scheme);
            served.gateways.contains(gateway) && self.listeners.get(&listener).copied().unwrap_or_default()
        };
        let is_present = |served: &&Served| {
            served.gateways.contains(gateway) && serving.on(gateway).virtual_hosts(served.scheme) > 0
        };
        let of_call = self.before.iter().map(|(slot, before)| {
            let was = before.report.iter().flat_map(|report| report.served.iter().chain(&report.reserved));
            let is = entries.get(*slot).into_iter().flat_map(|entry| &entry.virtual_hosts);
            (&before.ingress, was.filter(was_present).collect(), is.filter(is_present).collect())
        });
        // What others reserve comes and goes with the listener.
        let comes_or_goes = self.listeners.iter().any(|((on, scheme), was_present)| {
            *on == gateway && *was_present != (serving.on(gateway).virtual_hosts(*scheme) > 0)
        });
        let others = comes_or_goes.then(|| entries.iter()).into_iter().flatten();
        let of_others = others.filter(|(slot, _)| !self.before.contains_key(slot)).map(|(_, entry)| {
            let was = entry.reserved().iter().filter(was_present).collect();
            (&*entry.precedence.ingress, was, entry.reserved().iter().filter(is_present).collect())
        });
        let mut by_name: BTreeMap<(Scheme, &str, &IngressRef), Sides<Arc<VirtualHost>>> = BTreeMap::new();
        let all: Vec<(&IngressRef, Vec<&Served>, Vec<&Served>)> = of_call.chain(of_others).collect();
        for (ingress, was, is) in all {
            if was.len() == is.len() && was.iter().zip(&is).all(|(was, is)| was.is_same_host(is)) {
                continue;
            }
            for served in was {
                let sides = by_name.entry((served.scheme, &served.virtual_host.name, ingress)).or_default();
                sides.before.push(Arc::clone(&served.virtual_host));
            }
            for served in is {
                let sides = by_name.entry((served.scheme, &served.virtual_host.name, ingress)).or_default();
                sides.after.push(Arc::clone(&served.virtual_host));
            }
        }
        by_name
            .into_iter()
            .flat_map(|((scheme, _, ingress), sides)| {
                sides.pairs().into_iter().map(move |(before, after)| VirtualHostChange {
                    scheme,
                    ingress: ingress.clone(),
                    before,
                    after,
                })
            })
            .collect()
    }

    fn configurations_of_secrets(
        &self,
        gateway: Gateway,
        entries: &Entries,
        serving: &ServingState,
    ) -> Vec<SslConfigChange> {
        // The hosts that the call's Ingresses serve with each Secret now; none for those that they served with before.
        let mut hosts_now: BTreeMap<SecretKey, Vec<&str>> = BTreeMap::new();
        for (_, key) in self.secrets.keys().filter(|(on, _)| *on == gateway) {
            hosts_now.entry(key.clone()).or_default();
        }
        let entries = self.before.keys().filter_map(|slot| entries.get(*slot));
        for (_, secret, host) in entries.flat_map(covered).filter(|(on, _, _)| *on == gateway) {
            hosts_now.entry(key(secret)).or_default().push(host);
        }
        let hosts_of = &serving.on(gateway).hosts_of;
        hosts_now
            .into_iter()
            .flat_map(|(key, hosts_now)| {
                let after = assemble::configurations(&key, hosts_of.get(&key));
                // A Secret that no Ingress of the call served with before is none that anybody else did: had it been there, with
                // hosts of others, it is still there, and theirs are what is left without the call's.
                let before = self.secrets.get(&(gateway, key.clone())).cloned().unwrap_or_else(|| {
                    let mut others = hosts_of.get(&key).cloned().unwrap_or_default();
                    for host in hosts_now {
                        others.remove(host);
                    }
                    assemble::configurations(&key, Some(&others))
                });
                changed_configurations(before, after)
            })
            .collect()
    }

    /// The configurations of all Ingresses are there as soon as the listener is.
    fn configurations_as_written(
        &self,
        gateway: Gateway,
        entries: &Entries,
        serving: &ServingState,
    ) -> Vec<SslConfigChange> {
        let was_present = self.listeners.get(&(gateway, Scheme::Https)).copied().unwrap_or_default();
        let present = serving.on(gateway).virtual_hosts(Scheme::Https) > 0;
        let on_gateway = |certificates: &[Certificate]| -> Vec<SslConfig> {
            certificates.iter().filter_map(|certificate| assemble::as_written(certificate, gateway)).collect()
        };
        let mut before: Vec<SslConfig> = Vec::new();
        let mut after: Vec<SslConfig> = Vec::new();
        for (slot, entry) in entries.iter() {
            if present != was_present && !self.before.contains_key(&slot) {
                let configurations = on_gateway(&entry.fragment.certificates);
                before.extend(configurations.iter().cloned());
                after.extend(configurations);
            }
        }
        for (slot, known) in &self.before {
            before.extend(on_gateway(&known.as_written));
            after.extend(
                entries.get(*slot).map(|entry| on_gateway(&entry.fragment.certificates)).unwrap_or_default(),
            );
        }
        if !was_present {
            before.clear();
        }
        if !present {
            after.clear();
        }
        changed_configurations(before, after)
    }
}

fn as_written(entry: &IngressEntry) -> Vec<Certificate> {
    let is_as_written = |certificate: &&Certificate| matches!(certificate, Certificate::AsWritten { .. });
    entry.fragment.certificates.iter().filter(is_as_written).cloned().collect()
}

fn changed_configurations(before: Vec<SslConfig>, after: Vec<SslConfig>) -> Vec<SslConfigChange> {
    Sides { before, after }
        .pairs()
        .into_iter()
        .map(|(before, after)| SslConfigChange { before, after })
        .collect()
}
