//! JSON with the bytes of Go's `encoding/json`: the hash is over these bytes.

use std::io;

use serde_json::ser::{CharEscape, Formatter};

use crate::value::{GoValue, InView, View};

/// How Go escapes backspace and form feed, the only bytes that depend on Go's version.
#[derive(Clone, Copy)]
pub(crate) enum ControlEscapes {
    /// `\b` and `\f`: since Go 1.22.
    Short,
    /// `\u0008` and `\u000c`: before.
    Numeric,
}

struct GoFormatter(ControlEscapes);

impl Formatter for GoFormatter {
    fn write_string_fragment<W: io::Write + ?Sized>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        // Go escapes these too, so that JSON can stand inside HTML and JavaScript.
        while let Some((before, special)) =
            rest.find(is_escaped_by_go).and_then(|at| rest.split_at_checked(at))
        {
            writer.write_all(before.as_bytes())?;
            let mut chars = special.chars();
            if let Some(special) = chars.next() {
                write!(writer, "\\u{:04x}", u32::from(special))?;
            }
            rest = chars.as_str();
        }
        writer.write_all(rest.as_bytes())
    }

    fn write_char_escape<W: io::Write + ?Sized>(
        &mut self,
        writer: &mut W,
        escape: CharEscape,
    ) -> io::Result<()> {
        let text: &[u8] = match (escape, self.0) {
            (CharEscape::Quote, _) => b"\\\"",
            (CharEscape::ReverseSolidus, _) => b"\\\\",
            (CharEscape::Solidus, _) => b"/",
            (CharEscape::LineFeed, _) => b"\\n",
            (CharEscape::CarriageReturn, _) => b"\\r",
            (CharEscape::Tab, _) => b"\\t",
            (CharEscape::Backspace, ControlEscapes::Short) => b"\\b",
            (CharEscape::FormFeed, ControlEscapes::Short) => b"\\f",
            (CharEscape::Backspace, ControlEscapes::Numeric) => b"\\u0008",
            (CharEscape::FormFeed, ControlEscapes::Numeric) => b"\\u000c",
            (CharEscape::AsciiControl(byte), _) => return write!(writer, "\\u{byte:04x}"),
        };
        writer.write_all(text)
    }
}

fn is_escaped_by_go(c: char) -> bool {
    matches!(c, '<' | '>' | '&' | '\u{2028}' | '\u{2029}')
}

/// Writes what Go's `json.Marshal` gives for a value of that age.
pub(crate) fn write<T: GoValue>(
    value: &T,
    view: View,
    escapes: ControlEscapes,
    writer: impl io::Write,
) -> serde_json::Result<()> {
    let mut serializer = serde_json::Serializer::with_formatter(writer, GoFormatter(escapes));
    serde::Serialize::serialize(&InView(value, view), &mut serializer)
}
