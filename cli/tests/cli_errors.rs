//! The first mistakes of those who are new here: what they are told names the field and says what to do.
//! `cargo xtask regenerate` writes the snapshots anew.
#![allow(clippy::unwrap_used, reason = "a test stops where its assumption fails")]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use knative_gloo_manifests::{Limits, read, to_yaml};
use knative_gloo_translate::{ClassFilter, Options, Services, translate};
use knative_ingress_model::Ingress;
use serde::Serialize;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli_errors");
const INPUT: &str = ".in.yaml";

/// What both ways in say.
#[derive(Serialize)]
struct Told {
    /// The reports of the library, with its default options.
    library: Vec<String>,
    /// Standard error of the command, which takes every class unless it is told otherwise.
    command: Vec<String>,
}

/// One of `tests/cli_errors`.
struct Mistake {
    name: &'static str,
    bytes: Vec<u8>,
}

impl Mistake {
    fn of(name: &'static str) -> Self {
        Self { name, bytes: fs::read(Path::new(FOLDER).join(format!("{name}{INPUT}"))).unwrap() }
    }

    fn ingresses(&self) -> Vec<Ingress> {
        let documents = read(self.name, &self.bytes, &Limits::default());
        documents.map(|document| document.unwrap().parse().unwrap()).collect()
    }

    fn reports(&self, options: &Options) -> Vec<String> {
        translate(self.ingresses(), options).reports.iter().map(ToString::to_string).collect()
    }

    /// What it gives is what its snapshot says; what the messages advise is enough.
    fn is_answered(&self, advised: &Options) {
        let stderr = support::run(&["translate", "-"], &self.bytes).stderr;
        let told = Told {
            library: self.reports(&Options::default()),
            command: stderr.lines().map(str::to_owned).collect(),
        };
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path("cli_errors");
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.set_input_file(Path::new(FOLDER).join(format!("{}{INPUT}", self.name)));
        settings.bind(|| {
            insta::assert_snapshot!(format!("{}.out.yaml", self.name), to_yaml(&told).unwrap());
        });
        assert_eq!(self.reports(advised), ["translated: team-a/shop"]);
    }
}

#[test]
fn no_class_annotation() {
    Mistake::of("no-class-annotation").is_answered(&Options::default().with_class(ClassFilter::Any));
}

#[test]
fn wrong_cluster_domain() {
    Mistake::of("wrong-cluster-domain").is_answered(&Options::default().with_cluster_domain("corp.internal"));
}

#[test]
fn named_port_without_services() {
    let service = serde_json::json!({
        "metadata": {"name": "shop-00001", "namespace": "team-a"},
        "spec": {"ports": [{"name": "http", "port": 8012}]},
    });
    let services: Services = [&serde_json::from_value(service).unwrap()].into_iter().collect();
    Mistake::of("named-port-without-services").is_answered(&Options::default().with_services(services));
}

/// No mistake lies there without a test.
#[test]
fn every_error_fixture_has_a_test() {
    let files = fs::read_dir(FOLDER).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let inputs: BTreeSet<String> =
        files.filter_map(|file| Some(file.strip_suffix(INPUT)?.replace('-', "_"))).collect();
    let tests =
        include_str!("cli_errors.rs").lines().filter_map(|line| line.strip_prefix("fn ")?.split_once("() {"));
    let tests: BTreeSet<String> = tests.map(|(name, _)| name.to_owned()).collect();
    assert!(inputs.len() > 2);
    assert!(inputs.is_subset(&tests), "{inputs:?} {tests:?}");
}

/// YAML given to what reads JSON. What the message advises reads the same bytes.
#[test]
fn yaml_and_json_are_distinguished() {
    let mistake = Mistake::of("no-class-annotation");
    assert_eq!(
        Ingress::from_json(&mistake.bytes).unwrap_err().to_string(),
        "invalid JSON at line 1, column 1: expected value (an object starts with `{`; the crate knative-gloo-manifests reads YAML)"
    );
    assert_eq!(mistake.ingresses().len(), 1);
}
