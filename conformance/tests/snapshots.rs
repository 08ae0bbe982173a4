//! Golden files as a controller of one's own has them: of the translation, and of something made from it.
#![allow(clippy::unwrap_used, reason = "a test stops where its assumption fails")]

use k8s_openapi::jiff::Timestamp;
use knative_gloo_conformance::snapshots::{Failures, Mode, Objects, Snapshots, Unusable, translations};
use knative_gloo_translate::{Options, Readiness};
use knative_ingress_model::{GatewayAddresses, Time};

#[test]
fn the_translations_of_a_folder() -> Result<(), Failures> {
    translations("tests/snapshots/translations", &Options::default())
}

/// What a controller would write into the status of each Ingress.
#[test]
fn the_statuses_of_a_folder() -> Result<(), Failures> {
    let gateways = GatewayAddresses::internal("external.example.com", "internal.example.com");
    let now = Time(Timestamp::constant(1_767_225_600, 0));
    Snapshots::of("tests/snapshots/statuses").check(|input| {
        let objects = Objects::of(input)?;
        let translation = objects.translate(&Options::default());
        let both = objects.ingresses.iter().zip(&translation.reports);
        let statuses =
            both.map(|(ingress, report)| report.status(ingress, Readiness::Serving(&gateways), &now));
        Ok::<_, Unusable>(statuses.collect::<Vec<_>>())
    })
}

/// Every document that can't be used is named, and what is neither Ingress nor Service is not lost.
#[test]
fn what_cannot_be_used_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let (ill, other) = (folder.path().join("ill.in.yaml"), folder.path().join("other.in.yaml"));
    let ingress = "apiVersion: networking.internal.knative.dev/v1alpha1\nkind: Ingress\nspec: {rules: 5}\n";
    let service = "apiVersion: v1\nkind: Service\nspec: {ports: [{port: http}]}\n";
    std::fs::write(&ill, format!("{ingress}---\n{service}")).unwrap();
    std::fs::write(&other, "apiVersion: v1\nkind: ConfigMap\n").unwrap();
    let (ill, other) = (ill.display(), other.display());
    let failures = translations(folder.path(), &Options::default()).unwrap_err();
    let told = failures.to_string();
    for start in [
        format!("{ill}: document 1, line 3: spec.rules: "),
        format!("{ill}: document 2, line 7: spec.ports[0].port: "),
        format!("{other}: document 1, line 1: ConfigMap of v1 is not an Ingress of Knative or a Service"),
    ] {
        assert!(told.lines().any(|line| line.starts_with(&start)), "{start}\n{told}");
    }
    assert_eq!(failures.failures.len(), 2, "{told}");
    let kept = Snapshots::of(folder.path()).with_mode(Mode::Compare).inputs().unwrap();
    let kinds: Vec<_> =
        Objects::of(&kept[1]).unwrap().others.iter().map(|other| other.kind().to_owned()).collect();
    assert_eq!(kinds, ["ConfigMap"]);
}
