use crate::message::{message, oneof, proto_enum};
use crate::{JsonObject, ProtoDuration, ResourceRef, UnknownFields};

/// A certificate and its SNI domains: `sslConfigurations[]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SslConfig {
    /// Where the certificate is: oneof `ssl_secrets`.
    pub secrets: Option<SslSecrets>,
    /// The SNI domains, exact or `*.suffix`; empty means all.
    pub sni_domains: Vec<String>,
    /// Subject alternative names, of which a client certificate must have one.
    pub verify_subject_alt_name: Vec<String>,
    /// TLS versions and ciphers.
    pub parameters: Option<Box<SslParameters>>,
    /// Protocols offered with ALPN; empty means `h2` and `http/1.1`. Since 1.3.10.
    pub alpn_protocols: Vec<String>,
    /// Whether no client certificates are requested, even if the Secret has a `ca.crt`. Since 1.7.
    pub one_way_tls: Option<bool>,
    /// Whether sessions can't be resumed. Since 1.9.
    pub disable_tls_session_resumption: Option<bool>,
    /// Time limit of the handshake. Since 1.10.
    pub transport_socket_connect_timeout: Option<ProtoDuration>,
    /// What happens if an OCSP staple is missing. Since 1.15.
    pub ocsp_staple_policy: OcspStaplePolicy,
    /// Unknown fields.
    pub unknown: UnknownFields,
}

message!(SslConfig {
    secrets: oneof SslSecrets,
    sni_domains: "sniDomains",
    verify_subject_alt_name: "verifySubjectAltName",
    parameters: "parameters",
    alpn_protocols: "alpnProtocols",
    one_way_tls: "oneWayTls",
    disable_tls_session_resumption: "disableTlsSessionResumption",
    transport_socket_connect_timeout: "transportSocketConnectTimeout",
    ocsp_staple_policy: "ocspStaplePolicy",
});

/// Where a certificate is: oneof `ssl_secrets`.
#[derive(Clone, Debug, PartialEq)]
pub enum SslSecrets {
    /// `secretRef`: a Kubernetes Secret of type `kubernetes.io/tls`.
    SecretRef(ResourceRef),
    /// `sslFiles`: files that Envoy reads.
    Files(Box<SslFiles>),
    /// `sds`: a secret discovery service.
    Sds(Box<SdsConfig>),
}

oneof!(SslSecrets as "ssl_secrets" {
    SecretRef(value): "secretRef" "secret_ref",
    Files(value): "sslFiles" "ssl_files",
    Sds(value): "sds" "sds",
});

/// A certificate in files: `sslFiles`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SslFiles {
    /// The certificate's file.
    pub tls_cert: String,
    /// The key's file.
    pub tls_key: String,
    /// The file of the certificate authority of client certificates.
    pub root_ca: String,
    /// The file of the OCSP staple. Since 1.15.
    pub ocsp_staple: String,
    /// Unknown fields.
    pub unknown: UnknownFields,
}

message!(SslFiles { tls_cert: "tlsCert", tls_key: "tlsKey", root_ca: "rootCa", ocsp_staple: "ocspStaple" });

/// A certificate from a secret discovery service: `sds`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SdsConfig {
    /// Where the service is.
    pub target_uri: String,
    /// The certificate's name there.
    pub certificates_secret_name: String,
    /// The name of the certificate authority of client certificates.
    pub validation_context_name: String,
    /// How the service is called: oneof `sds_builder`.
    pub builder: Option<SdsBuilder>,
    /// Unknown fields.
    pub unknown: UnknownFields,
}

message!(SdsConfig {
    target_uri: "targetUri",
    certificates_secret_name: "certificatesSecretName",
    validation_context_name: "validationContextName",
    builder: oneof SdsBuilder,
});

/// How a secret discovery service is called: oneof `sds_builder`.
#[derive(Clone, Debug, PartialEq)]
pub enum SdsBuilder {
    /// `callCredentials`: with these credentials, kept as JSON.
    CallCredentials(JsonObject),
    /// `clusterName`: through the Envoy cluster of this name.
    ClusterName(String),
}

oneof!(SdsBuilder as "sds_builder" {
    CallCredentials(value): "callCredentials" "call_credentials",
    ClusterName(value): "clusterName" "cluster_name",
});

/// TLS versions and ciphers: `parameters`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SslParameters {
    /// The oldest version accepted.
    pub minimum_protocol_version: TlsVersion,
    /// The newest version accepted.
    pub maximum_protocol_version: TlsVersion,
    /// Ciphers by their BoringSSL names; empty means Envoy's default.
    pub cipher_suites: Vec<String>,
    /// Curves by their BoringSSL names; empty means Envoy's default.
    pub ecdh_curves: Vec<String>,
    /// Unknown fields.
    pub unknown: UnknownFields,
}

message!(SslParameters {
    minimum_protocol_version: "minimumProtocolVersion",
    maximum_protocol_version: "maximumProtocolVersion",
    cipher_suites: "cipherSuites",
    ecdh_curves: "ecdhCurves",
});

/// A version of TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum TlsVersion {
    /// `TLS_AUTO`: Envoy's default.
    #[default]
    Auto,
    /// `TLSv1_0`
    Tls10,
    /// `TLSv1_1`
    Tls11,
    /// `TLSv1_2`
    Tls12,
    /// `TLSv1_3`
    Tls13,
}

proto_enum!(TlsVersion by name {
    Auto: "TLS_AUTO" 0,
    Tls10: "TLSv1_0" 1,
    Tls11: "TLSv1_1" 2,
    Tls12: "TLSv1_2" 3,
    Tls13: "TLSv1_3" 4,
});

/// What happens if an OCSP staple is missing or expired. Since 1.15.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum OcspStaplePolicy {
    /// `LENIENT_STAPLING`: the certificate is sent without a staple.
    #[default]
    Lenient,
    /// `STRICT_STAPLING`: the connection is refused if the staple has expired.
    Strict,
    /// `MUST_STAPLE`: the connection is refused if there is no staple.
    Must,
}

proto_enum!(OcspStaplePolicy by name { Lenient: "LENIENT_STAPLING" 0, Strict: "STRICT_STAPLING" 1, Must: "MUST_STAPLE" 2 });
