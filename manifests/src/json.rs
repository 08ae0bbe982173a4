//! JSON: one value, or several one after another. Only the nesting and duplicate keys need watching.

use crate::document::{Document, flatten};
use crate::error::{ManifestError, Place, Problem};
use crate::json_lines;
use crate::limits::Limits;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::fmt;

pub(crate) fn read(source: &Place, text: &str, limits: &Limits) -> Vec<Result<Document, ManifestError>> {
    if let Some((line, column)) = too_deep(text, limits.effective_depth()) {
        let problem = Problem::TooDeep { limit: limits.effective_depth() };
        return vec![Err(source.at(0, line, Some(column)).fail(problem))];
    }
    let mut out = Vec::new();
    let mut document: usize = 0;
    let mut lines = LineCounter { text, offset: 0, line: 1 };
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Unique>();
    loop {
        let before = values.byte_offset();
        let Some(value) = values.next() else { return out };
        document = document.saturating_add(1);
        let line = lines.at(before);
        match value {
            Ok(Unique(Value::Null)) => {}
            Ok(Unique(value)) => {
                let text = text.get(lines.offset..values.byte_offset()).unwrap_or_default();
                // All on one line needs no account of it.
                let lines = text.contains('\n').then(|| json_lines::lines(text, line));
                out.extend(flatten(&source.at(document, line, None), value, lines));
            }
            Err(error) => {
                let (line, column) = (error.line(), error.column());
                let message = error.to_string();
                let message =
                    message.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&message);
                let problem = if error.is_data() {
                    Problem::DuplicateKey(message.to_owned())
                } else {
                    Problem::NotJson(message.to_owned())
                };
                out.push(Err(source.at(document, line, Some(column)).fail(problem)));
                return out;
            }
        }
    }
}

/// Line and column of the bracket that opens one level too many.
fn too_deep(text: &str, limit: usize) -> Option<(usize, usize)> {
    let mut depth: usize = 0;
    let (mut quoted, mut escaped) = (false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'[' | b'{' if !quoted => {
                depth = depth.saturating_add(1);
                if depth > limit {
                    return Some(position(text.get(..at).unwrap_or_default()));
                }
            }
            b']' | b'}' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

/// Line and column, from 1, of what follows `before`.
fn position(before: &str) -> (usize, usize) {
    let line = before.split('\n').count();
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count().saturating_add(1);
    (line, column)
}

struct LineCounter<'a> {
    text: &'a str,
    offset: usize,
    line: usize,
}

impl LineCounter<'_> {
    /// The line of the first character at or after `offset` that is not blank. Offsets only grow.
    fn at(&mut self, offset: usize) -> usize {
        let rest = self.text.get(offset..).unwrap_or_default();
        let blank = rest.len().saturating_sub(rest.trim_start().len());
        let to = offset.saturating_add(blank);
        let passed = self.text.get(self.offset..to).unwrap_or_default();
        self.line = self.line.saturating_add(passed.bytes().filter(|b| *b == b'\n').count());
        self.offset = to;
        self.line
    }
}

/// A JSON value in which no object has a key twice.
struct Unique(Value);

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UniqueVisitor).map(Unique)
    }
}

struct UniqueVisitor;

impl<'de> Visitor<'de> for UniqueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(Unique(item)) = items.next_element()? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = fields.next_key::<String>()? {
            if object.contains_key(&key) {
                return Err(A::Error::custom(key));
            }
            let Unique(value) = fields.next_value()?;
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}
