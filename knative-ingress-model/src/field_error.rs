use std::fmt;

/// What validation has against an Ingress: one reason, and all the fields that it is about.
///
/// Printed as Knative prints it: `missing field(s): spec.rules[0].http, spec.tls[0].secretName`.
/// Source: `FieldError` of knative.dev/pkg's `apis`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// What is wrong.
    pub kind: FieldErrorKind,
    /// Where: field paths such as `spec.rules[0].http.paths[1].splits`, sorted as text, each once. Never empty.
    pub paths: Vec<String>,
}

/// What can be wrong with a field: the kinds of Knative's own validation. A new one is a breaking change, for every caller has to
/// handle it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum FieldErrorKind {
    /// It is required and absent.
    Missing,
    /// It holds this, which it must not.
    InvalidValue(String),
    /// The backend is in another namespace than the Ingress. Since 0.13.
    NamespaceMismatch,
    /// The shares of a path come to this many percent.
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
