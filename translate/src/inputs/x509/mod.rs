//! Whether a gateway can serve with a TLS Secret: what both Gloo and Envoy take, and nothing that either refuses.
//!
//! Gloo hands `tls.crt`, `tls.key` and `tls.ocsp-staple` on as they are, after a check of its own (Go's `tls.X509KeyPair`). What passes
//! that and not Envoy's check costs everybody the whole `https` listener. Where the two differ, or what they do is not certain,
//! the verdict here is the stricter one.

mod certificate;
mod key;
mod pem;
mod staple;

use std::borrow::Cow;

use k8s_openapi::api::core::v1::Secret;

use crate::SecretVerdict;
use certificate::LeafCertificate;
use pem::Block;

/// The one type that Gloo reads certificates from.
const TYPE: &str = "kubernetes.io/tls";
const CERTIFICATE: &str = "tls.crt";
const PRIVATE_KEY: &str = "tls.key";
const STAPLE: &str = "tls.ocsp-staple";

/// Why a Secret can't be used. Holds nothing of the Secret's data but labels, numbers and algorithms.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    #[error("type {found:?}: expected {TYPE:?}, the only one that Gloo reads certificates from")]
    Type { found: String },
    #[error("{field}: missing or empty: expected {expected}")]
    Missing { field: &'static str, expected: &'static str },
    #[error("{field}: invalid UTF-8: expected PEM")]
    NotText { field: &'static str },
    #[error("{field}: {fault}")]
    Pem { field: &'static str, fault: pem::Fault },
    #[error("tls.crt: certificate {number}: {fault}")]
    Certificate { number: usize, fault: certificate::Fault },
    #[error("tls.key: {0}")]
    Key(key::Fault),
    #[error("tls.key: the key of another certificate: expected that of the first certificate in tls.crt")]
    Mismatch,
    #[error("tls.ocsp-staple: {0}")]
    Staple(staple::Fault),
    #[error(
        "tls.ocsp-staple: missing: expected an OCSP response, which the certificate demands (must-staple)"
    )]
    StapleRequired,
}

impl SecretVerdict {
    /// Checks a Secret as Gloo and Envoy do when they serve with it.
    ///
    /// The Secret is looked at and nothing of it is kept. Dates are not: an expired certificate is served with. Nor is `ca.crt`, as
    /// the translation never asks clients for a certificate.
    pub fn check(secret: &Secret) -> Self {
        match check(secret) {
            Ok(()) => Self::Usable,
            Err(fault) => Self::unusable(fault),
        }
    }
}

fn check(secret: &Secret) -> Result<(), Fault> {
    let found = secret.type_.as_deref().unwrap_or("Opaque");
    if found != TYPE {
        return Err(Fault::Type { found: found.chars().take(253).collect() });
    }
    let chain = blocks(secret, CERTIFICATE)?;
    let certificates = certificate::chain(&chain)?;
    let [leaf, ..] = certificates.as_slice() else {
        return Err(Fault::Missing { field: CERTIFICATE, expected: "a certificate" });
    };
    let leaf = LeafCertificate::new(leaf).map_err(|fault| Fault::Certificate { number: 1, fault })?;
    let key = blocks(secret, PRIVATE_KEY)?;
    if key::public(&key).map_err(Fault::Key)? != leaf.public_key {
        return Err(Fault::Mismatch);
    }
    match data(secret, STAPLE) {
        Some(staple) if !staple.is_empty() => staple::check(&staple, &leaf.serial).map_err(Fault::Staple),
        Some(_) | None if leaf.must_staple => Err(Fault::StapleRequired),
        Some(_) | None => Ok(()),
    }
}

/// A field's bytes. `stringData`, which a manifest may have and no stored Secret has, counts before `data`.
fn data<'a>(secret: &'a Secret, field: &str) -> Option<Cow<'a, [u8]>> {
    let written = secret.string_data.as_ref().and_then(|data| data.get(field));
    let stored = || secret.data.as_ref().and_then(|data| data.get(field));
    written
        .map(|text| Cow::Borrowed(text.as_bytes()))
        .or_else(|| stored().map(|bytes| Cow::Borrowed(bytes.0.as_slice())))
}

/// The PEM blocks of a field.
fn blocks(secret: &Secret, field: &'static str) -> Result<Vec<Block>, Fault> {
    let bytes = data(secret, field).filter(|bytes| !bytes.is_empty());
    let bytes = bytes.ok_or(Fault::Missing { field, expected: "PEM" })?;
    // Gloo puts it in a message whose text has to be UTF-8, and could send nothing at all.
    let text = std::str::from_utf8(&bytes).map_err(|_| Fault::NotText { field })?;
    pem::blocks(text).map_err(|fault| Fault::Pem { field, fault })
}

#[cfg(test)]
mod fixture {
    use k8s_openapi::{ByteString, api::core::v1::Secret};

    /// A field of a Secret in `fixtures/secrets`.
    pub(super) fn field(secret: &str, field: &str) -> Vec<u8> {
        let file = fixtures::root().join(format!("secrets/{secret}.yaml"));
        let secret: Secret = serde_yaml::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        let ByteString(bytes) = secret.data.unwrap().remove(field).unwrap();
        bytes
    }

    /// The first PEM block of it.
    pub(super) fn der(secret: &str, field: &str) -> Vec<u8> {
        let text = String::from_utf8(self::field(secret, field)).unwrap();
        super::pem::blocks(&text).unwrap().swap_remove(0).der
    }
}
