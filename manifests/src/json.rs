//! JSON: one value, or several one after another. Only the nesting and duplicate keys need watching.

use crate::error::{ManifestError, Place, Problem};
use crate::limits::Limits;
use crate::scalar::Scalar;
use crate::tree::{Builder, Tree};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Number;
use serde_json::de::IoRead;
use std::cell::Cell;
use std::fmt;
use std::io::{self, Read};
use std::rc::Rc;

/// Whether the text is JSON; what it costs to build it, and whether its keys are unique, is left open.
pub(crate) fn is_json(text: &str) -> bool {
    serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>().all(|value| value.is_ok())
}

/// The values of a text. The first error ends them.
pub(crate) struct JsonDocuments<'a> {
    source: Place,
    position: Rc<Cell<Position>>,
    values: serde_json::Deserializer<IoRead<Counter<'a>>>,
    builder: Builder,
    document: usize,
    ended: bool,
}

impl<'a> JsonDocuments<'a> {
    pub(crate) fn new(source: &Place, text: &'a str, limits: &Limits) -> Self {
        let position = Rc::new(Cell::new(Position { line: 1, column: 0 }));
        let reader = Counter { rest: text.as_bytes(), position: Rc::clone(&position), after_break: false };
        JsonDocuments {
            source: source.clone(),
            position,
            values: serde_json::Deserializer::from_reader(reader),
            builder: Builder::new(limits),
            document: 0,
            ended: false,
        }
    }
}

impl Iterator for JsonDocuments<'_> {
    type Item = Result<(Place, Tree), ManifestError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended || self.values.end().is_ok() {
            return None;
        }
        self.document = self.document.saturating_add(1);
        let mut problem = None;
        let seed = Value { builder: &mut self.builder, position: &self.position, problem: &mut problem };
        let result = seed.deserialize(&mut self.values);
        let tree = self.builder.finish();
        let Err(error) = result else {
            return Some(Ok((self.source.at(self.document, tree.node(0).line(), None), tree)));
        };
        self.ended = true;
        let (problem, Position { line, column }) = problem.unwrap_or_else(|| {
            let (line, column) = (error.line(), error.column());
            let message = error.to_string();
            let message =
                message.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&message);
            (Problem::NotJson(message.to_owned()), Position { line, column })
        });
        Some(Err(self.source.at(self.document, line, Some(column)).fail(problem)))
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

/// A JSON value on its way into the tree.
struct Value<'a> {
    builder: &'a mut Builder,
    position: &'a Cell<Position>,
    /// What is wrong with it beside its syntax.
    problem: &'a mut Option<(Problem, Position)>,
}

impl Value<'_> {
    fn inner(&mut self) -> Value<'_> {
        Value { builder: self.builder, position: self.position, problem: self.problem }
    }

    fn check<E: Error>(&mut self, result: Result<(), Problem>) -> Result<(), E> {
        result.map_err(|problem| E::custom(&self.problem.insert((problem, self.position.get())).0))
    }

    fn scalar<E>(self, scalar: &Scalar, text: &str) -> Result<(), E> {
        self.builder.scalar(self.position.get().line, scalar, text);
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.scalar(&Scalar::Null, "")
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.scalar(&Scalar::Bool(value), "")
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.scalar(&Scalar::Number(value.into()), "")
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.scalar(&Scalar::Number(value.into()), "")
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        self.scalar(&Number::from_f64(value).map_or(Scalar::Null, Scalar::Number), "")
    }

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        self.scalar(&Scalar::Text, value)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        let opened = self.builder.open_sequence(self.position.get().line);
        self.check(opened)?;
        while items.next_element_seed(self.inner())?.is_some() {}
        self.builder.close();
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut fields: A) -> Result<(), A::Error> {
        let opened = self.builder.open_mapping(self.position.get().line);
        self.check(opened)?;
        while let Some(key) = fields.next_key::<String>()? {
            let added = self.builder.key(self.position.get().line, &key);
            self.check(added)?;
            fields.next_value_seed(self.inner())?;
        }
        self.builder.close();
        Ok(())
    }
}
