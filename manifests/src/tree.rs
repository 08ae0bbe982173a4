//! A document as a flat list of nodes in the order of its text: 24 bytes for each, whatever the nesting.
//!
//! The nodes of a sequence or mapping follow it, and it says how many they are. So a subtree is a slice, and repeating
//! it for an alias is one copy.

use crate::limits::Limits;
use crate::{Problem, scalar::Scalar};
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use serde_json::Number;
use std::hash::{BuildHasher as _, RandomState};
use std::ops::Range;

#[derive(Clone, Debug, Default)]
pub(crate) struct Tree {
    pub(crate) nodes: Vec<Node>,
    pub(crate) text: String,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Node {
    pub(crate) line: u32,
    pub(crate) kind: Kind,
}

/// `nodes` counts all nodes below: items, or keys and values in turn, with everything inside them.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Null,
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Text {
        start: u32,
        length: u32,
    },
    Sequence {
        nodes: u32,
    },
    Mapping {
        nodes: u32,
    },
    /// The key `<<`. It and its value are not part of the mapping: the merged fields are copied to the mapping's end.
    MergeKey,
}

/// What a node costs where an alias repeats it, beside its text.
const NODE_BYTES: usize = size_of::<Node>();

impl Node {
    /// The nodes of its subtree, itself included.
    pub(crate) fn span(self) -> usize {
        if let Kind::Sequence { nodes } | Kind::Mapping { nodes } = self.kind {
            usize_of(nodes).saturating_add(1)
        } else {
            1
        }
    }

    /// What it is, for a message.
    pub(crate) fn describe(self) -> &'static str {
        match self.kind {
            Kind::Null | Kind::MergeKey => "null",
            Kind::Bool(_) => "a boolean",
            Kind::Unsigned(_) | Kind::Signed(_) | Kind::Float(_) => "a number",
            Kind::Text { .. } => "text",
            Kind::Sequence { .. } => "an array",
            Kind::Mapping { .. } => "an object",
        }
    }
}

impl From<&Number> for Kind {
    fn from(number: &Number) -> Self {
        match (number.as_u64(), number.as_i64(), number.as_f64()) {
            (Some(value), _, _) => Kind::Unsigned(value),
            (None, Some(value), _) => Kind::Signed(value),
            (None, None, value) => value.map_or(Kind::Null, Kind::Float),
        }
    }
}

/// Builds a [`Tree`] in the order of the text, within the depth allowed.
pub(crate) struct Builder {
    pub(crate) tree: Tree,
    open: Vec<Open>,
    depth: usize,
    hasher: RandomState,
}

/// A sequence or mapping that is not yet complete, and where the keys of the mapping are.
struct Open {
    start: usize,
    keys: Option<HashTable<u32>>,
}

impl Builder {
    pub(crate) fn new(limits: &Limits) -> Self {
        let depth = limits.effective_depth();
        Builder { tree: Tree::default(), open: Vec::new(), depth, hasher: RandomState::new() }
    }

    /// What was built; the next tree begins.
    pub(crate) fn finish(&mut self) -> Tree {
        self.open.clear();
        std::mem::take(&mut self.tree)
    }

    /// Refuses `height` more levels here if they are too many.
    pub(crate) fn check_depth(&self, height: usize) -> Result<(), Problem> {
        if self.open.len().saturating_add(height) > self.depth { Err(self.too_deep()) } else { Ok(()) }
    }

    pub(crate) fn too_deep(&self) -> Problem {
        Problem::TooDeep { limit: self.depth }
    }

    pub(crate) fn open_sequence(&mut self, line: usize) -> Result<(), Problem> {
        self.open(line, Kind::Sequence { nodes: 0 }, None)
    }

    pub(crate) fn open_mapping(&mut self, line: usize) -> Result<(), Problem> {
        self.open(line, Kind::Mapping { nodes: 0 }, Some(HashTable::new()))
    }

    fn open(&mut self, line: usize, kind: Kind, keys: Option<HashTable<u32>>) -> Result<(), Problem> {
        self.check_depth(1)?;
        self.open.push(Open { start: self.tree.nodes.len(), keys });
        self.tree.push(line, kind);
        Ok(())
    }

    /// Completes the innermost sequence or mapping.
    pub(crate) fn close(&mut self) {
        let Some(Open { start, keys: _ }) = self.open.pop() else { return };
        let below = u32_of(self.tree.nodes.len().saturating_sub(start).saturating_sub(1));
        if let Some(Node { kind: Kind::Sequence { nodes } | Kind::Mapping { nodes }, .. }) =
            self.tree.nodes.get_mut(start)
        {
            *nodes = below;
        }
    }

    pub(crate) fn scalar(&mut self, line: usize, scalar: &Scalar, text: &str) {
        let kind = match scalar {
            Scalar::Null => Kind::Null,
            Scalar::Bool(value) => Kind::Bool(*value),
            Scalar::Number(number) => number.into(),
            Scalar::Text => return self.tree.push_text(line, text),
        };
        self.tree.push(line, kind);
    }

    /// A key of the innermost mapping.
    pub(crate) fn key(&mut self, line: usize, text: &str) -> Result<(), Problem> {
        match self.add_key(text) {
            true => {
                self.tree.push_text(line, text);
                Ok(())
            }
            false => Err(Problem::DuplicateKey(text.to_owned())),
        }
    }

    /// Whether the innermost mapping does not have the key that comes next already.
    fn add_key(&mut self, text: &str) -> bool {
        let Builder { tree, open, hasher, .. } = self;
        let Some(Open { keys: Some(keys), .. }) = open.last_mut() else { return true };
        let key_at = |at: &u32| tree.text_at(usize_of(*at)).unwrap_or_default();
        match keys.entry(hasher.hash_one(text), |at| key_at(at) == text, |at| hasher.hash_one(key_at(at))) {
            Entry::Occupied(_) => false,
            Entry::Vacant(vacant) => {
                vacant.insert(u32_of(tree.nodes.len()));
                true
            }
        }
    }

    /// A key `<<` of the innermost mapping.
    pub(crate) fn merge_key(&mut self, line: usize) {
        self.tree.push(line, Kind::MergeKey);
    }

    /// Copies the fields of another mapping into the innermost one, without those that it has.
    pub(crate) fn merge(&mut self, mapping: usize) {
        let end = mapping.saturating_add(self.tree.span(mapping));
        let mut key = mapping.saturating_add(1);
        while key < end {
            let value = key.saturating_add(1);
            let next = value.saturating_add(self.tree.span(value));
            // A merge key in the other mapping is no text, and its fields stand there as well.
            let text = self.tree.text_at(key).map(str::to_owned);
            if text.is_some_and(|text| self.add_key(&text)) {
                self.tree.repeat(key..next);
            }
            key = next;
        }
    }
}

impl Tree {
    fn push(&mut self, line: usize, kind: Kind) {
        self.reserve(1);
        self.nodes.push(Node { line: u32::try_from(line).unwrap_or(u32::MAX), kind });
    }

    pub(crate) fn push_text(&mut self, line: usize, text: &str) {
        let kind = Kind::Text { start: u32_of(self.text.len()), length: u32_of(text.len()) };
        self.text.push_str(text);
        self.push(line, kind);
    }

    /// Gives the mapping at the root this field, in place of a value that it may have.
    pub(crate) fn set_field(&mut self, name: &str, text: &str) {
        let line = self.nodes.first().map_or(0, |root| usize_of(root.line));
        let old = self.node(0).field(name).map(|value| value.at);
        match old.and_then(|at| self.nodes.get_mut(at)) {
            Some(value) => {
                value.kind = Kind::Text { start: u32_of(self.text.len()), length: u32_of(text.len()) };
                self.text.push_str(text);
            }
            None => {
                self.push_text(line, name);
                self.push_text(line, text);
                let below = u32_of(self.nodes.len().saturating_sub(1));
                if let Some(Node { kind: Kind::Mapping { nodes }, .. }) = self.nodes.first_mut() {
                    *nodes = below;
                }
            }
        }
    }

    /// Grows by half, not to twice its size: while it grows, the old nodes and the new are there at once.
    fn reserve(&mut self, more: usize) {
        if self.nodes.capacity().saturating_sub(self.nodes.len()) < more {
            self.nodes.reserve_exact(more.max(self.nodes.len() / 2).max(8));
        }
    }

    /// Adds a copy of complete subtrees. Their text is shared.
    pub(crate) fn repeat(&mut self, range: Range<usize>) {
        self.reserve(range.len());
        if range.end <= self.nodes.len() {
            self.nodes.extend_from_within(range);
        }
    }

    pub(crate) fn span(&self, at: usize) -> usize {
        self.nodes.get(at).map_or(1, |node| node.span())
    }

    /// What an alias of this subtree adds, by the count of [`Limits::alias_bytes`].
    pub(crate) fn weight(&self, at: usize) -> usize {
        let length =
            |node: &Node| if let Kind::Text { length, .. } = node.kind { usize_of(length) } else { 0 };
        let nodes = self.nodes.get(at..).unwrap_or_default().iter().take(self.span(at));
        nodes.fold(0, |sum, node| sum.saturating_add(NODE_BYTES).saturating_add(length(node)))
    }

    pub(crate) fn text_at(&self, at: usize) -> Option<&str> {
        let Kind::Text { start, length } = self.nodes.get(at)?.kind else { return None };
        slice(&self.text, start, length)
    }
}

pub(crate) fn slice(text: &str, start: u32, length: u32) -> Option<&str> {
    text.get(usize_of(start)..)?.get(..usize_of(length))
}

pub(crate) fn usize_of(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// [`Limits`] keep all counts and offsets below 2^32.
pub(crate) fn u32_of(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
