//! One value of a document: looked into, and read by serde.

use crate::tree::{Kind, Node, Tree, slice, usize_of};
use serde::de::value::{MapAccessDeserializer, MapDeserializer, SeqDeserializer};
use serde::de::{Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::Error;

/// A subtree, its root first.
#[derive(Clone, Copy)]
pub(crate) struct NodeRef<'a> {
    text: &'a str,
    nodes: &'a [Node],
    /// Its place in the tree.
    pub(crate) at: usize,
}

impl Tree {
    /// The value at this place.
    pub(crate) fn node(&self, at: usize) -> NodeRef<'_> {
        NodeRef { text: &self.text, nodes: self.nodes.get(at..).unwrap_or_default(), at }
    }

    /// A tree of its own for this subtree.
    pub(crate) fn extract(&self, at: usize) -> Tree {
        let mut tree = Tree::default();
        let span = self.span(at);
        tree.nodes.reserve_exact(span);
        for node in self.nodes.iter().skip(at).take(span) {
            if let Kind::Text { start, length } = node.kind {
                tree.push_text(usize_of(node.line), slice(&self.text, start, length).unwrap_or_default());
            } else {
                tree.nodes.push(*node);
            }
        }
        tree
    }
}

impl<'a> NodeRef<'a> {
    fn root(self) -> Node {
        self.nodes.first().copied().unwrap_or(Node { line: 0, kind: Kind::Null })
    }

    pub(crate) fn kind(self) -> Kind {
        self.root().kind
    }

    pub(crate) fn describe(self) -> &'static str {
        self.root().describe()
    }

    pub(crate) fn line(self) -> usize {
        usize_of(self.root().line)
    }

    pub(crate) fn as_str(self) -> Option<&'a str> {
        let Kind::Text { start, length } = self.kind() else { return None };
        slice(self.text, start, length)
    }

    /// The items, or the keys and values in turn.
    fn children(self) -> impl Iterator<Item = NodeRef<'a>> {
        let mut rest = self.nodes.get(1..self.root().span()).unwrap_or_default();
        let mut next = self.at.saturating_add(1);
        std::iter::from_fn(move || {
            let (nodes, after) = rest.split_at_checked(rest.first()?.span())?;
            let at = next;
            (rest, next) = (after, next.saturating_add(nodes.len()));
            Some(NodeRef { text: self.text, nodes, at })
        })
    }

    pub(crate) fn items(self) -> impl Iterator<Item = NodeRef<'a>> {
        let is_sequence = matches!(self.kind(), Kind::Sequence { .. });
        self.children().take_while(move |_| is_sequence)
    }

    pub(crate) fn fields(self) -> impl Iterator<Item = (&'a str, NodeRef<'a>)> {
        let is_mapping = matches!(self.kind(), Kind::Mapping { .. });
        let mut children = self.children().take_while(move |_| is_mapping);
        std::iter::from_fn(move || Some((children.next()?, children.next()?)))
            .filter_map(|(key, value)| Some((key.as_str()?, value)))
    }

    pub(crate) fn field(self, name: &str) -> Option<NodeRef<'a>> {
        self.fields().find_map(|(key, value)| (key == name).then_some(value))
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
        match self.kind() {
            Kind::Null | Kind::MergeKey => visitor.visit_unit(),
            Kind::Bool(value) => visitor.visit_bool(value),
            Kind::Unsigned(value) => visitor.visit_u64(value),
            Kind::Signed(value) => visitor.visit_i64(value),
            Kind::Float(value) => visitor.visit_f64(value),
            Kind::Text { start, length } => {
                visitor.visit_borrowed_str(slice(self.text, start, length).unwrap_or_default())
            }
            Kind::Sequence { .. } => {
                let mut items = SeqDeserializer::new(self.items());
                let value = visitor.visit_seq(&mut items)?;
                items.end().map(|()| value)
            }
            Kind::Mapping { .. } => {
                let mut fields = MapDeserializer::new(self.fields());
                let value = visitor.visit_map(&mut fields)?;
                fields.end().map(|()| value)
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if matches!(self.kind(), Kind::Null) { visitor.visit_none() } else { visitor.visit_some(self) }
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
