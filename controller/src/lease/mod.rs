//! Leader election by a Lease (`coordination.k8s.io/v1`), by the rules of client-go's `leaderelection`.
//!
//! - The holder renews the Lease. Another replica takes it over when it is free, or when it has not changed for as long as it
//!   is valid, by the replica's own monotonic clock: clocks that differ or jump do no harm.
//! - The holder trusts a renewal for less time than the others wait, counted from before the request was sent. Each write asks
//!   [`Leadership::is_held`] right before it is sent ([`gate_writes`]): a process that was paused, or cut off from the API
//!   server, sends nothing any more by the time another may. What it had sent before is refused if the other has written since:
//!   writes carry the version of the object that they are made for.
//!
//! `kube-lease-manager` was tried (0.13.1): it compares wall clocks, doesn't say so when a holder that is cut off loses its
//! Lease, and a Lease that was given back is taken only when it would have expired.

mod gate;
#[cfg(test)]
mod tests;

use std::{
    hash::{BuildHasher, Hasher, RandomState},
    num::NonZeroU16,
    time::Duration,
};

use k8s_openapi::{
    api::coordination::v1::{Lease, LeaseSpec},
    apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta},
    jiff::Timestamp,
};
use kube::{Api, Client, Error, api::PostParams};
use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout},
};
use tracing::{debug, info, warn};

pub(crate) use gate::gate_writes;

use crate::{
    ErrorChain, Telemetry,
    telemetry::{LeaseStanding, ObjectKind},
};

/// How replicas agree on the one that writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaseConfig {
    /// Name of the Lease, in the namespace of the Proxies. Default `knative-gloo-controller`.
    pub name: String,
    /// Who this replica is; no two may share it.
    pub identity: String,
    /// For how many seconds other replicas wait for a renewal before they take over. Default 15. The holder stops writing
    /// after two thirds of that without a renewal, and renews it seven times in that time.
    pub duration_seconds: NonZeroU16,
}

impl LeaseConfig {
    /// The defaults for a replica on this host: the identity is the host's name and a random number, so that two processes
    /// never share it.
    pub fn new(host: &str) -> Self {
        let random = RandomState::new().build_hasher().finish();
        Self {
            name: "knative-gloo-controller".to_owned(),
            identity: format!("{host}_{random:016x}"),
            duration_seconds: const { NonZeroU16::new(15).unwrap() },
        }
    }

    fn duration(&self) -> Duration {
        Duration::from_secs(self.duration_seconds.get().into())
    }

    /// How long a renewal lets the holder write.
    fn renew_deadline(&self) -> Duration {
        self.duration().mul_f64(2.0 / 3.0)
    }

    /// How often the Lease is renewed, or looked at.
    fn retry_period(&self) -> Duration {
        self.duration().mul_f64(2.0 / 15.0)
    }
}

/// Whether this replica may write.
#[derive(Clone, Debug)]
pub(crate) struct Leadership(watch::Receiver<Option<Instant>>);

impl Leadership {
    /// Asked right before each write.
    pub(crate) fn is_held(&self) -> bool {
        self.0.borrow().is_some_and(|until| Instant::now() < until)
    }

    /// Waits until it is won, renewed or lost; for ever once the election has ended.
    pub(crate) async fn changed(&mut self) {
        if self.0.changed().await.is_err() {
            std::future::pending().await
        }
    }

    /// Of the only replica there is: always held.
    pub(crate) fn alone() -> Self {
        // What was sent last stays readable.
        Self(watch::channel(Instant::now().checked_add(CENTURY)).1)
    }
}

const CENTURY: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// Takes part in the election, as long as [`run`](Self::run) is polled.
pub(crate) struct Election {
    api: Api<Lease>,
    config: LeaseConfig,
    telemetry: Telemetry,
    held_until: watch::Sender<Option<Instant>>,
    observed: Option<Observed>,
    /// When the Lease was last known to be held by whom.
    last_known: Instant,
}

/// The Lease as it was last seen.
struct Observed {
    lease: Lease,
    /// When this version of it was seen for the first time.
    since: Instant,
}

/// What came of an attempt to hold the Lease.
enum Claim {
    Held,
    HeldByAnother,
    /// The Lease has changed in between: nobody knows.
    Raced,
}

impl Election {
    pub(crate) fn new(
        client: Client,
        namespace: &str,
        config: LeaseConfig,
        telemetry: Telemetry,
    ) -> (Self, Leadership) {
        let (held_until, leadership) = watch::channel(None);
        let api = Api::namespaced(client, namespace);
        let last_known = Instant::now();
        (Self { api, config, telemetry, held_until, observed: None, last_known }, Leadership(leadership))
    }

    /// Wins, renews and loses the Lease, for ever.
    pub(crate) async fn run(&mut self) {
        loop {
            self.step().await;
            sleep(self.config.retry_period()).await;
        }
    }

    /// One look at the Lease, or one renewal.
    async fn step(&mut self) {
        let began = Instant::now();
        let was_held = self.held_until.borrow().is_some();
        let name = self.config.name.clone();
        // Twice within the time in which the holder may write.
        let patience = self.config.renew_deadline().mul_f64(0.5);
        let claim = match timeout(patience, self.acquire_or_renew()).await {
            Ok(Ok(claim)) => claim,
            Ok(Err(error)) => {
                warn!(lease = name, "could not be read or written: {}", ErrorChain(&error));
                Claim::Raced
            }
            Err(late) => {
                warn!(lease = name, "could not be read or written: {late}");
                Claim::Raced
            }
        };
        let until = match claim {
            Claim::Held => began.checked_add(self.config.renew_deadline()),
            Claim::HeldByAnother => None,
            Claim::Raced => {
                // Its own version may not be the newest: it is read anew. How old another's is remains known.
                self.observed = self.observed.take().filter(|observed| !self.is_own(&observed.lease));
                // What was granted before still counts, until its time is over.
                self.held_until.borrow().filter(|until| Instant::now() < *until)
            }
        };
        match (was_held, until.is_some()) {
            (false, true) => {
                info!(lease = name, identity = self.config.identity, "holding the lease: writing")
            }
            (true, false) => {
                warn!(lease = name, identity = self.config.identity, "lost the lease: writing nothing");
            }
            (true, true) | (false, false) => {}
        }
        self.tell_standing(&claim, until.is_some());
        self.held_until.send_if_modified(|held_until| std::mem::replace(held_until, until) != until);
    }

    fn tell_standing(&mut self, claim: &Claim, is_held: bool) {
        let now = Instant::now();
        let standing = match claim {
            Claim::Held => LeaseStanding::Held,
            Claim::HeldByAnother => LeaseStanding::HeldByAnother,
            Claim::Raced if is_held || now.duration_since(self.last_known) < self.config.duration() => return,
            Claim::Raced => LeaseStanding::Unknown,
        };
        if standing != LeaseStanding::Unknown {
            self.last_known = now;
        }
        self.telemetry.health.set_lease(standing);
    }

    async fn acquire_or_renew(&mut self) -> Result<Claim, Error> {
        let is_own = self.observed.as_ref().is_some_and(|observed| self.is_own(&observed.lease));
        if !is_own {
            let found = self.api.get_opt(&self.config.name).await?;
            self.observe(found);
        }
        let written = match &self.observed {
            None => self.api.create(&PostParams::default(), &self.claim(None)).await,
            Some(observed) if self.may_claim(observed) => {
                let claim = self.claim(Some(&observed.lease));
                self.api.replace(&self.config.name, &PostParams::default(), &claim).await
            }
            Some(observed) => {
                debug!(lease = self.config.name, holder = ?holder(&observed.lease), "another replica holds it");
                return Ok(Claim::HeldByAnother);
            }
        };
        self.telemetry.metrics.count_write(ObjectKind::Lease, written.as_ref().err());
        match written {
            Ok(lease) => {
                self.observe(Some(lease));
                Ok(Claim::Held)
            }
            // Another was faster, somebody has edited it, or it is gone.
            Err(Error::Api(status)) if matches!(status.code, 404 | 409) => Ok(Claim::Raced),
            Err(error) => Err(error),
        }
    }

    /// Gives the Lease back, so that another replica need not wait for its end.
    pub(crate) async fn release(&mut self) {
        self.held_until.send_replace(None);
        let name = self.config.name.clone();
        match timeout(self.config.retry_period(), self.try_release()).await {
            Ok(Ok(true)) => info!(lease = name, "gave the lease back"),
            Ok(Ok(false)) => {}
            Ok(Err(error)) => warn!(lease = name, "could not be given back: {}", ErrorChain(&error)),
            Err(late) => warn!(lease = name, "could not be given back: {late}"),
        }
    }

    /// Whether it was held until now.
    async fn try_release(&mut self) -> Result<bool, Error> {
        // A renewal may have been under way: what it has made of the Lease is read. What was never seen was never held.
        let Some(_) = self.observed.take() else { return Ok(false) };
        let Some(mut lease) = self.api.get_opt(&self.config.name).await? else { return Ok(false) };
        if !self.is_own(&lease) {
            return Ok(false);
        }
        if let Some(spec) = &mut lease.spec {
            spec.holder_identity = None;
            spec.renew_time = Some(MicroTime(Timestamp::now()));
        }
        let written = self.api.replace(&self.config.name, &PostParams::default(), &lease).await;
        self.telemetry.metrics.count_write(ObjectKind::Lease, written.as_ref().err());
        written.map(|_| true)
    }

    fn observe(&mut self, lease: Option<Lease>) {
        let version = |lease: &Lease| lease.metadata.resource_version.clone();
        self.observed = lease.map(|lease| {
            let known = self.observed.take().filter(|known| version(&known.lease) == version(&lease));
            Observed { lease, since: known.map_or_else(Instant::now, |known| known.since) }
        });
    }

    fn is_own(&self, lease: &Lease) -> bool {
        holder(lease) == Some(&self.config.identity)
    }

    /// Whether the Lease is free, this replica's own, or has not been renewed for as long as it is valid.
    fn may_claim(&self, observed: &Observed) -> bool {
        let valid = observed.lease.spec.as_ref().and_then(|spec| spec.lease_duration_seconds);
        let valid = valid.and_then(|seconds| u64::try_from(seconds).ok()).filter(|seconds| *seconds > 0);
        let valid = valid.map_or_else(|| self.config.duration(), Duration::from_secs);
        holder(&observed.lease).is_none() || self.is_own(&observed.lease) || observed.since.elapsed() >= valid
    }

    /// The Lease with this replica as its holder; `old` as it is, whose version must still be the newest.
    fn claim(&self, old: Option<&Lease>) -> Lease {
        let now = MicroTime(Timestamp::now());
        let spec = old.and_then(|old| old.spec.as_ref());
        let is_renewal = old.is_some_and(|old| self.is_own(old));
        let acquired = spec.filter(|_| is_renewal).and_then(|spec| spec.acquire_time.clone());
        let transitions = spec.and_then(|spec| spec.lease_transitions).unwrap_or(0);
        let is_takeover = old.is_some() && !is_renewal;
        let metadata = match old {
            Some(old) => old.metadata.clone(),
            None => ObjectMeta { name: Some(self.config.name.clone()), ..ObjectMeta::default() },
        };
        Lease {
            metadata,
            spec: Some(LeaseSpec {
                holder_identity: Some(self.config.identity.clone()),
                lease_duration_seconds: Some(self.config.duration_seconds.get().into()),
                acquire_time: acquired.or_else(|| Some(now.clone())),
                renew_time: Some(now),
                lease_transitions: Some(transitions.saturating_add(i32::from(is_takeover))),
                ..LeaseSpec::default()
            }),
        }
    }
}

fn holder(lease: &Lease) -> Option<&String> {
    lease.spec.as_ref()?.holder_identity.as_ref().filter(|holder| !holder.is_empty())
}
