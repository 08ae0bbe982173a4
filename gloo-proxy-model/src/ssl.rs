use crate::message::{message, oneof, proto_enum};
use crate::{JsonObject, ProtoDuration, ResourceRef, UnknownFields};

/// A certificate and the names it is shown for: `sslConfigurations[]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SslConfig {
    /// Where the certificate is: oneof `ssl_secrets`.
    pub secrets: Option<SslSecrets>,
    /// The names by SNI, exact or `*.suffix`; none means every name.
    pub sni_domains: Vec<String>,
    /// Names of which a client certificate must have one.
    pub verify_subject_alt_name: Vec<String>,
    /// TLS versions and ciphers.
    pub parameters: Option<Box<SslParameters>>,
    /// Protocols offered by ALPN; none means `h2` and `http/1.1`. Since 1.3.10.
    pub alpn_protocols: Vec<String>,
    /// Whether a `ca.crt` in the Secret is no demand for client certificates. Since 1.7.
    pub one_way_tls: Option<bool>,
    /// Whether sessions can't be resumed. Since 1.9.
    pub disable_tls_session_resumption: Option<bool>,
    /// Time limit of the handshake. Since 1.10.
    pub transport_socket_connect_timeout: Option<ProtoDuration>,
    /// What happens when an OCSP staple is missing. Since 1.15.
    pub ocsp_staple_policy: OcspStaplePolicy,
    /// Fields that this crate has no name for.
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
    /// `sslFiles`: files beside Envoy.
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
    /// The file of the authority that client certificates must come from.
    pub root_ca: String,
    /// The file of the OCSP staple. Since 1.15.
    pub ocsp_staple: String,
    /// Fields that this crate has no name for.
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
    /// The name of the authority that client certificates must come from.
    pub validation_context_name: String,
    /// How the service is called: oneof `sds_builder`.
    pub builder: Option<SdsBuilder>,
    /// Fields that this crate has no name for.
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
    /// `callCredentials`: with these, kept as they are written.
    CallCredentials(JsonObject),
    /// `clusterName`: as the Envoy cluster of this name says.
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
    /// Ciphers, by BoringSSL's names; none means Envoy's own choice.
    pub cipher_suites: Vec<String>,
    /// Curves, by BoringSSL's names; none means Envoy's own choice.
    pub ecdh_curves: Vec<String>,
    /// Fields that this crate has no name for.
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
    /// `TLS_AUTO`: Envoy's own choice.
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

/// What happens when an OCSP staple is missing or too old. Since 1.15.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum OcspStaplePolicy {
    /// `LENIENT_STAPLING`: the certificate is shown without.
    #[default]
    Lenient,
    /// `STRICT_STAPLING`: one that is too old refuses the connection.
    Strict,
    /// `MUST_STAPLE`: none refuses the connection.
    Must,
}

proto_enum!(OcspStaplePolicy by name { Lenient: "LENIENT_STAPLING" 0, Strict: "STRICT_STAPLING" 1, Must: "MUST_STAPLE" 2 });
