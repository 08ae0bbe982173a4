//! What is wrong with a Proxy: by Gloo's rules, and by Envoy's where Gloo has none.
//!
//! Both matter alike: whatever Envoy refuses, it refuses together with the whole configuration, so that one bad entry
//! freezes every route of the gateway.

mod check;
mod destination;
mod format;
mod headers;
mod listener;
mod matcher;
mod options;
mod route;
mod tls;
mod virtual_hosts;

use std::fmt;

use crate::Proxy;
use crate::regex::DEFAULT_MAX_PROGRAM_SIZE;
use check::Check;

/// Limits of [`Proxy::validate_with`] that Gloo's settings can change.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ValidationLimits {
    /// The most instructions of a regular expression's program: `settings.gloo.regexMaxProgramSize`. Envoy's own default is
    /// [`DEFAULT_MAX_PROGRAM_SIZE`]; Gloo's Helm chart says 1024.
    pub max_program_size: u32,
}

impl ValidationLimits {
    /// The default limits with another one for the programs of regular expressions.
    #[must_use]
    pub fn with_max_program_size(self, max_program_size: u32) -> Self {
        Self { max_program_size }
    }
}

impl Default for ValidationLimits {
    fn default() -> Self {
        Self { max_program_size: DEFAULT_MAX_PROGRAM_SIZE }
    }
}

/// Something in a Proxy that Gloo or Envoy refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The field, such as `spec.listeners[0].bindPort`.
    pub path: String,
    /// Which rule.
    pub kind: ViolationKind,
    /// What stands there and what is wanted.
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

/// Which rule a [`Violation`] breaks. Gloo's kinds have Gloo's names. Complete: a new member is a breaking change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
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

impl Proxy {
    /// Everything that Gloo 1.22 or Envoy 1.40 would refuse, as far as the Proxy alone tells: not whether the Services,
    /// Upstreams and Secrets that it names exist, nor what is in fields that this crate keeps open. In the order of
    /// the fields; empty when all is well.
    ///
    /// Listeners and virtual hosts may share names: Gloo and Envoy accept that. Takes time in proportion to the Proxy's size.
    ///
    /// ```
    /// use gloo_proxy_model::{Proxy, ViolationKind};
    /// let proxy = Proxy::from_json(br#"{"spec": {"listeners": [{"bindAddress": "::", "httpListener": {"virtualHosts": [
    ///     {"name": "a", "domains": ["a.com", "b.com"]},
    ///     {"name": "b", "domains": ["b.com"]}
    /// ]}}]}}"#)?;
    /// let violations = proxy.validate();
    /// assert_eq!(violations.len(), 1);
    /// assert_eq!(violations[0].kind, ViolationKind::DomainsNotUniqueError);
    /// assert_eq!(violations[0].path, "spec.listeners[0].httpListener.virtualHosts[1].domains[0]");
    /// # Ok::<(), gloo_proxy_model::ParseProxyError>(())
    /// ```
    pub fn validate(&self) -> Vec<Violation> {
        self.validate_with(&ValidationLimits::default())
    }

    /// As [`validate`](Self::validate), with other limits than the default ones.
    pub fn validate_with(&self, limits: &ValidationLimits) -> Vec<Violation> {
        let mut check = Check::new(limits);
        check.field("spec", |check| listener::check_all(check, &self.spec.listeners));
        check.finish()
    }
}
