//! How many Ingresses came out how.

use std::collections::BTreeSet;

use knative_gloo_translate::{Code, IngressReport, Outcome, Severity};

use super::Metrics;

/// What an Ingress counts for, so that a change of one costs no look at the others.
#[derive(Debug, Default)]
pub(crate) struct Tally(Option<Counted>);

#[derive(Debug, PartialEq, Eq)]
struct Counted {
    outcome: Outcome,
    /// The kinds of its errors.
    errors: BTreeSet<Code>,
    has_conflict: bool,
}

impl Tally {
    /// Counts the Ingress as its newest report says.
    pub(crate) fn count(&mut self, metrics: &Metrics, report: &IngressReport) {
        let errors = report.diagnostics.iter().filter(|found| found.severity == Severity::Error);
        let counted = Counted {
            outcome: report.outcome,
            errors: errors.map(|found| found.code).collect(),
            has_conflict: report.diagnostics.iter().any(|found| found.code == Code::DomainConflict),
        };
        if self.0.as_ref() != Some(&counted) {
            self.forget(metrics);
            counted.count(metrics, 1);
            self.0 = Some(counted);
        }
    }

    /// Counts the Ingress no longer.
    pub(crate) fn forget(&mut self, metrics: &Metrics) {
        if let Some(counted) = self.0.take() {
            counted.count(metrics, -1);
        }
    }
}

impl Counted {
    fn count(&self, metrics: &Metrics, by: i64) {
        let Self { outcome, errors, has_conflict } = self;
        metrics.ingresses(*outcome).inc_by(by);
        errors.iter().for_each(|code| {
            metrics.rejected(*code).inc_by(by);
        });
        if *has_conflict {
            metrics.domain_conflicts.inc_by(by);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use knative_gloo_translate::{ClassFilter, Options, Translator};
    use knative_ingress_model::{Ingress, IngressRef};
    use serde_json::json;

    use super::*;

    fn ingress(name: &str, host: &str) -> Ingress {
        let split =
            json!({"serviceNamespace": "team-a", "serviceName": "shop", "servicePort": 80, "percent": 100});
        serde_json::from_value(json!({
            "metadata": {"namespace": "team-a", "name": name},
            "spec": {"rules": [{"hosts": [host], "http": {"paths": [{"splits": [split]}]}}]},
        }))
        .unwrap()
    }

    #[test]
    fn ingress_is_counted_by_its_newest_report() {
        let metrics = Metrics::default();
        let mut tallies: BTreeMap<IngressRef, Tally> = BTreeMap::new();
        let mut translator = Translator::new(Options::default().with_class(ClassFilter::Any));
        let mut apply = |ingress: Ingress| {
            for report in translator.apply(&ingress).reports {
                tallies.entry(report.ingress.clone()).or_default().count(&metrics, &report);
            }
        };
        let counts = || {
            let outcomes = [Outcome::Translated, Outcome::Rejected, Outcome::Skipped]
                .map(|it| metrics.ingresses(it).get());
            (outcomes, metrics.rejected(Code::InvalidHost).get(), metrics.domain_conflicts.get())
        };
        apply(ingress("a", "shop.example.com"));
        apply(ingress("b", "shop.example.com"));
        apply(ingress("c", "not a host"));
        apply(ingress("c", "not a host either"));
        assert_eq!(counts(), ([2, 1, 0], 1, 1));
        apply(ingress("c", "c.example.com"));
        apply(ingress("b", "b.example.com"));
        assert_eq!(counts(), ([3, 0, 0], 0, 0));
        let removed = tallies.get_mut(&IngressRef::new("team-a", "c")).unwrap();
        removed.forget(&metrics);
        removed.forget(&metrics);
        assert_eq!(counts(), ([2, 0, 0], 0, 0));
    }
}
