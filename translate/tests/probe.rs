//! The probe routes that the option adds are those that Knative's own `InsertProbe` writes into the spec, and the hash is Go's.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where its assumption fails"
)]

use std::{fs, path::Path};

use gloo_proxy_model::{ListenerType, Proxy};
use knative_gloo_translate::{AllowedNamespaces, ClassFilter, Gateway, Options, Outcome, translate};
use knative_ingress_model::Ingress;
use serde_json::Value;

/// The Proxy with the routes of each virtual host sorted: where rules share a host the option puts all probe routes first, and
/// Knative's spec is sorted with them in it; each probe route stands before its twin either way.
fn with_sorted_routes(proxy: &Proxy) -> Value {
    let mut virtual_hosts = Vec::new();
    for listener in &proxy.spec.listeners {
        let Some(ListenerType::Http(http)) = &listener.listener_type else { panic!("no HTTP listener") };
        for host in &http.virtual_hosts {
            let mut routes: Vec<String> =
                host.routes.iter().map(|route| serde_json::to_string(route).unwrap()).collect();
            routes.sort();
            virtual_hosts.push(serde_json::json!([listener.name, host.name, host.domains, routes]));
        }
    }
    Value::Array(virtual_hosts)
}

#[test]
fn probe_equals_recorded_insert_probe_output() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/recorded/knative.jsonl");
    let options =
        Options::default().with_class(ClassFilter::Any).with_allow_catch_all(AllowedNamespaces::All);
    let mut compared = 0;
    for line in fs::read_to_string(file).unwrap().lines() {
        let recorded: Value = serde_json::from_str(line).unwrap();
        let given = Ingress::from_value(&recorded["ingress"]).unwrap();
        // Knative's hash is that of what the cluster holds, which is defaulted and has no fields that today's API lost; the
        // recording took some objects as they were.
        let mut defaulted = recorded["ingress"].clone();
        defaulted["spec"] = recorded["defaulted"].clone();
        if recorded["probe"].get("spec").is_none()
            || Ingress::from_value(&defaulted).ok() != Some(given.clone())
        {
            continue;
        }
        let mut by_knative = recorded["ingress"].clone();
        by_knative["spec"] = recorded["probe"]["spec"].clone();
        let by_knative = translate([&Ingress::from_value(&by_knative).unwrap()], &options);
        let by_option = translate([&given], &options.clone().with_probe(true));
        assert_eq!(by_option.reports[0].outcome, by_knative.reports[0].outcome, "{}", by_option.reports[0]);
        if by_option.reports[0].outcome != Outcome::Translated {
            continue;
        }
        assert_eq!(by_option.reports[0].probe_hash.as_deref(), recorded["probe"]["hash"].as_str());
        for gateway in Gateway::ALL {
            assert_eq!(
                with_sorted_routes(by_option.proxy(gateway)),
                with_sorted_routes(by_knative.proxy(gateway)),
                "{}",
                recorded["ingress"]
            );
        }
        compared += 1;
    }
    assert!(compared > 30, "{compared} recordings to compare");
    println!("{compared} recordings compared");
}
