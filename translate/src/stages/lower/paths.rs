//! From a literal path to what Gloo and Envoy take for it.

use gloo_proxy_model::{PathSpecifier, path_fault, regex};

use super::context::Lowering;
use crate::{
    Code,
    diagnostics::{field_path::FieldPath, quoted::Quoted},
};

/// The specifier for every path that begins with `literal`.
pub(crate) fn specifier(literal: &str, at: &FieldPath<'_>, lowering: &mut Lowering<'_>) -> PathSpecifier {
    if literal.is_empty() {
        return PathSpecifier::Regex(".*".to_owned());
    }
    let at = at.field("path");
    if let Some(why) = why_unreachable(literal) {
        let message = format_args!("no request has a path that begins with {}: {why}", Quoted(literal));
        lowering.diagnostics.warning(Code::UnreachableRoute, at, message);
    }
    if path_fault(literal).is_none() {
        return PathSpecifier::Prefix(literal.to_owned());
    }
    let expression = format!("{}.*", escaped(literal));
    if let Err(error) = regex::re2_check(&expression, lowering.settings.options.regex_max_program_size) {
        let message = format_args!(
            "Gloo takes {} as a regular expression only, and Envoy refuses that: {error}: expected a path of plain \
             characters, or a shorter one",
            Quoted(literal)
        );
        lowering.diagnostics.error(Code::RegexTooLarge, at, message);
    }
    PathSpecifier::Regex(expression)
}

/// `literal` as an RE2 expression that matches it alone.
fn escaped(literal: &str) -> String {
    let mut expression = String::with_capacity(literal.len().saturating_mul(2));
    for character in literal.chars() {
        match character {
            '\\' | '.' | '+' | '*' | '?' | '(' | ')' | '|' | '[' | ']' | '{' | '}' | '^' | '$' => {
                expression.push('\\');
                expression.push(character);
            }
            // Gloo and Envoy would rather not meet these bare.
            character if character.is_ascii_control() => {
                expression.push_str(&format!("\\x{:02x}", u32::from(character)));
            }
            character => expression.push(character),
        }
    }
    expression
}

/// Why no request's path begins with `literal`; `None` if one may.
pub(crate) fn why_unreachable(literal: &str) -> Option<&'static str> {
    if !literal.starts_with('/') {
        return Some("paths begin with `/`");
    }
    if literal.contains(['?', '#']) {
        return Some("the path ends before `?` and `#`");
    }
    if !literal.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Some("Envoy refuses or encodes spaces, control characters and bytes outside of ASCII");
    }
    if literal.contains(['"', '<', '>', '^', '`', '{', '|', '}', '\\'])
        || has_encoded_plain_character(literal)
    {
        return Some(
            "Envoy percent-encodes what must be, decodes what need not be and turns `\\` into `/` before it looks",
        );
    }
    if literal.contains("/./") || literal.contains("/../") {
        return Some("Envoy resolves `.` and `..` before it looks");
    }
    None
}

/// Whether a letter, a digit or one of `-._~` is percent-encoded.
fn has_encoded_plain_character(literal: &str) -> bool {
    literal.split('%').skip(1).any(|rest| {
        let code = rest.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        code.is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~'))
    })
}

#[cfg(test)]
mod tests {
    use super::{escaped, why_unreachable};

    #[test]
    fn escapes_for_re2() {
        assert_eq!(escaped("/v1/a.b*(c)?\\\n"), r"/v1/a\.b\*\(c\)\?\\\x0a");
    }

    #[test]
    fn paths_that_no_request_has() {
        for literal in
            ["foo", "/a?b", "/a#", "/a b", "/a\0", "/é", "/{a}", "/a\\b", "/%66oo", "/a/./b", "/a/../b"]
        {
            assert!(why_unreachable(literal).is_some(), "{literal:?}");
        }
        for literal in ["/", "//", "/a%2fb", "/a/..", "/a%20b", "/a%"] {
            assert!(why_unreachable(literal).is_none(), "{literal:?}");
        }
    }
}
