//! From a report to the status that a controller writes.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use knative_ingress_model::{GatewayAddresses, Ingress, IngressStatus};

use crate::{Code, Diagnostic, IngressReport, Outcome, Severity};

/// How far the gateways are with what has been translated. A translator can't know; a controller asks Gloo or probes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Readiness<'a> {
    /// The Proxies are written, the gateways don't serve them yet.
    Waiting,
    /// The gateways, at these addresses, serve them.
    Serving(&'a GatewayAddresses),
}

/// The longest condition message: what is wrong must be read in `kubectl describe`, not fill etcd.
const MAX_MESSAGE: usize = 1024;

impl IngressReport {
    /// The status to write for `ingress`, of which this is the report: ready if it is served whole, else with a condition
    /// that says what is wrong with the object. `None` for an Ingress of another class, whose status is not ours.
    ///
    /// - Rejected: `LoadBalancerReady` is `False` for the reason `IngressRejected`, with all errors.
    /// - Translated, but a domain belongs to another Ingress: `False` for the reason `DomainConflict`, with the winner.
    /// - Translated: `Unknown` while [`Readiness::Waiting`], then `True` with the gateways' addresses.
    ///
    /// `observedGeneration` is the object's generation in every case. Times of conditions that don't change stay.
    ///
    /// ```
    /// use knative_gloo_translate::{ClassFilter, Options, Readiness, translate};
    /// use knative_ingress_model::{Ingress, Time, k8s_openapi::jiff::Timestamp};
    ///
    /// let ingress = Ingress::from_json(br#"{
    ///     "metadata": {"name": "shop", "namespace": "team-a", "generation": 3},
    ///     "spec": {"rules": [{"hosts": ["shop.example.com:80"], "http": {"paths": [{"splits": [
    ///         {"serviceNamespace": "team-a", "serviceName": "shop-1", "servicePort": 80, "percent": 100}
    ///     ]}]}}]}
    /// }"#)?;
    /// let translation = translate([&ingress], &Options::default().with_class(ClassFilter::Any));
    /// let now = Time(Timestamp::constant(1_767_225_600, 0));
    /// let status = translation.reports[0].status(&ingress, Readiness::Waiting, &now).unwrap();
    /// let ready = status.condition("Ready").unwrap();
    /// assert_eq!(ready.reason, "IngressRejected");
    /// assert!(ready.message.starts_with(r#"spec.rules[0].hosts[0]: "shop.example.com:80" has a port"#));
    /// assert_eq!(status.observed_generation, 3);
    /// # Ok::<(), knative_ingress_model::ParseIngressError>(())
    /// ```
    pub fn status(&self, ingress: &Ingress, readiness: Readiness<'_>, now: &Time) -> Option<IngressStatus> {
        let is_error = |diagnostic: &&Diagnostic| diagnostic.severity == Severity::Error;
        let is_conflict = |diagnostic: &&Diagnostic| diagnostic.code == Code::DomainConflict;
        let more = self.diagnostics.iter().find(|diagnostic| diagnostic.code == Code::MoreDiagnostics);
        match self.outcome {
            Outcome::Skipped => None,
            Outcome::Rejected => {
                let message = joined(self.diagnostics.iter().filter(is_error), more);
                Some(ingress.failed_status("IngressRejected", &message, now))
            }
            Outcome::Translated => {
                let message = joined(self.diagnostics.iter().filter(is_conflict), None);
                Some(match readiness {
                    _ if !message.is_empty() => ingress.failed_status("DomainConflict", &message, now),
                    Readiness::Waiting => ingress.not_ready_status(now),
                    Readiness::Serving(gateways) => ingress.ready_status(gateways, now),
                })
            }
        }
    }
}

/// The diagnostics in one line, as many as there is room for; then what is said of those that even the report has not.
fn joined<'a>(diagnostics: impl Iterator<Item = &'a Diagnostic>, more: Option<&Diagnostic>) -> String {
    let mut message = String::new();
    let mut left_out = 0_usize;
    for diagnostic in diagnostics {
        let line = format!("{}: {}", diagnostic.path, diagnostic.message);
        if message.is_empty() {
            message = line.chars().take(MAX_MESSAGE).collect();
        } else if message.len().saturating_add(line.len()) <= MAX_MESSAGE {
            message.push_str("; ");
            message.push_str(&line);
        } else {
            left_out = left_out.saturating_add(1);
        }
    }
    if left_out > 0 {
        message.push_str(&format!("; and {left_out} more"));
    }
    if let Some(more) = more {
        message.push_str(&format!("; {}", more.message));
    }
    message
}

#[cfg(test)]
mod tests {
    use k8s_openapi::jiff::Timestamp;
    use knative_ingress_model::ConditionStatus;

    use super::*;
    use crate::{ClassFilter, Options, translate};

    fn ingress(name: &str, created: &str, class: &str) -> Ingress {
        let json = format!(
            r#"{{"metadata": {{"name": "{name}", "namespace": "team-a", "generation": 7, "creationTimestamp": "{created}",
                 "annotations": {{"networking.knative.dev/ingress.class": "{class}"}}}},
                "spec": {{"rules": [{{"hosts": ["a.example.com"], "http": {{"paths": [{{"splits": [
                    {{"serviceNamespace": "team-a", "serviceName": "s", "servicePort": 80, "percent": 100}}]}}]}}}}]}}}}"#
        );
        Ingress::from_json(json.as_bytes()).unwrap()
    }

    /// As many errors as there is room for in a condition's message, then how many more there are.
    #[test]
    fn message_lists_errors_while_there_is_room() {
        let diagnostic = |length: usize| Diagnostic {
            severity: Severity::Error,
            code: Code::InvalidHost,
            path: "p".to_owned(),
            message: "m".repeat(length),
        };
        let text = |lengths: &[usize]| {
            let diagnostics: Vec<_> = lengths.iter().map(|length| diagnostic(*length)).collect();
            joined(diagnostics.iter(), None)
        };
        let line = |length: usize| format!("p: {}", "m".repeat(length));
        assert_eq!(text(&[5]), line(5));
        assert_eq!(text(&[5, 6]), format!("{}; {}", line(5), line(6)));
        assert_eq!(text(&[5, MAX_MESSAGE - 11]), format!("{}; {}", line(5), line(MAX_MESSAGE - 11)));
        assert_eq!(text(&[5, MAX_MESSAGE - 10]), format!("{}; and 1 more", line(5)));
        assert_eq!(text(&[MAX_MESSAGE, 5, 5]), format!("{}; and 2 more", line(MAX_MESSAGE - 3)));
    }

    #[test]
    fn status_reports_rejection_conflict_and_readiness() {
        let winner = ingress("winner", "2020-01-01T00:00:00Z", ClassFilter::GLOO);
        let loser = ingress("loser", "2021-01-01T00:00:00Z", ClassFilter::GLOO);
        let other = ingress("other", "2021-01-01T00:00:00Z", "kourier");
        let all = [&winner, &loser, &other];
        let translation = translate(all, &Options::default());
        let gateways = GatewayAddresses::internal("e", "i");
        let now = Time(Timestamp::constant(1_767_225_600, 0));
        let status = |ingress: &Ingress, readiness| {
            let report =
                translation.reports.iter().find(|report| report.ingress == ingress.reference()).unwrap();
            report.status(ingress, readiness, &now)
        };

        assert_eq!(status(&other, Readiness::Serving(&gateways)), None);

        let lost = status(&loser, Readiness::Serving(&gateways)).unwrap();
        let ready = lost.condition("Ready").unwrap();
        assert_eq!((&ready.status, ready.reason.as_str()), (&ConditionStatus::False, "DomainConflict"));
        assert!(ready.message.contains("team-a/winner"), "{}", ready.message);

        let waiting = status(&winner, Readiness::Waiting).unwrap();
        assert_eq!(waiting.condition("Ready").unwrap().status, ConditionStatus::Unknown);
        let served = status(&winner, Readiness::Serving(&gateways)).unwrap();
        assert_eq!(served.condition("Ready").unwrap().status, ConditionStatus::True);
        assert_eq!(served.observed_generation, 7);
        assert_eq!(served.public_load_balancer.unwrap().ingress, gateways.public);
    }
}
