/// Why Envoy refuses a regular expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegexError {
    /// It is empty, which Envoy takes for missing.
    #[error("the regular expression is empty")]
    Empty,
    /// It is not well formed.
    #[error("the regular expression is invalid: {0}")]
    Syntax(String),
    /// RE2 has no such thing, though other engines do.
    #[error("RE2 does not know {0}")]
    Unsupported(&'static str),
    /// Its program would be, or might be, larger than allowed.
    #[error(
        "the program of the regular expression may have {size} instructions and at most {limit} are allowed"
    )]
    TooLarge {
        /// The most instructions that the program can have.
        size: u32,
        /// How many are allowed.
        limit: u32,
    },
}
