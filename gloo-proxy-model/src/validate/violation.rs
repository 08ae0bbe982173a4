use std::fmt;

/// A value in a Proxy that Gloo or Envoy refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// The field, such as `spec.listeners[0].bindPort`.
    pub path: String,
    /// The rule that it breaks.
    pub kind: ViolationKind,
    /// What was found and what is expected.
    pub message: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        let Self { path, kind, message } = self;
        write!(formatter, "{path}: {kind}: {message}")
    }
}

/// Who refuses a [`Violation`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RefusedBy {
    /// Gloo reports an error and the Proxy's state is Rejected. Envoy may refuse it too.
    Gloo,
    /// Gloo reports nothing, and Envoy refuses the whole configuration.
    Envoy,
}

/// The rule that a [`Violation`] breaks. Gloo's rules have Gloo's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ViolationKind {
    /// Gloo's `BindPortNotUniqueError`: two listeners have the same port.
    BindPortNotUniqueError,
    /// Gloo's `SSLConfigError`: no certificate, or two certificates for the same names.
    SslConfigError,
    /// Gloo's `DomainsNotUniqueError`: a domain occurs twice.
    DomainsNotUniqueError,
    /// Gloo's `EmptyDomainError`: a domain is empty. (An empty domain that is the only one of its list still acts as `*`.)
    EmptyDomainError,
    /// Gloo's `InvalidMatcherError`: a matcher without a path.
    InvalidMatcherError,
    /// Gloo's `ProcessingError`: anything else that Gloo can't translate.
    ProcessingError,
    /// Envoy's: an IPv6 address on which it can't serve IPv4 as well, which Gloo asks for.
    BindAddress,
    /// Envoy's: domains that differ only in case.
    DuplicateDomain,
    /// Envoy's: a required value is missing or empty.
    MissingValue,
    /// Envoy's: a text that is too long or contains a line break or NUL.
    InvalidText,
    /// Envoy's: a number or duration out of range.
    InvalidNumber,
    /// Envoy's: a `%` in a header value that doesn't begin a known command.
    HeaderFormat,
    /// Envoy's: the removal of a header that must not be removed.
    ProtectedHeader,
    /// Envoy's: a regular expression that it can't compile, or whose program is too large.
    InvalidRegex,
    /// Envoy's: SNI domains that it can't match, or that overlap.
    ServerNames,
    /// Envoy's: two settings that exclude each other.
    Conflict,
}

impl ViolationKind {
    /// Who refuses it.
    pub const fn refused_by(self) -> RefusedBy {
        match self {
            Self::BindPortNotUniqueError
            | Self::SslConfigError
            | Self::DomainsNotUniqueError
            | Self::EmptyDomainError
            | Self::InvalidMatcherError
            | Self::ProcessingError => RefusedBy::Gloo,
            Self::BindAddress
            | Self::DuplicateDomain
            | Self::MissingValue
            | Self::InvalidText
            | Self::InvalidNumber
            | Self::HeaderFormat
            | Self::ProtectedHeader
            | Self::InvalidRegex
            | Self::ServerNames
            | Self::Conflict => RefusedBy::Envoy,
        }
    }

    /// Its name. Gloo's rules have Gloo's names.
    pub const fn name(self) -> &'static str {
        match self {
            Self::BindPortNotUniqueError => "BindPortNotUniqueError",
            Self::SslConfigError => "SSLConfigError",
            Self::DomainsNotUniqueError => "DomainsNotUniqueError",
            Self::EmptyDomainError => "EmptyDomainError",
            Self::InvalidMatcherError => "InvalidMatcherError",
            Self::ProcessingError => "ProcessingError",
            Self::BindAddress => "BindAddress",
            Self::DuplicateDomain => "DuplicateDomain",
            Self::MissingValue => "MissingValue",
            Self::InvalidText => "InvalidText",
            Self::InvalidNumber => "InvalidNumber",
            Self::HeaderFormat => "HeaderFormat",
            Self::ProtectedHeader => "ProtectedHeader",
            Self::InvalidRegex => "InvalidRegex",
            Self::ServerNames => "ServerNames",
            Self::Conflict => "Conflict",
        }
    }
}

impl fmt::Display for ViolationKind {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
