//! JSON with the bytes of Go's `encoding/json`, which is how an API server and Gloo write a Proxy.

use std::io;

use serde::Serialize;
use serde_json::ser::Formatter;

/// Writes a value as Go's `json.Marshal` does.
pub(crate) fn write<W: io::Write>(value: &impl Serialize, writer: W) -> serde_json::Result<()> {
    value.serialize(&mut serde_json::Serializer::with_formatter(writer, GoFormatter))
}

/// Compact, and with the characters escaped that are special in HTML.
pub(crate) struct GoFormatter;

impl Formatter for GoFormatter {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        // Without a branch for each byte: nearly all are plain. 0xe2 begins the two separators.
        let is_escaped = |byte: &u8| matches!(byte, b'<' | b'>' | b'&' | 0xe2);
        if !fragment.as_bytes().iter().fold(false, |found, byte| found | is_escaped(byte)) {
            return writer.write_all(fragment.as_bytes());
        }
        let mut rest = fragment;
        while let Some((plain, found)) =
            rest.find(['<', '>', '&', '\u{2028}', '\u{2029}']).and_then(|at| rest.split_at_checked(at))
        {
            writer.write_all(plain.as_bytes())?;
            let mut characters = found.chars();
            if let Some(character) = characters.next() {
                write!(writer, "\\u{:04x}", u32::from(character))?;
            }
            rest = characters.as_str();
        }
        writer.write_all(rest.as_bytes())
    }
}
