//! The size of RE2's programs, against what RE2 itself (its Python package, 1.1.20251105) said of 1,364 patterns in
//! `re2-program-sizes.jsonl`: the size reading UTF-8 and Latin-1, or `null` where it does not compile.
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects)]

use gloo_proxy_model::regex::{RegexError, program_size, re2_check};
use serde::Deserialize;

#[derive(Deserialize)]
struct Recorded {
    pattern: String,
    utf8: Option<u32>,
    latin1: Option<u32>,
}

fn recorded() -> Vec<Recorded> {
    include_str!("re2-program-sizes.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn regex_program_size_is_never_below_re2s() {
    let mut accepted = 0;
    for Recorded { pattern, utf8, latin1 } in recorded() {
        let Ok(size) = program_size(&pattern) else { continue };
        let (Some(utf8), Some(latin1)) = (utf8, latin1) else {
            panic!("{pattern:?} is accepted, but RE2 does not compile it");
        };
        assert!(size >= utf8 && size >= latin1, "{pattern:?}: {size} < {utf8} or {latin1}");
        accepted += 1;
    }
    assert!(accepted > 600, "only {accepted}");
}

#[test]
fn regex_program_size_is_within_a_quarter_of_re2s_for_most_patterns() {
    let (mut near, mut small) = (0, 0);
    for Recorded { pattern, utf8, .. } in recorded() {
        let (Ok(size), Some(utf8)) = (program_size(&pattern), utf8) else { continue };
        if utf8 <= 100 {
            small += 1;
            near += usize::from(size <= utf8 + utf8 / 4);
        }
    }
    assert!(near * 2 > small, "{near} of {small}");
}

#[test]
fn regex_program_size_of_escaped_text_is_its_length() {
    for text in ["/a.b", "/(x)", "/$", "/日本"] {
        assert_eq!(program_size(&escape(text)), Ok(u32::try_from(text.len()).unwrap() + 4), "{text}");
    }
}

fn escape(text: &str) -> String {
    text.chars()
        .flat_map(|c| [(!c.is_alphanumeric() && c != '/').then_some('\\'), Some(c)])
        .flatten()
        .collect()
}

#[test]
fn max_program_size_is_inclusive() {
    assert_eq!(re2_check(&"a".repeat(96), 100), Ok(()));
    assert_eq!(re2_check(&"a".repeat(97), 100), Err(RegexError::TooLarge { size: 101, limit: 100 }));
    assert_eq!(re2_check("", 100), Err(RegexError::Empty));
}

#[test]
fn unmatched_brace_is_literal() {
    assert_eq!(program_size("/users/{id}"), Ok(15));
    assert_eq!(program_size("[{]a{2}"), Ok(7));
    assert_eq!(program_size("[{-}]"), Ok(5));
    assert_eq!(program_size(r"\d{id}"), program_size(r"\d\{id\}"));
    assert_eq!(program_size(r"\pN{id}"), program_size(r"\pN\{id\}"));
}

/// Just within what RE2 takes, and just beyond it or beyond what is surely read as RE2 reads it.
#[test]
fn limits_of_the_syntax_are_those_of_re2() {
    let beyond = |what| Err(RegexError::Unsupported(what));
    let repetitions = "repetitions of more than 1000, nested ones multiplied";
    assert_eq!(program_size("a{1000}"), Ok(1004));
    assert_eq!(program_size("a{1001}"), beyond(repetitions));
    assert_eq!(program_size("(?:a{10}){100}"), Ok(1004));
    assert_eq!(program_size("(?:a{10}){101}"), beyond(repetitions));
    assert_eq!(program_size("(?:a{0}){1001}"), beyond(repetitions));
    assert_eq!(program_size(r"\xFF"), Ok(6));
    assert_eq!(program_size(r"\x{100}"), beyond(r"escapes past \x{FF}"));
    let names = "group names other than letters, digits and underscores";
    assert_eq!(program_size("(?P<a_1>x)"), Ok(7));
    assert_eq!(program_size("(?P<a.1>x)"), beyond(names));
    assert_eq!(program_size("[a-]"), Ok(6));
    assert_eq!(program_size("[-a-]"), beyond("several bare hyphens in a class"));
}

#[test]
fn all_that_is_not_ascii_takes_six_instructions() {
    assert_eq!(program_size(r"[^\x00-\x7F]"), Ok(10));
    assert_eq!(program_size(r"[^\x00-\x7E]"), Ok(11));
}
