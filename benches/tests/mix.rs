//! What the generated Ingresses are like.

#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    reason = "a test stops where its assumption fails"
)]

use benches::mix::Mix;
use knative_gloo_translate::{Code, Options, Outcome, Services, translate};
use knative_ingress_model::Ingress;

const COUNT: usize = 4_000;

fn mean(total: usize) -> f64 {
    total as f64 / COUNT as f64
}

#[test]
fn generated_ingresses_have_realistic_sizes() {
    let ingresses = Mix::default().ingresses(COUNT);
    let bytes = mean(ingresses.iter().map(|ingress| serde_json::to_vec(ingress).unwrap().len()).sum());
    let rules = mean(ingresses.iter().map(|ingress| ingress.spec.rules.len()).sum());
    assert!((bytes - 1700.0).abs() <= 0.05 * 1700.0, "{bytes} bytes");
    assert!((rules - 2.2).abs() <= 0.05 * 2.2, "{rules} rules");
}

#[test]
fn generated_ingresses_depend_only_on_seed_and_number() {
    let mix = Mix::default();
    let all = mix.ingresses(50);
    assert_eq!(all[..20], mix.ingresses(20)[..]);
    assert_eq!(all, Mix::default().ingresses(50));
    assert_ne!(all, Mix { seed: 1, ..mix }.ingresses(50));
}

#[test]
fn generated_ingresses_round_trip() {
    let mix = Mix { managed: 500, reported: 500, ..Mix::default() };
    for ingress in mix.ingresses(200) {
        let json = serde_json::to_vec(&ingress).unwrap();
        assert_eq!(Ingress::from_json(&json).unwrap(), ingress);
    }
}

#[test]
fn generated_ingresses_are_valid() {
    let mix = Mix::default();
    let ingresses = mix.ingresses(COUNT);
    let services: Services = mix.services(COUNT).into_iter().collect();
    for options in [Options::default(), Options::default().with_services(services)] {
        for report in translate(&ingresses, &options).reports {
            assert_eq!(
                (report.outcome, report.diagnostics.as_slice()),
                (Outcome::Translated, [].as_slice()),
                "{report}"
            );
        }
    }
}

#[test]
fn generated_domain_conflicts_have_the_requested_count() {
    let mix = Mix { conflicting: 20, ..Mix::default() };
    let reports = translate(mix.ingresses(COUNT), &Options::default()).reports;
    let losers = reports
        .iter()
        .filter(|report| report.diagnostics.iter().any(|diagnostic| diagnostic.code == Code::DomainConflict));
    let share = mean(losers.count());
    assert!((share - 0.02).abs() < 0.01, "{share}");
}

#[test]
fn generated_shapes_have_the_requested_shares() {
    // The draws are independent, so three standard deviations of 4,000 draws are at most 2.4 in 100.
    let with = |mix: Mix, is: fn(&Ingress) -> bool| {
        mean(mix.ingresses(COUNT).iter().filter(|ingress| is(ingress)).count())
    };
    let near = |share: f64, wanted: f64| assert!((share - wanted).abs() < 0.024, "{share} for {wanted}");
    let base = || Mix { mapped: 0, private: 0, ..Mix::default() };
    near(with(Mix { mapped: 300, ..base() }, |ingress| ingress.name().starts_with("www.")), 0.3);
    near(with(Mix { of_2020: 300, ..base() }, |ingress| ingress.spec.visibility.is_some()), 0.3);
    near(with(Mix { tls: 300, ..base() }, |ingress| !ingress.spec.tls.is_empty()), 0.3);
    near(with(Mix { tagged: 300, of_2020: 0, ..base() }, |ingress| ingress.spec.rules.len() > 2), 0.3);
    near(
        with(Mix { private: 300, of_2020: 0, tagged: 0, ..base() }, |ingress| ingress.spec.rules.len() == 1),
        0.3,
    );
    near(with(Mix { managed: 300, ..base() }, |ingress| ingress.metadata.managed_fields.is_some()), 0.3);
    near(with(Mix { reported: 300, ..base() }, |ingress| !ingress.status.conditions.is_empty()), 0.3);
}
