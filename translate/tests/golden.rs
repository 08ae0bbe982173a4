//! Golden fixtures: `fixtures/*/NAME.in.yaml`, read as the command line reads them, give exactly `NAME.out.yaml`.
//!
//! `REGENERATE=1 cargo test -p knative-gloo-translate --test golden` writes them anew, to be reviewed as a diff.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test stops where its assumption fails"
)]

#[allow(dead_code, reason = "the command line's way out is not used here")]
#[path = "../examples/translate/cli/mod.rs"]
mod cli;

use cli::input::Input;
use cli::options::TranslateOptions;
use gloo_proxy_model::Proxy;
use knative_gloo_manifests::{Limits, to_yaml};
use knative_gloo_translate::{Dialect, Gateway, IngressReport, Options, Scheme, Translation, translate};
use knative_ingress_model::{Ingress, IngressRef};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const REGENERATE: &str = "REGENERATE=1 cargo test -p knative-gloo-translate --test golden";

#[test]
fn translate_fixtures_give_their_outputs() {
    check_outputs("translate", |fixture| {
        let mut sections = Sections::default();
        for dialect in fixture.dialects.clone() {
            let Translation { external, internal, reports, .. } = fixture.translate(dialect);
            let reports = reports.iter().map(Report::of).collect();
            sections.0.push((dialect, Section { proxies: Some(Proxies { external, internal }), reports }));
        }
        sections
    });
}

#[test]
fn the_knative_dialect_gives_nothing_that_gloo_or_envoy_refuses() {
    let mut wrong = Vec::new();
    for input in inputs("translate") {
        let fixture = Fixture::load(&input);
        let limit = fixture.options.clone().into_options().regex_max_program_size;
        let limits = gloo_proxy_model::Limits::default().with_max_program_size(limit);
        let translation = fixture.translate(Dialect::Knative);
        for gateway in Gateway::ALL {
            for violation in translation.proxy(gateway).validate_with(&limits) {
                wrong.push(format!("{}: the {gateway} Proxy: {violation}", fixture.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The outputs show the reports alone: that neighbours are untouched is shown by the next test.
#[test]
fn poison_fixtures_give_their_reports() {
    check_outputs("poison", |fixture| {
        let mut sections = Sections::default();
        for dialect in fixture.dialects.clone() {
            let reports = fixture.translate(dialect).reports.iter().map(Report::of).collect();
            sections.0.push((dialect, Section { proxies: None, reports }));
        }
        sections
    });
}

#[test]
fn poison_leaves_its_neighbours_untouched() {
    let neighbours = [("healthy-a", "one"), ("healthy-b", "two")];
    let is_neighbour = |reference: &IngressRef| {
        neighbours
            .iter()
            .any(|(namespace, name)| reference.namespace == *namespace && reference.name == *name)
    };
    let inputs = inputs("poison");
    assert!(!inputs.is_empty());
    let mut wrong = Vec::new();
    for input in inputs {
        let fixture = Fixture::load(&input);
        let name = fixture.name.clone();
        let alone = Fixture {
            ingresses: fixture.ingresses.iter().filter(|i| is_neighbour(&i.reference())).cloned().collect(),
            ..Fixture::load(&input)
        };
        assert_eq!(alone.ingresses.len(), neighbours.len(), "{name}: both neighbours are there");
        let (with, without) = (fixture.translate(Dialect::Knative), alone.translate(Dialect::Knative));
        for (gateway, proxy, proxy_alone) in [
            (Gateway::External, &with.external, &without.external),
            (Gateway::Internal, &with.internal, &without.internal),
        ] {
            for violation in proxy.validate() {
                wrong.push(format!("{name}: the {gateway} Proxy: {violation}"));
            }
            let all = virtual_hosts(proxy);
            for (key, text) in virtual_hosts(proxy_alone) {
                if all.get(&key) != Some(&text) {
                    wrong.push(format!("{name}: {gateway} {key} is {:?} instead of {text}", all.get(&key)));
                }
            }
            let certificates = certificates(proxy);
            for certificate in self::certificates(proxy_alone) {
                if !certificates.contains(&certificate) {
                    wrong.push(format!("{name}: {gateway} lacks the certificate {certificate}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Listener and name of each virtual host, with its bytes.
fn virtual_hosts(proxy: &Proxy) -> BTreeMap<String, String> {
    let proxy = serde_json::to_value(proxy).unwrap();
    let mut found = BTreeMap::new();
    for listener in proxy["spec"]["listeners"].as_array().into_iter().flatten() {
        let name = listener["name"].as_str().unwrap();
        for host in listener["httpListener"]["virtualHosts"].as_array().into_iter().flatten() {
            let key = format!("{name}: {}", host["name"].as_str().unwrap());
            assert_eq!(found.insert(key, host.to_string()), None, "names of virtual hosts are unique");
        }
    }
    found
}

fn certificates(proxy: &Proxy) -> Vec<String> {
    let proxy = serde_json::to_value(proxy).unwrap();
    let listeners = proxy["spec"]["listeners"].as_array().cloned().unwrap_or_default();
    listeners
        .iter()
        .flat_map(|listener| listener["sslConfigurations"].as_array().cloned().unwrap_or_default())
        .map(|certificate: Value| certificate.to_string())
        .collect()
}

/// One `NAME.in.yaml`.
struct Fixture {
    name: String,
    options: TranslateOptions,
    dialects: Vec<Dialect>,
    ingresses: Vec<Ingress>,
    services: Vec<k8s_openapi::api::core::v1::Service>,
}

impl Fixture {
    fn load(path: &Path) -> Self {
        let name = path.file_name().unwrap().to_str().unwrap().strip_suffix(".in.yaml").unwrap().to_owned();
        let mut input = Input::default();
        input.add(&path.display().to_string(), &fs::read(path).unwrap(), &Limits::default());
        let Input { ingresses, services, options, errors, warnings, .. } = input;
        assert!(errors.is_empty(), "{}", errors.join("\n"));
        for warning in warnings {
            assert!(warning.contains(" replaces the one of "), "{warning}");
        }
        let options = options.unwrap_or_default();
        let dialects =
            options.dialect.clone().map_or_else(|| vec![Dialect::default()], |dialects| dialects.all());
        Fixture { name, options, dialects, ingresses, services }
    }

    fn translate(&self, dialect: Dialect) -> Translation {
        let mut options: Options = self.options.clone().into_options().with_dialect(dialect);
        if !self.services.is_empty() {
            options = options.with_services(self.services.iter().collect());
        }
        translate(&self.ingresses, &options)
    }
}

/// What an output shows, a section for each dialect in the order in which the input names them.
#[derive(Default)]
struct Sections(Vec<(Dialect, Section)>);

impl Serialize for Sections {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(dialect, section)| (dialect.as_str(), section)))
    }
}

#[derive(Serialize)]
struct Section {
    #[serde(flatten)]
    proxies: Option<Proxies>,
    reports: Vec<Report>,
}

#[derive(Serialize)]
struct Proxies {
    external: Proxy,
    internal: Proxy,
}

#[derive(Serialize)]
struct Report {
    ingress: String,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    served: Vec<Served>,
    #[serde(skip_serializing_if = "Option::is_none")]
    probe_hash: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    diagnostics: Vec<Diagnostic>,
}

#[derive(Serialize)]
struct Served {
    by: String,
    domains: Vec<String>,
}

#[derive(Serialize)]
struct Diagnostic {
    severity: &'static str,
    code: &'static str,
    path: String,
    message: String,
}

impl Report {
    fn of(report: &IngressReport) -> Self {
        let IngressReport { ingress, outcome, served: _, probe_hash, diagnostics, .. } = report;
        let mut served = Vec::new();
        for gateway in Gateway::ALL {
            for scheme in Scheme::ALL {
                let domains: Vec<String> = report.domains(gateway, scheme).map(str::to_owned).collect();
                if !domains.is_empty() {
                    served.push(Served { by: format!("{gateway} {scheme}"), domains });
                }
            }
        }
        let diagnostics =
            diagnostics.iter().map(|knative_gloo_translate::Diagnostic { severity, code, path, message }| {
                let (severity, code) = (severity.as_str(), code.as_str());
                Diagnostic { severity, code, path: path.clone(), message: message.clone() }
            });
        Report {
            ingress: ingress.to_string(),
            outcome: outcome.as_str(),
            served,
            probe_hash: probe_hash.clone(),
            diagnostics: diagnostics.collect(),
        }
    }
}

/// Compares, or with `REGENERATE=1` writes, the output of every input of `fixtures/{folder}`.
fn check_outputs(folder: &str, output: impl Fn(&Fixture) -> Sections) {
    let regenerate = std::env::var_os("REGENERATE").is_some_and(|value| value == "1");
    let inputs = inputs(folder);
    assert!(!inputs.is_empty(), "fixtures/{folder} has inputs");
    let mut wrong = Vec::new();
    for input in &inputs {
        let fixture = Fixture::load(input);
        let body = to_yaml(&output(&fixture)).unwrap();
        let expected = format!(
            "# Made from {}.in.yaml by the translation. To make it anew: {REGENERATE}\n{body}",
            fixture.name
        );
        let path = input.with_file_name(format!("{}.out.yaml", fixture.name));
        let current = fs::read_to_string(&path).unwrap_or_default();
        if current == expected {
            continue;
        }
        if regenerate {
            fs::write(&path, expected).unwrap();
        } else {
            let line = 1 + current.lines().zip(expected.lines()).take_while(|(a, b)| a == b).count();
            let (was, is) = (current.lines().nth(line - 1), expected.lines().nth(line - 1));
            wrong.push(format!("{}:{line}: {was:?} became {is:?}", path.display()));
        }
    }
    for path in files(folder, ".out.yaml") {
        let input = path.to_str().unwrap().replace(".out.yaml", ".in.yaml");
        if !Path::new(&input).exists() {
            wrong.push(format!("{}: has no input {input}; delete it", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}\nTo make the outputs anew: {REGENERATE}", wrong.join("\n"));
}

fn inputs(folder: &str) -> Vec<PathBuf> {
    files(folder, ".in.yaml")
}

fn files(folder: &str, suffix: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures").join(folder);
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_str().is_some_and(|path| path.ends_with(suffix)))
        .collect();
    files.sort();
    files
}
