use std::fmt;

use crate::Code;

/// What an Ingress's author should know about its translation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Diagnostic {
    /// How grave it is.
    pub severity: Severity,
    /// What kind it is; stable across releases.
    pub code: Code,
    /// The field, as `spec.rules[0].http.paths[1].splits[0].servicePort`. Indices are those of the object as given.
    pub path: String,
    /// What was found and what is wanted.
    pub message: String,
}

/// How grave a [`Diagnostic`] is.
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

impl fmt::Display for Diagnostic {
    /// `path: message [code]`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { severity: _, code, path, message } = self;
        write!(f, "{path}: {message} [{code}]")
    }
}

/// The diagnostics of one Ingress while it is being translated.
#[derive(Debug, Default)]
pub(crate) struct Diagnostics {
    list: Vec<Diagnostic>,
    has_errors: bool,
}

impl Diagnostics {
    pub(crate) fn error(&mut self, code: Code, path: impl fmt::Display, message: impl fmt::Display) {
        self.has_errors = true;
        self.push(Severity::Error, code, path, message);
    }

    pub(crate) fn warning(&mut self, code: Code, path: impl fmt::Display, message: impl fmt::Display) {
        self.push(Severity::Warning, code, path, message);
    }

    pub(crate) fn info(&mut self, code: Code, path: impl fmt::Display, message: impl fmt::Display) {
        self.push(Severity::Info, code, path, message);
    }

    fn push(&mut self, severity: Severity, code: Code, path: impl fmt::Display, message: impl fmt::Display) {
        self.list.push(Diagnostic { severity, code, path: path.to_string(), message: message.to_string() });
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.has_errors
    }

    /// All of them, errors first.
    pub(crate) fn into_vec(mut self) -> Vec<Diagnostic> {
        self.list.sort_by_key(|diagnostic| diagnostic.severity);
        self.list
    }
}
