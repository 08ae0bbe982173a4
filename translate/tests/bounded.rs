//! What one Ingress may cost: the bytes that it fills of a Proxy, and what is said of it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test stops where its assumption fails"
)]

use gloo_proxy_model::ListenerType;
use knative_gloo_translate::{ClassFilter, Code, Gateway, IngressReport, Options, Outcome, translate};
use knative_ingress_model::Ingress;
use serde_json::{Value, json};

fn options() -> Options {
    Options::default().with_class(ClassFilter::Any)
}

fn ingress(spec: &Value) -> Ingress {
    let object = json!({"metadata": {"name": "shop", "namespace": "team-a"}, "spec": spec});
    Ingress::from_json(object.to_string().as_bytes()).unwrap()
}

fn report(ingress: &Ingress, options: &Options) -> IngressReport {
    translate([ingress], options).reports.remove(0)
}

/// Bytes of the larger Proxy.
fn bytes(ingress: &Ingress, options: &Options) -> usize {
    let translation = translate([ingress], options);
    Gateway::ALL.map(|gateway| translation.proxy(gateway).size().plain).into_iter().max().unwrap()
}

fn split(revision: &str) -> Value {
    json!([{"serviceNamespace": "team-a", "serviceName": revision, "servicePort": 80, "percent": 100, "appendHeaders": {
        "Knative-Serving-Revision": revision, "Knative-Serving-Namespace": "team-a"}}])
}

/// What Knative Serving writes for a service with `count` tags that are routed by header too, all of it with certificates.
fn service_with_tags(count: usize) -> Ingress {
    let revision = |tag: usize| format!("checkout-service-{tag:05}");
    let tags: Vec<usize> = (0..count).collect();
    let mut by_header: Vec<Value> = tags
        .iter()
        .map(|tag| {
            let wanted = json!({"Knative-Serving-Tag": {"exact": format!("tag-{tag}")}});
            json!({"headers": wanted, "splits": split(&revision(*tag))})
        })
        .collect();
    by_header.push(json!({"appendHeaders": {"Knative-Serving-Default-Route": "true"}, "splits": split(&revision(count))}));
    let rules = |name: &str, paths: &Value| {
        let inside = ["", ".svc", ".svc.cluster.local"].map(|end| format!("{name}.team-a{end}"));
        let outside = [format!("{name}.team-a.apps.example.com")];
        [
            json!({"hosts": inside, "visibility": "ClusterLocal", "http": {"paths": paths}}),
            json!({"hosts": outside, "visibility": "ExternalIP", "http": {"paths": paths}}),
        ]
    };
    let mut all = rules("checkout-service", &Value::Array(by_header)).to_vec();
    for tag in tags {
        let paths = json!([{"appendHeaders": {"Knative-Serving-Tag": format!("tag-{tag}")}, "splits": split(&revision(tag))}]);
        all.extend(rules(&format!("tag-{tag}-checkout-service"), &paths));
    }
    ingress(&json!({"rules": all, "tls": [{"secretName": "all", "secretNamespace": "team-a"}]}))
}

/// The limit is far above what Knative writes for a service with a hundred tags. Printed for the guide.
#[test]
fn service_with_a_hundred_tags_is_within_the_output_limit() {
    let service = service_with_tags(100);
    let size = bytes(&service, &options());
    println!("a hundred tags: {size} bytes");
    let report = report(&service, &options());
    assert_eq!(report.outcome, Outcome::Translated, "{report}");
    assert!(size > 100_000 && size < options().max_output_bytes * 3 / 4, "{size}");
}

/// An Ingress of 42 kB that would fill most of what etcd takes for a Proxy is refused, and another's stays as it is.
#[test]
fn ingress_with_amplified_output_is_rejected() {
    let count = 110;
    let rules: Vec<Value> = (0..count)
        .map(|rule: usize| {
            let hosts: Vec<String> = (rule..count).map(|host| format!("h{host}.x")).collect();
            let split = json!([{"serviceNamespace": "team-a", "serviceName": "s", "servicePort": 80}]);
            json!({"hosts": hosts, "visibility": "ClusterLocal", "http": {"paths": [{"splits": split}]}})
        })
        .collect();
    let large = ingress(&json!({"rules": rules}));
    assert!(serde_json::to_vec(&large).unwrap().len() < 90_000);
    let unlimited = options().with_max_output_bytes(usize::MAX);
    assert!(bytes(&large, &unlimited) > 1_000_000, "{}", bytes(&large, &unlimited));
    let mut other = service_with_tags(1);
    other.metadata.name = Some("other".to_owned());
    let alone = translate([&other], &options());
    let both = translate([&large, &other], &options());
    let report = both.reports.iter().find(|report| report.ingress == large.reference()).unwrap();
    // All that is left of it are its hosts, which nobody is served on.
    let names: Vec<&str> = report.reserved.iter().map(|served| served.virtual_host.name.as_str()).collect();
    for (mut now, was) in [(both.external.clone(), &alone.external), (both.internal.clone(), &alone.internal)]
    {
        for listener in &mut now.spec.listeners {
            let Some(ListenerType::Http(http)) = &mut listener.listener_type else {
                panic!("{}", listener.name)
            };
            http.virtual_hosts.retain(|host| !names.contains(&host.name.as_str()));
        }
        assert_eq!(&now, was);
    }
    assert_eq!((report.outcome, report.diagnostics[0].code), (Outcome::Rejected, Code::OutputTooLarge));
}

/// However many faults there are, a hundred are told, each in a line of bounded length, and how many more there are.
#[test]
fn diagnostics_of_an_ingress_are_limited() {
    let long = "9".repeat(300_000);
    let paths: Vec<Value> = (0..4_000)
        .map(|number| {
            let split = |percent: usize| json!({"serviceNamespace": "team-a", "serviceName": "s", "servicePort": 80, "percent": percent});
            json!({"splits": [split(number % 50), split(number / 80)]})
        })
        .collect();
    let split = json!([{"serviceNamespace": "team-a", "serviceName": "s", "servicePort": 80}]);
    let path = |field: &str, value: Value| {
        let mut path = json!({"splits": split});
        path[field] = value;
        json!({"rules": [{"hosts": ["a.example.com"], "http": {"paths": [path]}}]})
    };
    let of_split = |field: &str| {
        let mut splits = split.clone();
        splits[0][field] = json!(long);
        path("splits", splits)
    };
    let hosts: Vec<String> = (0..5_000).map(|number| format!("a_{number}.example.com")).collect();
    let good: Vec<String> = (0..300).map(|number| format!("a{number}.example.com")).collect();
    let mut unknown = path("path", json!("/"));
    for number in 0..3_000 {
        unknown[format!("x{number}")] = json!(1);
    }
    unknown[&long] = json!(1);
    let specs = [
        json!({"rules": [{"hosts": ["a.example.com"], "http": {"paths": paths}}]}),
        json!({"rules": [{"hosts": hosts, "http": {"paths": [{"splits": split}]}}]}),
        json!({"rules": [{"hosts": [long], "http": {"paths": [{"splits": split}]}}]}),
        json!({"rules": [{"hosts": good, "http": {"paths": [{"splits": split}]}}], "httpOption": "Redirected",
               "tls": [{"hosts": ["a0.example.com"], "secretName": "s", "secretNamespace": "team-a"}]}),
        json!({"rules": [{"hosts": ["a.example.com"], "visibility": long, "http": {"paths": [{"splits": split}]}}], "httpOption": long}),
        path("path", json!(format!("//{long}"))),
        path("rewriteHost", json!(long)),
        path("headers", json!({long.clone(): {"exact": long}})),
        path("appendHeaders", json!({long.clone(): long})),
        of_split("servicePort"),
        of_split("serviceName"),
        of_split("serviceNamespace"),
        unknown,
    ];
    for spec in &specs {
        let report = report(&ingress(spec), &options());
        assert!(!report.diagnostics.is_empty());
        assert!(report.diagnostics.len() <= 101, "{}", report.diagnostics.len());
        for diagnostic in &report.diagnostics {
            assert!(diagnostic.path.len() + diagnostic.message.len() < 2_000, "{diagnostic}");
        }
        let more = report.diagnostics.last().unwrap();
        assert_eq!(more.code == Code::MoreDiagnostics, report.diagnostics.len() > 100);
    }
    let report = report(&ingress(&specs[1]), &options());
    assert_eq!(report.diagnostics[100].message, "4900 more errors and 0 more warnings are not shown");
}

/// A domain lost to another Ingress is told before other warnings, however many there are: the status depends on it.
#[test]
fn domain_conflicts_are_reported_first() {
    let split = json!([{"serviceNamespace": "team-a", "serviceName": "s", "servicePort": 80}]);
    let mut spec = json!({"rules": [{"hosts": ["a.example.com"], "http": {"paths": [{"splits": split}]}}]});
    let mut owner = ingress(&spec);
    owner.metadata.name = Some("owner".to_owned());
    for number in 0..300 {
        spec[format!("x{number}")] = json!(1);
    }
    let translation = translate([&owner, &ingress(&spec)], &options());
    let lost = &translation.reports[1].diagnostics;
    assert_eq!((lost[0].code, lost.len()), (Code::DomainConflict, 101));
}

/// A number or a word of a megabyte that can't be read is not quoted whole either.
#[test]
fn parse_errors_truncate_the_input() {
    let long = "9".repeat(1_500_000);
    for fragment in [
        format!(r#"{{"splits": [{{"percent": {long}}}]}}"#),
        format!(r#"{{"splits": [{{"servicePort": {long}}}]}}"#),
        format!(r#"{{"splits": [{{"percent": "{long}"}}]}}"#),
        format!(r#"{{"timeout": "{long}"}}"#),
        format!(r#"{{"timeout": {long}}}"#),
        format!(r#"{{"retries": {{"attempts": {long}}}}}"#),
        format!(r#"{{"retries": {{"perTryTimeout": "{long}h"}}}}"#),
        format!(r#"{{"path": {long}}}"#),
        format!(r#"{{"headers": "{long}"}}"#),
    ] {
        let object = format!(r#"{{"spec": {{"rules": [{{"http": {{"paths": [{fragment}]}}}}]}}}}"#);
        match Ingress::from_json(object.as_bytes()) {
            Ok(ingress) => {
                for diagnostic in report(&ingress, &options()).diagnostics {
                    assert!(diagnostic.to_string().len() < 2_000);
                }
            }
            Err(error) => assert!(error.to_string().len() < 2_000, "{}", error.to_string().len()),
        }
    }
}
