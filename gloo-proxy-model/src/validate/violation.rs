use std::fmt;

/// Something in a Proxy that Gloo or Envoy refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// The field, such as `spec.listeners[0].bindPort`.
    pub path: String,
    /// Which rule.
    pub kind: ViolationKind,
    /// What was found there and what is expected.
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
    /// Gloo says nothing, and Envoy refuses the whole configuration.
    Envoy,
}

/// Which rule a [`Violation`] breaks. Gloo's kinds have Gloo's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ViolationKind {
    /// Gloo's `BindPortNotUniqueError`: two listeners have one port.
    BindPortNotUniqueError,
    /// Gloo's `SSLConfigError`: no certificate, or two of them for the same names.
    SslConfigError,
    /// Gloo's `DomainsNotUniqueError`: a domain stands twice.
    DomainsNotUniqueError,
    /// Gloo's `EmptyDomainError`: a domain is empty, alone in its list (where it serves as `*` all the same) or not.
    EmptyDomainError,
    /// Gloo's `InvalidMatcherError`: a matcher without a path.
    InvalidMatcherError,
    /// Gloo's `ProcessingError`: anything else that Gloo can't translate.
    ProcessingError,
    /// To Envoy alone: an IPv6 address on which it can't serve IPv4 too, as Gloo asks it to.
    BindAddress,
    /// To Envoy alone: domains that differ in their case only.
    DuplicateDomain,
    /// To Envoy alone: something needed is missing or empty.
    MissingValue,
    /// To Envoy alone: a text with a line break or NUL, or too long.
    InvalidText,
    /// To Envoy alone: a number or duration out of range.
    InvalidNumber,
    /// To Envoy alone: a `%` in a header's value that begins no command it knows.
    HeaderFormat,
    /// To Envoy alone: the removal of a header that must stay.
    ProtectedHeader,
    /// To Envoy alone: a regular expression that it can't compile, or finds too large.
    InvalidRegex,
    /// To Envoy alone: names by SNI that it can't match or that overlap.
    ServerNames,
    /// To Envoy alone: two settings that exclude each other.
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

    /// Its name: Gloo's own for Gloo's kinds.
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
