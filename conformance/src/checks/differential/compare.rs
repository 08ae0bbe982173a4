use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use gloo_proxy_model::{ListenerType, Proxy};
use knative_gloo_translate::{Gateway, Options, Translation, translate};
use knative_ingress_model::{Ingress, IngressRef};

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
        let too_large = too_large(&case.ingresses, &options);
        let oracle = Oracle::new(&case.ingresses, case.services.as_deref(), &options, &too_large);
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

/// The Ingresses that come to more bytes than the options allow, each measured alone and without that limit. With the default
/// limit, of which nothing that is explored comes near, there are none.
fn too_large(ingresses: &[Ingress], options: &Options) -> BTreeSet<IngressRef> {
    let most = options.max_output_bytes;
    if most == Options::default().max_output_bytes {
        return BTreeSet::new();
    }
    let options = options.clone().with_max_output_bytes(usize::MAX);
    let is_too_large = |ingress: &Ingress| {
        let alone = translate([ingress], &options);
        Gateway::ALL.into_iter().any(|gateway| output_bytes(alone.proxy(gateway)) > most)
    };
    let latest: BTreeMap<IngressRef, &Ingress> =
        ingresses.iter().map(|ingress| (ingress.reference(), ingress)).collect();
    latest.into_iter().filter(|(_, ingress)| is_too_large(ingress)).map(|(reference, _)| reference).collect()
}

/// Bytes of the virtual hosts and of the TLS configurations of a Proxy, each with a comma.
pub fn output_bytes(proxy: &Proxy) -> usize {
    let listeners = proxy.spec.listeners.iter();
    let sizes = listeners.flat_map(|listener| {
        let hosts = match &listener.listener_type {
            Some(ListenerType::Http(http)) => http.virtual_hosts.as_slice(),
            _ => &[],
        };
        let hosts = hosts.iter().map(|host| host.json_size());
        hosts.chain(listener.ssl_configurations.iter().map(|config| config.json_size()))
    });
    sizes.map(|bytes| bytes.saturating_add(1)).fold(0, usize::saturating_add)
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
