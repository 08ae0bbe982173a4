//! The verdicts on the TLS Secrets of `fixtures/secrets`, beside those of Gloo's own check and of the real Envoy.
//!
//! `cargo xtask regenerate` writes `verdicts.yaml` anew.
#![cfg(feature = "x509")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test stops where its assumption fails"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use k8s_openapi::{ByteString, api::core::v1::Secret};
use knative_gloo_translate::SecretVerdict;
use proptest::{prelude::*, sample::Index};

/// What is no Secret but says something of each.
const TABLES: [&str; 3] = ["envoy", "gloo", "verdicts"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/secrets")
}

fn table(name: &str) -> BTreeMap<String, String> {
    let text = fs::read_to_string(folder().join(format!("{name}.yaml"))).unwrap_or_default();
    serde_yaml::from_str(&text).unwrap_or_default()
}

fn secrets() -> BTreeMap<String, Secret> {
    let mut secrets = BTreeMap::new();
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if path.extension().is_some_and(|extension| extension == "yaml") && !TABLES.contains(&&*name) {
            let secret: Secret = serde_yaml::from_str(&fs::read_to_string(path).unwrap()).unwrap();
            secrets.insert(name, secret);
        }
    }
    assert!(secrets.len() >= 150, "{}", secrets.len());
    secrets
}

fn said(verdict: SecretVerdict) -> String {
    match verdict {
        SecretVerdict::Usable => "usable".to_owned(),
        SecretVerdict::Unusable { reason } => reason.to_string(),
    }
}

/// Proves that nobody refuses what is called usable, and shows what is said of everything else.
#[test]
fn usable_secrets_are_accepted_by_gloo_and_envoy() {
    let found: BTreeMap<String, String> =
        secrets().iter().map(|(name, secret)| (name.clone(), said(SecretVerdict::check(secret)))).collect();
    if std::env::var_os("INSTA_UPDATE").is_some_and(|value| value == "force") {
        let head = "# The verdicts of `SecretVerdict::check`. Written by `translate/tests/secrets.rs`.\n";
        let text = serde_yaml::to_string(&found).unwrap();
        fs::write(folder().join("verdicts.yaml"), format!("{head}{text}")).unwrap();
    }
    let shown = table("verdicts");
    let names = found.keys().chain(shown.keys()).filter(|name| found.get(*name) != shown.get(*name));
    let differing: Vec<_> = names.map(|name| (name, found.get(name))).collect();
    assert!(differing.is_empty(), "not as in verdicts.yaml: {differing:?}");
    let (gloo, envoy) = (table("gloo"), table("envoy"));
    let all: BTreeSet<_> = found.keys().collect();
    assert_eq!(all, gloo.keys().collect());
    assert_eq!(all, envoy.keys().collect());
    for (name, verdict) in &found {
        let is_taken = gloo[name] == "taken" && envoy[name] == "accepted";
        assert!(verdict != "usable" || is_taken, "{name}: gloo {}, envoy {}", gloo[name], envoy[name]);
    }
}

/// Proves that the list of what is refused though both would take it is complete. Each has its reason in `fixtures/secrets/README.md`.
#[test]
fn secrets_refused_though_gloo_and_envoy_accept_them_are_listed() {
    let (gloo, envoy, readme) =
        (table("gloo"), table("envoy"), fs::read_to_string(folder().join("README.md")).unwrap());
    let stricter = secrets().into_iter().filter(|(name, secret)| {
        let is_taken = gloo[name] == "taken" && envoy[name] == "accepted";
        is_taken && SecretVerdict::check(secret) != SecretVerdict::Usable
    });
    let stricter: BTreeSet<String> = stricter.map(|(name, _)| name).collect();
    let rows = readme.lines().filter_map(|line| line.strip_prefix("| `"));
    let listed: BTreeSet<String> =
        rows.flat_map(|row| row.split('|').next().unwrap().split('`')).map(str::to_owned).collect();
    let listed: BTreeSet<String> =
        listed.into_iter().filter(|word| word.chars().any(char::is_alphanumeric)).collect();
    assert_eq!(listed, stricter);
}

/// Proves that a reason tells nothing of what a Secret holds.
#[test]
fn secret_verdict_never_quotes_the_private_key() {
    for (name, secret) in secrets() {
        let SecretVerdict::Unusable { reason } = SecretVerdict::check(&secret) else { continue };
        for (field, ByteString(bytes)) in secret.data.iter().flatten() {
            let text = String::from_utf8_lossy(bytes);
            let words = text.split_whitespace().filter(|word| word.len() > 16 && !word.contains('-'));
            for word in words {
                assert!(!reason.contains(word), "{name}: {field}: {reason}");
            }
        }
    }
}

/// Proves that `stringData`, which a manifest may have, counts as `data` does, and before it.
#[test]
fn string_data_overrides_data() {
    let mut secret = secrets().remove("p-256").unwrap();
    let data = secret.data.take().unwrap();
    let text = |(name, ByteString(bytes))| (name, String::from_utf8(bytes).unwrap());
    let written: BTreeMap<String, String> = data.into_iter().map(text).collect();
    secret.string_data = Some(written);
    assert_eq!(SecretVerdict::check(&secret), SecretVerdict::Usable);
    let garbage = ByteString(b"garbage".to_vec());
    secret.data = Some([("tls.key".to_owned(), garbage)].into());
    assert_eq!(SecretVerdict::check(&secret), SecretVerdict::Usable);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is changed in a good Secret: no panic, and a damaged key is never called usable.
    #[test]
    fn damaged_secrets_do_not_panic(
        name in proptest::sample::select(vec!["p-256", "p-521", "ed25519", "rsa-2048", "key-pkcs1", "staple-good"]),
        field in proptest::sample::select(vec!["tls.crt", "tls.key", "tls.ocsp-staple"]),
        at in any::<Index>(),
        byte in any::<u8>(),
        cut in any::<bool>(),
    ) {
        let text = fs::read_to_string(folder().join(format!("{name}.yaml"))).unwrap();
        let mut secret: Secret = serde_yaml::from_str(&text).unwrap();
        let Some(ByteString(bytes)) = secret.data.as_mut().unwrap().get_mut(field) else { return Ok(()) };
        let place = at.index(bytes.len());
        let changes = bytes[place] != byte;
        let size = bytes.len();
        if cut { bytes.truncate(place) } else { bytes[place] = byte }
        // Between the boundaries each character of the base64 counts.
        let is_of_key = field == "tls.key" && place > 32 && place + 32 < size;
        let verdict = SecretVerdict::check(&secret);
        if is_of_key && !cut && changes && byte.is_ascii_alphanumeric() {
            prop_assert_ne!(verdict, SecretVerdict::Usable);
        }
    }
}
