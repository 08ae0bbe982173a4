//! The first mistakes of those who are new here: what they are told names the field and says what to do.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where its assumption fails")]

mod support;

use knative_gloo_manifests::ManifestError;
use knative_gloo_manifests::snapshots::{Failures, Input, Mode, Snapshots};
use knative_gloo_translate::{ClassFilter, Options, Services, translate};
use knative_ingress_model::Ingress;
use serde::Serialize;

/// What both ways in say.
#[derive(Serialize)]
struct Told {
    /// The reports of the library, with its default options.
    library: Vec<String>,
    /// Standard error of the command, which takes every class unless it is told otherwise.
    command: Vec<String>,
}

fn inputs() -> Snapshots {
    let is_regenerated = std::env::var_os("INSTA_UPDATE").is_some_and(|value| value == "force");
    Snapshots::of("tests/cli_errors")
        .made_by("the answers to first mistakes", "cargo xtask regenerate")
        .with_mode(if is_regenerated { Mode::Regenerate } else { Mode::Compare })
}

fn ingresses(input: &Input) -> Result<Vec<Ingress>, ManifestError> {
    input.documents().into_iter().map(|document| document?.parse()).collect()
}

fn reports(input: &Input, options: &Options) -> Vec<String> {
    let ingresses = ingresses(input).unwrap();
    translate(&ingresses, options).reports.iter().map(ToString::to_string).collect()
}

fn stderr(input: &Input) -> Vec<String> {
    support::run(&["translate", "-"], input.bytes()).stderr.lines().map(str::to_owned).collect()
}

#[test]
fn mistakes_are_answered_with_what_to_do() -> Result<(), Failures> {
    inputs().check(|input| {
        let told = Told { library: reports(input, &Options::default()), command: stderr(input) };
        Ok::<_, ManifestError>(told)
    })
}

/// What the messages advise is enough.
#[test]
fn who_does_what_is_said_is_told_no_more() {
    for input in inputs().inputs().unwrap() {
        let options = match input.name() {
            "no-class-annotation" => Options::default().with_class(ClassFilter::Any),
            "wrong-cluster-domain" => Options::default().with_cluster_domain("corp.internal"),
            "named-port-without-services" => Options::default().with_services(services()),
            other => panic!("{other}: what does it advise?"),
        };
        assert_eq!(reports(&input, &options), ["translated: team-a/shop"], "{}", input.name());
    }
}

fn services() -> Services {
    let service = serde_json::json!({
        "metadata": {"name": "shop-00001", "namespace": "team-a"},
        "spec": {"ports": [{"name": "http", "port": 8012}]},
    });
    [&serde_json::from_value(service).unwrap()].into_iter().collect()
}

/// YAML given to what reads JSON. What the message advises reads the same bytes.
#[test]
fn yaml_is_told_from_json() {
    for input in inputs().inputs().unwrap() {
        assert_eq!(
            Ingress::from_json(input.bytes()).unwrap_err().to_string(),
            "not JSON: expected value (an object starts with `{`; the crate knative-gloo-manifests reads YAML) at line 1 column 1"
        );
        assert_eq!(ingresses(&input).unwrap().len(), 1);
    }
}
