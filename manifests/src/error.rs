use std::fmt;
use std::sync::Arc;

/// Where in which source something stands.
///
/// Printed `shop.yaml: document 2, item 3, line 17, column 5`; parts that say nothing are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Location {
    /// The name that was given to [`read`](crate::read), usually a file's path.
    pub source: Arc<str>,
    /// Number of the document in its source, from 1; empty documents count. `0` when the source as a whole is meant.
    pub document: usize,
    /// Number of the object in a `List` or array, from 1.
    pub item: Option<usize>,
    /// Line in the source, from 1. `0` when the source as a whole is meant.
    pub line: usize,
    /// Column in characters, from 1, where it is known.
    pub column: Option<usize>,
}

impl Location {
    pub(crate) fn of_source(source: &str) -> Self {
        Location { source: Arc::from(source), document: 0, item: None, line: 0, column: None }
    }

    pub(crate) fn at(&self, document: usize, line: usize, column: Option<usize>) -> Self {
        Location { source: Arc::clone(&self.source), document, item: None, line, column }
    }

    pub(crate) fn error(&self, kind: ErrorKind) -> ManifestError {
        ManifestError { location: self.clone(), path: String::new(), kind }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Location { source, document, item, line, column } = self;
        f.write_str(source)?;
        let mut separator = ": ";
        let mut part = |f: &mut fmt::Formatter<'_>, name: &str, number: usize| {
            if number > 0 {
                write!(f, "{separator}{name} {number}")?;
                separator = ", ";
            }
            Ok(())
        };
        part(f, "document", *document)?;
        part(f, "item", item.unwrap_or(0))?;
        part(f, "line", *line)?;
        part(f, "column", column.unwrap_or(0))
    }
}

/// Why a manifest can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The bytes are not text.
    #[error("invalid UTF-8")]
    NotUtf8,
    /// The source is larger than [`Limits::bytes`](crate::Limits::bytes).
    #[error("invalid size of {bytes} bytes: expected at most {limit}")]
    TooLarge {
        /// Its size, in bytes.
        bytes: usize,
        /// The limit, in bytes.
        limit: usize,
    },
    /// Deeper than [`Limits::depth`](crate::Limits::depth).
    #[error("invalid nesting: expected at most {limit} levels")]
    TooDeep {
        /// The limit, in levels.
        limit: usize,
    },
    /// Anchors and aliases add more than [`Limits::alias_bytes`](crate::Limits::alias_bytes).
    #[error("invalid aliases: expected them to add at most {limit} bytes")]
    AliasesTooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// Not YAML or not JSON, in the parser's words; what comes after it in the source is not read.
    #[error("{0}")]
    Syntax(String),
    /// A mapping has one key twice.
    #[error("duplicate key `{0}`")]
    DuplicateKey(String),
    /// YAML that means no JSON value, or to each reader another: a key that is not text, a number beyond 64 bits, a tag of one's
    /// own, an alias without its anchor.
    #[error("{0}")]
    Value(String),
    /// `apiVersion` or `kind` is missing, empty, or not text.
    #[error("missing `{0}`: expected a Kubernetes object")]
    Missing(&'static str),
    /// A document or an item of a `List` is not an object, or a field's value is not of the field's type.
    #[error("{0}")]
    Type(String),
}

/// A manifest that can't be used: where, which field, and why.
///
/// Printed `shop.yaml: document 2, line 17: spec.rules[0].hosts[1]: invalid type: integer 5, expected a string`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ManifestError {
    /// Where it stands.
    pub location: Location,
    /// Path of the field below the object, empty for the object itself.
    pub path: String,
    /// Why it can't be used.
    pub kind: ErrorKind,
}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ManifestError { location, path, kind } = self;
        write!(f, "{location}: ")?;
        if !path.is_empty() {
            write!(f, "{path}: ")?;
        }
        write!(f, "{kind}")
    }
}

impl std::error::Error for ManifestError {}
