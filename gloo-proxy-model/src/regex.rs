//! Whether Envoy takes a regular expression: RE2's syntax, and the size of the program that RE2 makes of it.
//!
//! Envoy refuses a configuration with an expression that RE2 can't compile, or whose program has more instructions than
//! [`DEFAULT_MAX_PROGRAM_SIZE`] unless Gloo's `settings.gloo.regexMaxProgramSize` raises it. What stands here never says
//! that an expression is taken when it is not; it is a little stricter than RE2 (see [`program_size`] and [`re2_check`]).

mod brace;
mod class;
mod error;
mod syntax;

use regex_syntax::ast::Ast;

pub use error::RegexError;

/// The largest program that Envoy takes when nothing else is said. Gloo's Helm chart says 1024.
pub const DEFAULT_MAX_PROGRAM_SIZE: u32 = 100;

/// RE2 itself compiles nothing larger within the memory that Envoy gives it.
const RE2_MAX_PROGRAM_SIZE: u32 = 100_000;

/// Checks that RE2 compiles a pattern to a program of at most `limit` instructions.
///
/// # Errors
/// When Envoy refuses the pattern, or might. Stricter than RE2 in that it refuses some rare spellings: `\C`, `\Q…\E`, octal escapes, classes of Unicode scripts, a `[` within a class, and characters past `\x{FF}`
/// written as an escape (which Envoy 1.40 refuses and older ones take).
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

/// The most instructions that RE2's program for a pattern can have, as `RE2::ProgramSize` counts them.
///
/// Exact for text without operators (its bytes and 4 more). Otherwise an upper bound, which holds for RE2 reading UTF-8
/// (Envoy until 1.3x) and Latin-1 (Envoy 1.40): it counts the parts without what RE2 saves by sharing them.
///
/// # Errors
/// When RE2 does not compile the pattern.
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
    // The failing instruction, the loop that looks for the beginning (two) and the match.
    Ok(body.saturating_add(4))
}

fn parse(pattern: &str) -> Result<Ast, RegexError> {
    // The parser's message draws the pattern over several lines; its kind says the same in one.
    regex_syntax::ast::parse::Parser::new()
        .parse(&brace::escape_literal(pattern))
        .map_err(|error| RegexError::Syntax(error.kind().to_string()))
}
