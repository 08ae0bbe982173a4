//! JSON with the bytes of Go's `encoding/json`: the hash is over these bytes.

use std::io;

use serde_json::ser::{CharEscape, Formatter};

use crate::go_value::{GoValue, InView, View};

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
        // Go escapes these too, so that JSON can be embedded in HTML and JavaScript.
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

/// Writes a value in a view as Go's `json.Marshal` does.
pub(crate) fn write<T: GoValue>(
    value: &T,
    view: View,
    escapes: ControlEscapes,
    writer: impl io::Write,
) -> serde_json::Result<()> {
    let mut serializer = serde_json::Serializer::with_formatter(writer, GoFormatter(escapes));
    serde::Serialize::serialize(&InView(value, view), &mut serializer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str, escapes: ControlEscapes) -> String {
        let mut bytes = Vec::new();
        write(&text.to_owned(), View::Current, escapes, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    /// According to Go's documentation of `json.Marshal` and `json.HTMLEscape`.
    #[test]
    fn strings_are_escaped_as_in_go() {
        let table = [
            ("plain / ~ \u{7f} é 日本 😀", "\"plain / ~ \u{7f} é 日本 😀\""),
            ("\"\\", r#""\"\\""#),
            ("a\nb\rc\td", r#""a\nb\rc\td""#),
            ("\u{0}\u{1}\u{b}\u{1f}", r#""\u0000\u0001\u000b\u001f""#),
            ("<a href=\"x\">&amp;</a>", r#""\u003ca href=\"x\"\u003e\u0026amp;\u003c/a\u003e""#),
            ("&<>", r#""\u0026\u003c\u003e""#),
            ("x\u{2028}y\u{2029}", r#""x\u2028y\u2029""#),
        ];
        for (text, json) in table {
            assert_eq!(written(text, ControlEscapes::Short), json);
            assert_eq!(written(text, ControlEscapes::Numeric), json);
        }
    }

    #[test]
    fn two_controls_depend_on_the_version_of_go() {
        assert_eq!(written("\u{8}\u{c}", ControlEscapes::Short), r#""\b\f""#);
        assert_eq!(written("\u{8}\u{c}", ControlEscapes::Numeric), r#""\u0008\u000c""#);
    }
}
