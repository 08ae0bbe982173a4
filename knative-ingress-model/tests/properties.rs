//! What holds for every Ingress, and for what only looks like one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use knative_ingress_model::{GatewayAddresses, GoDuration, Ingress, Time, Visibility, expanded_hosts};
use proptest::prelude::*;
use serde_json::Value;
use support::strategies;

/// Everything that the crate can say of an Ingress; none of it may panic.
fn ask_everything(ingress: &Ingress) {
    let now = Time(k8s_openapi::jiff::Timestamp::UNIX_EPOCH);
    let gateways = GatewayAddresses::internal("public", "private");
    let mut defaulted = ingress.clone();
    defaulted.set_defaults();
    assert_eq!(ingress.validate_defaulted(), defaulted.validate());
    for error in ingress.validate() {
        assert!(!error.paths.is_empty() && !error.to_string().is_empty());
    }
    let mut early = ingress.clone();
    early.set_defaults_legacy(GoDuration::from_secs(600));
    let has_http = ingress.spec.rules.iter().all(|rule| rule.http.is_some());
    assert_eq!(ingress.insert_probe().is_ok(), has_http);
    assert_eq!(ingress.insert_probe_legacy().is_ok(), has_http);
    for rule in &ingress.spec.rules {
        let hosts = rule.hosts.iter().map(String::as_str);
        drop(expanded_hosts(hosts, "cluster.local"));
    }
    drop(
        ingress.hosts_per_visibility("cluster.local", &[(Visibility::ExternalIp, ["public"].into())].into()),
    );
    assert!(
        ingress.tls_for_visibility(&Visibility::ExternalIp).len()
            <= ingress.spec.rules.len().saturating_mul(ingress.spec.tls.len())
    );
    let mut served = ingress.clone();
    served.status = ingress.ready_status(&gateways, &now);
    served.status = served.not_ready_status(&now);
    served.status = served.failed_status("Refused", "for a reason", &now);
    assert!(!served.is_ready() && !served.status.is_ready_legacy());
    drop((
        ingress.is_public(),
        ingress.is_public_legacy(),
        ingress.is_ready(),
        ingress.reference().to_string(),
    ));
}

proptest! {
    /// parse ∘ write is the identity, by way of bytes and by way of a JSON value.
    #[test]
    fn json_round_trip(ingress in strategies::ingress()) {
        let bytes = serde_json::to_vec(&ingress).unwrap();
        prop_assert_eq!(&Ingress::from_json(&bytes).unwrap(), &ingress);
        let value = serde_json::to_value(&ingress).unwrap();
        prop_assert_eq!(&value["apiVersion"], "networking.internal.knative.dev/v1alpha1");
        prop_assert_eq!(value["kind"].as_str(), Some(ingress.kind.as_str()));
        prop_assert_eq!(&Ingress::from_value(&value).unwrap(), &ingress);
    }

    #[test]
    fn no_method_panics(ingress in strategies::ingress()) {
        ask_everything(&ingress);
    }

    /// Defaulting twice is defaulting once, and the hash doesn't see the difference that a round trip makes.
    #[test]
    fn defaulting_is_idempotent(ingress in strategies::ingress()) {
        let mut once = ingress.clone();
        once.set_defaults();
        let mut twice = once.clone();
        twice.set_defaults();
        prop_assert_eq!(&twice, &once);
        let again = Ingress::from_value(&serde_json::to_value(&once).unwrap()).unwrap();
        prop_assert_eq!(again.hash(), once.hash());
        prop_assert_eq!(again.hash_legacy(), once.hash_legacy());
    }

    #[test]
    fn arbitrary_bytes_do_not_panic(bytes: Vec<u8>) {
        drop(Ingress::from_json(&bytes));
    }

    /// JSON with the right names and any values: read or refused with a path, the same from bytes and from a value.
    #[test]
    fn arbitrary_outline_does_not_panic(json in strategies::outline()) {
        let from_value = Ingress::from_value(&json);
        let from_bytes = Ingress::from_json(&serde_json::to_vec(&json).unwrap());
        prop_assert_eq!(&from_value, &from_bytes);
        match from_value {
            Ok(ingress) => ask_everything(&ingress),
            Err(error) => prop_assert!(error.path().is_some(), "{}", error),
        }
    }

    /// A recorded Ingress with some bytes changed.
    #[test]
    fn damaged_json_does_not_panic(
        index in 0..378_usize,
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        thread_local!(static RECORDED: Vec<Value> = support::knative());
        let mut bytes = RECORDED.with(|recorded| serde_json::to_vec(&recorded[index]["ingress"]).unwrap());
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(ingress) = Ingress::from_json(&bytes) {
            ask_everything(&ingress);
        }
    }
}
