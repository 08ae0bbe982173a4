//! The Envoy configuration against what the real Gloo made of the same Proxies. Where Gloo reports errors it must be equal too:
//! such a Proxy is served all the same.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::Path;

use knative_gloo_conformance::checks::recordings::{EnvoyConfigRecording, GlooVerdict};
use knative_gloo_conformance::envoy_config::{self, TlsSecret};
use serde_json::Value;

/// Leaves out the filter that only Solo's own build of Envoy has: the one difference.
fn without_solos_filter(value: &mut Value) {
    match value {
        Value::Array(items) => {
            items.retain(|item| item.get("name").is_none_or(|name| name != "io.solo.transformation"));
            items.iter_mut().for_each(without_solos_filter);
        }
        Value::Object(fields) => fields.values_mut().for_each(without_solos_filter),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Proves that listeners, routes, clusters and reports equal Gloo's in all recordings.
#[test]
fn envoy_config_equals_every_recording() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/recorded/lower");
    let recordings = EnvoyConfigRecording::all(&directory).unwrap();
    assert_eq!(recordings.len(), 79, "recorded Envoy configurations");
    let certificate = TlsSecret {
        certificate: "CERTIFICATE".to_owned(),
        private_key: "PRIVATE KEY".to_owned(),
        root_ca: None,
        ocsp_staple: None,
    };
    let mut differences = Vec::new();
    for (name, recording) in recordings {
        let config = envoy_config::build(&recording.proxy, &recording.environment(&certificate));
        let mut listeners = Value::Array(recording.listeners);
        without_solos_filter(&mut listeners);
        let mut compare = |what: &str, ours: String, gloos: String| {
            if ours != gloos {
                differences.push(format!("{name}: {what}\n   ours: {ours}\n  Gloo's: {gloos}"));
            }
        };
        compare("listeners", Value::Array(config.listeners).to_string(), listeners.to_string());
        compare(
            "routes",
            Value::Array(config.routes).to_string(),
            Value::Array(recording.routes).to_string(),
        );
        compare(
            "clusters",
            Value::Array(config.clusters).to_string(),
            Value::Array(recording.clusters).to_string(),
        );
        compare(
            "reports",
            format!("{:?}", GlooVerdict::of(&config.reports)),
            format!("{:?}", recording.gloo),
        );
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
