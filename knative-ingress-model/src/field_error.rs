use std::fmt;

/// A validation error: what is wrong, and the fields that have this error.
///
/// Displayed as Knative displays it: `missing field(s): spec.rules[0].http, spec.tls[0].secretName`.
/// Source: `FieldError` of knative.dev/pkg's `apis`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// What is wrong.
    pub kind: FieldErrorKind,
    /// Where: field paths such as `spec.rules[0].http.paths[1].splits`, sorted as text, each once. Never empty.
    pub paths: Vec<String>,
}

/// What can be wrong with a field: the kinds of Knative's own validation. A new one is a breaking change, because
/// callers handle each kind.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum FieldErrorKind {
    /// A required field is missing.
    Missing,
    /// The field has this invalid value.
    InvalidValue(String),
    /// The backend's namespace isn't the Ingress's. Since 0.13.
    NamespaceMismatch,
    /// The percentages of the splits total this instead of 100.
    PercentTotal(i64),
}

impl FieldError {
    pub(crate) fn missing(path: String) -> Self {
        Self { kind: FieldErrorKind::Missing, paths: vec![path] }
    }
}

impl fmt::Display for FieldErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("missing field(s)"),
            Self::InvalidValue(value) => write!(f, "invalid value: {value}"),
            Self::NamespaceMismatch => f.write_str("service namespace must match ingress namespace"),
            Self::PercentTotal(total) => {
                write!(f, "traffic split percentage must total to 100, but was {total}")
            }
        }
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, paths } = self;
        write!(f, "{kind}: {}", paths.join(", "))
    }
}

impl std::error::Error for FieldError {}
