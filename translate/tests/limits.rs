//! What stands at a limit passes, and one more does not.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test stops where its assumption fails"
)]

use gloo_proxy_model::{Listener, ListenerType, Proxy};
use k8s_openapi::api::core::v1::Service;
use knative_gloo_translate::{ClassFilter, Code, Dialect, Gateway, Options, Outcome, Severity, translate};
use knative_ingress_model::{
    GoDuration, HeaderMatch, HttpIngressPath, HttpIngressRuleValue, HttpOption, Ingress, IngressBackendSplit,
    IngressRule, IngressTls, Visibility,
};
use serde_json::{Value, json};

/// An Ingress whose only backend has this port.
fn with_port(port: &Value) -> Ingress {
    let split =
        json!({"serviceNamespace": "team-a", "serviceName": "shop", "servicePort": port, "percent": 100});
    let rule = json!({"hosts": ["a.example.com"], "http": {"paths": [{"splits": [split]}]}});
    let ingress = json!({"metadata": {"name": "shop", "namespace": "team-a"}, "spec": {"rules": [rule]}});
    Ingress::from_value(&ingress).unwrap()
}

/// The codes of the errors of an Ingress, one of each gateway once.
fn errors(ingress: &Ingress, options: &Options) -> Vec<Code> {
    let report = translate([ingress], options).reports.remove(0);
    let errors = report.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
    let mut errors: Vec<Code> = errors.map(|diagnostic| diagnostic.code).collect();
    errors.dedup();
    assert_eq!(errors.is_empty(), report.outcome == Outcome::Translated, "{report}");
    errors
}

/// A port is a number from 1 to 65535, as such or as text, or the name of one, of at most 63 characters.
#[test]
fn ports() {
    let (longest, longer) = ("p".repeat(63), "p".repeat(64));
    let service = json!({"metadata": {"name": "shop", "namespace": "team-a"}, "spec": {"ports": [
        {"name": longest, "port": 80}, {"name": longer, "port": 81}, {"name": "zero", "port": 0}, {"port": 65_535},
    ]}});
    let service: Service = serde_json::from_value(service).unwrap();
    let options =
        Options::default().with_class(ClassFilter::Any).with_services([&service].into_iter().collect());
    for good in [json!(1), json!("1"), json!(65_535), json!("65535"), json!(longest)] {
        assert_eq!(errors(&with_port(&good), &options), [], "{good}");
    }
    for bad in
        [json!("0"), json!(65_536), json!("65536"), json!(-1), json!("-1"), json!(longer), json!("zero")]
    {
        assert_eq!(errors(&with_port(&bad), &options), [Code::InvalidPort], "{bad}");
    }
}

/// An Ingress whose only path is changed.
fn with_path(change: impl FnOnce(&mut HttpIngressPath)) -> Ingress {
    let mut ingress = with_port(&json!(80));
    change(&mut ingress.spec.rules[0].http.as_mut().unwrap().paths.as_mut().unwrap()[0]);
    ingress
}

/// A value is at most 16,384 bytes: to set with each `%` counted twice, to match as it stands. A path sets at most 999 headers.
#[test]
fn header_values_and_counts() {
    let options = Options::default().with_class(ClassFilter::Any);
    let set = |value: String| with_path(|path| path.append_headers = [("X".to_owned(), value)].into());
    let matched = |exact: String| {
        let wanted = HeaderMatch { exact, ..HeaderMatch::default() };
        with_path(|path| path.headers = [("X".to_owned(), wanted)].into())
    };
    let many = |count: usize| {
        let headers = (0..count).map(|number| (format!("X-{number}"), "x".to_owned()));
        with_path(|path| path.append_headers = headers.collect())
    };
    for good in [set("x".repeat(16_384)), set("%".repeat(8_192)), matched("%".repeat(16_384)), many(999)] {
        assert_eq!(errors(&good, &options), []);
    }
    for bad in [set("x".repeat(16_385)), set(format!("x{}", "%".repeat(8_192))), matched("x".repeat(16_385))]
    {
        assert_eq!(errors(&bad, &options), [Code::InvalidHeaderValue]);
    }
    assert_eq!(errors(&many(1_000), &options), [Code::TooManyHeaders]);
}

/// A timeout is at most as long as Envoy can count, and at least a millisecond, to which a shorter one is rounded up.
#[test]
fn timeouts() {
    let options = Options::default().with_class(ClassFilter::Any);
    let with_timeout = |nanos: i64| with_path(|path| path.timeout = Some(GoDuration::from_nanos(nanos)));
    let longest = 9_223_372_035_999_999_999;
    assert_eq!(errors(&with_timeout(longest), &options), []);
    assert_eq!(errors(&with_timeout(longest + 1), &options), [Code::InvalidTimeout]);
    for (nanos, is_rounded) in [(0, false), (1, true), (999_999, true), (1_000_000, false)] {
        let report = translate([&with_timeout(nanos)], &options).reports.remove(0);
        let rounded = report.diagnostics.iter().any(|diagnostic| diagnostic.code == Code::RoundedTimeout);
        assert_eq!(rounded, is_rounded, "{nanos}");
    }
}

/// The dialects of Gloo's own translator check nothing, the size of the output included.
#[test]
fn dialects_that_check_nothing_have_no_limit_of_bytes() {
    for dialect in [Dialect::Gloo1_3, Dialect::Gloo1_22] {
        let options = Options::default().with_class(ClassFilter::Any).with_dialect(dialect);
        assert_eq!(errors(&with_port(&json!(80)), &options.with_max_output_bytes(1)), []);
    }
}

/// A rejected Ingress reserves its hosts below another's wildcard if these, four times with 24 bytes for each, fit into the limit.
#[test]
fn bytes_of_reserved_hosts() {
    let with_hosts = |name: &str, hosts: Vec<String>| {
        let mut ingress = with_port(&json!(80));
        ingress.metadata.name = Some(name.to_owned());
        ingress.spec.rules[0].hosts = hosts;
        ingress
    };
    let wildcard = with_hosts("wildcard", vec!["*.example.com".to_owned()]);
    let hosts: Vec<String> = (10..40).map(|number| format!("{number}.example.com")).collect();
    let needed = hosts.iter().map(|host| host.len() * 4 + 24).sum::<usize>();
    let mut rejected = with_hosts("shop", hosts);
    rejected.spec.http_option = Some(HttpOption::Unknown("x".to_owned()));
    for (limit, reserves) in [(needed - 1, false), (needed, true), (needed + 1, true)] {
        let options = Options::default().with_class(ClassFilter::Any).with_max_output_bytes(limit);
        let translation = translate([&rejected, &wildcard], &options);
        let outcomes: Vec<Outcome> = translation.reports.iter().map(|report| report.outcome).collect();
        assert_eq!(outcomes, [Outcome::Rejected, Outcome::Translated]);
        let proxy = serde_json::to_string(translation.proxy(Gateway::External)).unwrap();
        assert_eq!(proxy.contains("team-a.shop-reserved"), reserves, "{limit}");
    }
}

/// Bytes of the virtual hosts and certificates of a Proxy, each with a comma.
fn bytes(proxy: &Proxy) -> usize {
    let of = |listener: &Listener| {
        let Some(ListenerType::Http(http)) = &listener.listener_type else { panic!("{listener:?}") };
        let hosts = http.virtual_hosts.iter().map(|host| host.json_size() + 1);
        let certificates = listener.ssl_configurations.iter().map(|config| config.json_size() + 1);
        hosts.chain(certificates).sum::<usize>()
    };
    proxy.spec.listeners.iter().map(of).sum()
}

/// So many headers, whose values become six times as long in JSON.
fn headers<T: FromIterator<(String, String)>>(count: usize) -> T {
    (0..count).map(|number| (format!("X-{number}"), "<".repeat(5_000))).collect()
}

/// An Ingress of which one thing is much, and that has nothing else of any size.
fn shapes() -> Vec<(&'static str, Ingress)> {
    let many = |change: &dyn Fn(&mut Vec<IngressRule>)| {
        let mut ingress = with_port(&json!(80));
        change(&mut ingress.spec.rules);
        ingress
    };
    let first = |change: &dyn Fn(&mut HttpIngressPath)| {
        many(&|rules| change(&mut rules[0].http.as_mut().unwrap().paths.as_mut().unwrap()[0]))
    };
    let hosts = |count: usize| (0..count).map(|number| format!("{number}.example.com")).collect::<Vec<_>>();
    let mut certificates = many(&|rules| rules[0].hosts = hosts(50));
    certificates.spec.tls.extend(hosts(50).into_iter().enumerate().map(|(number, host)| IngressTls {
        hosts: vec![host],
        secret_name: format!("cert-{number}"),
        secret_namespace: "team-a".to_owned(),
        ..IngressTls::default()
    }));
    let mut same_certificate = certificates.clone();
    for tls in &mut same_certificate.spec.tls {
        tls.secret_name = "cert".to_owned();
    }
    let mut named = with_port(&json!(80));
    named.metadata.name = Some("n".repeat(253));
    vec![
        ("one of each", with_port(&json!(80))),
        ("names", named),
        ("hosts", many(&|rules| rules[0].hosts = hosts(200))),
        (
            "rules",
            many(&|rules| {
                *rules = hosts(50)
                    .into_iter()
                    .map(|host| IngressRule { hosts: vec![host], ..rules[0].clone() })
                    .collect();
            }),
        ),
        (
            "paths",
            many(&|rules| {
                let paths = rules[0].http.as_mut().unwrap().paths.as_mut().unwrap();
                let path = |number: usize| HttpIngressPath { path: format!("/{number}"), ..paths[0].clone() };
                *paths = (0..200).map(path).collect();
            }),
        ),
        (
            "splits",
            first(&|path| {
                let split = path.splits.as_ref().unwrap()[0].clone();
                path.splits = Some(vec![IngressBackendSplit { percent: 1, ..split }; 100]);
            }),
        ),
        ("headers of splits", first(&|path| path.splits.as_mut().unwrap()[0].append_headers = headers(3))),
        ("headers", first(&|path| path.append_headers = headers(3))),
        (
            "many headers",
            first(&|path| {
                path.append_headers = (0..200).map(|number| (format!("X-{number}"), String::new())).collect();
            }),
        ),
        (
            "header matches",
            first(&|path| {
                let wanted = |(name, exact)| (name, HeaderMatch { exact, ..HeaderMatch::default() });
                path.headers = headers::<Vec<_>>(3).into_iter().map(wanted).collect();
            }),
        ),
        ("a path", first(&|path| path.path = format!("/{}", "x".repeat(20_000)))),
        ("certificates", certificates),
        ("one certificate for many hosts", same_certificate),
    ]
}

/// An output may have exactly as many bytes as the option says, whatever it is that fills it.
#[test]
fn output_bytes_limit() {
    let plain = Options::default().with_class(ClassFilter::Any);
    for (what, ingress) in shapes() {
        for options in [plain.clone(), plain.clone().with_probe(true)] {
            let translation = translate([&ingress], &options);
            assert_eq!(
                translation.reports[0].outcome,
                Outcome::Translated,
                "{what}: {}",
                translation.reports[0]
            );
            let most =
                Gateway::ALL.map(|gateway| bytes(translation.proxy(gateway))).into_iter().max().unwrap();
            let with = |limit: usize| errors(&ingress, &options.clone().with_max_output_bytes(limit));
            assert_eq!(with(most), [], "{what}");
            assert_eq!(with(most - 1), [Code::OutputTooLarge], "{what}");
        }
    }
}

/// An Ingress of rules for the gateway inside the cluster alone, each with these hosts and paths.
fn with_rules(rules: &[(&[&str], Vec<HttpIngressPath>)]) -> Ingress {
    let mut ingress = with_port(&json!(80));
    let one = ingress.spec.rules.remove(0);
    ingress.spec.rules.extend(rules.iter().map(|(hosts, paths)| IngressRule {
        hosts: hosts.iter().map(|host| (*host).to_owned()).collect(),
        visibility: Some(Visibility::ClusterLocal),
        http: Some(HttpIngressRuleValue { paths: Some(paths.clone()), ..HttpIngressRuleValue::default() }),
        ..one.clone()
    }));
    ingress
}

/// Paths that nothing else tells apart, each changed.
fn paths(count: usize, change: impl Fn(&mut HttpIngressPath)) -> Vec<HttpIngressPath> {
    let one = with_port(&json!(80)).spec.rules.remove(0).http.unwrap().paths.unwrap().remove(0);
    let path = |number: usize| {
        let mut path = HttpIngressPath { path: format!("/{number:04}"), ..one.clone() };
        change(&mut path);
        path
    };
    (0..count).map(path).collect()
}

/// Where rules share hosts, their routes may be ten thousand; where they don't, as many as they like.
#[test]
fn routes_of_shared_hosts() {
    let options = Options::default().with_class(ClassFilter::Any).with_max_output_bytes(usize::MAX);
    let many = |count: usize| paths(count, |_| {});
    // More hosts than are compared one by one.
    let hosts: Vec<String> = (0..20).map(|number| format!("{number}.example.com")).collect();
    let hosts: Vec<&str> = hosts.iter().map(String::as_str).collect();
    for shared in [&hosts[..1], &hosts[..]] {
        for (count, expected) in [(5_000, &[][..]), (5_001, &[Code::TooManyRoutes][..])] {
            let ingress = with_rules(&[(shared, many(5_000)), (shared, many(count))]);
            assert_eq!(errors(&ingress, &options), expected, "{shared:?} {count}");
        }
    }
    // One host of many is shared: three thousand routes for the others of each rule, and six thousand for that host.
    let partly = with_rules(&[(&hosts[..19], many(3_000)), (&hosts[18..], many(3_000))]);
    assert_eq!(errors(&partly, &options), [Code::TooManyRoutes]);
    for (one, other) in [(&hosts[..1], &hosts[1..2]), (&hosts[..10], &hosts[10..])] {
        assert_eq!(errors(&with_rules(&[(one, many(6_000)), (other, many(6_000))]), &options), []);
    }
}

/// And their bytes may be 4 MiB, as they are counted: 128 for each path and each split, 32 for each header that is set, and the texts.
#[test]
fn bytes_of_routes_of_shared_hosts() {
    let options = Options::default().with_class(ClassFilter::Any).with_max_output_bytes(usize::MAX);
    // A path like `/0000` with its split is 261 bytes, so each of 2,048 may have 1,787 more.
    type Fill = fn(&mut HttpIngressPath, String);
    let fill: [(&str, usize, Fill); 4] = [
        ("path", 1_787, |path, text| path.path.push_str(&text)),
        ("header match", 1_786, |path, exact| {
            path.headers =
                [("X".to_owned(), HeaderMatch { exact, ..HeaderMatch::default() })].into_iter().collect();
        }),
        ("header", 1_754, |path, value| {
            path.append_headers = [("X".to_owned(), value)].into_iter().collect();
        }),
        ("header of a split", 1_754, |path, value| {
            path.splits.as_mut().unwrap()[0].append_headers = [("X".to_owned(), value)].into_iter().collect();
        }),
    ];
    for (what, most, change) in fill {
        for (length, expected) in [(most, &[][..]), (most + 1, &[Code::TooManyRoutes][..])] {
            let rule = || (&["a.example.com"][..], paths(1_024, |path| change(path, "x".repeat(length))));
            assert_eq!(errors(&with_rules(&[rule(), rule()]), &options), expected, "{what}");
        }
    }
}
