use std::fmt;

use gloo_proxy_model::UnknownFields;

/// What Gloo says of a Proxy while it makes Envoy's configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigReport {
    /// What is the matter.
    pub kind: ReportKind,
    /// Where, and what was found.
    pub message: String,
}

/// The kinds of Gloo's reports, by its own names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReportKind {
    /// Two listeners on one port.
    BindPortNotUniqueError,
    /// One domain in several virtual hosts, or twice in one.
    DomainsNotUniqueError,
    /// An empty domain.
    EmptyDomainError,
    /// A matcher without a path.
    InvalidMatcherError,
    /// Anything that one of its plugins refuses.
    ProcessingError,
    /// Two filter chains for one SNI.
    SslConfigError,
    /// A destination that does not exist.
    InvalidDestinationWarning,
    /// A certificate that does not exist.
    SslConfigWarning,
    /// Not Gloo's: something that Gloo would have made use of, and that this module leaves out.
    Unsupported,
}

impl ReportKind {
    /// Whether it makes Gloo mark the Proxy `Rejected` (it is served all the same).
    pub fn is_error(self) -> bool {
        match self {
            Self::BindPortNotUniqueError
            | Self::DomainsNotUniqueError
            | Self::EmptyDomainError
            | Self::InvalidMatcherError
            | Self::ProcessingError
            | Self::SslConfigError => true,
            Self::InvalidDestinationWarning | Self::SslConfigWarning | Self::Unsupported => false,
        }
    }

    /// The name that Gloo prints.
    pub fn name(self) -> &'static str {
        match self {
            Self::BindPortNotUniqueError => "BindPortNotUniqueError",
            Self::DomainsNotUniqueError => "DomainsNotUniqueError",
            Self::EmptyDomainError => "EmptyDomainError",
            Self::InvalidMatcherError => "InvalidMatcherError",
            Self::ProcessingError => "ProcessingError",
            Self::SslConfigError => "SSLConfigError",
            Self::InvalidDestinationWarning => "InvalidDestinationWarning",
            Self::SslConfigWarning => "SSLConfigWarning",
            Self::Unsupported => "Unsupported",
        }
    }
}

impl fmt::Display for ConfigReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, message } = self;
        write!(f, "{}: {message}", kind.name())
    }
}

/// The reports of one Proxy.
#[derive(Debug, Default)]
pub(crate) struct Reports {
    found: Vec<ConfigReport>,
}

impl Reports {
    pub(crate) fn add(&mut self, kind: ReportKind, message: impl Into<String>) {
        self.found.push(ConfigReport { kind, message: message.into() });
    }

    /// Names each field that is set and not supported here.
    pub(crate) fn unsupported(&mut self, at: &str, fields: &[(&str, bool)], unknown: &UnknownFields) {
        let known = fields.iter().filter(|(_, set)| *set).map(|(name, _)| *name);
        for name in known.chain(unknown.iter().map(|(name, _)| name)) {
            self.add(ReportKind::Unsupported, format!("{at}: {name}"));
        }
    }

    pub(crate) fn into_vec(self) -> Vec<ConfigReport> {
        self.found
    }
}
