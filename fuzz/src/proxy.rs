//! Bytes read as a Proxy, or as a regular expression.

use gloo_proxy_model::regex::{DEFAULT_MAX_PROGRAM_SIZE, program_size, re2_check};
use gloo_proxy_model::{Proxy, ValidationLimits, diff};
use serde_json::Value;

use crate::whole_seconds;

/// What is read is written and read back as it was, also in a compressed spec; whatever was read can be validated.
pub fn check(data: &[u8]) {
    match Proxy::from_json(data) {
        Ok(proxy) => {
            comes_back(&proxy);
            can_be_asked(&proxy);
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    if let Ok(proxy) = Proxy::from_legacy_json(data) {
        comes_back(&proxy);
    }
    if let Ok(value) = serde_json::from_slice::<Value>(data) {
        let bytes = value.to_string();
        assert_eq!(Proxy::from_value(&value), Proxy::from_json(bytes.as_bytes()));
    }
    if let Ok(pattern) = std::str::from_utf8(data) {
        is_measured(pattern);
    }
}

fn comes_back(proxy: &Proxy) {
    let written = serde_json::to_vec(proxy).expect("a Proxy is written");
    let back = Proxy::from_json(&written).expect("what was written is read");
    let mut whole = proxy.clone();
    whole_seconds::of_metadata(&mut whole.metadata);
    assert_eq!(back, whole);
    assert_eq!(serde_json::to_vec(&back).expect("it is written again"), written);
    let value = serde_json::to_value(proxy).expect("a Proxy is a JSON value");
    assert_eq!(Proxy::from_value(&value).expect("what was written is read"), whole);
}

fn can_be_asked(proxy: &Proxy) {
    let violations = proxy.validate();
    for violation in &violations {
        assert!(violation.path.starts_with("spec") && !violation.message.is_empty(), "{violation}");
    }
    // A greater limit refuses nothing more.
    let generous = proxy.validate_with(&ValidationLimits::default().with_max_program_size(u32::MAX));
    assert!(generous.len() <= violations.len(), "{generous:?}\n{violations:?}");
    assert!(diff(proxy, proxy).is_empty());
    assert!(proxy.size().plain > 0);
    drop(proxy.clone().compressed_if_annotated());
    if proxy.spec.compressed_spec.is_empty() {
        let compressed = proxy.clone().compressed().expect("a spec is compressed");
        let back = compressed.decompressed().expect("what was compressed is decompressed");
        assert_eq!(back.spec, proxy.spec);
    } else if let Ok(decompressed) = proxy.clone().decompressed() {
        comes_back(&decompressed);
    }
}

fn is_measured(pattern: &str) {
    let size = program_size(pattern);
    let taken = re2_check(pattern, DEFAULT_MAX_PROGRAM_SIZE).is_ok();
    assert_eq!(taken, size.is_ok_and(|size| size <= DEFAULT_MAX_PROGRAM_SIZE), "{pattern:?}");
}
