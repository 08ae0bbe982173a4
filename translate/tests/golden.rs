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

use gloo_proxy_model::Proxy;
use knative_gloo_manifests::Limits;
use knative_gloo_manifests::snapshots::{Failures, Input, Snapshots};
use knative_gloo_translate::{
    ClassFilter, Dialect, Gateway, IngressReport, Options, OptionsDocument, Translation, translate,
};
use knative_ingress_model::{Ingress, IngressRef};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

fn snapshots(folder: &str) -> Snapshots {
    Snapshots::of(format!("../fixtures/{folder}"))
        .made_by("the translation", "REGENERATE=1 cargo test -p knative-gloo-translate --test golden")
}

#[test]
fn translate_fixtures_give_their_outputs() -> Result<(), Failures> {
    snapshots("translate")
        .check(|input| Ok::<_, String>(Fixture::load(input)?.in_each_dialect(|whole| whole)))
}

#[test]
fn the_knative_dialect_gives_nothing_that_gloo_or_envoy_refuses() {
    let mut wrong = Vec::new();
    for fixture in fixtures("translate") {
        let limit = fixture.options().regex_max_program_size;
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

/// Of two objects of one name the later counts; that is the one order that matters.
#[test]
fn the_order_of_the_objects_does_not_matter() {
    let mut wrong = Vec::new();
    for mut fixture in ["translate", "poison"].into_iter().flat_map(fixtures) {
        let latest: BTreeMap<_, _> =
            fixture.ingresses.into_iter().map(|ingress| (ingress.reference(), ingress)).collect();
        fixture.ingresses = latest.into_values().collect();
        for dialect in fixture.dialects.clone() {
            let expected = fixture.translate(dialect);
            for _direction in 0..2 {
                fixture.ingresses.reverse();
                for turn in 0..fixture.ingresses.len().min(8) {
                    fixture.ingresses.rotate_left(1);
                    if fixture.translate(dialect) != expected {
                        wrong.push(format!("{} ({dialect}), turned by {}", fixture.name, turn + 1));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The outputs show the reports alone: that neighbours are untouched is shown by the next test.
#[test]
fn poison_fixtures_give_their_reports() -> Result<(), Failures> {
    snapshots("poison").check(|input| {
        let reports = |Translation { reports, .. }| Reports { reports };
        Ok::<_, String>(Fixture::load(input)?.in_each_dialect(reports))
    })
}

#[test]
fn poison_leaves_its_neighbours_untouched() {
    let neighbours = [("healthy-a", "one"), ("healthy-b", "two")];
    let is_neighbour = |reference: &IngressRef| {
        neighbours
            .iter()
            .any(|(namespace, name)| reference.namespace == *namespace && reference.name == *name)
    };
    let mut wrong = Vec::new();
    for fixture in fixtures("poison") {
        let name = fixture.name.clone();
        let alone = Fixture {
            ingresses: fixture.ingresses.iter().filter(|i| is_neighbour(&i.reference())).cloned().collect(),
            ..fixture.clone()
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

/// Every input of `fixtures/{folder}`.
fn fixtures(folder: &str) -> Vec<Fixture> {
    let inputs = snapshots(folder).inputs().unwrap();
    inputs.iter().map(|input| Fixture::load(input).unwrap()).collect()
}

/// One `NAME.in.yaml`.
#[derive(Clone)]
struct Fixture {
    name: String,
    options: OptionsDocument,
    dialects: Vec<Dialect>,
    ingresses: Vec<Ingress>,
    services: Vec<k8s_openapi::api::core::v1::Service>,
}

impl Fixture {
    /// Reads it as the command line does.
    fn load(input: &Input) -> Result<Self, String> {
        let mut read = cli::input::Input::default();
        read.add(&input.path().display().to_string(), input.bytes(), &Limits::default());
        let cli::input::Input { ingresses, services, options, mut errors, warnings, .. } = read;
        errors.extend(warnings.into_iter().filter(|warning| !warning.contains(" replaces the one of ")));
        if !errors.is_empty() {
            return Err(errors.join("\n"));
        }
        let options = options.unwrap_or_default();
        let dialects =
            if options.dialects.is_empty() { vec![Dialect::default()] } else { options.dialects.clone() };
        Ok(Fixture { name: input.name().to_owned(), options, dialects, ingresses, services })
    }

    /// As the command line takes it: of any class unless one is named.
    fn options(&self) -> Options {
        self.options.clone().over(Options::default().with_class(ClassFilter::Any))
    }

    fn translate(&self, dialect: Dialect) -> Translation {
        let mut options = self.options().with_dialect(dialect);
        if !self.services.is_empty() {
            options = options.with_services(self.services.iter().collect());
        }
        translate(&self.ingresses, &options)
    }

    /// What an output shows of each dialect, in the order in which the input names them.
    fn in_each_dialect<T>(&self, shown: impl Fn(Translation) -> T) -> Sections<T> {
        Sections(self.dialects.iter().map(|dialect| (*dialect, shown(self.translate(*dialect)))).collect())
    }
}

struct Sections<T>(Vec<(Dialect, T)>);

impl<T: Serialize> Serialize for Sections<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(dialect, section)| (dialect.as_str(), section)))
    }
}

#[derive(Serialize)]
struct Reports {
    reports: Vec<IngressReport>,
}
