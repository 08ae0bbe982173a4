//! Reconciling: what a key in the queue has to write when its turn comes, and what came of that.

use std::{sync::Arc, time::Duration};

use futures_util::{FutureExt, future::BoxFuture};
use k8s_openapi::{apimachinery::pkg::apis::meta::v1::Time, jiff::Timestamp};
use knative_gloo_translate::{Gateway, Readiness};
use knative_ingress_model::{Ingress, IngressRef, IngressStatus};
use kube::Error;
use tokio::time::Instant;
use tracing::{Instrument, debug, error, info, warn};

use crate::{
    ErrorChain,
    controller::Controller,
    desired::{Desired, FormLimits},
    not_ready::{NotReady, left_to_another_prober},
    probe::Progress,
    proxy_state::WriteOutcome,
    queue::{Key, Wake},
    retry_after::asked_pause,
    room::{Standing, is_refused_for_size, is_unsent},
    shared_proxy::SharedProxy,
    stored_proxy::StoredProxy,
    watch::slim,
    writer::{Written, apply_proxy, patch_status, read_proxy},
};

impl Controller {
    /// The next request to send.
    pub(crate) fn next_write(&mut self) -> Option<BoxFuture<'static, Written>> {
        while let Some(key) = self.queue.next(self.config.max_status_writes) {
            let write = match &key {
                Key::Proxy(gateway) => self.reconcile_proxy(*gateway),
                Key::Status(ingress) => self.reconcile_status(ingress),
                Key::Publish(ingress) => {
                    self.publish_held(ingress);
                    None
                }
                Key::Verdict(gateway) => {
                    self.hear_silence(*gateway);
                    None
                }
            };
            if write.is_some() {
                return write;
            }
            self.queue.done(key);
        }
        None
    }

    /// `None` if the cluster holds it as it should be.
    fn reconcile_proxy(&mut self, gateway: Gateway) -> Option<BoxFuture<'static, Written>> {
        if self.proxy(gateway).is_in_doubt {
            return Some(read_proxy(&self.client, &self.config, gateway));
        }
        let full = self.translator.proxy(gateway);
        if self.is_leader
            && let Some(search) = self.search_room(gateway, &full)
        {
            return Some(search);
        }
        let mut desired = SharedProxy::from(self.with_room(full));
        let (revision, is_leader) = (self.revision, self.is_leader);
        let state = self.proxy(gateway);
        if state.serves(&desired) {
            state.is_as(&desired, revision);
            self.enqueue_deferred();
            return None;
        }
        if !is_leader {
            self.withhold(Key::Proxy(gateway));
            return None;
        }
        // Refused if it is not the newest: somebody else may write by the time this arrives.
        desired.metadata.resource_version = state.stored_version();
        let desired = Arc::new(Desired::new(desired));
        let compressor = Arc::clone(&state.compressor);
        state.sending(Arc::clone(&desired));
        let (is_compressed, is_known) = (state.is_compressed(), state.is_faithful);
        let (max_plain_bytes, max_bytes) = (self.config.max_plain_bytes, self.room.max_bytes);
        let form = FormLimits { max_plain_bytes, max_bytes, is_compressed };
        Some(apply_proxy(
            &self.client,
            &self.config,
            gateway,
            desired,
            (form, compressor),
            revision,
            is_known,
        ))
    }

    /// `None` if the cluster holds it as it should be, or if it is not ours, or if it isn't its turn yet.
    fn reconcile_status(&mut self, reference: &IngressRef) -> Option<BoxFuture<'static, Written>> {
        let span = self.span(reference);
        let _entered = span.enter();
        if !self.is_leader {
            self.withhold(Key::Status(reference.clone()));
            return None;
        }
        let ingress = self.ingress(reference)?;
        let report = self.translator.report(reference)?;
        // As precise as Kubernetes writes times.
        let now = Time(Timestamp::from_second(Timestamp::now().as_second()).unwrap_or_default());
        let status = |readiness| report.status(&ingress, readiness, &now);
        let Some(mut waiting) = status(Readiness::Waiting) else {
            // It is another's.
            self.prober.forget(reference);
            return None;
        };
        let standing = if report.served.is_empty() { Standing::Served } else { self.standing(&ingress) };
        match standing {
            Standing::Served => {}
            Standing::Unknown => {
                self.deferred.insert(reference.clone());
                return None;
            }
            Standing::LeftOut => {
                self.prober.forget(reference);
                let desired = self.left_out_status(&ingress, &now);
                let entry = self.ingresses.get(reference)?;
                return (!entry.is_up_to_date(&ingress, &desired)).then(|| {
                    patch_status(&self.client, &self.config, &ingress, desired)
                        .instrument(span.clone())
                        .boxed()
                });
            }
        }
        let unsettled = self.settle.unsettled(reference, &self.endpoints).filter(|_| !ingress.is_ready());
        let is_unsettled = unsettled.is_some() || self.held_back.contains_key(reference);
        if let Some(why) = unsettled.as_ref().map(NotReady::unsettled).or_else(|| self.not_ready_by_gloo()) {
            why.explain(&ingress, &mut waiting);
        }
        if let Some(unsettled) = unsettled {
            let delay = unsettled.until.saturating_duration_since(Instant::now());
            self.queue.schedule(Key::Status(reference.clone()), delay);
        }
        let entry = self.ingresses.get(reference)?;
        let desired = match &self.config.addresses {
            None => {
                self.prober.forget(reference);
                left_to_another_prober(&ingress, waiting, &now)
            }
            Some(_) if is_unsettled => {
                self.prober.forget(reference);
                waiting
            }
            Some(addresses) => {
                let served = status(Readiness::Serving(addresses))?;
                let is_stored = self.external.has(entry.revision) && self.internal.has(entry.revision);
                let is_ready_elsewhere = ingress.is_ready() && !has_same_addresses(&ingress.status, &served);
                let is_ready = ingress.is_ready() && !is_ready_elsewhere;
                if served == waiting || entry.is_up_to_date(&ingress, &served) || is_ready {
                    // There is nothing to find out. What has been ready once stays so until it changes.
                    self.prober.forget(reference);
                    served
                } else {
                    // As long as it isn't served here, what it was served by before stays, if it was.
                    let waiting = (!is_ready_elsewhere).then_some(waiting);
                    if !is_stored {
                        self.deferred.insert(reference.clone());
                        self.prober.forget_other_versions(reference, report.probe_hash.as_deref());
                        // It is soon told apart, unless the Proxies can't be stored.
                        if !Gateway::ALL
                            .into_iter()
                            .any(|gateway| self.queue.is_failing(&Key::Proxy(gateway)))
                        {
                            return None;
                        }
                        waiting?
                    } else if report.probe_hash.is_some() {
                        match self.prober.want(reference, report.probes()) {
                            Progress::Unknown => return None,
                            Progress::Waiting => waiting?,
                            Progress::Served => served,
                        }
                    } else {
                        served
                    }
                }
            }
        };
        (!entry.is_up_to_date(&ingress, &desired)).then(|| {
            patch_status(&self.client, &self.config, &ingress, desired).instrument(span.clone()).boxed()
        })
    }

    pub(crate) fn written(&mut self, written: Written) {
        self.count_write(&written);
        match written {
            Written::Proxy { gateway, desired, revision, answer } => {
                self.proxy_written(gateway, &desired, revision, answer);
                // The Proxies are stored, or can't be: in either case there is a status to write.
                self.enqueue_deferred();
            }
            Written::NothingYet { gateway, answer } => self.proxy_read(gateway, answer),
            Written::Searched { gateway, changes, found: Ok(found) } => {
                self.room_searched(gateway, changes, found);
                self.enqueue_deferred();
            }
            Written::Searched { gateway, changes: _, found: Err(error) } => {
                error!(proxy = gateway.proxy_name(), "could not be searched for what has room: {error}");
                let retry = self.config.retry;
                self.queue.failed(Key::Proxy(gateway), Wake::OnTimer, |failures| retry.delay(failures));
            }
            Written::Status { ingress, desired, answer } => self.status_written(ingress, &desired, answer),
        }
    }

    fn proxy_written(
        &mut self,
        gateway: Gateway,
        desired: &Desired,
        revision: u64,
        answer: Result<StoredProxy, Error>,
    ) {
        let (key, proxy, retry) = (Key::Proxy(gateway), gateway.proxy_name(), self.config.retry);
        let stored = match answer {
            Ok(stored) => stored,
            Err(error) if code(&error) == 409 => return self.proxy_is_stale(gateway),
            Err(error) if is_unsent(&error) || is_refused_for_size(&error) => {
                return self.proxy_is_too_large(gateway, desired.written_bytes(), &error);
            }
            Err(error) => {
                let pause = self.retry(key, &error);
                error!(proxy, ?pause, "could not be applied: {}", ErrorChain(&error));
                return;
            }
        };
        info!(proxy, version = stored.metadata.resource_version, "applied");
        let state = self.proxy(gateway);
        let outcome = state.written(desired, revision, stored);
        self.hear_verdict(gateway);
        let state = self.proxy(gateway);
        match outcome {
            WriteOutcome::AsDesired => self.queue.done(key),
            WriteOutcome::Altered => {
                error!(
                    proxy,
                    "the cluster holds something else than was applied, so nothing new is called ready"
                );
                self.queue.failed(key, Wake::OnChange, |_| retry.max_delay);
            }
            WriteOutcome::Overtaken => {
                let pause = state.conflicts.pause(retry);
                warn!(proxy, ?pause, "another writer has changed it at the same time");
                self.queue.failed(key, Wake::OnTimer, |failures| retry.delay(failures).max(pause));
            }
            WriteOutcome::InDoubt => {
                self.queue.done(key.clone());
                self.queue.enqueue(key, Duration::ZERO);
            }
        }
    }

    fn proxy_read(&mut self, gateway: Gateway, answer: Result<Option<StoredProxy>, Error>) {
        let (key, proxy) = (Key::Proxy(gateway), gateway.proxy_name());
        match answer {
            Ok(found) => {
                self.proxy(gateway).read(found);
                self.queue.done(key.clone());
                self.queue.enqueue(key, Duration::ZERO);
            }
            Err(error) => {
                let pause = self.retry(key, &error);
                warn!(proxy, ?pause, "could not be read: {}", ErrorChain(&error));
            }
        }
    }

    fn status_written(
        &mut self,
        ingress: IngressRef,
        desired: &IngressStatus,
        answer: Result<Box<Ingress>, Error>,
    ) {
        let key = Key::Status(ingress.clone());
        let _entered = self.span(&ingress).entered();
        let mut stored = match answer {
            Ok(stored) => stored,
            Err(error) if !self.ingresses.contains_key(&ingress) => {
                debug!("it is gone, and so is its status: {}", ErrorChain(&error));
                return self.queue.done(key);
            }
            Err(error) => {
                let is_failing = self.queue.is_failing(&key);
                let pause = self.retry(key, &error);
                match code(&error) {
                    409 => debug!(?pause, "it has changed in between"),
                    // Usually the watch reports the deletion; otherwise the status subresource is missing.
                    404 if !is_failing => debug!(?pause, "it seems to be gone: {error}"),
                    _ => warn!(?pause, "its status could not be written: {}", ErrorChain(&error)),
                }
                return;
            }
        };
        debug!(version = stored.metadata.resource_version, "status written");
        slim(&mut stored.metadata);
        // One that has been deleted since must not come back.
        if let Some(entry) = self.ingresses.get_mut(&ingress)
            && entry.uid() == stored.metadata.uid.as_deref()
        {
            let is_as_desired = entry.status_written(desired, &stored);
            if self.observe(*stored) && !is_as_desired {
                warn!("the cluster holds another status than was written");
            }
        }
        self.queue.done(key);
    }

    /// Tries again later, or sooner if only a change can help. Returns how long it waits at most.
    fn retry(&mut self, key: Key, error: &Error) -> Duration {
        let retry = self.config.retry;
        // Whatever it asks for, it is looked at again within the usual time.
        let (code, asked) = (code(error), asked_pause(error).min(retry.max_delay));
        let least = if matches!(code, 400 | 403 | 413 | 422) { retry.max_delay } else { asked };
        let wake = if matches!(code, 400 | 403 | 409 | 413 | 422) { Wake::OnChange } else { Wake::OnTimer };
        let mut pause = Duration::ZERO;
        self.queue.failed(key, wake, |failures| {
            pause = retry.delay(failures).max(least);
            pause
        });
        pause
    }

    fn enqueue_deferred(&mut self) {
        std::mem::take(&mut self.deferred).into_iter().for_each(|ingress| self.enqueue(Key::Status(ingress)));
    }
}

/// Whether both statuses name the same gateways.
fn has_same_addresses(one: &IngressStatus, other: &IngressStatus) -> bool {
    one.public_load_balancer == other.public_load_balancer
        && one.private_load_balancer == other.private_load_balancer
}

/// The status code of the answer; 0 if there was none.
fn code(error: &Error) -> u16 {
    if let Error::Api(status) = error { status.code } else { 0 }
}
