//! Rules with the same paths share their routes.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops where its assumption fails")]

use std::sync::Arc;

use gloo_proxy_model::{Route, VirtualHost};
use knative_gloo_translate::{ClassFilter, Code, IngressReport, Options, ServiceRef, translate};
use knative_ingress_model::Ingress;
use serde_json::{Value, json};

/// The report of an Ingress of team-a with a rule for each of these hosts and lists of paths.
fn report(rules: &[(&str, &[Value])], options: &Options) -> IngressReport {
    let rule = |(host, paths): &(&str, &[Value])| json!({"hosts": [host], "http": {"paths": paths}});
    let rules: Vec<Value> = rules.iter().map(rule).collect();
    let object = json!({"metadata": {"name": "shop", "namespace": "team-a"}, "spec": {"rules": rules}});
    let options = options.clone().with_class(ClassFilter::Any);
    translate([&Ingress::from_value(&object).unwrap()], &options).reports.remove(0)
}

/// A path to a Service of team-a.
fn path(literal: &str, service: &str) -> Value {
    json!({"path": literal, "splits": [
        {"serviceNamespace": "team-a", "serviceName": service, "servicePort": 80, "percent": 100},
    ]})
}

fn routes(report: &IngressReport) -> Vec<&[Arc<Route>]> {
    let hosts = report.served.iter().map(|served| &*served.virtual_host);
    hosts.map(|VirtualHost { routes, .. }| routes.as_slice()).collect()
}

const INSIDE: &str = "shop.team-a.svc";
const OUTSIDE: &str = "shop.example.com";

#[test]
fn the_same_paths_are_the_same_routes() {
    let paths = [path("/a", "a"), path("/b", "b")];
    for probe in [false, true] {
        let report = report(&[(INSIDE, &paths), (OUTSIDE, &paths)], &Options::default().with_probe(probe));
        let [inside, outside] = routes(&report)[..] else { panic!("two rules are two virtual hosts") };
        assert_eq!(inside.len(), if probe { 4 } else { 2 });
        assert_eq!(inside, outside);
        assert!(inside.iter().zip(outside).all(|(inside, outside)| Arc::ptr_eq(inside, outside)));
    }
}

/// It is written for everybody alone.
#[test]
fn a_challenge_before_them_is_not_shared() {
    let paths = [path("/.well-known/acme-challenge/x", "solver"), path("/a", "a"), path("/b", "b")];
    for (rules, longer) in [([&paths[1..], &paths[..]], 1), ([&paths[..], &paths[1..]], 0)] {
        let report = report(&[(INSIDE, rules[0]), (OUTSIDE, rules[1])], &Options::default());
        let all = routes(&report);
        let (long, short) = (all[longer], all[1 - longer]);
        assert_eq!((long.len(), short.len()), (3, 2));
        assert!(long[1..].iter().zip(short).all(|(long, short)| Arc::ptr_eq(long, short)));
    }
}

#[test]
fn other_paths_are_other_routes() {
    let one = [path("/a", "a")];
    for other in [path("/b", "a"), path("/a", "b"), json!({"rewriteHost": "a.example.com"})] {
        let mut path = one[0].clone();
        path.as_object_mut().unwrap().extend(other.as_object().unwrap().clone());
        let alone = report(&[(OUTSIDE, &[path.clone()])], &Options::default());
        let both = report(&[(INSIDE, &one), (OUTSIDE, &[path])], &Options::default());
        assert_eq!(routes(&both)[1], routes(&alone)[0]);
        assert_ne!(routes(&both)[0], routes(&both)[1]);
    }
}

/// What is to be said about a path is said wherever it is written.
#[test]
fn each_rule_gets_its_diagnostics() {
    let mut strange = path("/a", "a");
    strange["strange"] = json!(1);
    let report = report(&[(INSIDE, &[strange.clone()]), (OUTSIDE, &[strange])], &Options::default());
    let told: Vec<_> = report.diagnostics.iter().map(|told| (told.code, told.path.as_str())).collect();
    let at = ["spec.rules[0].http.paths[0].strange", "spec.rules[1].http.paths[0].strange"];
    assert_eq!(told, at.map(|at| (Code::UnknownField, at)));
}

/// A gateway may be the backend of a public host, and of no other, whatever rule with the same paths stands before.
#[test]
fn a_gateway_as_backend_is_checked_for_each_rule() {
    let mut to_gateway = path("", "gateway");
    to_gateway["rewriteHost"] = json!("shop.team-a.svc.cluster.local");
    let options = Options::default().with_gateways([ServiceRef::new("team-a", "gateway")]);
    let of_gateway = [to_gateway];
    let report = report(&[(OUTSIDE, &of_gateway), (INSIDE, &of_gateway)], &options);
    let told: Vec<_> = report.diagnostics.iter().map(|told| (told.code, told.path.as_str())).collect();
    assert_eq!(told, [(Code::GatewayLoop, "spec.rules[1].http.paths[0].splits")]);
}
