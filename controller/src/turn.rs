//! What a key in the queue has to write when it is its turn, and what came of that.

use std::{sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use gloo_proxy_model::{COMPRESS_ANNOTATION, Proxy};
use k8s_openapi::{apimachinery::pkg::apis::meta::v1::Time, jiff::Timestamp};
use knative_gloo_translate::{Gateway, Readiness};
use knative_ingress_model::{Ingress, IngressRef, IngressStatus};
use kube::Error;
use tracing::{debug, error, info, warn};

use crate::{
    controller::Controller,
    held::Stored,
    queue::{Key, Until},
    write::{Written, apply_proxy, patch_status},
};

impl Controller {
    /// The next request to send.
    pub(crate) fn next_write(&mut self) -> Option<BoxFuture<'static, Written>> {
        while let Some(key) = self.queue.next(self.config.parallel) {
            let write = match &key {
                Key::Proxy(gateway) => self.write_proxy(*gateway),
                Key::Status(ingress) => self.write_status(ingress),
            };
            if write.is_some() {
                return write;
            }
            self.queue.done(key);
        }
        None
    }

    /// `None` if the cluster holds it as it should be.
    fn write_proxy(&mut self, gateway: Gateway) -> Option<BoxFuture<'static, Written>> {
        let mut desired = self.translator.proxy(gateway);
        if self.config.compress {
            let annotations = desired.metadata.annotations.get_or_insert_default();
            annotations.insert(COMPRESS_ANNOTATION.to_owned(), "true".to_owned());
        }
        let revision = self.revision;
        let held = self.proxy(gateway);
        if held.serves(&desired) {
            held.is_faithful = true;
            held.stored = revision;
            self.settle_deferred();
            return None;
        }
        let desired = Arc::new(desired);
        held.sends(Arc::clone(&desired));
        let is_known = held.is_faithful;
        Some(apply_proxy(&self.client, &self.config, gateway, desired, revision, is_known))
    }

    /// `None` if the cluster holds it as it should be, or if it is not ours, or if it isn't its turn yet.
    fn write_status(&mut self, reference: &IngressRef) -> Option<BoxFuture<'static, Written>> {
        let held = self.ingresses.get(reference)?;
        let report = self.translator.report(reference)?;
        // As precise as Kubernetes writes times.
        let now = Time(Timestamp::from_second(Timestamp::now().as_second()).unwrap_or_default());
        let status = |readiness| report.status(&held.ingress, readiness, &now);
        let mut desired =
            status(self.config.addresses.as_ref().map_or(Readiness::Waiting, Readiness::Serving))?;
        let is_stored = self.external.has(held.revision) && self.internal.has(held.revision);
        let waiting = status(Readiness::Waiting)?;
        if !is_stored && desired != waiting && !held.is_settled(&desired) {
            self.deferred.insert(reference.clone());
            // It is soon told apart, unless the Proxies can't be stored.
            if !Gateway::ALL.into_iter().any(|gateway| self.queue.is_failing(&Key::Proxy(gateway))) {
                return None;
            }
            desired = waiting;
        }
        (!held.is_settled(&desired)).then(|| patch_status(&self.client, &self.config, &held.ingress, desired))
    }

    pub(crate) fn written(&mut self, written: Written) {
        match written {
            Written::Proxy { gateway, desired, revision, answer } => {
                self.proxy_written(gateway, &desired, revision, answer);
                // The Proxies are stored, or can't be: in either case there is a status to write.
                self.settle_deferred();
            }
            Written::Status { ingress, desired, answer } => self.status_written(ingress, &desired, answer),
        }
    }

    fn proxy_written(
        &mut self,
        gateway: Gateway,
        desired: &Proxy,
        revision: u64,
        answer: Result<Proxy, Error>,
    ) {
        let (key, proxy, backoff) = (Key::Proxy(gateway), gateway.proxy_name(), self.config.backoff);
        let stored = match answer {
            Ok(stored) => stored,
            Err(error) => {
                let is_too_large = matches!(code(&error), 413 | 422 | 500) && !desired.size().fits_etcd();
                let hint = if is_too_large { " (it is too large for etcd unless compressed)" } else { "" };
                error!(proxy, "could not be applied: {error}{hint}");
                return self.retry(key, &error);
            }
        };
        info!(proxy, version = stored.metadata.resource_version, "applied");
        let held = self.proxy(gateway);
        match held.wrote(desired, revision, stored) {
            Stored::AsDesired => self.queue.done(key),
            Stored::Otherwise => {
                error!(
                    proxy,
                    "the cluster holds something else than was applied, so nothing new is called ready"
                );
                self.queue.failed(key, Until::Changed, |_| backoff.longest);
            }
            Stored::Overtaken => {
                let pause = held.rivalry.pause(backoff);
                warn!(proxy, ?pause, "somebody else has changed it at the same time");
                self.queue.failed(key, Until::Due, |failures| backoff.after(failures).max(pause));
            }
        }
    }

    fn status_written(
        &mut self,
        ingress: IngressRef,
        desired: &IngressStatus,
        answer: Result<Ingress, Error>,
    ) {
        let key = Key::Status(ingress.clone());
        let held = self.ingresses.get_mut(&ingress);
        let (answer, held) = match (answer, held) {
            (Ok(answer), held) => (answer, held),
            (Err(error), None) => {
                debug!(%ingress, "it is gone, and so is its status: {error}");
                return self.queue.done(key);
            }
            (Err(error), Some(_)) => {
                match code(&error) {
                    409 => debug!(%ingress, "it has changed in between"),
                    // Mostly its watch will tell so at once. If not, the subresource is not there.
                    404 if !self.queue.is_failing(&key) => debug!(%ingress, "it seems to be gone: {error}"),
                    _ => warn!(%ingress, "its status could not be written: {error}"),
                }
                return self.retry(key, &error);
            }
        };
        debug!(%ingress, version = answer.metadata.resource_version, "status written");
        if held.is_some_and(|held| !held.wrote(desired, answer)) {
            warn!(%ingress, "the cluster holds another status than was written");
        }
        self.queue.done(key);
    }

    /// Tries again later, or sooner if only a change can help.
    fn retry(&mut self, key: Key, error: &Error) {
        let backoff = self.config.backoff;
        let asked = if let Error::Api(status) = error { status.details.as_ref() } else { None };
        let asked = Duration::from_secs(asked.map_or(0, |details| details.retry_after_seconds).into());
        // Whatever it asks for, it is looked at again within the usual time.
        let (code, asked) = (code(error), asked.min(backoff.longest));
        let least = if matches!(code, 400 | 403 | 413 | 422) { backoff.longest } else { asked };
        let until = if matches!(code, 400 | 403 | 409 | 413 | 422) { Until::Changed } else { Until::Due };
        self.queue.failed(key, until, |failures| backoff.after(failures).max(least));
    }

    fn settle_deferred(&mut self) {
        std::mem::take(&mut self.deferred).into_iter().for_each(|ingress| self.touch(Key::Status(ingress)));
    }
}

/// The status code of the answer; 0 if there was none.
fn code(error: &Error) -> u16 {
    if let Error::Api(status) = error { status.code } else { 0 }
}
