use std::fmt;
use std::sync::Arc;

/// Where in which source something stands.
///
/// Printed `shop.yaml: document 2, item 3, line 17, column 5`; parts that say nothing are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Place {
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

impl Place {
    pub(crate) fn of_source(source: &str) -> Self {
        Place { source: Arc::from(source), document: 0, item: None, line: 0, column: None }
    }

    pub(crate) fn at(&self, document: usize, line: usize, column: Option<usize>) -> Self {
        Place { source: Arc::clone(&self.source), document, item: None, line, column }
    }

    pub(crate) fn fail(&self, problem: Problem) -> ManifestError {
        ManifestError { place: self.clone(), path: String::new(), problem }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { source, document, item, line, column } = self;
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

/// What is wrong with a manifest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The bytes are not text.
    #[error("invalid UTF-8")]
    NotUtf8,
    /// The source is larger than [`Limits::bytes`](crate::Limits::bytes).
    #[error("source too large: {bytes} bytes, at most {limit} are allowed")]
    TooLarge {
        /// Its size, in bytes.
        bytes: usize,
        /// The limit, in bytes.
        limit: usize,
    },
    /// Deeper than [`Limits::depth`](crate::Limits::depth).
    #[error("nested too deeply: at most {limit} levels are allowed")]
    TooDeep {
        /// The limit, in levels.
        limit: usize,
    },
    /// Anchors and aliases add more than [`Limits::alias_bytes`](crate::Limits::alias_bytes).
    #[error("aliases expand too far: at most {limit} bytes are allowed")]
    AliasesTooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// An alias inside the very value that its anchor names.
    #[error("alias inside the value that it repeats")]
    AliasOfItself,
    /// An alias whose anchor stands in another document.
    #[error("alias of an anchor that is not in this document")]
    UnknownAnchor,
    /// Not YAML, in the parser's words; what comes after it in the source is not read.
    #[error("invalid YAML: {0}")]
    NotYaml(String),
    /// Not JSON, in the parser's words; what comes after it in the source is not read.
    #[error("invalid JSON: {0}")]
    NotJson(String),
    /// A mapping has one key twice.
    #[error("duplicate key `{0}`")]
    DuplicateKey(String),
    /// A key that JSON can't hold, or that readers of YAML disagree about.
    #[error("{0}")]
    Key(String),
    /// A merge key (`<<`) whose value is not a mapping or a sequence of mappings.
    #[error("invalid value of `<<`: expected a mapping or a sequence of mappings, found {0}")]
    Merge(&'static str),
    /// A tag other than YAML's own for text, numbers, booleans, null, mappings and sequences.
    #[error("unsupported tag `{0}`")]
    Tag(String),
    /// A scalar that does not fit its explicit tag, or a number that JSON can't hold exactly.
    #[error("{0}")]
    Scalar(String),
    /// An object is expected: a document, an item of a `List`.
    #[error("expected an object, found {0}")]
    NotAnObject(&'static str),
    /// Neither `apiVersion` nor `kind` may be missing, empty or anything but text.
    #[error("missing `{0}`: not a Kubernetes object")]
    Missing(&'static str),
    /// A field's value is not of the field's type.
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
    pub place: Place,
    /// Path of the field below the object, empty for the object itself.
    pub path: String,
    /// What is wrong.
    pub problem: Problem,
}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ManifestError { place, path, problem } = self;
        write!(f, "{place}: ")?;
        if !path.is_empty() {
            write!(f, "{path}: ")?;
        }
        write!(f, "{problem}")
    }
}

impl std::error::Error for ManifestError {}
