//! Whether Envoy accepts a regular expression: RE2's syntax, and the size of RE2's program for it.
//!
//! Envoy refuses a configuration with an expression that RE2 can't compile, or whose program has more than
//! [`DEFAULT_MAX_PROGRAM_SIZE`] instructions, unless Gloo's `settings.gloo.regexMaxProgramSize` raises the limit. This module never
//! accepts an expression that Envoy refuses. It is slightly stricter than RE2 (see [`program_size`] and [`re2_check`]).

mod brace;
mod class;
mod error;
mod syntax;

use regex_syntax::ast::Ast;

pub use error::RegexError;

/// Envoy's default for the largest program. Gloo's Helm chart sets 1024.
pub const DEFAULT_MAX_PROGRAM_SIZE: u32 = 100;

/// The largest program that RE2 compiles within the memory that Envoy gives it.
const RE2_MAX_PROGRAM_SIZE: u32 = 100_000;

/// Checks that RE2 compiles a pattern to a program of at most `limit` instructions.
///
/// # Errors
/// When Envoy refuses the pattern, or may refuse it. This is stricter than RE2, because it refuses some rare syntax: `\C`, `\Q…\E`,
/// octal escapes, classes of Unicode scripts, a `[` within a class, and escapes of characters past `\x{FF}` (which Envoy 1.40
/// refuses and older releases accept).
///
/// ```
/// use gloo_proxy_model::regex::{DEFAULT_MAX_PROGRAM_SIZE, re2_check};
/// assert!(re2_check("/v[0-9]+/.*", DEFAULT_MAX_PROGRAM_SIZE).is_ok());
/// assert!(re2_check("/(?=x)", DEFAULT_MAX_PROGRAM_SIZE).is_err());
/// assert!(re2_check(&"x".repeat(97), DEFAULT_MAX_PROGRAM_SIZE).is_err());
/// ```
pub fn re2_check(pattern: &str, limit: u32) -> Result<(), RegexError> {
    let size = program_size(pattern)?;
    let limit = limit.min(RE2_MAX_PROGRAM_SIZE);
    if size > limit { Err(RegexError::TooLarge { size, limit }) } else { Ok(()) }
}

/// The maximum number of instructions of RE2's program for a pattern, as `RE2::ProgramSize` counts them.
///
/// Exact for text without operators (its number of bytes plus 4). Otherwise an upper bound, both for RE2 reading UTF-8 (Envoy until
/// 1.3x) and Latin-1 (Envoy 1.40): RE2 shares some instructions, which this counts more than once.
///
/// # Errors
/// When RE2 doesn't compile the pattern.
///
/// ```
/// assert_eq!(gloo_proxy_model::regex::program_size("/healthz"), Ok(12));
/// ```
pub fn program_size(pattern: &str) -> Result<u32, RegexError> {
    if pattern.is_empty() {
        return Err(RegexError::Empty);
    }
    let plain =
        pattern.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/_-~!@%&=:;,'\"<>` #".contains(&byte));
    let body = if plain {
        u32::try_from(pattern.len()).unwrap_or(u32::MAX)
    } else {
        let ast = parse(pattern)?;
        syntax::cost(&ast)?
    };
    // One instruction to fail, two for the loop that searches the start, and one to match.
    Ok(body.saturating_add(4))
}

fn parse(pattern: &str) -> Result<Ast, RegexError> {
    // The parser's own message takes several lines; its kind is one line.
    regex_syntax::ast::parse::Parser::new()
        .parse(&brace::escape_literal(pattern))
        .map_err(|error| RegexError::Syntax(error.kind().to_string()))
}
