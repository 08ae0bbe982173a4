use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use gloo_proxy_model::ValidationLimits;
use knative_gloo_translate::{Dialect, Gateway, IngressReport, Options, Services, Translation, translate};
use knative_ingress_model::IngressRef;

use super::{Cluster, ClusterError};
use crate::envoy_config::{self, ConfigReport};
use crate::testbed::envoy::{EnvoyGateway, Verdict};

/// The controller: the only one that talks to the gateways.
pub(super) struct Controller {
    options: Options,
    external: EnvoyGateway,
    internal: EnvoyGateway,
}

/// What the last look at the cluster came to.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// The version of the cluster's objects that it was about.
    pub(super) version: i64,
    /// What was translated.
    pub translation: Option<Arc<Translation>>,
    /// What Gloo has against the Proxies, and what Envoy said to them.
    pub gateways: BTreeMap<Gateway, GatewayOutcome>,
}

/// What became of one Proxy.
#[derive(Clone, Debug, PartialEq)]
pub struct GatewayOutcome {
    /// Gloo's errors and warnings.
    pub reports: Vec<ConfigReport>,
    /// Envoy's verdict.
    pub verdict: Verdict,
}

impl Outcome {
    /// The report on one Ingress.
    pub fn report(&self, ingress: &IngressRef) -> Option<&IngressReport> {
        let translation = self.translation.as_ref()?;
        translation.reports.iter().find(|report| report.ingress == *ingress)
    }

    /// Why a gateway keeps its old routes, if one does.
    pub fn refusal(&self) -> Option<String> {
        self.gateways.iter().find_map(|(gateway, outcome)| match &outcome.verdict {
            Verdict::Accepted => None,
            Verdict::Rejected(reason) => {
                Some(format!("the {gateway} gateway refuses its configuration: {reason}"))
            }
        })
    }
}

impl Controller {
    pub(super) fn new(options: Options, external: EnvoyGateway, internal: EnvoyGateway) -> Self {
        Self { options, external, internal }
    }

    pub(super) fn set_options(&mut self, options: Options) {
        let Options { dialect, probe, .. } = self.options;
        self.options = options.with_dialect(dialect).with_probe(probe);
    }
}

impl Cluster {
    /// Brings the gateways up to date with the objects as they are now, or later.
    pub(super) async fn reconcile(&self) -> Result<(), ClusterError> {
        let wanted = self.state().version;
        let mut controller = self.controller.lock().await;
        if self.outcome().version >= wanted {
            return Ok(());
        }
        let (state, environment) = {
            let state = self.state();
            (state.clone(), state.environment())
        };
        let services: Services = state.services.values().map(|exposed| &exposed.service).collect();
        let options = controller.options.clone().with_services(services);
        let translation = translate(state.ingresses.values(), &options);
        let limits = ValidationLimits::default().with_max_program_size(options.regex_max_program_size);
        let Controller { external, internal, .. } = &mut *controller;
        let mut gateways = BTreeMap::new();
        for (gateway, envoy) in [(Gateway::External, external), (Gateway::Internal, internal)] {
            let proxy = translation.proxy(gateway);
            if options.dialect == Dialect::Knative {
                let violations = proxy.validate_with(&limits);
                if let Some(violation) = violations.first() {
                    return Err(ClusterError::InvalidProxy(format!("{gateway}: {violation}")));
                }
            }
            let config = envoy_config::build(proxy, &environment);
            let verdict = envoy.push(&config).await?;
            gateways.insert(gateway, GatewayOutcome { reports: config.reports, verdict });
        }
        *self.outcome.lock().unwrap_or_else(PoisonError::into_inner) =
            Outcome { version: state.version, translation: Some(Arc::new(translation)), gateways };
        Ok(())
    }
}
