//! JSON: one value, or several one after another. Only the nesting and duplicate keys need watching.

use crate::document::Document;
use crate::error::{ErrorKind, Location, ManifestError};
use crate::limits::Limits;
use crate::node::{Fields, Node, Value, complete, push};
use crate::text::Text;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Number;
use serde_json::de::IoRead;
use std::cell::Cell;
use std::fmt;
use std::io::{self, Read};
use std::rc::Rc;
use std::sync::Arc;

/// Whether the text is JSON; what it costs to build it, and whether its keys are unique, is left open.
pub(crate) fn is_json(text: &str) -> bool {
    serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>().all(|value| value.is_ok())
}

/// The values of a text. The first error ends them.
pub(crate) struct JsonDocuments<'a> {
    source: Location,
    limits: Limits,
    position: Rc<Cell<Position>>,
    values: serde_json::Deserializer<IoRead<Counter<'a>>>,
    document: usize,
    ended: bool,
}

impl<'a> JsonDocuments<'a> {
    pub(crate) fn new(source: &Location, text: &'a str, limits: &Limits) -> Self {
        let position = Rc::new(Cell::new(Position { line: 1, column: 0 }));
        let reader = Counter { rest: text.as_bytes(), position: Rc::clone(&position), after_break: false };
        JsonDocuments {
            source: source.clone(),
            limits: *limits,
            position,
            values: serde_json::Deserializer::from_reader(reader),
            document: 0,
            ended: false,
        }
    }
}

impl Iterator for JsonDocuments<'_> {
    type Item = Result<Document, ManifestError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended || self.values.end().is_ok() {
            return None;
        }
        self.document = self.document.saturating_add(1);
        let (mut text, mut found) = (Text::default(), None);
        let (limits, position) = (&self.limits, &*self.position);
        let seed = Seed { limits, position, levels: 0, text: &mut text, error: &mut found };
        let error = match seed.deserialize(&mut self.values) {
            Ok(root) => {
                let location = self.source.at(self.document, root.line as usize, None);
                return Some(Ok(Document { location, text: Arc::new(text), root }));
            }
            Err(error) => error,
        };
        self.ended = true;
        let (kind, Position { line, column }) = found.unwrap_or_else(|| {
            let (line, column) = (error.line(), error.column());
            let message = error.to_string();
            let message =
                message.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&message);
            (ErrorKind::Syntax(format!("invalid JSON: {message}")), Position { line, column })
        });
        Some(Err(self.source.at(self.document, line, Some(column)).error(kind)))
    }
}

/// Where the last byte stands that was read, from 1.
#[derive(Clone, Copy)]
struct Position {
    line: usize,
    column: usize,
}

/// Tells the position, which `serde_json` tells for errors alone.
struct Counter<'a> {
    rest: &'a [u8],
    position: Rc<Cell<Position>>,
    after_break: bool,
}

impl Read for Counter<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // One byte, or the position would be that of bytes that nobody has looked at yet.
        let (Some((first, rest)), Some(to)) = (self.rest.split_first(), buffer.first_mut()) else {
            return Ok(0);
        };
        let Position { line, column } = self.position.get();
        self.position.set(match self.after_break {
            true => Position { line: line.saturating_add(1), column: 1 },
            false => Position { line, column: column.saturating_add(1) },
        });
        self.after_break = *first == b'\n';
        *to = *first;
        self.rest = rest;
        Ok(1)
    }
}

/// Reads a value and its lines.
struct Seed<'a> {
    limits: &'a Limits,
    position: &'a Cell<Position>,
    /// How many sequences and mappings are around it.
    levels: usize,
    text: &'a mut Text,
    /// What is wrong with it beside its syntax.
    error: &'a mut Option<(ErrorKind, Position)>,
}

impl Seed<'_> {
    fn node<E>(&self, value: Value) -> Result<Node, E> {
        Ok(Node::new(self.position.get().line, value))
    }

    /// For what is inside it.
    fn inner(&mut self) -> Seed<'_> {
        let levels = self.levels.saturating_add(1);
        Seed { limits: self.limits, position: self.position, levels, text: self.text, error: self.error }
    }

    fn check<E: Error>(&mut self, result: Result<(), ErrorKind>) -> Result<(), E> {
        result.map_err(|kind| E::custom(&self.error.insert((kind, self.position.get())).0))
    }

    fn check_depth<E: Error>(&mut self) -> Result<(), E> {
        self.check(self.limits.check_depth(self.levels.saturating_add(1)))
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        self.node(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        self.node(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        self.node(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        self.node(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        self.node(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        let span = self.text.push(value);
        self.node(Value::Text(span))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut access: A) -> Result<Node, A::Error> {
        self.check_depth()?;
        let (line, mut items) = (self.position.get().line, Vec::new());
        while let Some(item) = access.next_element_seed(self.inner())? {
            push(&mut items, item);
        }
        Ok(Node::new(line, Value::Sequence(complete(items))))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut access: A) -> Result<Node, A::Error> {
        self.check_depth()?;
        let (line, mut fields) = (self.position.get().line, Fields::default());
        while let Some(name) = access.next_key::<String>()? {
            let key = self.text.push(&name);
            if !fields.add_key(key, self.text) {
                self.check(Err(ErrorKind::DuplicateKey(name)))?;
            }
            let value = access.next_value_seed(self.inner())?;
            push(&mut fields.list, (key, value));
        }
        Ok(Node::new(line, Value::Mapping(complete(fields.list))))
    }
}
