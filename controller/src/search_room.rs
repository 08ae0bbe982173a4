//! Which Ingresses are left out, and how they are told.

use std::{collections::BTreeSet, time::Duration};

use futures_util::{FutureExt, future::BoxFuture};
use gloo_proxy_model::Proxy;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use knative_gloo_translate::Gateway;
use knative_ingress_model::{Ingress, IngressRef, IngressStatus};
use kube::Error;
use tokio::task::spawn_blocking;
use tracing::{error, info, warn};

use crate::{
    ErrorChain,
    controller::Controller,
    queue::{Key, Wake},
    room::{LEAST_BYTES, NO_ROOM, Standing, is_unsent},
    share::{Age, Share, first_without_room, without},
    writer::Written,
};

impl Controller {
    /// Looks for the Ingresses that a Proxy that has been too large has room for; `None` if it is known.
    pub(crate) fn search_room(
        &mut self,
        gateway: Gateway,
        full: &Proxy,
    ) -> Option<BoxFuture<'static, Written>> {
        if self.room.of(gateway).is_searched() {
            return None;
        }
        let (changes, max_bytes) = (self.room.of(gateway).changes, self.room.max_bytes);
        let (full, shares) = (full.clone(), self.shares());
        // It is compressed several times, and all else would wait.
        let search = spawn_blocking(move || first_without_room(&full, shares, max_bytes));
        Some(search.map(move |found| Written::Searched { gateway, changes, found }).boxed())
    }

    /// `full` without those that are left out.
    pub(crate) fn with_room(&self, full: Proxy) -> Proxy {
        if self.room.first_left_out().is_none() {
            return full;
        }
        without(&full, self.shares().iter().filter(|share| self.room.leaves_out(&share.age)))
    }

    /// What each Ingress has in the Proxies: what serves it, or, if it is rejected, what keeps its hosts. A rejected Ingress must
    /// not take room from older ones either.
    fn shares(&self) -> Vec<Share> {
        let share = |reference| {
            let (entry, report) = self.ingresses.get(reference).zip(self.translator.report(reference))?;
            let all = report.served.into_iter().chain(report.reserved);
            let virtual_hosts: Vec<_> = all.map(|served| served.virtual_host).collect();
            (!virtual_hosts.is_empty()).then(|| Share { age: entry.age(reference), virtual_hosts })
        };
        self.ingresses.keys().filter_map(share).collect()
    }

    /// Whether the translation serves an Ingress: it is not rejected, and owns a host.
    fn is_served(&self, reference: &IngressRef) -> bool {
        self.translator.report(reference).is_some_and(|report| !report.served.is_empty())
    }

    /// Takes in what a search has found, and tells those for whom that is news.
    pub(crate) fn room_searched(&mut self, gateway: Gateway, changes: u64, found: Option<Age>) {
        let room = self.room.of(gateway);
        room.searched = Some(changes);
        room.is_tight = found.is_some();
        room.first_left_out = found;
        let shares = self.shares();
        let left_out = shares.iter().filter(|share| self.room.leaves_out(&share.age));
        let left_out: BTreeSet<_> = left_out.map(|share| share.age.ingress().clone()).collect();
        // One that is rejected is served nowhere anyway, and has been told so.
        let told: BTreeSet<_> = left_out.iter().filter(|it| self.is_served(it)).cloned().collect();
        self.config.telemetry.metrics.left_out.set(i64::try_from(told.len()).unwrap_or(i64::MAX));
        let before = std::mem::replace(&mut self.room.left_out, left_out.clone());
        let told_before = std::mem::replace(&mut self.room.told, told.clone());
        if before != left_out {
            self.revision = self.revision.saturating_add(1);
            for gateway in Gateway::ALL {
                self.proxy(gateway).wanted = self.revision;
                self.enqueue(Key::Proxy(gateway));
            }
        }
        // The replica that writes tells.
        for reference in told_before.symmetric_difference(&told).filter(|_| self.is_leader) {
            let Some(ingress) = self.ingress(reference) else { continue };
            let _entered = self.span(reference).entered();
            if told.contains(reference) {
                warn!("left out: {}", no_room(self.room.max_bytes));
                self.announcer.announce_room(&ingress, Some(&no_room(self.room.max_bytes)));
            } else if self.is_served(reference) {
                info!("there is room for it again");
                self.announcer.announce_room(&ingress, None);
            }
        }
        for reference in before.symmetric_difference(&left_out) {
            if let Some(entry) = self.ingresses.get_mut(reference) {
                entry.revision = self.revision;
            }
            self.enqueue(Key::Status(reference.clone()));
        }
        self.queue.done(Key::Proxy(gateway));
        self.enqueue(Key::Proxy(gateway));
    }

    /// Takes in that a Proxy was not written for its size. Where the server says so it takes less than was thought.
    pub(crate) fn proxy_is_too_large(&mut self, gateway: Gateway, sent_bytes: usize, error: &Error) {
        let (key, proxy, retry) = (Key::Proxy(gateway), gateway.proxy_name(), self.config.retry);
        if is_unsent(error) && !self.room.of(gateway).is_tight {
            warn!(
                proxy,
                max_bytes = self.room.max_bytes,
                "too large, even compressed: the newest Ingresses are left out"
            );
            self.room.of(gateway).is_tight = true;
            self.queue.done(key.clone());
            self.enqueue(key);
            return;
        }
        let mut pause = Duration::ZERO;
        self.queue.failed(key, Wake::OnTimer, |failures| {
            pause = retry.delay(failures);
            pause
        });
        if !is_unsent(error) {
            let less = (sent_bytes.min(self.room.max_bytes) / 8).saturating_mul(7);
            self.room.max_bytes = less.max(LEAST_BYTES).min(self.room.max_bytes);
            Gateway::ALL.into_iter().for_each(|gateway| self.room.changed(gateway));
        }
        let max_bytes = self.room.max_bytes;
        error!(
            proxy,
            ?pause,
            sent_bytes,
            max_bytes,
            "could not be applied for its size: {}",
            ErrorChain(error)
        );
    }

    /// Whether the Proxies have room for an Ingress that something is served of.
    pub(crate) fn standing(&self, ingress: &Ingress) -> Standing {
        if !self.room.leaves_out(&Age::of(ingress)) {
            Standing::Served
        } else if self.room.external.is_searched() && self.room.internal.is_searched() {
            Standing::LeftOut
        } else {
            Standing::Unknown
        }
    }

    /// The status of one that is left out.
    pub(crate) fn left_out_status(&self, ingress: &Ingress, now: &Time) -> IngressStatus {
        ingress.failed_status(NO_ROOM, &no_room(self.room.max_bytes), now)
    }
}

/// What its author is told.
fn no_room(max_bytes: usize) -> String {
    format!(
        "the Ingresses of all namespaces fill more than the {max_bytes} bytes that a Proxy may have, compressed; the newest are not served \
         until there is room: remove Ingresses, or make them smaller"
    )
}
