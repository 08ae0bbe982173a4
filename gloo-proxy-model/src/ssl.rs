use crate::ResourceRef;

/// A certificate and the names it is shown for: `sslConfigurations[]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SslConfig {
    /// Where the certificate is: oneof `ssl_secrets`.
    pub secrets: Option<SslSecrets>,
    /// The names by SNI, exact or `*.suffix`; none means every name.
    pub sni_domains: Vec<String>,
    /// Whether a `ca.crt` in the Secret is no demand for client certificates. Since 1.7.
    pub one_way_tls: Option<bool>,
}

/// Where a certificate is: oneof `ssl_secrets`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum SslSecrets {
    /// `secretRef`: a Kubernetes Secret of type `kubernetes.io/tls`.
    SecretRef(ResourceRef),
}
