//! One value of a document, with its line: 24 bytes, whatever it is. What aliases repeat is shared.

use crate::text::{Span, Text};
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use serde::de::value::{MapAccessDeserializer, MapDeserializer, SeqDeserializer};
use serde::de::{Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::{Error, Number};
use std::sync::Arc;

#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) line: u32,
    pub(crate) value: Value,
}

#[derive(Clone, Debug)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Number(Number),
    Text(Span),
    Sequence(Arc<Vec<Node>>),
    Mapping(Arc<Vec<(Span, Node)>>),
}

impl Node {
    pub(crate) fn new(line: usize, value: Value) -> Self {
        Node { line: u32::try_from(line).unwrap_or(u32::MAX), value }
    }

    /// What it is, for a message.
    pub(crate) fn describe(&self) -> &'static str {
        match self.value {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::Text(_) => "text",
            Value::Sequence(_) => "an array",
            Value::Mapping(_) => "an object",
        }
    }

    /// Its levels of nesting, and its bytes by the count of [`Limits::alias_bytes`](crate::Limits::alias_bytes).
    pub(crate) fn cost(&self) -> (usize, usize) {
        let bytes = |text: usize| size_of::<Node>().saturating_add(text);
        let around = |levels: usize, inside: usize| (levels.saturating_add(1), bytes(inside));
        let add = |(levels, sum): (usize, usize), (inner, bytes): (usize, usize)| {
            (levels.max(inner), sum.saturating_add(bytes))
        };
        let (levels, inside) = match &self.value {
            Value::Null | Value::Bool(_) | Value::Number(_) => return (0, bytes(0)),
            Value::Text(span) => return (0, bytes(span.len())),
            Value::Sequence(items) => items.iter().map(Node::cost).fold((0, 0), add),
            Value::Mapping(fields) => {
                let costs = fields.iter().map(|(key, value)| add((0, bytes(key.len())), value.cost()));
                costs.fold((0, 0), add)
            }
        };
        around(levels, inside)
    }
}

/// The fields of a mapping that is not yet complete.
#[derive(Default)]
pub(crate) struct Fields {
    pub(crate) list: Vec<(Span, Node)>,
    keys: HashTable<Span>,
}

impl Fields {
    /// Whether the key is a new one, which from now on it isn't.
    pub(crate) fn add_key(&mut self, key: Span, text: &Text) -> bool {
        let is_key = |known: &Span| text.get(*known) == text.get(key);
        match self.keys.entry(text.hash(key), is_key, |known| text.hash(*known)) {
            Entry::Occupied(_) => false,
            Entry::Vacant(vacant) => {
                vacant.insert(key);
                true
            }
        }
    }
}

/// Grows by half, not to twice the size: while a list grows, the old one and the new are there at once.
pub(crate) fn push<T>(list: &mut Vec<T>, item: T) {
    if list.len() == list.capacity() {
        list.reserve_exact((list.len() / 2).max(1));
    }
    list.push(item);
}

/// A complete list, which takes no more than it holds.
pub(crate) fn complete<T>(mut list: Vec<T>) -> Arc<Vec<T>> {
    list.shrink_to_fit();
    Arc::new(list)
}

/// A value and the text of its document.
#[derive(Clone, Copy)]
pub(crate) struct NodeRef<'a> {
    pub(crate) node: &'a Node,
    pub(crate) text: &'a Text,
}

impl<'a> NodeRef<'a> {
    pub(crate) fn as_str(self) -> Option<&'a str> {
        if let Value::Text(span) = self.node.value { Some(self.text.get(span)) } else { None }
    }

    fn items(self) -> impl Iterator<Item = NodeRef<'a>> {
        let items = if let Value::Sequence(items) = &self.node.value { items.as_slice() } else { &[] };
        items.iter().map(move |node| NodeRef { node, text: self.text })
    }

    fn fields(self) -> impl Iterator<Item = (&'a str, NodeRef<'a>)> {
        let fields = if let Value::Mapping(fields) = &self.node.value { fields.as_slice() } else { &[] };
        fields.iter().map(move |(key, node)| (self.text.get(*key), NodeRef { node, text: self.text }))
    }

    /// The field of that name, or the item of that number.
    pub(crate) fn get(self, key: &str) -> Option<NodeRef<'a>> {
        let item = || self.items().nth(key.parse().ok()?);
        self.fields().find_map(|(name, value)| (name == key).then_some(value)).or_else(item)
    }

    /// The deepest value on the way that exists: what is missing is missed there.
    pub(crate) fn deepest(self, path: impl Iterator<Item = impl AsRef<str>>) -> NodeRef<'a> {
        let mut node = self;
        for key in path {
            let Some(next) = node.get(key.as_ref()) else { break };
            node = next;
        }
        node
    }
}

impl<'de> IntoDeserializer<'de, Error> for NodeRef<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// Like that of `serde_json::Value`, with the same errors.
impl<'de> Deserializer<'de> for NodeRef<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.node.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Number(number) => number.deserialize_any(visitor),
            Value::Text(span) => visitor.visit_borrowed_str(self.text.get(*span)),
            Value::Sequence(_) => {
                let mut items = SeqDeserializer::new(self.items());
                let value = visitor.visit_seq(&mut items)?;
                items.end().map(|()| value)
            }
            Value::Mapping(_) => {
                let mut fields = MapDeserializer::new(self.fields());
                let value = visitor.visit_map(&mut fields)?;
                fields.end().map(|()| value)
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if matches!(self.node.value, Value::Null) { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.as_str() {
            Some(text) => text.into_deserializer().deserialize_enum(name, variants, visitor),
            None => MapAccessDeserializer::new(MapDeserializer::new(self.fields()))
                .deserialize_enum(name, variants, visitor),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}
