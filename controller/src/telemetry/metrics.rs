//! What is counted, for Prometheus.

use std::{fmt, sync::Arc};

use gloo_proxy_model::{ETCD_REQUEST_LIMIT, State};
use knative_gloo_translate::{Code, Gateway, Outcome, Severity};
use kube::Error;
use prometheus_client::{
    encoding::text::encode,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram, info::Info},
    registry::Registry,
};

/// What all names begin with.
const PREFIX: &str = "knative_gloo";

/// Bounds of the histograms in seconds: from a write at once to a gateway that starts.
const SECONDS: [f64; 11] = [0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 40.0, 80.0];

/// Names of labels and their values.
type Labels<const N: usize> = [(&'static str, &'static str); N];

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ObjectKind {
    Proxy,
    Status,
    Lease,
    Event,
}

/// Counters, gauges and histograms of a controller. Clones share them.
///
/// Each combination of labels is there from the beginning, but for the codes of rejected Ingresses that are not errors by
/// themselves: so a rate is known from the first occurrence on.
#[derive(Clone)]
pub struct Metrics {
    registry: Arc<Registry>,
    ingresses: Family<Labels<1>, Gauge>,
    rejected: Family<Labels<1>, Gauge>,
    pub(crate) domain_conflicts: Gauge,
    pub(crate) left_out: Gauge,
    pub(crate) change_to_stored: Histogram,
    pub(crate) change_to_ready: Histogram,
    probes: Family<Labels<1>, Counter>,
    probe_failures: Family<Labels<1>, Counter>,
    proxy_size: Family<Labels<1>, Gauge>,
    verdict: Family<Labels<2>, Gauge>,
    writes: Family<Labels<1>, Counter>,
    write_errors: Family<Labels<2>, Counter>,
    pub(crate) queue_length: Gauge,
    pub(crate) lease_held: Gauge,
    pub(crate) lists_complete: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix(PREFIX);
        let metrics = Self {
            ingresses: Family::default(),
            rejected: Family::default(),
            domain_conflicts: Gauge::default(),
            left_out: Gauge::default(),
            change_to_stored: Histogram::new(SECONDS),
            change_to_ready: Histogram::new(SECONDS),
            probes: Family::default(),
            probe_failures: Family::default(),
            proxy_size: Family::default(),
            verdict: Family::default(),
            writes: Family::default(),
            write_errors: Family::default(),
            queue_length: Gauge::default(),
            lease_held: Gauge::default(),
            lists_complete: Gauge::default(),
            registry: Arc::default(),
        };
        metrics.create_all();
        metrics.register(&mut registry);
        Self { registry: Arc::new(registry), ..metrics }
    }
}

impl Metrics {
    /// All of them in the text format of OpenMetrics, whose media type is [`CONTENT_TYPE`](Self::CONTENT_TYPE).
    pub fn encode(&self) -> String {
        let mut text = String::new();
        // Writing into a string does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }

    /// The media type of what [`encode`](Self::encode) returns.
    pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    pub(crate) fn ingresses(&self, outcome: Outcome) -> Gauge {
        self.ingresses.get_or_create_owned(&[("outcome", outcome_label(outcome))])
    }

    pub(crate) fn rejected(&self, code: Code) -> Gauge {
        self.rejected.get_or_create_owned(&[("code", code.as_str())])
    }

    /// Takes in how many probes a gateway has been sent so far, and how many of them failed.
    pub(crate) fn set_probes(&self, gateway: Gateway, sent: u64, failed: u64) {
        for (family, total) in [(&self.probes, sent), (&self.probe_failures, failed)] {
            let counter = family.get_or_create_owned(&gateway_label(gateway));
            counter.inc_by(total.saturating_sub(counter.get()));
        }
    }

    /// Takes in the bytes of a Proxy that is being stored.
    pub(crate) fn set_proxy_size(&self, gateway: Gateway, bytes: usize) {
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        self.proxy_size.get_or_create(&[("proxy", gateway.proxy_name())]).set(bytes);
    }

    /// Takes in what Gloo says of a Proxy; `None` if it has never looked at it.
    pub(crate) fn set_verdict(&self, gateway: Gateway, verdict: Option<State>) {
        for state in VERDICTS {
            let is_it = i64::from(state == verdict);
            self.verdict_of(gateway, state).set(is_it);
        }
    }

    fn verdict_of(&self, gateway: Gateway, state: Option<State>) -> Gauge {
        let labels = [("proxy", gateway.proxy_name()), ("state", verdict_label(state))];
        self.verdict.get_or_create_owned(&labels)
    }

    /// Counts a request that writes, and its error if there was one.
    pub(crate) fn count_write(&self, kind: ObjectKind, error: Option<&Error>) {
        self.writes.get_or_create(&[("kind", kind.label())]).inc();
        if let Some(error) = error {
            self.write_errors_of(kind, Reason::of(error)).inc();
        }
    }

    fn write_errors_of(&self, kind: ObjectKind, reason: Reason) -> Counter {
        self.write_errors.get_or_create_owned(&[("kind", kind.label()), ("reason", reason.label())])
    }

    fn create_all(&self) {
        for outcome in [Outcome::Translated, Outcome::Rejected, Outcome::Skipped] {
            self.ingresses(outcome);
        }
        for code in Code::ALL.iter().filter(|code| code.severity() == Severity::Error) {
            self.rejected(*code);
        }
        for gateway in Gateway::ALL {
            self.set_probes(gateway, 0, 0);
            self.set_proxy_size(gateway, 0);
            self.set_verdict(gateway, None);
        }
        for kind in ObjectKind::ALL {
            self.writes.get_or_create_owned(&[("kind", kind.label())]);
            for reason in Reason::ALL {
                self.write_errors_of(kind, reason);
            }
        }
    }

    fn register(&self, registry: &mut Registry) {
        let Self {
            registry: _,
            ingresses,
            rejected,
            domain_conflicts,
            left_out,
            change_to_stored,
            change_to_ready,
            probes,
            probe_failures,
            proxy_size,
            verdict,
            writes,
            write_errors,
            queue_length,
            lease_held,
            lists_complete,
        } = self.clone();
        let limit = Gauge::<i64>::default();
        limit.set(i64::try_from(ETCD_REQUEST_LIMIT).unwrap_or(i64::MAX));
        registry.register("ingresses", "Ingresses by what became of them", ingresses);
        let help = "Rejected Ingresses by the code of an error; one with several errors counts for each code";
        registry.register("rejected_ingresses", help, rejected);
        let help = "Ingresses that want a host which another Ingress has";
        registry.register("domain_conflicts", help, domain_conflicts);
        let help = "Ingresses that the Proxies have no room for, as the replica that writes knows";
        registry.register("left_out_ingresses", help, left_out);
        let help = "From when a change of the Proxies was known to when both are stored";
        registry.register("change_to_stored_seconds", help, change_to_stored);
        let help = "From when a change of an Ingress was known to when its status says that it is ready";
        registry.register("change_to_ready_seconds", help, change_to_ready);
        registry.register("probes", "Probes sent to a gateway", probes);
        let help = "Probes that did not show that the Ingress is served";
        registry.register("probe_failures", help, probe_failures);
        let help = "Bytes of a Proxy as it is stored";
        registry.register("proxy_size_bytes", help, proxy_size);
        registry.register("proxy_size_limit_bytes", "Bytes that etcd takes by default", limit);
        let help =
            "1 for what Gloo says of a Proxy, 0 for what it doesn't; ignored: it has never looked at it";
        registry.register("proxy_verdict", help, verdict);
        registry.register("writes", "Requests that write, by what is written", writes);
        registry.register("write_errors", "Such requests that failed, by what came back", write_errors);
        registry.register("queue_length", "Objects that wait for being written or looked at", queue_length);
        registry.register("lease_held", "1 if this replica writes, 0 if another does", lease_held);
        let help = "1 once everything that is watched has been listed, 0 until then";
        registry.register("lists_complete", help, lists_complete);
        let version = [("version", env!("CARGO_PKG_VERSION"))];
        registry.register("build", "The version that runs", Info::new(version));
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

const VERDICTS: [Option<State>; 5] =
    [None, Some(State::Pending), Some(State::Accepted), Some(State::Warning), Some(State::Rejected)];

const fn verdict_label(state: Option<State>) -> &'static str {
    match state {
        None => "ignored",
        Some(State::Pending) => "pending",
        Some(State::Accepted) => "accepted",
        Some(State::Warning) => "warning",
        Some(State::Rejected) => "rejected",
    }
}

const fn outcome_label(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Translated => "translated",
        Outcome::Rejected => "rejected",
        Outcome::Skipped => "skipped",
    }
}

const fn gateway_label(gateway: Gateway) -> Labels<1> {
    match gateway {
        Gateway::External => [("gateway", "external")],
        Gateway::Internal => [("gateway", "internal")],
    }
}

impl ObjectKind {
    const ALL: [Self; 4] = [Self::Proxy, Self::Status, Self::Lease, Self::Event];

    const fn label(self) -> &'static str {
        match self {
            Self::Proxy => "proxy",
            Self::Status => "status",
            Self::Lease => "lease",
            Self::Event => "event",
        }
    }
}

/// Why a write failed, in few kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reason {
    /// The object has changed in between.
    Conflict,
    /// The API server asks to wait.
    Throttled,
    /// Rights or credentials are missing.
    Forbidden,
    /// The object, its kind or its namespace isn't there.
    NotFound,
    /// The object is refused as it is, or too large.
    Invalid,
    /// The API server, or etcd, has failed.
    Server,
    /// There was no answer: none came in time, there was no connection, or another replica writes.
    NoAnswer,
}

impl Reason {
    const ALL: [Self; 7] = [
        Self::Conflict,
        Self::Throttled,
        Self::Forbidden,
        Self::NotFound,
        Self::Invalid,
        Self::Server,
        Self::NoAnswer,
    ];

    fn of(error: &Error) -> Self {
        let Error::Api(status) = error else { return Self::NoAnswer };
        match status.code {
            409 => Self::Conflict,
            429 => Self::Throttled,
            401 | 403 => Self::Forbidden,
            404 => Self::NotFound,
            500.. => Self::Server,
            _ => Self::Invalid,
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Conflict => "conflict",
            Self::Throttled => "throttled",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::Invalid => "invalid",
            Self::Server => "server",
            Self::NoAnswer => "no_answer",
        }
    }
}

#[cfg(test)]
mod tests {
    use kube::core::Status;

    use super::*;

    fn line(metrics: &Metrics, start: &str) -> String {
        let text = metrics.encode();
        let lines: Vec<_> = text.lines().filter(|line| line.starts_with(start)).collect();
        lines.join("\n")
    }

    #[test]
    fn write_metrics_count_requests_and_errors_by_kind() {
        let metrics = Metrics::default();
        let answered = |code| Error::Api(Box::new(Status { code, ..Status::default() }));
        metrics.count_write(ObjectKind::Proxy, None);
        metrics.count_write(ObjectKind::Proxy, Some(&answered(409)));
        metrics.count_write(ObjectKind::Proxy, Some(&Error::Service("no connection".into())));
        for (code, reason) in
            [(429, "throttled"), (403, "forbidden"), (404, "not_found"), (422, "invalid"), (503, "server")]
        {
            metrics.count_write(ObjectKind::Status, Some(&answered(code)));
            let name = format!("knative_gloo_write_errors_total{{kind=\"status\",reason=\"{reason}\"}}");
            assert_eq!(line(&metrics, &name), format!("{name} 1"));
        }
        let of = |name: &str| line(&metrics, name);
        assert!(of("knative_gloo_writes_total{kind=\"proxy\"}").ends_with(" 3"));
        assert!(of("knative_gloo_writes_total{kind=\"status\"}").ends_with(" 5"));
        assert!(of("knative_gloo_write_errors_total{kind=\"proxy\",reason=\"conflict\"}").ends_with(" 1"));
        assert!(of("knative_gloo_write_errors_total{kind=\"proxy\",reason=\"no_answer\"}").ends_with(" 1"));
        assert!(of("knative_gloo_write_errors_total{kind=\"lease\",reason=\"conflict\"}").ends_with(" 0"));
    }

    #[test]
    fn proxy_verdict_metric_has_one_state() {
        let metrics = Metrics::default();
        let holds = || {
            let text = line(&metrics, "knative_gloo_proxy_verdict{proxy=\"knative-external-proxy\"");
            let lines: Vec<_> = text.lines().filter(|line| line.ends_with(" 1")).map(str::to_owned).collect();
            assert_eq!(text.lines().count(), 5);
            lines.join("\n")
        };
        assert!(holds().contains("state=\"ignored\""));
        metrics.set_verdict(Gateway::External, Some(State::Rejected));
        assert!(holds().contains("state=\"rejected\""));
        metrics.set_verdict(Gateway::External, Some(State::Accepted));
        assert!(holds().contains("state=\"accepted\""));
    }

    #[test]
    fn probe_metrics_are_totals() {
        let metrics = Metrics::default();
        metrics.set_probes(Gateway::Internal, 5, 2);
        metrics.set_probes(Gateway::Internal, 7, 2);
        assert!(line(&metrics, "knative_gloo_probes_total{gateway=\"internal\"}").ends_with(" 7"));
        assert!(line(&metrics, "knative_gloo_probe_failures_total{gateway=\"internal\"}").ends_with(" 2"));
        assert!(line(&metrics, "knative_gloo_probes_total{gateway=\"external\"}").ends_with(" 0"));
    }
}
