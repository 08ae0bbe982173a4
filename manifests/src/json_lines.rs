//! The lines of a JSON value's parts, which `serde_json` does not tell.

use crate::lines::{Below, Lines};
use std::collections::BTreeMap;

/// The lines of the parts of `text`, which is one JSON value that begins on `line`. Its nesting is within the limits.
pub(crate) fn lines(text: &str, line: usize) -> Lines {
    Scanner { text, at: 0, line }.value()
}

/// Goes through text that is known to be JSON. Were it not, the lines would be wrong, and nothing worse.
struct Scanner<'a> {
    text: &'a str,
    at: usize,
    line: usize,
}

impl Scanner<'_> {
    fn value(&mut self) -> Lines {
        let first = self.peek();
        let line = self.line;
        let below = match first {
            Some(b'{') => {
                let mut fields = BTreeMap::new();
                while self.goes_on(b'}') {
                    let key = self.string();
                    self.peek();
                    // The colon.
                    self.step();
                    fields.insert(key, self.value());
                }
                Below::Fields(fields)
            }
            Some(b'[') => {
                let mut items = Vec::new();
                while self.goes_on(b']') {
                    items.push(self.value());
                }
                Below::Items(items)
            }
            Some(b'"') => {
                self.string();
                Below::Nothing
            }
            _ => {
                while self
                    .byte()
                    .is_some_and(|b| !matches!(b, b',' | b'}' | b']') && !b.is_ascii_whitespace())
                {
                    self.step();
                }
                Below::Nothing
            }
        };
        Lines { line, below }
    }

    /// Steps over the opening bracket or the comma before the next part; or over the closing bracket, and there is none.
    fn goes_on(&mut self, close: u8) -> bool {
        match self.peek() {
            None => return false,
            Some(b) if b == close => {
                self.step();
                return false;
            }
            Some(_) => self.step(),
        }
        match self.peek() {
            None => false,
            Some(b) if b == close => {
                self.step();
                false
            }
            Some(_) => true,
        }
    }

    fn string(&mut self) -> String {
        self.peek();
        let start = self.at;
        self.step();
        loop {
            match self.byte() {
                None => break,
                Some(b'\\') => self.step(),
                Some(b'"') => {
                    self.step();
                    break;
                }
                Some(_) => {}
            }
            self.step();
        }
        let quoted = self.text.get(start..self.at).unwrap_or_default();
        serde_json::from_str(quoted).unwrap_or_default()
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn step(&mut self) {
        self.at = self.at.saturating_add(1);
    }

    /// The next byte that is not blank.
    fn peek(&mut self) -> Option<u8> {
        loop {
            match self.byte() {
                Some(b'\n') => self.line = self.line.saturating_add(1),
                Some(b' ' | b'\t' | b'\r') => {}
                other => return other,
            }
            self.step();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::lines;
    use crate::lines::Step::{Field, Item};

    #[test]
    fn every_part_has_its_line() {
        let text = "{\"a\": [1, [],\n {}, \"x\\\"]\",\n-2.5e3\n], \"\\ud83d\\ude00\"\n: {\"b\":\nnull}, \"c\": true}";
        let lines = lines(text, 10);
        for (path, line) in [
            (vec![], 10),
            (vec![Field("a")], 10),
            (vec![Field("a"), Item(1)], 10),
            (vec![Field("a"), Item(2)], 11),
            (vec![Field("a"), Item(3)], 11),
            (vec![Field("a"), Item(4)], 12),
            (vec![Field("\u{1f600}")], 14),
            (vec![Field("\u{1f600}"), Field("b")], 15),
            (vec![Field("c")], 15),
            (vec![Field("missing")], 10),
        ] {
            assert_eq!(lines.line_of(path), line);
        }
    }

    #[test]
    fn text_that_is_no_json_does_no_harm() {
        for text in ["", "{", "{\"", "{\"a\\", "[1,", "{\"a\"}", "]]", "{,}", "\"\\", "[}", "{]"] {
            let _ = lines(text, 1);
        }
    }
}
