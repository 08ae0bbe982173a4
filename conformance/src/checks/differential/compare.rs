use std::collections::BTreeMap;
use std::fmt;

use knative_gloo_translate::{Gateway, Options, Translation, translate};
use knative_ingress_model::IngressRef;

use super::generate::Case;
use crate::http_model::GatewayRequest;
use crate::oracle::{Oracle, Outcome};
use knative_gloo_simulator::{Answer, Simulator};

/// Both sides of a set: what the contract says, and what is made of the Proxies.
pub struct Sides {
    outcomes: BTreeMap<IngressRef, Outcome>,
    oracle: Oracle,
    translation: Translation,
    simulators: [Simulator; 2],
}

/// Something on which the two sides differ.
#[derive(Clone, Debug, PartialEq)]
pub enum Difference {
    /// Whether an Ingress is served at all.
    Outcome {
        /// Which.
        ingress: IngressRef,
        /// What the contract says.
        oracle: Outcome,
        /// What the translator reports.
        translator: String,
    },
    /// Envoy would refuse a Proxy.
    Refused(String),
    /// The answer to a request.
    Answer {
        /// The request.
        request: Box<GatewayRequest>,
        /// What the contract says.
        oracle: Box<Answer>,
        /// What the Proxy gives.
        simulator: Box<Answer>,
    },
}

impl Sides {
    /// Translates the set, and reads it by the contract.
    pub fn new(case: &Case) -> Self {
        let options: Options = case.translate_options();
        let oracle = Oracle::new(&case.ingresses, case.services.as_deref(), &options);
        let translation = translate(&case.ingresses, &options);
        let simulators = Gateway::ALL.map(|gateway| Simulator::new(translation.proxy(gateway)));
        Self { outcomes: oracle.outcomes().clone(), oracle, translation, simulators }
    }

    /// What the translator made.
    pub fn translation(&self) -> &Translation {
        &self.translation
    }

    /// The contract's side.
    pub fn oracle(&self) -> &Oracle {
        &self.oracle
    }

    /// What the Proxy of the request's gateway gives.
    pub fn simulate(&self, request: &GatewayRequest) -> Answer {
        let [external, internal] = &self.simulators;
        match request.gateway {
            Gateway::External => external.answer(&request.request),
            Gateway::Internal => internal.answer(&request.request),
        }
    }

    /// The first difference that no request is needed for.
    pub fn differ_at_once(&self) -> Option<Difference> {
        let refused = self.simulators.iter().find_map(|simulator| simulator.refusals().first().cloned());
        if let Some(why) = refused {
            return Some(Difference::Refused(why));
        }
        let reported: BTreeMap<&IngressRef, String> = self
            .translation
            .reports
            .iter()
            .map(|report| (&report.ingress, report.outcome.to_string()))
            .collect();
        self.outcomes.iter().find_map(|(ingress, outcome)| {
            let reported = reported.get(ingress).map_or("not reported", String::as_str);
            (reported != outcome.as_str()).then(|| Difference::Outcome {
                ingress: ingress.clone(),
                oracle: outcome.clone(),
                translator: reported.to_owned(),
            })
        })
    }

    /// The difference in the answer to a request.
    pub fn differ(&self, request: &GatewayRequest) -> Option<Difference> {
        let (oracle, simulator) = (self.oracle.answer(request), self.simulate(request));
        (oracle != simulator).then(|| Difference::Answer {
            request: Box::new(request.clone()),
            oracle: Box::new(oracle),
            simulator: Box::new(simulator),
        })
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Outcome { ingress, oracle, translator } => {
                writeln!(f, "{ingress}\n  contract:   {oracle}\n  translator: {translator}")
            }
            Self::Refused(why) => writeln!(f, "Envoy would refuse the Proxy: {why}"),
            Self::Answer { request, oracle, simulator } => {
                writeln!(f, "{request}\n  contract: {oracle}\n  proxy:    {simulator}")
            }
        }
    }
}
