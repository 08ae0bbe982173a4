use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::compare::{Difference, Sides};
use super::generate::Case;
use crate::http_model::GatewayRequest;
use knative_gloo_simulator::Answer;

/// A set that once showed a difference, and what the contract says of it: a file of `fixtures/explored`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Explored {
    /// The set.
    #[serde(flatten)]
    pub case: Case,
    /// `namespace/name`, and whether the Ingress is `translated`, `rejected` or `skipped`.
    pub outcomes: BTreeMap<String, String>,
    /// The request whose answer was wrong, if it was an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<GatewayRequest>,
    /// What it gets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
}

impl Explored {
    /// The fixture of a difference, with what the contract says.
    pub fn of(case: &Case, difference: &Difference) -> Self {
        let request = match difference {
            Difference::Answer { request, .. } => Some(request.as_ref().clone()),
            Difference::Outcome { .. } | Difference::Refused(_) => None,
        };
        let sides = Sides::new(case);
        let outcomes = sides.oracle().outcomes().iter();
        Self {
            case: case.clone(),
            outcomes: outcomes
                .map(|(ingress, outcome)| (ingress.to_string(), outcome.as_str().to_owned()))
                .collect(),
            answer: request.as_ref().map(|request| sides.oracle().answer(request)),
            request,
        }
    }

    /// What of it does not hold: of the oracle, of the translator and simulator, or of both.
    pub fn failures(&self) -> Vec<String> {
        let sides = Sides::new(&self.case);
        let mut failures = Vec::new();
        let now: BTreeMap<String, String> = sides
            .oracle()
            .outcomes()
            .iter()
            .map(|(ingress, outcome)| (ingress.to_string(), outcome.as_str().to_owned()))
            .collect();
        if now != self.outcomes {
            failures.push(format!("the contract's outcomes: {now:?} instead of {:?}", self.outcomes));
        }
        failures.extend(sides.differ_at_once().map(|difference| difference.to_string()));
        if let (Some(request), Some(answer)) = (&self.request, &self.answer) {
            let found =
                [("the contract", sides.oracle().answer(request)), ("the Proxy", sides.simulate(request))];
            for (who, found) in found.into_iter().filter(|(_, found)| found != answer) {
                failures.push(format!("{request}: {who} says {found} instead of {answer}"));
            }
        }
        failures
    }
}
