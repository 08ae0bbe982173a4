//! The verdicts of the real Envoy on the recorded Proxies.

use std::path::Path;
use std::sync::Arc;

use knative_gloo_conformance::checks::recordings::EnvoyConfigRecording;
use knative_gloo_conformance::envoy_config;
use knative_gloo_conformance::testbed::backend::Certificate;
use knative_gloo_conformance::testbed::envoy::{self, Verdict};
use libtest_mimic::{Failed, Trial};
use tokio::runtime::Runtime;

/// Proves of each recording that the real Envoy gives our configuration the verdict that it gave Gloo's.
pub(crate) fn trials(runtime: &Arc<Runtime>) -> Vec<Trial> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/recorded/lower");
    let certificate = Certificate::for_names(&["one.example.com".to_owned()]).unwrap();
    let trial = |(name, recording): (String, EnvoyConfigRecording)| {
        let (runtime, secret) = (Arc::clone(runtime), certificate.secret.clone());
        Trial::test(format!("recording/{name}"), move || {
            let config = envoy_config::build(&recording.proxy, &recording.environment(&secret));
            let bootstrap = envoy::standalone(&config.listeners, &config.routes, &config.clusters);
            let verdict = runtime.block_on(envoy::validate(super::binary()?, &bootstrap))?;
            match (verdict, recording.envoy_accepts) {
                (Verdict::Accepted, true) | (Verdict::Rejected(_), false) => Ok(()),
                (Verdict::Accepted, false) => Err(Failed::from("Envoy accepts what it refused from Gloo")),
                (Verdict::Rejected(reason), true) => Err(Failed::from(reason)),
            }
        })
    };
    EnvoyConfigRecording::all(&directory).unwrap().into_iter().map(trial).collect()
}
