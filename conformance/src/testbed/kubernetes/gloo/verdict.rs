use gloo_proxy_model::{Proxy, ReporterStatus, State};
use kube::api::{Patch, PatchParams};
use kube::{Api, Client};
use serde_json::json;

use crate::envoy_config::{ConfigReport, ReportKind};

/// The namespace that Gloo runs in, by which it signs its verdicts.
pub(super) const GLOO_NAMESPACE: &str = "gloo-system";

/// What Gloo writes into a Proxy's status.
pub(super) fn verdict(reports: &[ConfigReport]) -> ReporterStatus {
    let state = if reports.iter().any(|report| is_error(report.kind)) {
        State::Rejected
    } else if reports.iter().any(|report| report.kind != ReportKind::Unsupported) {
        State::Warning
    } else {
        State::Accepted
    };
    let told = reports.iter().filter(|report| report.kind != ReportKind::Unsupported);
    let reason = told.map(ToString::to_string).collect::<Vec<_>>().join("; ");
    ReporterStatus { state, reason, reported_by: "gloo".to_owned(), ..ReporterStatus::default() }
}

/// In a cluster a certificate that cannot be had is an error, where Gloo's own command line makes it a warning.
fn is_error(kind: ReportKind) -> bool {
    kind.is_error() || kind == ReportKind::SslConfigWarning
}

/// Writes a verdict, unless it stands there already. Gloo writes the status with the object: it is no subresource.
pub(super) async fn write(
    client: &Client,
    proxy: &Proxy,
    verdict: &ReporterStatus,
) -> Result<(), kube::Error> {
    let stored = proxy.status.as_ref().and_then(|status| status.statuses.get(GLOO_NAMESPACE));
    if stored == Some(verdict) {
        return Ok(());
    }
    let name = proxy.metadata.name.clone().unwrap_or_default();
    let namespace = proxy.metadata.namespace.clone().unwrap_or_default();
    let ReporterStatus { state, reason, reported_by, .. } = verdict;
    // All fields, since a merge keeps those that are not named.
    // As Gloo writes it: by number.
    let number = match state {
        State::Pending => 0,
        State::Accepted => 1,
        State::Rejected => 2,
        State::Warning => 3,
    };
    let status = json!({ "state": number, "reason": reason, "reportedBy": reported_by });
    let patch = json!({ "status": { "statuses": { GLOO_NAMESPACE: status } } });
    let api = Api::<Proxy>::namespaced(client.clone(), &namespace);
    api.patch(
        &name,
        &PatchParams { field_manager: Some("gloo".to_owned()), ..PatchParams::default() },
        &Patch::Merge(patch),
    )
    .await
    .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the real Gloo wrote in a cluster.
    #[test]
    fn worst_report_decides_the_proxy_status() {
        for (kinds, state) in [
            (vec![], State::Accepted),
            (vec![ReportKind::Unsupported], State::Accepted),
            (vec![ReportKind::InvalidDestinationWarning], State::Warning),
            (vec![ReportKind::InvalidDestinationWarning, ReportKind::SslConfigWarning], State::Rejected),
            (vec![ReportKind::DomainsNotUniqueError], State::Rejected),
        ] {
            let report = |kind: &ReportKind| ConfigReport { kind: *kind, message: "here".to_owned() };
            let reports: Vec<_> = kinds.iter().map(report).collect();
            let verdict = verdict(&reports);
            assert_eq!(verdict.state, state, "{kinds:?}");
            assert_eq!(verdict.reason.is_empty(), state == State::Accepted, "{kinds:?}: {}", verdict.reason);
        }
    }
}
