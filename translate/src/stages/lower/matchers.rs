//! Which requests a route is for: from the literal path and the headers of a path of an Ingress to a matcher.

use gloo_proxy_model::{HeaderMatcher, Matcher, PathSpecifier, Route, regex, validate_path};
use knative_ingress_model::{HeaderMatch, Headers, HttpIngressPath};

use super::{
    backends::{self, LoweredPath},
    context::Lowering,
    headers,
};
use crate::{
    Code,
    check::header,
    diagnostics::{field_path::FieldPath, quoted::Quoted},
    options::dialect::PathMeaning,
};

/// The route that `path` asks for: makes its matcher, and hands on to its backends.
pub(crate) fn route(path: &HttpIngressPath, at: &FieldPath<'_>, lowering: &mut Lowering<'_>) -> LoweredPath {
    let HttpIngressPath {
        path: literal,
        rewrite_host,
        headers: wanted,
        splits: _,
        append_headers: _,
        timeout: _,
        retries: _,
        unknown,
    } = path;
    lowering.unknown(unknown, at);
    let contract = lowering.settings.contract;
    let specifier = match contract.path {
        PathMeaning::Prefix => prefix_specifier(literal, at, lowering),
        PathMeaning::WholeRegex if literal.is_empty() => PathSpecifier::Regex(".*".to_owned()),
        PathMeaning::WholeRegex => PathSpecifier::Regex(literal.clone()),
    };
    let headers = if contract.supports_fields_since_2020 {
        header_matchers(wanted, at, lowering)
    } else {
        for (field, is_set) in [("headers", !wanted.is_empty()), ("rewriteHost", !rewrite_host.is_empty())] {
            if is_set {
                lowering.ignored(&at.field(field));
            }
        }
        Vec::new()
    };
    let matcher = Matcher { path: Some(specifier), headers, ..Matcher::default() };
    let route = Route { matchers: vec![matcher], ..Route::default() };
    backends::add_backends(route, path, at, lowering)
}

/// The specifier for every path that begins with `literal`: a prefix, or an expression where Gloo takes none. Warns if there is
/// no such path.
fn prefix_specifier(literal: &str, at: &FieldPath<'_>, lowering: &mut Lowering<'_>) -> PathSpecifier {
    if literal.is_empty() {
        return PathSpecifier::Regex(".*".to_owned());
    }
    let at = at.field("path");
    if let Some(why) = why_unreachable(literal) {
        let message = format_args!("no request has a path that begins with {}: {why}", Quoted(literal));
        lowering.diagnostics.warning(Code::UnreachableRoute, at, message);
    }
    if validate_path(literal).is_ok() {
        return PathSpecifier::Prefix(literal.to_owned());
    }
    let expression = format!("{}.*", escaped(literal));
    if let Err(error) = regex::re2_check(&expression, lowering.settings.options.regex_max_program_size) {
        let message = format_args!(
            "invalid path {}: expected a shorter one, or one of plain characters: Gloo takes it as a regular \
             expression only, and Envoy refuses that ({error})",
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

/// What `headers` demands of a request, sorted by name.
fn header_matchers(
    headers: &Headers<HeaderMatch>,
    at: &FieldPath<'_>,
    lowering: &mut Lowering<'_>,
) -> Vec<HeaderMatcher> {
    if headers.is_empty() {
        return Vec::new();
    }
    let at = at.field("headers");
    headers::duplicates(headers, &at, lowering);
    let mut matchers: Vec<_> = headers
        .iter()
        .map(|(name, wanted)| {
            let at = at.key(name);
            let HeaderMatch { exact, unknown } = wanted;
            lowering.unknown(unknown, &at);
            if let Some(fault) = header::name_fault(name) {
                let message = format_args!("the name is {fault}: expected an HTTP header name");
                lowering.diagnostics.error(Code::InvalidHeaderName, at, message);
            }
            if header::has_control(exact) || exact.len() > header::MAX_BYTES {
                let message = "the value has a control character, or more than 16,384 bytes: expected a value that a request can have";
                lowering.diagnostics.error(Code::InvalidHeaderValue, at.field("exact"), message);
            } else if exact.trim_matches([' ', '\t']) != exact {
                let message = format_args!(
                    "no request has the value {}: blanks around a header's value are not a part of it",
                    Quoted(exact)
                );
                lowering.diagnostics.warning(Code::UnreachableRoute, at.field("exact"), message);
            }
            header_matcher(name, exact)
        })
        .collect();
    // `Host` has become `:authority`, which sorts elsewhere.
    matchers.sort_by(|a, b| a.name.cmp(&b.name));
    matchers
}

/// The matcher for a header of exactly this value.
pub(crate) fn header_matcher(name: &str, exact: &str) -> HeaderMatcher {
    let name = if name.eq_ignore_ascii_case("host") { ":authority".to_owned() } else { name.to_owned() };
    if exact.is_empty() {
        // Gloo takes an empty value for "present, whatever its value".
        return HeaderMatcher { name, value: "^$".to_owned(), regex: true, ..HeaderMatcher::default() };
    }
    HeaderMatcher { name, value: exact.to_owned(), ..HeaderMatcher::default() }
}

#[cfg(test)]
mod tests {
    use super::{escaped, why_unreachable};

    #[test]
    fn regex_metacharacters_are_escaped() {
        assert_eq!(escaped("/v1/a.b*(c)?\\\n"), r"/v1/a\.b\*\(c\)\?\\\x0a");
    }

    #[test]
    fn unreachable_paths_are_detected() {
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
