use gloo_proxy_model::regex::program_size;

/// Checks the literal path of a rule.
pub(super) fn check(path: &str, limit: u32, errors: &mut Vec<String>) {
    if path.is_empty() || !needs_expression(path) {
        return;
    }
    let mut expression: String = path.chars().map(escaped).collect();
    expression.push_str(".*");
    if program_size(&expression).map_or(true, |size| size > limit) {
        errors.push(format!("invalid path {path:?}: expected a smaller regular expression"));
    }
}

/// Whether Gloo refuses the path as a prefix.
fn needs_expression(path: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/%".contains(&byte);
    let bad_escape = path.split('%').skip(1).any(|rest| {
        let digits = rest.as_bytes().first_chunk::<2>();
        !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    });
    !path.bytes().all(allowed)
        || bad_escape
        || ["//", "/./", "/../", "%2f", "%2F"].iter().any(|part| path.contains(part))
        || path.ends_with("/.")
        || path.ends_with("/..")
}

fn escaped(c: char) -> String {
    if c.is_ascii_punctuation() && c != '/' && c != '_' && c != '-' {
        format!("\\{c}")
    } else {
        c.to_string()
    }
}
