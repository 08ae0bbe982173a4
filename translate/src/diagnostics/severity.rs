use std::fmt;

/// How grave a [`Diagnostic`](crate::Diagnostic) is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The Ingress is left out of both Proxies.
    Error,
    /// The Ingress is translated, but not all of it as its author may think.
    Warning,
    /// The Ingress is not ours to translate.
    Info,
}

impl Severity {
    /// Its word: `error`, `warning`, `info`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
