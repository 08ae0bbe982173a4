/// Why Envoy refuses a regular expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegexError {
    /// It is empty, which to Envoy is a missing value.
    #[error("expected at least one character")]
    Empty,
    /// Its syntax is invalid.
    #[error("invalid syntax: {0}")]
    Syntax(String),
    /// RE2 doesn't support a part of it, though other engines do.
    #[error("RE2 doesn't support {0}")]
    Unsupported(&'static str),
    /// Its program is larger than allowed, or may be.
    #[error("invalid program of up to {size} instructions: expected at most {limit}")]
    TooLarge {
        /// The most instructions that the program can have.
        size: u32,
        /// How many are allowed.
        limit: u32,
    },
}
