//! From the newest state of an Ingress to the published one: at once, or held back until what it sends traffic to has settled.

use std::{collections::BTreeSet, time::Duration};

use gloo_proxy_model::{ListenerType, ProxySpec};
use knative_gloo_translate::{IngressReport, ServiceRef, translate};
use knative_ingress_model::{Ingress, IngressRef};
use tokio::time::Instant;
use tracing::{debug, info};

use crate::{
    controller::Controller,
    queue::Key,
    settle::{Unsettled, destinations},
};

impl Controller {
    /// Publishes the newest state of an Ingress, unless that sends traffic to Services that have yet to settle: then what is
    /// published stays until they have. One of which nothing is served has no routes to keep, and is published at once.
    pub(crate) fn publish(&mut self, ingress: Ingress) {
        let reference = ingress.reference();
        let _entered = self.span(&reference).entered();
        if self.is_synced() {
            let served = self.served(&reference);
            let wanted = self.wanted(&ingress);
            let is_moving = !served.is_empty() && !wanted.is_subset(&served);
            self.settle.want(&reference, wanted, &served);
            if is_moving && let Some(unsettled) = self.settle.unsettled(&reference, &self.endpoints) {
                self.hold_back(reference, ingress, &unsettled);
                return;
            }
            if self.held_back.remove(&reference).is_some() {
                debug!("no longer held back");
            }
            if ingress.is_ready() || self.settle.unsettled(&reference, &self.endpoints).is_none() {
                self.settle.forget(&reference);
            }
        }
        let change = self.translator.apply(&ingress);
        self.follow(change);
    }

    fn hold_back(
        &mut self,
        reference: IngressRef,
        newest: Ingress,
        Unsettled { until, services }: &Unsettled,
    ) {
        if self.held_back.insert(reference.clone(), newest).is_none() {
            let services: Vec<_> = services.iter().map(ToString::to_string).collect();
            debug!(?services, "held back until the endpoints have settled");
        }
        self.queue.schedule(Key::Publish(reference), until.saturating_duration_since(Instant::now()));
    }

    /// Publishes what was held back, unless it has to wait longer.
    pub(crate) fn publish_held(&mut self, reference: &IngressRef) {
        if let Some(newest) = self.held_back.get(reference) {
            self.publish(newest.clone());
            self.enqueue(Key::Status(reference.clone()));
        }
    }

    /// At the start nobody knows what was held back before. What the stored Proxies serve is served on, all of it, until what
    /// the Ingresses want beside that has settled. Returns how long that takes.
    pub(crate) fn settle_at_start(&mut self) -> Duration {
        let none = BTreeSet::new();
        let stored = [&self.external, &self.internal].into_iter().filter_map(|state| state.stored());
        let stored: BTreeSet<ServiceRef> = stored.flat_map(proxied).collect();
        let mut until = Instant::now();
        let known: Vec<_> =
            self.ingresses.iter().map(|(reference, entry)| (reference.clone(), entry.is_ready())).collect();
        for (reference, is_ready) in known {
            let wanted = self.served(&reference);
            let is_moving = !stored.is_empty() && !wanted.is_subset(&stored);
            if !is_moving && is_ready {
                continue;
            }
            self.settle.want(&reference, wanted, if is_moving { &stored } else { &none });
            if is_moving && let Some(unsettled) = self.settle.unsettled(&reference, &self.endpoints) {
                until = until.max(unsettled.until);
            }
        }
        let pause = until.saturating_duration_since(Instant::now());
        if !pause.is_zero() {
            info!(?pause, "the stored Proxies serve on until new endpoints have settled");
        }
        pause
    }

    /// The Services that the published state of an Ingress sends traffic to.
    fn served(&self, ingress: &IngressRef) -> BTreeSet<ServiceRef> {
        self.translator.report(ingress).map(|report| report_destinations(&report)).unwrap_or_default()
    }

    /// The Services that `ingress` would send traffic to if all its hosts were its own.
    fn wanted(&self, ingress: &Ingress) -> BTreeSet<ServiceRef> {
        translate([ingress], self.translator.options()).reports.iter().flat_map(report_destinations).collect()
    }
}

fn report_destinations(report: &IngressReport) -> BTreeSet<ServiceRef> {
    destinations(report.served.iter().map(|served| &*served.virtual_host))
}

/// The Services that a stored Proxy sends traffic to.
fn proxied(spec: &ProxySpec) -> BTreeSet<ServiceRef> {
    let listeners = spec.listeners.iter().filter_map(|listener| match &listener.listener_type {
        Some(ListenerType::Http(http)) => Some(&http.virtual_hosts),
        Some(ListenerType::Tcp(_) | ListenerType::Hybrid(_) | ListenerType::Aggregate(_)) | None => None,
    });
    destinations(listeners.flatten().map(|host| &**host))
}
