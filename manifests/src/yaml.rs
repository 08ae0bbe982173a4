//! YAML streams, event by event, so that every limit is checked before it is exceeded.

use crate::document::{Document, flatten, what};
use crate::error::{ManifestError, Place, Problem};
use crate::limits::Limits;
use crate::lines::{Below, Lines};
use crate::scalar;
use crate::tag::{is_non_specific, is_text, tag_text, tagged};
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Tag};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

pub(crate) fn read(source: &Place, text: &str, limits: &Limits) -> Vec<Result<Document, ManifestError>> {
    let mut out = Vec::new();
    let mut builder = Builder::new(limits);
    let mut document: usize = 0;
    // The first thing wrong with the document, after which the rest of it is only passed over.
    let mut wrong: Option<ManifestError> = None;
    for event in Parser::new_from_str(text) {
        let (event, span) = match event {
            Ok(event) => event,
            Err(error) => {
                let (line, column) = position(error.marker());
                let problem = match error.info() {
                    "recursion limit exceeded" => Problem::TooDeep { limit: limits.effective_depth() },
                    message => Problem::NotYaml(message.to_owned()),
                };
                let ending = source.at(document.max(1), line, Some(column)).fail(problem);
                // The parser has a limit of its own, which it meets a little later.
                let once = wrong.as_ref().is_none_or(|first| first.problem != ending.problem);
                out.extend(wrong.map(Err));
                out.extend(once.then_some(Err(ending)));
                return out;
            }
        };
        let (line, column) = position(&span.start);
        match event {
            Event::DocumentStart(_) => {
                document = document.saturating_add(1);
                builder.start_document();
            }
            Event::DocumentEnd => {
                let root = builder.root.take();
                match (wrong.take(), root) {
                    (Some(error), _) => out.push(Err(error)),
                    (None, Some(Node { value: Value::Null, .. }) | None) => {}
                    (None, Some(Node { value, lines, .. })) => {
                        let place = source.at(document, lines.line, None);
                        out.extend(flatten(&place, value, Some(lines)));
                    }
                }
            }
            event @ (Event::Scalar(..)
            | Event::SequenceStart(..)
            | Event::SequenceEnd
            | Event::MappingStart(..)
            | Event::MappingEnd
            | Event::Alias(_)) => {
                if wrong.is_none()
                    && let Err(problem) = builder.event(event, line)
                {
                    wrong = Some(source.at(document, line, Some(column)).fail(problem));
                }
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd => {}
        }
    }
    out
}

/// Line and column from 1.
fn position(marker: &Marker) -> (usize, usize) {
    (marker.line(), marker.col().saturating_add(1))
}

/// A value with what its repetition by an alias would cost.
#[derive(Clone)]
struct Node {
    value: Value,
    lines: Lines,
    /// Levels of mappings and sequences in it.
    height: usize,
    /// Bytes, as [`Limits::alias_bytes`] counts them.
    weight: usize,
}

/// A mapping or sequence that is not yet complete.
struct Open {
    anchor: usize,
    line: usize,
    height: usize,
    weight: usize,
    content: Content,
}

enum Content {
    Sequence { items: Vec<Value>, lines: Vec<Lines> },
    Mapping { fields: Map<String, Value>, lines: BTreeMap<String, Lines>, key: Key, merged: Vec<Node> },
}

/// What a mapping waits for.
enum Key {
    /// A key.
    Wanted,
    /// The value of this key.
    Named(String),
    /// The value of `<<`.
    Merge,
}

const NODE_BYTES: usize = 16;

struct Builder<'a> {
    limits: &'a Limits,
    open: Vec<Open>,
    root: Option<Node>,
    anchors: HashMap<usize, Node>,
    alias_bytes: usize,
}

impl<'a> Builder<'a> {
    fn new(limits: &'a Limits) -> Self {
        Builder { limits, open: Vec::new(), root: None, anchors: HashMap::new(), alias_bytes: 0 }
    }

    fn start_document(&mut self) {
        self.open.clear();
        self.root = None;
        self.anchors.clear();
    }

    fn event(&mut self, event: Event<'_>, line: usize) -> Result<(), Problem> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.scalar(&text, style, anchor, tag.as_deref(), line)
            }
            Event::SequenceStart(anchor, tag) => {
                self.check_tag(tag, "seq")?;
                self.open(anchor, line, Content::Sequence { items: Vec::new(), lines: Vec::new() })
            }
            Event::MappingStart(anchor, tag) => {
                self.check_tag(tag, "map")?;
                let (fields, lines) = (Map::new(), BTreeMap::new());
                self.open(
                    anchor,
                    line,
                    Content::Mapping { fields, lines, key: Key::Wanted, merged: Vec::new() },
                )
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Alias(anchor) => self.alias(anchor, line),
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => Ok(()),
        }
    }

    fn check_tag(&self, tag: Option<Cow<'_, Tag>>, wanted: &str) -> Result<(), Problem> {
        match tag {
            None => Ok(()),
            Some(tag) if is_non_specific(&tag) || (tag.is_yaml_core_schema() && tag.suffix == wanted) => {
                Ok(())
            }
            Some(tag) => Err(Problem::Tag(tag_text(&tag))),
        }
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
        line: usize,
    ) -> Result<(), Problem> {
        let plain = style == ScalarStyle::Plain && tag.is_none();
        if self.wants_key() {
            self.register(anchor, || Node::scalar(Value::String(text.to_owned()), line))?;
            return self.key(if plain { PlainKey::Plain(text) } else { PlainKey::Quoted(text, tag) });
        }
        let value = match tag {
            None if plain => scalar::resolve(text).map_err(Problem::Scalar)?,
            None => Value::String(text.to_owned()),
            Some(tag) => tagged(text, tag)?,
        };
        let node = Node::scalar(value, line);
        self.register(anchor, || node.clone())?;
        self.add(node)
    }

    fn wants_key(&self) -> bool {
        matches!(self.open.last(), Some(Open { content: Content::Mapping { key: Key::Wanted, .. }, .. }))
    }

    fn key(&mut self, text: PlainKey<'_>) -> Result<(), Problem> {
        let Some(Open { weight, content: Content::Mapping { fields, key, .. }, .. }) = self.open.last_mut()
        else {
            return Ok(());
        };
        *key = match text {
            PlainKey::Plain("<<") => Key::Merge,
            PlainKey::Plain(text) => Key::Named(plain_key(text)?),
            PlainKey::Quoted(text, Some(tag)) if !is_text(tag) => {
                return Err(Problem::Key(format!(
                    "the key `{text}` has the tag `{}`; a key must be text",
                    tag_text(tag)
                )));
            }
            PlainKey::Quoted(text, _) => Key::Named(text.to_owned()),
        };
        if let Key::Named(name) = key {
            if fields.contains_key(name) {
                return Err(Problem::DuplicateKey(name.clone()));
            }
            *weight = weight.saturating_add(name.len());
        }
        Ok(())
    }

    fn open(&mut self, anchor: usize, line: usize, content: Content) -> Result<(), Problem> {
        if self.wants_key() {
            return Err(Problem::Key("a mapping or sequence is no key: a key must be text".to_owned()));
        }
        self.check_depth(1)?;
        self.open.push(Open { anchor, line, height: 1, weight: NODE_BYTES, content });
        Ok(())
    }

    fn check_depth(&self, height: usize) -> Result<(), Problem> {
        let limit = self.limits.effective_depth();
        if self.open.len().saturating_add(height) > limit { Err(Problem::TooDeep { limit }) } else { Ok(()) }
    }

    fn close(&mut self) -> Result<(), Problem> {
        let Some(Open { anchor, line, height, weight, content }) = self.open.pop() else { return Ok(()) };
        let (value, below) = match content {
            Content::Sequence { items, lines } => (Value::Array(items), Below::Items(lines)),
            Content::Mapping { mut fields, mut lines, key: _, merged } => {
                merge(merged, &mut fields, &mut lines);
                (Value::Object(fields), Below::Fields(lines))
            }
        };
        let node = Node { value, lines: Lines { line, below }, height, weight };
        self.register(anchor, || node.clone())?;
        self.add(node)
    }

    fn alias(&mut self, anchor: usize, line: usize) -> Result<(), Problem> {
        let Some(node) = self.anchors.get(&anchor) else {
            let inside = self.open.iter().any(|open| open.anchor == anchor);
            return Err(if inside { Problem::AliasOfItself } else { Problem::UnknownAnchor });
        };
        let (height, weight) = (node.height, node.weight);
        self.check_depth(height)?;
        self.charge(weight)?;
        let Some(mut node) = self.anchors.get(&anchor).cloned() else { return Ok(()) };
        if self.wants_key() {
            return match node.value.as_str() {
                Some(text) => self.key(PlainKey::Quoted(text, None)),
                None => {
                    let found = what(&node.value);
                    Err(Problem::Key(format!("an alias of {found} is no key: a key must be text")))
                }
            };
        }
        // The value stands where it is repeated; what is inside it stays where it was written.
        node.lines.line = line;
        self.add(node)
    }

    /// Keeps an anchored value for its aliases.
    fn register(&mut self, anchor: usize, node: impl FnOnce() -> Node) -> Result<(), Problem> {
        if anchor == 0 {
            return Ok(());
        }
        let node = node();
        self.charge(node.weight)?;
        self.anchors.insert(anchor, node);
        Ok(())
    }

    fn charge(&mut self, weight: usize) -> Result<(), Problem> {
        self.alias_bytes = self.alias_bytes.saturating_add(weight);
        let limit = self.limits.alias_bytes;
        if self.alias_bytes > limit { Err(Problem::AliasesTooLarge { limit }) } else { Ok(()) }
    }

    fn add(&mut self, node: Node) -> Result<(), Problem> {
        let Some(parent) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        parent.height = parent.height.max(node.height.saturating_add(1));
        parent.weight = parent.weight.saturating_add(node.weight);
        match &mut parent.content {
            Content::Sequence { items, lines } => {
                items.push(node.value);
                lines.push(node.lines);
            }
            Content::Mapping { fields, lines, key, merged } => match std::mem::replace(key, Key::Wanted) {
                Key::Named(name) => {
                    lines.insert(name.clone(), node.lines);
                    fields.insert(name, node.value);
                }
                Key::Merge if merged.is_empty() => match &node.value {
                    Value::Object(_) => merged.push(node),
                    Value::Array(items) => match items.iter().find(|item| !item.is_object()) {
                        Some(other) => return Err(Problem::Merge(what(other))),
                        None => merged.push(node),
                    },
                    other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => {
                        return Err(Problem::Merge(what(other)));
                    }
                },
                Key::Merge => return Err(Problem::DuplicateKey("<<".to_owned())),
                // Collections are no keys, and scalars were taken as such: nothing gets here.
                Key::Wanted => {}
            },
        }
        Ok(())
    }
}

impl Node {
    fn scalar(value: Value, line: usize) -> Self {
        let length = value.as_str().map_or(0, str::len);
        Node { value, lines: Lines::scalar(line), height: 0, weight: NODE_BYTES.saturating_add(length) }
    }
}

enum PlainKey<'a> {
    Plain(&'a str),
    Quoted(&'a str, Option<&'a Tag>),
}

/// A plain key is text, or a scalar that every reader prints as it is written: `80` and `true`, not `on` or `0x50`.
fn plain_key(text: &str) -> Result<String, Problem> {
    let read = scalar::resolve(text).map_err(|message| Problem::Key(format!("key {message}")))?;
    let printed = match &read {
        Value::String(_) => return Ok(text.to_owned()),
        Value::Null => None,
        other @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            Some(other.to_string())
        }
    };
    match printed {
        Some(printed) if printed == text => Ok(printed),
        Some(printed) => {
            Err(Problem::Key(format!("the key `{text}` is read as `{printed}`; quote it if it is text")))
        }
        None => Err(Problem::Key(format!("the key `{text}` is read as null; quote it if it is text"))),
    }
}

/// Fields win over merged ones, and what is merged first wins over what is merged later.
fn merge(merged: Vec<Node>, fields: &mut Map<String, Value>, lines: &mut BTreeMap<String, Lines>) {
    for Node { value, lines: merged_lines, .. } in merged {
        match (value, merged_lines.below) {
            (Value::Object(from), Below::Fields(from_lines)) => merge_one(from, from_lines, fields, lines),
            (Value::Array(items), Below::Items(items_lines)) => {
                for (item, item_lines) in items.into_iter().zip(items_lines) {
                    if let (Value::Object(from), Below::Fields(from_lines)) = (item, item_lines.below) {
                        merge_one(from, from_lines, fields, lines);
                    }
                }
            }
            // Refused where the merge key's value was added.
            _ => {}
        }
    }
}

fn merge_one(
    from: Map<String, Value>,
    mut from_lines: BTreeMap<String, Lines>,
    fields: &mut Map<String, Value>,
    lines: &mut BTreeMap<String, Lines>,
) {
    for (name, value) in from {
        if !fields.contains_key(&name) {
            if let Some(line) = from_lines.remove(&name) {
                lines.insert(name.clone(), line);
            }
            fields.insert(name, value);
        }
    }
}
