//! From a literal path to what Gloo and Envoy take for it, and which routes no request can reach.

use std::collections::BTreeMap;

use gloo_proxy_model::{PathSpecifier, regex};

use super::{Lowering, routes::RouteDraft};
use crate::{Code, path::Path};

/// The specifier for every path that begins with `literal`.
pub(crate) fn specifier(literal: &str, at: &Path<'_>, lowering: &mut Lowering<'_>) -> PathSpecifier {
    if literal.is_empty() {
        return PathSpecifier::Regex(".*".to_owned());
    }
    let at = at.field("path");
    if let Some(why) = unreachable(literal) {
        let message = format_args!("no request has a path that begins with {literal:?}: {why}");
        lowering.diagnostics.warning(Code::UnreachableRoute, at, message);
    }
    if gloo_takes_as_prefix(literal) {
        return PathSpecifier::Prefix(literal.to_owned());
    }
    let expression = format!("{}.*", escaped(literal));
    if let Err(error) = regex::re2_check(&expression, lowering.settings.options.regex_max_program_size) {
        let message = format_args!(
            "Gloo takes {:?} as a regular expression only, and Envoy refuses that: {error}; wanted a path of plain \
             characters, or a shorter one",
            abbreviated(literal)
        );
        lowering.diagnostics.error(Code::RegexTooLarge, at, message);
    }
    PathSpecifier::Regex(expression)
}

/// Whether Gloo since 1.14 takes it as a prefix: RFC 3986 `pchar` and `/`, without what Envoy's path normalisation changes.
fn gloo_takes_as_prefix(literal: &str) -> bool {
    let bytes = literal.as_bytes();
    let mut index = 0_usize;
    while let Some(byte) = bytes.get(index) {
        match byte {
            b'%' => {
                let hex = |offset: usize| {
                    bytes.get(index.saturating_add(offset)).filter(|byte| byte.is_ascii_hexdigit()).copied()
                };
                match (hex(1), hex(2)) {
                    (Some(b'2'), Some(b'f' | b'F')) => return false,
                    (Some(_), Some(_)) => {}
                    _ => return false,
                }
            }
            byte if is_pchar(*byte) || *byte == b'/' => {}
            _ => return false,
        }
        index = index.saturating_add(1);
    }
    !(literal.contains("//")
        || literal.contains("/./")
        || literal.contains("/../")
        || literal.ends_with("/.")
        || literal.ends_with("/.."))
}

/// Unreserved, sub-delims, `:` and `@` (RFC 3986 §3.3), without `%`.
const fn is_pchar(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'-' | b'.'
                | b'_'
                | b'~'
                | b'!'
                | b'$'
                | b'&'
                | b'\''
                | b'('
                | b')'
                | b'*'
                | b'+'
                | b','
                | b';'
                | b'='
                | b':'
                | b'@'
        )
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
fn unreachable(literal: &str) -> Option<&'static str> {
    if !literal.starts_with('/') {
        return Some("paths begin with `/`");
    }
    if literal.contains(['?', '#']) {
        return Some("the path ends before `?` and `#`");
    }
    if !literal.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Some("Envoy refuses paths with spaces, control characters and bytes outside of ASCII");
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

fn abbreviated(text: &str) -> &str {
    text.char_indices().nth(80).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

/// A header that must match: its name in lower case, its value, and whether that is an expression.
type Demand<'a> = (String, &'a str, bool);

/// For each route that an earlier one of `routes` keeps every request from: its place and the earlier one's.
pub(crate) fn shadowed<'a>(
    routes: &[RouteDraft],
    literal: impl Fn((usize, usize)) -> &'a str,
) -> Vec<(usize, usize)> {
    let mut shadowed = Vec::new();
    // Prefixes seen so far, by the headers that they demand, none of which begins with another; a route is kept from its
    // requests by one that demands the same headers or none.
    let mut seen: BTreeMap<Vec<Demand<'_>>, BTreeMap<&str, usize>> = BTreeMap::new();
    for (place, draft) in routes.iter().enumerate() {
        let literal = literal(draft.origin);
        let demands: Vec<Demand<'_>> = draft
            .route
            .matchers
            .iter()
            .flat_map(|matcher| &matcher.headers)
            .map(|header| (header.name.to_ascii_lowercase(), header.value.as_str(), header.regex))
            .collect();
        let by_same = seen.get(&demands).and_then(|prefixes| beginning_of(prefixes, literal));
        let by_any = seen.get(&Vec::new()).and_then(|prefixes| beginning_of(prefixes, literal));
        if let Some(earlier) = by_same.or(by_any) {
            shadowed.push((place, earlier));
            continue;
        }
        let prefixes = seen.entry(demands).or_default();
        let longer: Vec<&str> = prefixes
            .range(literal..)
            .map(|(prefix, _)| *prefix)
            .take_while(|prefix| prefix.starts_with(literal))
            .collect();
        for prefix in longer {
            prefixes.remove(prefix);
        }
        prefixes.insert(literal, place);
    }
    shadowed
}

/// The place of the prefix with which `literal` begins. Since no prefix begins with another, that can only be the last one
/// not behind it.
fn beginning_of(prefixes: &BTreeMap<&str, usize>, literal: &str) -> Option<usize> {
    let (prefix, place) = prefixes.range(..=literal).next_back()?;
    literal.starts_with(prefix).then_some(*place)
}

#[cfg(test)]
mod tests {
    use super::{escaped, gloo_takes_as_prefix, unreachable};

    #[test]
    fn prefixes_that_gloo_takes() {
        for literal in
            ["/", "/foo", "foo", "/a%20b", "/.well-known/acme-challenge/x_Y-0", "/a.b", "/a/.b", "/..a"]
        {
            assert!(gloo_takes_as_prefix(literal), "{literal}");
        }
        for literal in [
            "//", "/a//b", "/./", "/a/../b", "/a/..", "/.", "/a%2fb", "/a%2Fb", "/a%zz", "/%", "/a#", "/a?",
            "/a b", "/é",
        ] {
            assert!(!gloo_takes_as_prefix(literal), "{literal}");
        }
    }

    #[test]
    fn escapes_for_re2() {
        assert_eq!(escaped("/v1/a.b*(c)?\\\n"), r"/v1/a\.b\*\(c\)\?\\\x0a");
    }

    #[test]
    fn paths_that_no_request_has() {
        assert!(
            ["foo", "/a?b", "/a#", "/a b", "/a\0", "/é", "/{a}", "/a\\b", "/%66oo", "/a/./b", "/a/../b"]
                .into_iter()
                .all(|p| unreachable(p).is_some())
        );
        assert!(
            ["/", "//", "/a%2fb", "/a/..", "/a%20b", "/a%"].into_iter().all(|p| unreachable(p).is_none())
        );
    }
}
