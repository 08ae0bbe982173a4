use std::time::{SystemTime, UNIX_EPOCH};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;
use knative_gloo_translate::{Gateway, IngressReport, Scheme};
use knative_ingress_model::keys::{
    HASH_HEADER, HASH_OVERRIDE, INGRESS_PROBE_USER_AGENT, PROBE_HEADER, PROBE_VALUE,
};
use knative_ingress_model::{HttpOption, Ingress, IngressRef};
use tokio::time::{Instant, sleep};

use super::{Cluster, ClusterError, READY_WITHIN, gateway_addresses};
use crate::testbed::client::{self, Request};
use crate::testbed::envoy::Verdict;

/// The time, to the second, as an API server writes it.
fn now() -> Time {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    Time(
        i64::try_from(seconds)
            .ok()
            .and_then(|seconds| Timestamp::from_second(seconds).ok())
            .unwrap_or_default(),
    )
}

impl Cluster {
    /// Waits until an Ingress is served as it is now, writes its status, and returns it as stored.
    ///
    /// With probes that is what Knative's prober finds: every gateway answers for every domain with the Ingress's
    /// hash. Without, it is what Gloo went by: the configuration was handed over.
    ///
    /// # Errors
    /// When it was rejected or skipped, when a gateway refuses the configuration, and when probes stay wrong.
    pub async fn wait_ready(&self, ingress: &IngressRef) -> Result<Ingress, ClusterError> {
        let not_served = |reason: String| ClusterError::NotServed { ingress: ingress.clone(), reason };
        let give_up = Instant::now().checked_add(READY_WITHIN);
        loop {
            self.reconcile().await?;
            let outcome = self.outcome();
            let stored = self.get(ingress).ok_or_else(|| not_served("it does not exist".to_owned()))?;
            let report =
                outcome.report(ingress).ok_or_else(|| not_served("nobody reports on it".to_owned()))?;
            if report.served.is_empty() {
                return Err(not_served(report.to_string()));
            }
            for (gateway, outcome) in &outcome.gateways {
                if let (Verdict::Rejected(reason), true) = (&outcome.verdict, report.is_served(*gateway)) {
                    return Err(not_served(format!(
                        "the {gateway} gateway refuses its configuration: {reason}"
                    )));
                }
            }
            let last = match &report.probe_hash {
                None => None,
                Some(hash) => self.probe(&stored, report, hash).await,
            };
            match last {
                None => return Ok(self.write_served(stored)),
                Some(last) if give_up.is_none_or(|give_up| Instant::now() >= give_up) => {
                    return Err(ClusterError::NotReady { ingress: ingress.clone(), last });
                }
                Some(_) => sleep(crate::testbed::envoy::POLL).await,
            }
        }
    }

    fn write_served(&self, mut ingress: Ingress) -> Ingress {
        let now = now();
        ingress.status = ingress.ready_status(&gateway_addresses(), &now);
        self.state().put_status(ingress)
    }

    /// The first wrong answer to a probe, if there is one.
    async fn probe(&self, ingress: &Ingress, report: &IngressReport, hash: &str) -> Option<String> {
        let redirected = ingress.spec.http_option == Some(HttpOption::Redirected);
        for gateway in Gateway::ALL {
            for scheme in Scheme::ALL {
                if scheme == Scheme::Https && !redirected {
                    continue;
                }
                for domain in report.domains(gateway, scheme).filter(|domain| !domain.contains('*')) {
                    let request = Request::get(scheme.as_str(), domain, "/healthz")
                        .to(self.address(gateway, scheme))
                        .header("User-Agent", INGRESS_PROBE_USER_AGENT)
                        .header(PROBE_HEADER, PROBE_VALUE)
                        .header(HASH_HEADER, HASH_OVERRIDE);
                    let wrong = match client::send(&request).await {
                        Err(error) => Some(error.to_string()),
                        Ok(answer) => wrong_answer(answer.status, answer.header(HASH_HEADER), hash),
                    };
                    if let Some(wrong) = wrong {
                        return Some(format!("{gateway} {scheme}://{domain}/healthz: {wrong}"));
                    }
                }
            }
        }
        None
    }
}

/// What Knative's prober tries again after. Any other status counts as an answer of the application or of a redirect.
fn wrong_answer(status: u16, hash: Option<&str>, wanted: &str) -> Option<String> {
    match (status, hash) {
        (404 | 503, _) => Some(format!("status {status}")),
        (200, Some(hash)) if hash != wanted => Some(format!("hash {hash}, wanted {wanted}")),
        _ => None,
    }
}
