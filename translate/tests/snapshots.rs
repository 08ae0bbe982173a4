//! Snapshots of a folder of manifests, as a controller of one's own has them: the lines of `guide/snapshots.md`.
#![allow(clippy::unwrap_used, reason = "a test stops where its assumption fails")]

use std::fs;
use std::path::Path;

use k8s_openapi::api::core::v1::Service;
use k8s_openapi::jiff::Timestamp;
use knative_gloo_manifests::{Limits, read, to_yaml};
use knative_gloo_translate::{Options, Readiness, Services, Translation, translate};
use knative_ingress_model::{GatewayAddresses, Ingress, Time};

/// The Ingresses and Services of a file.
fn objects(path: &Path) -> (Vec<Ingress>, Vec<Service>) {
    let (mut ingresses, mut services) = (Vec::new(), Vec::new());
    for document in read(&path.to_string_lossy(), &fs::read(path).unwrap(), &Limits::default()) {
        let document = document.unwrap();
        match document.kind() {
            "Ingress" => ingresses.push(document.parse().unwrap()),
            _ => services.push(document.parse().unwrap()),
        }
    }
    (ingresses, services)
}

fn translation(ingresses: &[Ingress], services: &[Service]) -> Translation {
    translate(ingresses, &Options::default().with_services(services.iter().collect::<Services>()))
}

#[test]
fn translations_of_a_directory() {
    insta::glob!("snapshots/*.in.yaml", |path| {
        let (ingresses, services) = objects(path);
        let translation = translation(&ingresses, &services);
        insta::assert_snapshot!("translation", to_yaml(&translation).unwrap());
    });
}

/// What a controller would write into the status of each Ingress.
#[test]
fn statuses_of_a_directory() {
    let gateways = GatewayAddresses::internal("external.example.com", "internal.example.com");
    let now = Time(Timestamp::constant(1_767_225_600, 0));
    insta::glob!("snapshots/*.in.yaml", |path| {
        let (ingresses, services) = objects(path);
        let translation = translation(&ingresses, &services);
        let both = ingresses.iter().zip(&translation.reports);
        let statuses =
            both.map(|(ingress, report)| report.status(ingress, Readiness::Serving(&gateways), &now));
        insta::assert_snapshot!("statuses", to_yaml(&statuses.collect::<Vec<_>>()).unwrap());
    });
}
