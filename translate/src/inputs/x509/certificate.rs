//! Certificates: what BoringSSL and Go parse, and the keys that Envoy takes.

use der::{
    Decode,
    asn1::{AnyRef, ObjectIdentifier},
    oid::AssociatedOid,
};
use pkcs1::RsaPublicKeyRef;
use x509_cert::{
    Certificate, TbsCertificate, Version,
    ext::pkix::{
        AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectAltName,
        SubjectKeyIdentifier,
    },
};

use super::key::{Curve, EC, ED25519, PublicKey, RSA, RSA_BITS};
use super::pem::Block;

/// Go takes no larger public exponent, in bits; BoringSSL takes two more.
const EXPONENT_BITS: usize = 31;
/// `id-pe-tlsfeature`: the certificate wants an OCSP response beside it.
const TLS_FEATURE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.1.24");

/// The labels that BoringSSL reads certificates from; Go reads the first alone.
const LABEL: &str = "CERTIFICATE";
const OTHER_LABELS: [&str; 2] = ["X509 CERTIFICATE", "TRUSTED CERTIFICATE"];

#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    #[error("PEM label {0:?}: expected {LABEL:?}")]
    Label(String),
    #[error("not a certificate: {0}")]
    Der(der::Error),
    #[error("extensions in version {0}: expected version 3")]
    Version(u8),
    #[error("extension {0} twice: expected it once")]
    DuplicateExtension(ObjectIdentifier),
    #[error("invalid extension: {0}")]
    Extension(der::Error),
    #[error("the signature's algorithm inside differs from that outside")]
    SignatureAlgorithm,
    #[error("negative serial number: expected a positive one")]
    Serial,
    #[error("public key algorithm {0}: expected RSA, an elliptic curve or Ed25519")]
    Algorithm(ObjectIdentifier),
    #[error("invalid public key: {0}")]
    PublicKey(&'static str),
    #[error("curve {0}: expected P-256, P-384 or P-521")]
    Curve(ObjectIdentifier),
    #[error("RSA key of {0} bits: expected {min} to {max}", min = RSA_BITS.start(), max = RSA_BITS.end())]
    RsaBits(usize),
    #[error("keyUsage without digitalSignature: expected it for an elliptic curve's key")]
    KeyUsage,
}

/// What of the first certificate has to fit something else.
pub(super) struct LeafCertificate {
    pub(super) public_key: PublicKey,
    pub(super) serial: Vec<u8>,
    pub(super) must_staple: bool,
}

/// All certificates of `tls.crt`. Blocks of other kinds are skipped, as everybody does.
pub(super) fn chain(blocks: &[Block]) -> Result<Vec<Certificate>, super::Fault> {
    let mut certificates = Vec::new();
    for Block { label, der } in blocks {
        let number = certificates.len().saturating_add(1);
        let failed = |fault| super::Fault::Certificate { number, fault };
        if OTHER_LABELS.contains(&label.as_str()) {
            return Err(failed(Fault::Label(label.clone())));
        }
        if label == LABEL {
            let certificate = Certificate::from_der(der).map_err(|error| failed(Fault::Der(error)))?;
            check(&certificate).map_err(failed)?;
            certificates.push(certificate);
        }
    }
    Ok(certificates)
}

fn check(certificate: &Certificate) -> Result<(), Fault> {
    let fields = certificate.tbs_certificate();
    if fields.signature() != certificate.signature_algorithm() {
        return Err(Fault::SignatureAlgorithm);
    }
    if is_negative(fields.serial_number().as_bytes()) {
        return Err(Fault::Serial);
    }
    let extensions = fields.extensions().map(Vec::as_slice).unwrap_or_default();
    match fields.version() {
        Version::V1 if fields.extensions().is_some() => return Err(Fault::Version(1)),
        Version::V2 if fields.extensions().is_some() => return Err(Fault::Version(2)),
        Version::V1 | Version::V2 | Version::V3 => {}
    }
    for (index, extension) in extensions.iter().enumerate() {
        if extensions.iter().take(index).any(|earlier| earlier.extn_id == extension.extn_id) {
            return Err(Fault::DuplicateExtension(extension.extn_id));
        }
    }
    parses::<SubjectAltName>(fields)?;
    parses::<BasicConstraints>(fields)?;
    parses::<KeyUsage>(fields)?;
    parses::<ExtendedKeyUsage>(fields)?;
    parses::<SubjectKeyIdentifier>(fields)?;
    parses::<AuthorityKeyIdentifier>(fields)
}

/// Go refuses a certificate with an extension that it knows and can't read.
fn parses<'a, T: Decode<'a, Error = der::Error> + AssociatedOid>(
    fields: &'a TbsCertificate,
) -> Result<(), Fault> {
    fields.get_extension::<T>().map(drop).map_err(Fault::Extension)
}

pub(super) fn is_negative(integer: &[u8]) -> bool {
    integer.first().is_some_and(|byte| *byte >= 0x80)
}

impl LeafCertificate {
    pub(super) fn new(certificate: &Certificate) -> Result<Self, Fault> {
        let fields = certificate.tbs_certificate();
        let public_key = public_key(fields)?;
        let is_elliptic = matches!(public_key, PublicKey::Ec { .. });
        let usage = fields.get_extension::<KeyUsage>().map_err(Fault::Extension)?;
        if is_elliptic && usage.is_some_and(|(_, usage)| !usage.digital_signature()) {
            return Err(Fault::KeyUsage);
        }
        let extensions = fields.extensions().map(Vec::as_slice).unwrap_or_default();
        Ok(Self {
            public_key,
            serial: fields.serial_number().as_bytes().to_vec(),
            must_staple: extensions.iter().any(|extension| extension.extn_id == TLS_FEATURE),
        })
    }
}

fn public_key(fields: &TbsCertificate) -> Result<PublicKey, Fault> {
    let info = fields.subject_public_key_info();
    let bits = info.subject_public_key.as_bytes().ok_or(Fault::PublicKey("not whole bytes"))?;
    let parameters = info.algorithm.parameters.as_ref();
    if info.algorithm.oid == RSA {
        if parameters.is_none_or(|parameters| *parameters != AnyRef::NULL.into()) {
            return Err(Fault::PublicKey("RSA without the parameter NULL"));
        }
        let key = RsaPublicKeyRef::from_der(bits).map_err(|_| Fault::PublicKey("not an RSA key"))?;
        rsa(key)
    } else if info.algorithm.oid == EC {
        let curve = parameters.and_then(|parameters| parameters.decode_as::<ObjectIdentifier>().ok());
        let oid = curve.ok_or(Fault::PublicKey("an elliptic curve without a name"))?;
        let curve = Curve::named(oid).ok_or(Fault::Curve(oid))?;
        if bits.first() != Some(&4) {
            return Err(Fault::PublicKey("a compressed point"));
        }
        Ok(PublicKey::Ec { curve, point: bits.to_vec() })
    } else if info.algorithm.oid == ED25519 {
        if parameters.is_some() {
            return Err(Fault::PublicKey("Ed25519 with parameters"));
        }
        Ok(PublicKey::Ed25519(bits.to_vec()))
    } else {
        Err(Fault::Algorithm(info.algorithm.oid))
    }
}

fn rsa(key: RsaPublicKeyRef<'_>) -> Result<PublicKey, Fault> {
    let bits = bits(key.modulus.as_bytes());
    if !RSA_BITS.contains(&bits) {
        return Err(Fault::RsaBits(bits));
    }
    let is_odd = |number: &[u8]| number.last().is_some_and(|byte| byte % 2 == 1);
    let exponent = key.public_exponent.as_bytes();
    if !is_odd(key.modulus.as_bytes())
        || !is_odd(exponent)
        || exponent == [1]
        || self::bits(exponent) > EXPONENT_BITS
    {
        return Err(Fault::PublicKey("RSA with numbers that nobody takes"));
    }
    Ok(PublicKey::Rsa { modulus: key.modulus.as_bytes().to_vec(), exponent: exponent.to_vec() })
}

/// Bits of a number without leading zero bytes.
fn bits(number: &[u8]) -> usize {
    let zeros = number.first().map_or(0, |byte| byte.leading_zeros());
    number.len().saturating_mul(8).saturating_sub(usize::try_from(zeros).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use der::asn1::UintRef;

    use super::super::fixture;
    use super::*;

    /// The certificate, which has extensions, with another version in place of 3, counted from 0.
    fn of_version(version: u8) -> Certificate {
        let mut der = fixture::der("p-256", "tls.crt");
        let three = [0xa0, 0x03, 0x02, 0x01, 0x02];
        let place = der.windows(three.len()).position(|bytes| bytes == three).unwrap();
        let number = der.get_mut(place..).unwrap().get_mut(4).unwrap();
        *number = version;
        Certificate::from_der(&der).unwrap()
    }

    #[test]
    fn only_version_3_has_extensions() {
        assert!(matches!(check(&of_version(0)), Err(Fault::Version(1))));
        assert!(matches!(check(&of_version(1)), Err(Fault::Version(2))));
        assert!(check(&of_version(2)).is_ok());
    }

    #[test]
    fn version_without_extensions_may_be_any() {
        let mut der = fixture::der("certificate-version-1", "tls.crt");
        assert!(check(&Certificate::from_der(&der).unwrap()).is_ok());
        // Version 2 has a field for it, which the certificate and what is signed of it become longer by.
        for length in [2..4, 6..8] {
            let bytes = &mut der[length];
            let longer = u16::from_be_bytes([bytes[0], bytes[1]]).saturating_add(5);
            bytes.copy_from_slice(&longer.to_be_bytes());
        }
        der.splice(8..8, [0xa0, 0x03, 0x02, 0x01, 0x01]);
        let certificate = Certificate::from_der(&der).unwrap();
        assert_eq!(certificate.tbs_certificate().version(), Version::V2);
        assert!(check(&certificate).is_ok());
    }

    /// Whether an RSA key of 2048 bits with these ends is taken.
    fn is_taken(modulus_ends: u8, exponent: &[u8]) -> bool {
        let mut modulus = [0xff; 256];
        modulus[255] = modulus_ends;
        let (modulus, public_exponent) = (UintRef::new(&modulus).unwrap(), UintRef::new(exponent).unwrap());
        rsa(RsaPublicKeyRef { modulus, public_exponent }).is_ok()
    }

    #[test]
    fn numbers_of_an_rsa_key_are_such_as_everybody_takes() {
        assert!(is_taken(0xff, &[1, 0, 1]));
        assert!(is_taken(0xff, &[3]));
        assert!(is_taken(0xff, &[0x7f, 0xff, 0xff, 0xff]), "31 bits");
        assert!(!is_taken(0xff, &[0x80, 0, 0, 1]), "32 bits");
        assert!(!is_taken(0xff, &[1]));
        assert!(!is_taken(0xff, &[1, 0, 0]), "an even exponent");
        assert!(!is_taken(0xfe, &[1, 0, 1]), "an even modulus");
    }
}
