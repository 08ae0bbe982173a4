use std::fmt;

use regex::bytes::{Regex, RegexBuilder};

/// An expression that a whole text must match, with RE2's meaning: bytes, `.` without line breaks.
#[derive(Clone, Debug)]
pub(crate) enum Pattern {
    /// `.*`
    Anything,
    /// A text and `.*`, which is most of what there is and needs no engine.
    Prefix(String),
    /// Any other.
    Regex(Box<Regex>),
    /// One that does not compile.
    Invalid,
}

impl Pattern {
    pub(crate) fn new(pattern: &str) -> Self {
        if pattern == ".*" {
            return Self::Anything;
        }
        if let Some(prefix) = pattern.strip_suffix(".*").and_then(literal) {
            return Self::Prefix(prefix);
        }
        let whole = format!(r"\A(?:{pattern})\z");
        match RegexBuilder::new(&whole).unicode(false).build() {
            Ok(regex) => Self::Regex(Box::new(regex)),
            Err(_) => Self::Invalid,
        }
    }

    pub(crate) fn matches(&self, text: &str) -> bool {
        match self {
            Self::Anything => !text.contains('\n'),
            Self::Prefix(prefix) => text.starts_with(prefix) && !text.contains('\n'),
            Self::Regex(regex) => regex.is_match(text.as_bytes()),
            Self::Invalid => false,
        }
    }
}

impl fmt::Display for Pattern {
    /// The expression.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anything => f.write_str(".*"),
            Self::Prefix(prefix) => write!(f, "{}.*", regex::escape(prefix)),
            Self::Regex(regex) => {
                let whole = regex.as_str();
                let bare = whole.strip_prefix(r"\A(?:").and_then(|rest| rest.strip_suffix(r")\z"));
                f.write_str(bare.unwrap_or(whole))
            }
            Self::Invalid => f.write_str("(invalid)"),
        }
    }
}

/// The text that an expression without operators stands for.
fn literal(pattern: &str) -> Option<String> {
    let mut text = String::with_capacity(pattern.len());
    let mut chars = pattern.chars();
    while let Some(next) = chars.next() {
        text.push(match next {
            '\\' => chars.next().filter(char::is_ascii_punctuation)?,
            '.' | '*' | '+' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '|' | '^' | '$' => return None,
            other => other,
        });
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    /// The shortcut and the engine must mean the same.
    #[test]
    fn literal_prefix_agrees_with_the_regex_engine() {
        for pattern in [r"/a\.b.*", "/foo.*", r"/\{x\}/.*", "/a-b_c~.*", r"\.*", r"/a\\.*", "/é.*"] {
            let quick = Pattern::new(pattern);
            let engine = Pattern::new(&format!("(?:{pattern})"));
            assert!(matches!(engine, Pattern::Regex(_)));
            for text in
                ["/a.b", "/axb", "/foo", "/foobar", "/{x}/y", "/a-b_c~", ".", "..", "/a\\b", "/é", "/éz"]
            {
                assert_eq!(quick.matches(text), engine.matches(text), "{pattern} {text}");
            }
        }
    }
}
