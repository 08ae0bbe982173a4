//! YAML that YAML 1.1 (kubectl, PyYAML) and YAML 1.2 readers understand alike, in the style of kubectl.

use crate::scalar;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::Serialize;
use serde_json::Number;
use std::fmt;
use std::fmt::Write as _;

/// A value that has no JSON form, such as a map whose keys are not text.
#[derive(Debug, thiserror::Error)]
#[error("no YAML: {0}")]
pub struct WriteError(#[from] serde_json::Error);

/// One YAML document without `---`, ending in a line break; fields in the order in which the value serialises them.
///
/// What it holds is the value's JSON form. Text that some reader would take for a boolean, number, date or null is
/// quoted, as is text with characters that can't be seen.
///
/// # Errors
/// [`WriteError`] when the value can't be serialised as JSON.
///
/// ```
/// use knative_gloo_manifests::to_yaml;
/// use serde_json::json;
///
/// let text = to_yaml(&json!({"hosts": ["a.example.com", "*.x", "y"], "port": "80", "retries": {}})).unwrap();
/// assert_eq!(text, "hosts:\n- a.example.com\n- \"*.x\"\n- \"y\"\nport: \"80\"\nretries: {}\n");
/// ```
pub fn to_yaml<T: Serialize + ?Sized>(value: &T) -> Result<String, WriteError> {
    // By way of JSON text and not of `serde_json::Value`, which would sort the fields.
    let node: Node = serde_json::from_str(&serde_json::to_string(value)?)?;
    let mut out = String::new();
    block(&mut out, &node, 0, Position::LineStart);
    Ok(out)
}

/// A YAML stream: each document begins with a `---` line.
///
/// # Errors
/// [`WriteError`] when a value can't be serialised as JSON.
///
/// ```
/// # use knative_gloo_manifests::to_yaml_stream;
/// assert_eq!(to_yaml_stream([&[1, 2][..], &[]]).unwrap(), "---\n- 1\n- 2\n---\n[]\n");
/// ```
pub fn to_yaml_stream<T: Serialize>(values: impl IntoIterator<Item = T>) -> Result<String, WriteError> {
    let mut out = String::new();
    for value in values {
        out.push_str("---\n");
        out.push_str(&to_yaml(&value)?);
    }
    Ok(out)
}

/// JSON that remembers the order of its fields.
enum Node {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    Sequence(Vec<Node>),
    Mapping(Vec<(String, Node)>),
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Number::from_f64(value).map_or(Node::Null, Node::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut sequence = Vec::new();
        while let Some(item) = items.next_element()? {
            sequence.push(item);
        }
        Ok(Node::Sequence(sequence))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Node, A::Error> {
        let mut mapping = Vec::new();
        while let Some(field) = fields.next_entry()? {
            mapping.push(field);
        }
        Ok(Node::Mapping(mapping))
    }
}

/// What stands before a value on its line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Position {
    /// Nothing: the document itself.
    LineStart,
    /// `key:`, without a space.
    AfterKey,
    /// `-`, without a space.
    AfterDash,
}

/// Writes a value and its line break. `indent` is the column of the value's own lines.
fn block(out: &mut String, node: &Node, indent: usize, position: Position) {
    match node {
        Node::Sequence(items) if !items.is_empty() => {
            // kubectl's style: a sequence is not indented below its key.
            let indent = if position == Position::AfterKey { indent.saturating_sub(2) } else { indent };
            for (index, item) in items.iter().enumerate() {
                start_line(out, indent, position, index);
                out.push('-');
                block(out, item, indent.saturating_add(2), Position::AfterDash);
            }
        }
        Node::Mapping(fields) if !fields.is_empty() => {
            for (index, (key, value)) in fields.iter().enumerate() {
                start_line(out, indent, position, index);
                write_key(out, key, indent);
                block(out, value, indent.saturating_add(2), Position::AfterKey);
            }
        }
        Node::Null
        | Node::Bool(_)
        | Node::Number(_)
        | Node::Text(_)
        | Node::Sequence(_)
        | Node::Mapping(_) => {
            if position != Position::LineStart {
                out.push(' ');
            }
            match node {
                Node::Null => out.push_str("null"),
                Node::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
                Node::Number(number) => write_number(out, number),
                Node::Text(text) => write_text(out, text, indent),
                Node::Sequence(_) => out.push_str("[]"),
                Node::Mapping(_) => out.push_str("{}"),
            }
            out.push('\n');
        }
    }
}

fn start_line(out: &mut String, indent: usize, position: Position, index: usize) {
    match position {
        Position::AfterDash if index == 0 => out.push(' '),
        Position::AfterKey if index == 0 => {
            out.push('\n');
            spaces(out, indent);
        }
        Position::LineStart | Position::AfterKey | Position::AfterDash => spaces(out, indent),
    }
}

fn spaces(out: &mut String, count: usize) {
    out.extend(std::iter::repeat_n(' ', count));
}

fn write_key(out: &mut String, key: &str, indent: usize) {
    let start = out.len();
    if is_plain(key) {
        out.push_str(key);
    } else {
        write_quoted(out, key);
    }
    // YAML takes a key of more than 1024 characters only when it is announced.
    if out.len().saturating_sub(start) > 1000 {
        out.insert_str(start, "? ");
        out.push('\n');
        spaces(out, indent);
    }
    out.push(':');
}

/// A float needs a point and a signed exponent: PyYAML takes `1e300` for text.
fn write_number(out: &mut String, number: &Number) {
    let text = number.to_string();
    match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => {
            let point = if mantissa.contains('.') { "" } else { ".0" };
            let sign = if exponent.starts_with(['-', '+']) { "" } else { "+" };
            let _ = write!(out, "{mantissa}{point}e{sign}{exponent}");
        }
        None => out.push_str(&text),
    }
}

fn write_text(out: &mut String, text: &str, indent: usize) {
    if is_plain(text) {
        out.push_str(text);
    } else if is_literal(text) {
        out.push_str(if text.ends_with('\n') { "|" } else { "|-" });
        for line in text.lines() {
            out.push('\n');
            if !line.is_empty() {
                spaces(out, indent.max(2));
                out.push_str(line);
            }
        }
    } else {
        write_quoted(out, text);
    }
}

/// Whether every reader takes the bare text for this very text, as a value or a key outside of `[]` and `{}`.
fn is_plain(text: &str) -> bool {
    let mut characters = text.chars();
    let Some(first) = characters.next() else { return false };
    if !text.chars().all(|c| c == ' ' || c.is_ascii_graphic()) {
        return false;
    }
    if first.is_ascii_digit() {
        // `10m0s`, `600s` and `1.2.3-x` are text to everybody; dates, times, octals and exponents are not to somebody.
        let unmistakable = |c: char| {
            c.is_ascii_alphabetic() && !c.is_ascii_hexdigit() && !matches!(c, 'o' | 'O' | 'x' | 'X' | '_')
        };
        return text.chars().all(|c| c.is_ascii_alphanumeric() || c == '.') && text.contains(unmistakable);
    }
    if !(first.is_ascii_alphabetic() || matches!(first, '/' | '_')) {
        return false;
    }
    !text.ends_with([' ', ':']) && !text.contains(": ") && !text.contains(" #") && !is_word_of_yaml(text)
}

/// Words that some version of YAML takes for a boolean, null or number, in whatever case.
fn is_word_of_yaml(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    scalar::boolean(&lower).is_some()
        || scalar::is_null(&lower)
        || matches!(lower.as_str(), "nan" | "inf" | "infinity")
}

/// Whether `|` holds the text without need of any hint or escape.
fn is_literal(text: &str) -> bool {
    let body = text.strip_suffix('\n').unwrap_or(text);
    body.contains('\n')
        && !body.starts_with('\n')
        && !body.ends_with('\n')
        && body.chars().all(|c| c == '\n' || is_visible(c))
        && body.split('\n').all(|line| !line.starts_with(' ') && !line.ends_with(' '))
}

fn is_visible(c: char) -> bool {
    c == ' ' || c.is_ascii_graphic() || (!c.is_ascii() && c.is_alphanumeric())
}

fn write_quoted(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_visible(c) => out.push(c),
            c => {
                let code = u32::from(c);
                let _ = if code <= 0xff {
                    write!(out, "\\x{code:02x}")
                } else if code <= 0xffff {
                    write!(out, "\\u{code:04x}")
                } else {
                    write!(out, "\\U{code:08x}")
                };
            }
        }
    }
    out.push('"');
}
