use std::borrow::Cow;

/// Escapes each literal `{`. In RE2 a `{` that doesn't begin a repetition is literal (`/users/{id}`); to the parser it is an error.
pub(super) fn escape_literal(pattern: &str) -> Cow<'_, str> {
    if !pattern.contains('{') {
        return Cow::Borrowed(pattern);
    }
    let mut escaped = String::with_capacity(pattern.len().saturating_add(2));
    let mut rest = pattern.chars();
    while let Some(char) = rest.next() {
        match char {
            // `\p{…}` and `\x{…}` have braces of their own.
            '\\' => {
                escaped.push(char);
                let escape = rest.next();
                escaped.extend(escape);
                if matches!(escape, Some('p' | 'P' | 'x')) && rest.as_str().starts_with('{') {
                    escaped.extend(rest.next());
                }
                continue;
            }
            // Within a class too, where it is literal with and without.
            '{' if !is_repetition(rest.as_str()) => escaped.push('\\'),
            _ => {}
        }
        escaped.push(char);
    }
    Cow::Owned(escaped)
}

/// Whether RE2 takes a `{` before this text for a repetition: `2}`, `2,}`, `2,3}`.
fn is_repetition(text: &str) -> bool {
    let Some((inside, _)) = text.split_once('}') else { return false };
    let (least, most) = inside.split_once(',').unwrap_or((inside, ""));
    !least.is_empty() && [least, most].iter().all(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
}
