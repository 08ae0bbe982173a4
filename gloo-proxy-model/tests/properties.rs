//! Properties of every Proxy there can be.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::wildcard_enum_match_arm
)]

#[path = "support/arbitrary.rs"]
mod arbitrary;

use gloo_proxy_model::{Proxy, diff};
use proptest::prelude::*;
use serde_json::Value;

/// Does with a Proxy all that can be done with it.
fn use_it(proxy: &Proxy) {
    for violation in proxy.validate() {
        assert!(violation.path.starts_with("spec"), "{violation}");
    }
    assert!(proxy.size().plain > 0);
    assert!(diff(proxy, proxy).is_empty());
    let _ = proxy.clone().compressed_if_annotated();
    let _ = proxy.clone().decompressed();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn json_round_trip(json in arbitrary::proxy()) {
        let proxy = Proxy::from_value(&json).unwrap_or_else(|error| panic!("{json}: {error}"));
        let written = serde_json::to_vec(&proxy).unwrap();
        prop_assert_eq!(&Proxy::from_json(&written).unwrap(), &proxy);
        let again: Value = serde_json::from_slice(&written).unwrap();
        prop_assert_eq!(serde_json::to_value(Proxy::from_value(&again).unwrap()).unwrap(), again);
    }

    #[test]
    fn compression_round_trip(json in arbitrary::proxy()) {
        let proxy = Proxy::from_value(&json).unwrap();
        prop_assume!(proxy.spec.compressed_spec.is_empty());
        let back = proxy.clone().compressed().unwrap().decompressed().unwrap();
        prop_assert_eq!(back.spec, proxy.spec);
    }

    #[test]
    fn arbitrary_proxy_does_not_panic(json in arbitrary::proxy()) {
        use_it(&Proxy::from_value(&json).unwrap());
    }

    #[test]
    fn damaged_json_does_not_panic(json in arbitrary::damaged_proxy()) {
        let text = json.to_string();
        if let Ok(proxy) = Proxy::from_json(text.as_bytes()) {
            use_it(&proxy);
        }
        let _ = Proxy::from_legacy_json(text.as_bytes());
    }

    #[test]
    fn arbitrary_bytes_do_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Proxy::from_json(&bytes);
        let _ = Proxy::from_legacy_json(&bytes);
        let _ = String::from_utf8_lossy(&bytes).parse::<gloo_proxy_model::ProtoDuration>();
    }

    #[test]
    fn arbitrary_regex_does_not_panic(pattern in "[a-zA-Z0-9()\\[\\]{}*+?|\\\\^$.,:<>=!&é-]{0,24}") {
        let _ = gloo_proxy_model::regex::program_size(&pattern);
    }

    #[test]
    fn duration_round_trip(nanos in any::<i64>()) {
        let duration = gloo_proxy_model::ProtoDuration::from_nanos(nanos);
        prop_assert_eq!(duration.to_string().parse(), Ok(duration));
    }
}

#[test]
fn arbitrary_proxies_cover_every_field() {
    use std::collections::BTreeSet;
    fn names(value: &Value, into: &mut BTreeSet<String>) {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    into.insert(name.clone());
                    names(value, into);
                }
            }
            Value::Array(elements) => elements.iter().for_each(|element| names(element, into)),
            _ => {}
        }
    }
    fn properties(schema: &Value, into: &mut BTreeSet<String>) {
        for message in schema["$defs"].as_object().unwrap().values() {
            into.extend(
                message["properties"].as_object().into_iter().flatten().map(|(name, _)| name.clone()),
            );
        }
    }
    let mut schema = serde_json::to_value(schemars::schema_for!(Proxy)).unwrap();
    // Kubernetes' own.
    schema["$defs"].as_object_mut().unwrap().retain(|name, _| !name.starts_with("io.k8s"));
    let (mut known, mut reached) = (BTreeSet::new(), BTreeSet::new());
    properties(&schema, &mut known);
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let strategy = arbitrary::proxy();
    for _ in 0..1500 {
        names(&strategy.new_tree(&mut runner).unwrap().current(), &mut reached);
    }
    let missed: Vec<_> = known.difference(&reached).collect();
    assert!(missed.len() * 20 < known.len(), "{} of {} never set: {missed:?}", missed.len(), known.len());
}
