//! Bytes read as an Ingress.

use std::collections::BTreeMap;

use k8s_openapi::jiff::Timestamp;
use knative_ingress_model::{
    GatewayAddresses, GoDuration, Ingress, ParseIngressError, Time, Visibility, expanded_hosts,
};
use serde_json::Value;

use crate::whole_seconds;

/// What is read is written and read back as it was; what is refused is refused with words; whatever was read can be asked
/// everything that the crate can say of it.
pub fn check(data: &[u8]) {
    match Ingress::from_json(data) {
        Ok(ingress) => {
            comes_back(&ingress);
            can_be_asked(&ingress);
        }
        Err(ParseIngressError::Syntax { line, reason, .. }) => assert!(line > 0 || !reason.is_empty()),
        Err(error) => assert!(error.path().is_some() && !error.to_string().is_empty()),
    }
    // A duplicate name is in the bytes only, so it is the value's own bytes that must be read as the value is.
    if let Ok(value) = serde_json::from_slice::<Value>(data) {
        let bytes = value.to_string();
        assert_eq!(Ingress::from_value(&value), Ingress::from_json(bytes.as_bytes()));
    }
}

fn comes_back(ingress: &Ingress) {
    let written = serde_json::to_vec(ingress).expect("an Ingress is written");
    let back = Ingress::from_json(&written).expect("what was written is read");
    let mut whole = ingress.clone();
    whole_seconds::of_metadata(&mut whole.metadata);
    for condition in &mut whole.status.conditions {
        whole_seconds::cut(&mut condition.last_transition_time);
    }
    assert_eq!(back, whole);
    assert_eq!(serde_json::to_vec(&back).expect("it is written again"), written);
    let value = serde_json::to_value(ingress).expect("an Ingress is a JSON value");
    assert_eq!(Ingress::from_value(&value).expect("what was written is read"), whole);
}

fn can_be_asked(ingress: &Ingress) {
    let mut defaulted = ingress.clone();
    defaulted.set_defaults();
    let mut again = defaulted.clone();
    again.set_defaults();
    assert_eq!(again, defaulted, "defaulting twice is defaulting once");
    comes_back(&defaulted);
    assert_eq!(ingress.validate_defaulted(), defaulted.validate());
    drop(ingress.validate_defaulted_across_namespaces());
    for error in ingress.validate() {
        assert!(!error.paths.is_empty() && !error.to_string().is_empty());
    }
    let mut legacy = ingress.clone();
    legacy.set_defaults_legacy(GoDuration::from_secs(600));

    let written = serde_json::to_vec(&defaulted).expect("an Ingress is written");
    let back = Ingress::from_json(&written).expect("what was written is read");
    assert_eq!(back.hash(), defaulted.hash());
    assert_eq!(back.hash_legacy(), defaulted.hash_legacy());

    let has_http = ingress.spec.rules.iter().all(|rule| rule.http.is_some());
    assert_eq!(ingress.insert_probe().is_ok(), has_http);
    assert_eq!(ingress.insert_probe_legacy().is_ok(), has_http);
    for rule in &ingress.spec.rules {
        drop(expanded_hosts(rule.hosts.iter().map(String::as_str), "cluster.local"));
    }
    let keys = BTreeMap::from([(Visibility::ExternalIp, ["public"].into())]);
    drop(ingress.hosts_per_visibility("cluster.local", &keys));
    drop(ingress.tls_for_visibility(&Visibility::ExternalIp));

    let now = Time(Timestamp::UNIX_EPOCH);
    let mut served = ingress.clone();
    served.status = ingress.ready_status(&GatewayAddresses::internal("public", "private"), &now);
    comes_back(&served);
    served.status = served.not_ready_status(&now);
    served.status = served.failed_status("Refused", "for a reason", &now);
    assert!(!served.is_ready() && !served.status.is_ready_legacy());
    drop((ingress.is_public(), ingress.is_public_legacy(), ingress.reference().to_string()));
}
