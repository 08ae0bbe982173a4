//! The OCSP response beside a certificate, by what Envoy wants of one (`source/common/tls/ocsp/ocsp.cc`).

use der::{
    Class, Decode, Enumerated, Sequence, Tagged,
    asn1::{Any, BitString, GeneralizedTime, Int, ObjectIdentifier, OctetString},
};
use x509_cert::spki::AlgorithmIdentifierOwned;

/// `id-pkix-ocsp-basic`, the one type there is.
const BASIC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.1");

#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    #[error("not an OCSP response: {0}")]
    Der(der::Error),
    #[error("an OCSP response without an answer: expected a successful one")]
    Unsuccessful,
    #[error("OCSP response type {0}: expected {BASIC}")]
    Type(ObjectIdentifier),
    #[error("OCSP response of another version: expected version 1")]
    Version,
    #[error("OCSP response with an unknown {0}")]
    Choice(&'static str),
    #[error("OCSP response for {0} certificates: expected one")]
    Count(usize),
    #[error("OCSP response for another certificate: expected one for the first certificate in tls.crt")]
    OtherCertificate,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumerated)]
#[repr(u32)]
enum Status {
    Successful = 0,
    MalformedRequest = 1,
    InternalError = 2,
    TryLater = 3,
    SigRequired = 5,
    Unauthorized = 6,
}

#[derive(Sequence)]
struct OcspResponse {
    status: Status,
    #[asn1(context_specific = "0", optional = "true", tag_mode = "EXPLICIT")]
    bytes: Option<ResponseBytes>,
}

#[derive(Sequence)]
struct ResponseBytes {
    kind: ObjectIdentifier,
    response: OctetString,
}

#[derive(Sequence)]
struct BasicResponse {
    data: ResponseData,
    algorithm: AlgorithmIdentifierOwned,
    signature: BitString,
    #[asn1(context_specific = "0", optional = "true", tag_mode = "EXPLICIT")]
    certificates: Option<Any>,
}

#[derive(Sequence)]
struct ResponseData {
    #[asn1(context_specific = "0", optional = "true", tag_mode = "EXPLICIT")]
    version: Option<Int>,
    responder: Any,
    produced_at: GeneralizedTime,
    responses: Vec<SingleResponse>,
    #[asn1(context_specific = "1", optional = "true", tag_mode = "EXPLICIT")]
    extensions: Option<Any>,
}

#[derive(Sequence)]
struct SingleResponse {
    certificate: CertificateId,
    status: Any,
    this_update: GeneralizedTime,
    #[asn1(context_specific = "0", optional = "true", tag_mode = "EXPLICIT")]
    next_update: Option<GeneralizedTime>,
    #[asn1(context_specific = "1", optional = "true", tag_mode = "EXPLICIT")]
    extensions: Option<Any>,
}

#[derive(Sequence)]
struct CertificateId {
    hash: AlgorithmIdentifierOwned,
    issuer_name: OctetString,
    issuer_key: OctetString,
    serial: Int,
}

/// Checks a response for the certificate with that serial number. Envoy asks neither for its signature nor, at this place, for its dates.
pub(super) fn check(der: &[u8], serial: &[u8]) -> Result<(), Fault> {
    let OcspResponse { status, bytes } = OcspResponse::from_der(der).map_err(Fault::Der)?;
    let ResponseBytes { kind, response } = match (status, bytes) {
        (Status::Successful, Some(bytes)) => bytes,
        _ => return Err(Fault::Unsuccessful),
    };
    if kind != BASIC {
        return Err(Fault::Type(kind));
    }
    let BasicResponse { data, algorithm: _, signature: _, certificates: _ } =
        BasicResponse::from_der(response.as_bytes()).map_err(Fault::Der)?;
    let ResponseData { version, responder, produced_at: _, responses, extensions: _ } = data;
    if version.is_some_and(|version| version.as_bytes() != [0]) {
        return Err(Fault::Version);
    }
    if !is_choice(&responder, &[1, 2]) {
        return Err(Fault::Choice("responder"));
    }
    let [SingleResponse { certificate, status, this_update: _, next_update: _, extensions: _ }] =
        responses.as_slice()
    else {
        return Err(Fault::Count(responses.len()));
    };
    if !is_choice(status, &[0, 1, 2]) {
        return Err(Fault::Choice("status"));
    }
    let CertificateId { hash: _, issuer_name: _, issuer_key: _, serial: found } = certificate;
    if found.as_bytes() == serial { Ok(()) } else { Err(Fault::OtherCertificate) }
}

/// Whether it is one of these alternatives.
fn is_choice(value: &Any, numbers: &[u32]) -> bool {
    let tag = value.tag();
    tag.class() == Class::ContextSpecific && numbers.contains(&tag.number().value())
}

#[cfg(test)]
mod tests {
    use der::{Encode, Tag, TagNumber};

    use super::super::fixture;
    use super::*;

    /// What is said of a good response in which this was changed.
    fn verdict(change: impl FnOnce(&mut ResponseData)) -> Result<(), String> {
        let mut outer = OcspResponse::from_der(&fixture::field("staple-good", "tls.ocsp-staple")).unwrap();
        let bytes = outer.bytes.as_mut().unwrap();
        let mut basic = BasicResponse::from_der(bytes.response.as_bytes()).unwrap();
        let serial = basic.data.responses.first().unwrap().certificate.serial.as_bytes().to_vec();
        change(&mut basic.data);
        bytes.response = OctetString::new(basic.to_der().unwrap()).unwrap();
        check(&outer.to_der().unwrap(), &serial).map_err(|fault| fault.to_string())
    }

    fn choice(number: u32) -> Any {
        Any::new(Tag::ContextSpecific { constructed: false, number: TagNumber(number) }, []).unwrap()
    }

    #[test]
    fn only_the_first_version_is_read() {
        let of = |number| verdict(|data| data.version = Some(Int::new(&[number]).unwrap()));
        assert_eq!(verdict(|_| ()), Ok(()));
        assert_eq!(of(0), Ok(()));
        assert_eq!(of(1), Err(Fault::Version.to_string()));
    }

    #[test]
    fn responder_and_status_are_of_the_alternatives_there_are() {
        let responder = |responder| verdict(|data| data.responder = responder);
        let status = |status| verdict(|data| data.responses.first_mut().unwrap().status = status);
        // A tag of another class has the number of an alternative.
        let boolean = || Any::new(Tag::Boolean, [0xff]).unwrap();
        for number in [1, 2] {
            assert_eq!(responder(choice(number)), Ok(()));
        }
        for number in [0, 1, 2] {
            assert_eq!(status(choice(number)), Ok(()));
        }
        for unknown in [choice(3), boolean()] {
            assert_eq!(responder(unknown), Err(Fault::Choice("responder").to_string()));
        }
        for unknown in [choice(3), boolean()] {
            assert_eq!(status(unknown), Err(Fault::Choice("status").to_string()));
        }
    }
}
