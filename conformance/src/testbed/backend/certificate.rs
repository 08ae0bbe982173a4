use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

use crate::envoy_config::TlsSecret;
use crate::testbed::client::Trust;

/// A certificate for some names, signed by an authority made for it alone (ECDSA P-256).
#[derive(Clone, Debug)]
pub struct Certificate {
    /// Certificate and key as a Secret of type `kubernetes.io/tls` holds them.
    pub secret: TlsSecret,
    /// The authority's own certificate, PEM.
    pub authority: Arc<str>,
}

impl Certificate {
    /// Makes one.
    ///
    /// # Errors
    /// When a name is not a DNS name.
    pub fn for_names(names: &[String]) -> Result<Self, rcgen::Error> {
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.distinguished_name.push(DnType::CommonName, "conformance");
        let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;
        let key = KeyPair::generate()?;
        let certificate = CertificateParams::new(names)?.signed_by(&key, &authority)?;
        let secret = TlsSecret {
            certificate: certificate.pem(),
            private_key: key.serialize_pem(),
            root_ca: None,
            ocsp_staple: None,
        };
        Ok(Self { secret, authority: authority.pem().into() })
    }

    /// Trusts what this authority has signed and nothing else.
    pub fn trust(&self) -> Trust {
        Trust::Only(Arc::clone(&self.authority))
    }
}
