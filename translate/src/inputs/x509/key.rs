//! Private keys, and the public keys that belong to them.

use der::{
    Decode,
    asn1::{AnyRef, ObjectIdentifier, OctetStringRef},
};
use num_bigint::BigUint;
use p256::elliptic_curve::{
    AffinePoint, CurveArithmetic, FieldBytesSize, SecretKey,
    sec1::{FromSec1Point, ModulusSize, ToSec1Point},
};
use pkcs1::RsaPrivateKeyRef;
use pkcs8::PrivateKeyInfoRef;
use sec1::{EcParameters, EcPrivateKey};

use super::pem::Block;

/// The smallest and the largest RSA key, in bits: Envoy takes no smaller one, and OpenSSL's clients no larger.
pub(super) const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

pub(super) const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
pub(super) const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
pub(super) const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// A public key that Envoy takes.
#[derive(PartialEq, Eq)]
pub(super) enum PublicKey {
    /// Big-endian, without leading zeros.
    Rsa {
        modulus: Vec<u8>,
        exponent: Vec<u8>,
    },
    /// The point in its uncompressed form, the only one that Go takes.
    Ec {
        curve: Curve,
        point: Vec<u8>,
    },
    Ed25519(Vec<u8>),
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Curve {
    P256,
    P384,
    P521,
}

impl Curve {
    pub(super) fn named(oid: ObjectIdentifier) -> Option<Self> {
        const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
        const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
        const P521: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");
        [(P256, Self::P256), (P384, Self::P384), (P521, Self::P521)]
            .into_iter()
            .find_map(|(known, curve)| (known == oid).then_some(curve))
    }
}

/// Nothing here shows a part of a key: the parsers' own errors are left out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    #[error("no private key: expected a PEM block PRIVATE KEY, RSA PRIVATE KEY or EC PRIVATE KEY")]
    None,
    #[error("encrypted: expected a key without a password")]
    Encrypted,
    #[error("PEM label {0:?}: expected PRIVATE KEY, RSA PRIVATE KEY or EC PRIVATE KEY")]
    Label(String),
    #[error("not a key in {0}")]
    Der(&'static str),
    #[error("PKCS#8 of version 2: expected version 1, the only one that Envoy takes")]
    Version,
    #[error("algorithm {0}: expected RSA, an elliptic curve or Ed25519")]
    Algorithm(ObjectIdentifier),
    #[error("curve {0}: expected P-256, P-384 or P-521")]
    Curve(ObjectIdentifier),
    #[error("an elliptic curve without a name: expected P-256, P-384 or P-521")]
    NoCurve,
    #[error("wrong parameters of the algorithm")]
    Parameters,
    #[error("the numbers of the RSA key don't belong together")]
    RsaNumbers,
    #[error("the public key inside is that of another private key")]
    PublicKeyInside,
}

/// The public key of the first private key, which is the one that everybody takes.
pub(super) fn public(blocks: &[Block]) -> Result<PublicKey, Fault> {
    let block = blocks.iter().find(|block| block.label.ends_with("PRIVATE KEY")).ok_or(Fault::None)?;
    match block.label.as_str() {
        "PRIVATE KEY" => of_pkcs8(&block.der),
        "RSA PRIVATE KEY" => of_pkcs1(&block.der),
        "EC PRIVATE KEY" => of_sec1(&block.der, None),
        "ENCRYPTED PRIVATE KEY" => Err(Fault::Encrypted),
        other => Err(Fault::Label(other.to_owned())),
    }
}

fn of_pkcs8(der: &[u8]) -> Result<PublicKey, Fault> {
    let info = PrivateKeyInfoRef::from_der(der).map_err(|_| Fault::Der("PKCS#8"))?;
    if info.public_key.is_some() {
        return Err(Fault::Version);
    }
    let parameters = info.algorithm.parameters;
    let key = info.private_key.as_bytes();
    if info.algorithm.oid == RSA {
        if parameters != Some(AnyRef::NULL) {
            return Err(Fault::Parameters);
        }
        of_pkcs1(key)
    } else if info.algorithm.oid == EC {
        let curve = parameters.and_then(|parameters| parameters.decode_as::<ObjectIdentifier>().ok());
        of_sec1(key, Some(curve.ok_or(Fault::NoCurve)?))
    } else if info.algorithm.oid == ED25519 {
        if parameters.is_some() {
            return Err(Fault::Parameters);
        }
        of_ed25519(key)
    } else {
        Err(Fault::Algorithm(info.algorithm.oid))
    }
}

/// RFC 8410: the seed in an OCTET STRING of its own.
fn of_ed25519(key: &[u8]) -> Result<PublicKey, Fault> {
    let seed = <&OctetStringRef>::from_der(key).map_err(|_| Fault::Der("PKCS#8 for Ed25519"))?;
    let seed = seed.as_bytes().try_into().map_err(|_| Fault::Der("PKCS#8 for Ed25519"))?;
    let key = ed25519_dalek::SigningKey::from_bytes(seed);
    Ok(PublicKey::Ed25519(key.verifying_key().to_bytes().to_vec()))
}

/// BoringSSL takes an RSA key only if all of its numbers belong together.
fn of_pkcs1(der: &[u8]) -> Result<PublicKey, Fault> {
    let key = RsaPrivateKeyRef::from_der(der).map_err(|_| Fault::Der("PKCS#1"))?;
    if key.other_prime_infos.is_some() {
        return Err(Fault::Der("PKCS#1 with two primes"));
    }
    let modulus = key.modulus.as_bytes();
    // Whoever writes the key chooses its size, and the time that the rest takes.
    if modulus.len() > RSA_BITS.end().div_ceil(8) {
        return Err(Fault::RsaNumbers);
    }
    let number = |bytes: &[u8]| (bytes.len() <= modulus.len()).then(|| BigUint::from_bytes_be(bytes));
    let numbers = (|| {
        Some([
            number(modulus)?,
            number(key.public_exponent.as_bytes())?,
            number(key.private_exponent.as_bytes())?,
            number(key.prime1.as_bytes())?,
            number(key.prime2.as_bytes())?,
            number(key.exponent1.as_bytes())?,
            number(key.exponent2.as_bytes())?,
            number(key.coefficient.as_bytes())?,
        ])
    })();
    if !numbers.as_ref().and_then(belong_together).unwrap_or_default() {
        return Err(Fault::RsaNumbers);
    }
    Ok(PublicKey::Rsa { modulus: modulus.to_vec(), exponent: key.public_exponent.as_bytes().to_vec() })
}

/// Whether the numbers are those of one key; `None` where a number is too small for one.
#[expect(
    clippy::arithmetic_side_effects,
    reason = "these numbers have no limit, and neither what 1 is subtracted from nor what divides is 0"
)]
fn belong_together([n, e, d, p, q, dp, dq, qinv]: &[BigUint; 8]) -> Option<bool> {
    let (zero, one) = (BigUint::ZERO, BigUint::from(1_u8));
    let rest = |number: BigUint, by: &BigUint| (*by != zero).then(|| number % by);
    let minus_one = |prime: &BigUint| (*prime != zero).then(|| prime - &one);
    let (before_p, before_q) = (minus_one(p)?, minus_one(q)?);
    let is_inverse = |exponent: &BigUint, of: &BigUint| Some(rest(exponent * e, of)? == one);
    Some(
        p * q == *n
            && d < n
            && is_inverse(d, &before_p)?
            && is_inverse(d, &before_q)?
            && rest(d.clone(), &before_p)? == *dp
            && rest(d.clone(), &before_q)? == *dq
            && qinv < p
            && rest(qinv * q, p)? == one,
    )
}

/// `outside`: the curve that PKCS#8 names around it.
fn of_sec1(der: &[u8], outside: Option<ObjectIdentifier>) -> Result<PublicKey, Fault> {
    let key = EcPrivateKey::from_der(der).map_err(|_| Fault::Der("SEC1"))?;
    let inside = key.parameters.map(|EcParameters::NamedCurve(curve)| curve);
    if inside.zip(outside).is_some_and(|(inside, outside)| inside != outside) {
        return Err(Fault::Parameters);
    }
    let oid = inside.or(outside).ok_or(Fault::NoCurve)?;
    let curve = Curve::named(oid).ok_or(Fault::Curve(oid))?;
    let point = match curve {
        Curve::P256 => point::<p256::NistP256>(key.private_key),
        Curve::P384 => point::<p384::NistP384>(key.private_key),
        Curve::P521 => point::<p521::NistP521>(key.private_key),
    };
    let point = point.ok_or(Fault::Der("SEC1"))?;
    // BoringSSL compares the two, Go doesn't look at it.
    if key.public_key.is_some_and(|inside| *inside != *point) {
        return Err(Fault::PublicKeyInside);
    }
    Ok(PublicKey::Ec { curve, point })
}

/// The public key of a private one, uncompressed.
fn point<C>(private: &[u8]) -> Option<Vec<u8>>
where
    C: CurveArithmetic,
    AffinePoint<C>: FromSec1Point<C> + ToSec1Point<C>,
    FieldBytesSize<C>: ModulusSize,
{
    let key = SecretKey::<C>::from_slice(private).ok()?;
    Some(key.public_key().to_sec1_point(false).as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    /// Keys of a few bits, in the order of `belong_together`.
    fn belongs(numbers: [u16; 8]) -> bool {
        belong_together(&numbers.map(BigUint::from)).unwrap_or_default()
    }

    #[test]
    fn each_number_of_an_rsa_key_has_to_fit_the_others() {
        assert!(belongs([143, 7, 103, 11, 13, 3, 7, 6]));
        // The smaller private exponent of the same key.
        assert!(belongs([143, 7, 43, 11, 13, 3, 7, 6]));
        for (numbers, what) in [
            ([144, 7, 103, 11, 13, 3, 7, 6], "a modulus of other primes"),
            ([143, 7, 223, 11, 13, 3, 7, 6], "a private exponent above the modulus"),
            ([143, 47, 143, 11, 13, 3, 11, 6], "one that is the modulus"),
            ([143, 7, 7, 11, 13, 7, 7, 6], "one that fits only the second prime"),
            ([143, 7, 3, 11, 13, 3, 3, 6], "one that fits only the first prime"),
            ([143, 7, 103, 11, 13, 4, 7, 6], "another exponent for the first prime"),
            ([143, 7, 103, 11, 13, 3, 8, 6], "another exponent for the second prime"),
            ([143, 7, 103, 11, 13, 3, 7, 17], "a coefficient above the first prime"),
            ([143, 7, 103, 11, 13, 3, 7, 5], "another coefficient"),
            ([0, 7, 0, 0, 13, 0, 7, 0], "a prime that is 0"),
            ([0, 7, 0, 11, 0, 3, 0, 0], "another prime that is 0"),
            ([13, 7, 7, 1, 13, 0, 7, 0], "a prime that is 1"),
        ] {
            assert!(!belongs(numbers), "{what}");
        }
    }

    #[test]
    fn curve_inside_a_key_has_to_be_that_outside() {
        let key = fixture::der("key-sec1", "tls.key");
        let p256 = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
        let p384 = ObjectIdentifier::new_unwrap("1.3.132.0.34");
        assert!(of_sec1(&key, None).is_ok());
        assert!(of_sec1(&key, Some(p256)).is_ok());
        assert!(matches!(of_sec1(&key, Some(p384)), Err(Fault::Parameters)));
    }
}
