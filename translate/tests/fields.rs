//! No field of an Ingress is lost silently: each is in the output, or has a diagnostic, in every dialect.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where its assumption fails"
)]

use std::collections::BTreeMap;

use knative_gloo_translate::{
    ClassFilter, Code, Dialect, IngressReport, Options, Outcome, Services, Severity, Translation, Translator,
    translate,
};
use knative_ingress_model::{
    GoDuration, HeaderMatch, Headers, HttpIngressPath, HttpIngressRuleValue, HttpOption, HttpRetry, Ingress,
    IngressBackendSplit, IngressKind, IngressRule, IngressSpec, IngressStatus, IngressTls, IntOrString,
    ObjectMeta, UnknownFields, Visibility,
};
use serde_json::{Value, json};

fn headers(name: &str, value: &str) -> Headers {
    Headers::from([(name.to_owned(), value.to_owned())])
}

/// An Ingress with every field set. Written without `..Default::default()`: a new field of the model stops the build
/// here, and once it is set the tests below ask what became of it.
fn whole(visibility: Visibility, spec_visibility: Visibility) -> Ingress {
    let split = |name: &str, percent| IngressBackendSplit {
        service_namespace: "team-a".to_owned(),
        service_name: name.to_owned(),
        service_port: IntOrString::Int(80),
        percent,
        append_headers: headers("X-Split", name),
        unknown: UnknownFields::default(),
    };
    let path = HttpIngressPath {
        path: "/shop".to_owned(),
        rewrite_host: "shop.team-a.svc.cluster.local".to_owned(),
        headers: Headers::from([(
            "Knative-Serving-Tag".to_owned(),
            HeaderMatch { exact: "canary".to_owned(), unknown: UnknownFields::default() },
        )]),
        splits: Some(vec![split("shop-1", 90), split("shop-2", 10)]),
        append_headers: headers("X-Path", "a"),
        timeout: Some(GoDuration::from_secs(600)),
        retries: Some(HttpRetry {
            attempts: 3,
            per_try_timeout: Some(GoDuration::from_secs(60)),
            unknown: UnknownFields::default(),
        }),
        unknown: UnknownFields::default(),
    };
    let rule = |visibility, host: &str| IngressRule {
        hosts: vec![host.to_owned()],
        visibility,
        http: Some(HttpIngressRuleValue {
            paths: Some(vec![path.clone()]),
            unknown: UnknownFields::default(),
        }),
        unknown: UnknownFields::default(),
    };
    Ingress {
        kind: IngressKind::Ingress,
        metadata: ObjectMeta {
            name: Some("shop".to_owned()),
            namespace: Some("team-a".to_owned()),
            annotations: Some(BTreeMap::from([
                ("networking.knative.dev/ingress.class".to_owned(), ClassFilter::GLOO.to_owned()),
                ("gloo.networking.knative.dev/ssl.secret_name".to_owned(), "annotated".to_owned()),
                ("gloo.networking.knative.dev/ssl.secret_namespace".to_owned(), "team-a".to_owned()),
                ("gloo.networking.knative.dev/ssl.sni_domains".to_owned(), "b.example.com".to_owned()),
            ])),
            ..ObjectMeta::default()
        },
        spec: IngressSpec {
            generation: 5,
            tls: vec![IngressTls {
                hosts: vec!["a.example.com".to_owned()],
                secret_name: "cert".to_owned(),
                secret_namespace: "team-a".to_owned(),
                server_certificate: "own.crt".to_owned(),
                private_key: "own.key".to_owned(),
                unknown: UnknownFields::default(),
            }],
            rules: vec![
                rule(Some(visibility), "a.example.com"),
                rule(None, "b.example.com"),
                rule(None, "c.example.com"),
            ],
            visibility: Some(spec_visibility),
            http_option: Some(HttpOption::Redirected),
            unknown: UnknownFields::default(),
        },
        status: IngressStatus::default(),
        unknown: UnknownFields::default(),
    }
}

/// The places of everything below `value` that is no object or list.
fn leaves(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            fields
                .iter()
                .for_each(|(name, value)| leaves(value, &format!("{at}/{}", name.replace('/', "~1")), found));
        }
        Value::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(index, value)| leaves(value, &format!("{at}/{index}"), found));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => found.push(at.to_owned()),
    }
}

/// `value` without what stands at `pointer`.
fn without(value: &Value, pointer: &str) -> Value {
    let mut value = value.clone();
    let (parent, last) = pointer.rsplit_once('/').unwrap();
    match value.pointer_mut(parent).unwrap() {
        Value::Object(fields) => drop(fields.remove(&last.replace("~1", "/"))),
        Value::Array(items) => drop(items.remove(last.parse().unwrap())),
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => {
            panic!("{other} has no {last}")
        }
    }
    value
}

fn translated(value: &Value, dialect: Dialect) -> Translation {
    let options = Options::default().with_dialect(dialect).with_class(ClassFilter::named(ClassFilter::GLOO));
    translate([&Ingress::from_value(value).unwrap()], &options)
}

/// Whether a diagnostic says of the field, or of what it is part of, that it is left out.
fn is_reported_as_left_out(translation: &Translation, pointer: &str) -> bool {
    let path = pointer.split('/').skip(1).fold(String::new(), |path, part| match part.parse::<usize>() {
        Ok(index) => format!("{path}[{index}]"),
        Err(_) if path.is_empty() => part.to_owned(),
        Err(_) => format!("{path}.{part}"),
    });
    translation.reports[0].diagnostics.iter().any(|diagnostic| {
        matches!(diagnostic.code, Code::IgnoredByDialect | Code::SkippedCertificate)
            && path.starts_with(&diagnostic.path)
    })
}

/// Fields that say what is true without them, where a dialect has no need to speak of them. Each with the rule.
const SAID_ANYWAY: &[(&str, Option<Dialect>, &str)] = &[
    (
        "/metadata/annotations/gloo.networking.knative.dev~1ssl.secret_namespace",
        None,
        "the Ingress's own namespace is the default",
    ),
    ("/spec/tls/0/secretNamespace", Some(Dialect::Gloo1_22), "the Ingress's own namespace is the default"),
    ("/spec/generation", Some(Dialect::Gloo1_3), "January 2020's own counter; it asks for nothing"),
    ("/spec/generation", Some(Dialect::Gloo1_22), "January 2020's own counter; it asks for nothing"),
];

#[test]
fn every_field_is_carried_or_reported() {
    let examples: Vec<Value> = [
        (Visibility::ClusterLocal, Visibility::ClusterLocal),
        (Visibility::ClusterLocal, Visibility::ExternalIp),
        (Visibility::ExternalIp, Visibility::ClusterLocal),
        (Visibility::ExternalIp, Visibility::ExternalIp),
    ]
    .into_iter()
    .map(|(rule, spec)| serde_json::to_value(whole(rule, spec)).unwrap())
    .collect();
    let mut fields = Vec::new();
    leaves(&examples[0]["spec"], "/spec", &mut fields);
    leaves(&examples[0]["metadata"], "/metadata", &mut fields);
    assert!(fields.len() > 50, "{fields:?}");
    for dialect in Dialect::ALL {
        for field in &fields {
            let matters = examples.iter().any(|example| {
                let whole = translated(example, dialect);
                is_reported_as_left_out(&whole, field)
                    || whole != translated(&without(example, field), dialect)
            });
            let is_said_anyway =
                SAID_ANYWAY.iter().any(|(known, of, _)| known == field && of.is_none_or(|of| of == dialect));
            assert_ne!(matters, is_said_anyway, "{dialect}: {field} changes nothing and has no diagnostic");
        }
    }
}

#[test]
fn every_unknown_field_is_reported_with_its_path() {
    let example = serde_json::to_value(whole(Visibility::ExternalIp, Visibility::ExternalIp)).unwrap();
    for (pointer, path) in [
        ("", "typo"),
        ("/spec", "spec.typo"),
        ("/spec/tls/0", "spec.tls[0].typo"),
        ("/spec/rules/0", "spec.rules[0].typo"),
        ("/spec/rules/1/http", "spec.rules[1].http.typo"),
        ("/spec/rules/0/http/paths/0", "spec.rules[0].http.paths[0].typo"),
        ("/spec/rules/0/http/paths/0/retries", "spec.rules[0].http.paths[0].retries.typo"),
        ("/spec/rules/0/http/paths/0/splits/1", "spec.rules[0].http.paths[0].splits[1].typo"),
        (
            "/spec/rules/0/http/paths/0/headers/Knative-Serving-Tag",
            "spec.rules[0].http.paths[0].headers[Knative-Serving-Tag].typo",
        ),
    ] {
        let mut value = example.clone();
        value.pointer_mut(pointer).unwrap()["typo"] = json!(1);
        let translation = translated(&value, Dialect::Knative);
        let found = translation.reports[0]
            .diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.code == Code::UnknownField)
            .map(|diagnostic| (diagnostic.severity, diagnostic.path.as_str()))
            .collect::<Vec<_>>();
        assert_eq!(found, [(Severity::Warning, path)]);
    }
}

/// What is read and can do nothing, as it is written.
#[test]
fn value_without_effect_is_reported_with_its_path() {
    let example = serde_json::to_value(whole(Visibility::ExternalIp, Visibility::ExternalIp)).unwrap();
    for (pointer, changed, code, path) in [
        (
            "/metadata/annotations",
            json!({
                "networking.knative.dev/ingress.class": ClassFilter::GLOO,
                "gloo.networking.knative.dev/ssl.secretName": "annotated",
            }),
            Code::UnknownField,
            "metadata.annotations[gloo.networking.knative.dev/ssl.secretName]",
        ),
        (
            "/spec/rules/0/http/paths/0/headers/Knative-Serving-Tag/exact",
            json!(" canary"),
            Code::UnreachableRoute,
            "spec.rules[0].http.paths[0].headers[Knative-Serving-Tag].exact",
        ),
        (
            "/spec/rules/0/http/paths/0/retries/attempts",
            json!(0),
            Code::ObsoleteField,
            "spec.rules[0].http.paths[0].retries.perTryTimeout",
        ),
    ] {
        let mut value = example.clone();
        *value.pointer_mut(pointer).unwrap() = changed;
        let translation = translated(&value, Dialect::Knative);
        let is_said = |report: &IngressReport| {
            report.outcome == Outcome::Translated
                && report.diagnostics.iter().any(|found| (found.code, found.path.as_str()) == (code, path))
        };
        assert!(is_said(&translation.reports[0]), "{:?}", translation.reports[0].diagnostics);
        // Nor is it forgotten where the Ingress is looked at again.
        let mut translator = Translator::new(Options::default());
        translator.apply(&Ingress::from_value(&value).unwrap());
        translator.set_services(Services::new());
        let report = translator.report(&translation.reports[0].ingress).unwrap();
        assert!(is_said(&report), "{:?}", report.diagnostics);
    }
}
