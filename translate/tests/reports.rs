//! What translations, reports and changes say: in text, and compared with each other.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops where its assumption fails")]

use k8s_openapi::api::core::v1::Service;
use knative_gloo_translate::{
    Change, ClassFilter, Code, Gateway, Gateways, IngressReport, Options, Outcome, ProbeVerdict, Severity,
    Translator, translate,
};
use knative_ingress_model::{HttpOption, Ingress};
use serde_json::{Value, json};

/// An Ingress of team-a with these rules.
fn ingress(name: &str, rules: Value) -> Ingress {
    let object = json!({"metadata": {"name": name, "namespace": "team-a"}, "spec": {"rules": rules}});
    Ingress::from_value(&object).unwrap()
}

/// A rule for these hosts and paths.
fn rule(hosts: &[&str], paths: &[&str]) -> Value {
    let split =
        json!({"serviceNamespace": "team-a", "serviceName": "shop", "servicePort": 80, "percent": 100});
    let paths: Vec<Value> = paths.iter().map(|path| json!({"path": path, "splits": [split]})).collect();
    json!({"hosts": hosts, "http": {"paths": paths}})
}

fn shop() -> Ingress {
    ingress("shop", json!([rule(&["shop.example.com"], &["/a", "/b"])]))
}

fn options() -> Options {
    Options::default().with_class(ClassFilter::Any)
}

fn report(ingress: &Ingress, options: &Options) -> IngressReport {
    translate([ingress], options).reports.remove(0)
}

#[test]
fn gateways_are_a_set() {
    let all = [Gateways::NONE, Gateways::INTERNAL, Gateways::EXTERNAL, Gateways::BOTH];
    for a in all {
        assert_eq!(a.is_empty(), a.iter().next().is_none());
        assert_eq!(
            a.iter().collect::<Vec<_>>(),
            Gateway::ALL.into_iter().filter(|one| a.contains(*one)).collect::<Vec<_>>()
        );
        for b in all {
            for gateway in Gateway::ALL {
                let (in_a, in_b) = (a.contains(gateway), b.contains(gateway));
                assert_eq!(a.union(b).contains(gateway), in_a || in_b, "{a} {b}");
                assert_eq!(a.intersection(b).contains(gateway), in_a && in_b, "{a} {b}");
                assert_eq!(a.without(b).contains(gateway), in_a && !in_b, "{a} {b}");
            }
        }
    }
    assert_eq!(
        all.map(|gateways| gateways.to_string()),
        ["no", "internal", "external", "external and internal"]
    );
}

#[test]
fn report_is_a_line_for_each_diagnostic_or_for_the_outcome() {
    assert_eq!(report(&shop(), &options()).to_string(), "translated: team-a/shop");
    assert_eq!(
        [Outcome::Translated, Outcome::Rejected, Outcome::Skipped].map(|outcome| outcome.to_string()),
        ["translated", "rejected", "skipped"]
    );
    assert_eq!(
        [Severity::Error, Severity::Warning, Severity::Info].map(|severity| severity.to_string()),
        ["error", "warning", "info"]
    );

    let mut wrong = ingress("shop\n", json!([rule(&["shop.example.com"], &["/a"])]));
    wrong.spec.http_option = Some(HttpOption::Unknown("x".to_owned()));
    let report = report(&wrong, &options());
    assert!(report.diagnostics.len() > 1);
    let lines = report.diagnostics.iter().map(|diagnostic| {
        let (severity, path) = (diagnostic.severity, &diagnostic.path);
        format!(r"{severity}: team-a/shop\n: {path}: {} [{}]", diagnostic.message, diagnostic.code)
    });
    assert_eq!(report.to_string(), lines.collect::<Vec<_>>().join("\n"));
}

#[test]
fn translation_tells_whether_an_ingress_is_rejected() {
    let mut wrong = ingress("wrong", json!([rule(&["wrong.example.com"], &["/a"])]));
    wrong.spec.http_option = Some(HttpOption::Unknown("x".to_owned()));
    assert!(!translate([&shop()], &options()).has_rejected());
    assert!(translate([&shop(), &wrong], &options()).has_rejected());
}

#[test]
fn verdicts_have_words() {
    let verdicts = [ProbeVerdict::Served, ProbeVerdict::NotYet, ProbeVerdict::WrongHash];
    let words = ["served", "not served yet", "another version is served"];
    assert_eq!(verdicts.map(|verdict| verdict.to_string()), words);
    assert_eq!(verdicts.map(ProbeVerdict::as_str), words);
}

/// With probes the routes are there twice: first the prober's.
#[test]
fn routes_come_from_paths() {
    let places = |ingress: &Ingress, options: &Options| {
        let served = report(ingress, options).served.remove(0);
        let sources = (0..served.virtual_host.routes.len()).map(|route| served.sources.get(route).unwrap());
        sources.map(|source| source.to_string()).collect::<Vec<_>>()
    };
    let [a, b] = ["spec.rules[0].http.paths[0]", "spec.rules[0].http.paths[1]"];
    assert_eq!(places(&shop(), &options()), [a, b]);
    assert_eq!(places(&shop(), &options().with_probe(true)), [a, b, a, b]);
    // Two rules share the host.
    let shared =
        ingress("shop", json!([rule(&["a.example.com"], &["/a"]), rule(&["a.example.com"], &["/b"])]));
    let mut of_both = places(&shared, &options());
    of_both.sort();
    assert_eq!(of_both, [a, "spec.rules[1].http.paths[0]"]);
}

#[test]
fn served_hosts_are_equal_if_all_of_them_is() {
    let served = |ingress: &Ingress| report(ingress, &options()).served.remove(0);
    let one = served(&shop());
    assert_eq!(one, served(&shop()));
    let mut other = one.clone();
    other.gateways = Gateways::NONE;
    assert_ne!(one, other);
    let mut other = one.clone();
    other.virtual_host =
        served(&ingress("other", json!([rule(&["b.example.com"], &["/a", "/b"])]))).virtual_host;
    assert_ne!(one, other);
    let mut other = one.clone();
    let two = ingress("shop", json!([rule(&["a.example.com"], &["/a"]), rule(&["b.example.com"], &["/a"])]));
    let of_two = report(&two, &options()).served;
    assert_ne!(of_two[0].sources, of_two[1].sources);
    other.sources = of_two[1].sources.clone();
    assert_ne!(one, other);
}

#[test]
fn change_is_empty_if_all_of_it_is() {
    let mut translator = Translator::new(options());
    assert!(translator.is_empty());
    let change = translator.apply(&shop());
    assert!(!translator.is_empty());
    assert!(Change::default().is_empty() && !change.is_empty());
    assert!(translator.apply(&shop()).is_empty());
    let removal = translator.remove(&shop().reference());
    let parts: [fn(&mut Change, &Change, &Change); 4] = [
        |part, removal, _| part.external = removal.external.clone(),
        |part, removal, _| part.internal = removal.internal.clone(),
        |part, removal, _| part.removed = removal.removed.clone(),
        |part, _, addition| part.reports = addition.reports.clone(),
    ];
    for set in parts {
        let mut part = Change::default();
        set(&mut part, &removal, &change);
        assert!(!part.is_empty());
    }
}

/// A port that the Service does not have is told.
#[test]
fn port_that_the_service_does_not_have_is_reported() {
    for (port, is_known) in [(80, true), (81, false)] {
        let service =
            json!({"metadata": {"name": "shop", "namespace": "team-a"}, "spec": {"ports": [{"port": port}]}});
        let service: Service = serde_json::from_value(service).unwrap();
        let report = report(&shop(), &options().with_services([&service].into_iter().collect()));
        assert_eq!(report.diagnostics.is_empty(), is_known, "{report}");
        assert!(
            report.diagnostics.iter().all(|diagnostic| diagnostic.code == Code::ServiceNotFound),
            "{report}"
        );
    }
}
