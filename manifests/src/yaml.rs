//! YAML streams, event by event, so that every limit is checked before it is exceeded.

use crate::document::Document;
use crate::error::{ErrorKind, Location, ManifestError};
use crate::limits::Limits;
use crate::node::{Fields, Node, Value, complete, push};
use crate::scalar::{self, is_non_specific, is_text, tag_text};
use crate::text::{Span, Text};
use granit_parser::{
    ErrorKind as SyntaxError, Event, Marker, Options, Parser, ScalarStyle, ScanError, StrInput, Tag,
};
use std::collections::HashMap;
use std::slice;
use std::sync::Arc;

/// The documents of a stream. A bad one does not hide the next; only a syntax error ends the stream.
pub(crate) struct YamlDocuments<'a> {
    source: Location,
    parser: Parser<'a, StrInput<'a>>,
    composer: Composer,
    document: usize,
    /// The first error of the document, after which the rest of it is only passed over.
    error: Option<ManifestError>,
    /// The syntax error that ended the stream.
    syntax_error: Option<ManifestError>,
    ended: bool,
}

impl<'a> YamlDocuments<'a> {
    pub(crate) fn new(source: &Location, text: &'a str, limits: &Limits) -> Self {
        let mut options = Options::default();
        options.emit_unresolved_aliases = true;
        YamlDocuments {
            source: source.clone(),
            parser: Parser::new_from_str_with_options(text, options),
            composer: Composer { limits: *limits, ..Composer::default() },
            document: 0,
            error: None,
            syntax_error: None,
            ended: false,
        }
    }

    fn end(&mut self, error: &ScanError) {
        let (line, column) = position(error.marker());
        let kind = if matches!(error.kind(), SyntaxError::RecursionLimitExceeded) {
            self.composer.limits.too_deep()
        } else {
            ErrorKind::Syntax(format!("invalid YAML: {}", error.kind()))
        };
        // The parser has a limit of its own, which it meets a little later.
        if self.error.as_ref().is_none_or(|first| first.kind != kind) {
            let location = self.source.at(self.document.max(1), line, Some(column));
            self.syntax_error = Some(location.error(kind));
        }
        self.ended = true;
    }
}

impl Iterator for YamlDocuments<'_> {
    type Item = Result<Document, ManifestError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.ended {
            let (event, span) = match self.parser.next() {
                Some(Ok(event)) => event,
                Some(Err(error)) => {
                    self.end(&error);
                    break;
                }
                None => break,
            };
            let (line, column) = position(&span.tag_span().map_or(span.start, |tag| tag.start));
            if matches!(event, Event::DocumentStart(..)) {
                self.document = self.document.saturating_add(1);
                self.composer.clear();
            } else if matches!(event, Event::DocumentEnd) {
                if let Some(error) = self.error.take() {
                    return Some(Err(error));
                }
                let (text, root) = self.composer.finish();
                let location = self.source.at(self.document, root.line as usize, None);
                return Some(Ok(Document { location, text: Arc::new(text), root }));
            } else if self.error.is_none()
                && let Err(kind) = self.composer.event(event, line)
            {
                self.error = Some(self.source.at(self.document, line, Some(column)).error(kind));
                self.composer.clear();
            }
        }
        self.ended = true;
        self.error.take().or_else(|| self.syntax_error.take()).map(Err)
    }
}

/// Line and column from 1.
fn position(marker: &Marker) -> (usize, usize) {
    (marker.line(), marker.col().saturating_add(1))
}

/// Makes a value of events.
#[derive(Default)]
struct Composer {
    limits: Limits,
    text: Text,
    root: Option<Node>,
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    /// What aliases have added in the whole stream.
    alias_bytes: usize,
}

/// A sequence or mapping that is not yet complete.
struct Open {
    anchor: usize,
    line: usize,
    content: Content,
}

enum Content {
    Sequence(Vec<Node>),
    Mapping {
        fields: Fields,
        next: Next,
        /// The value of `<<`.
        merged: Option<Node>,
    },
}

/// What comes next in a mapping.
#[derive(Clone, Copy)]
enum Next {
    Key,
    Value(Span),
    MergedValue,
}

impl Composer {
    /// Forgets the document, whose rest does not count.
    fn clear(&mut self) {
        (self.text, self.root) = (Text::default(), None);
        self.open.clear();
        self.anchors.clear();
    }

    fn finish(&mut self) -> (Text, Node) {
        let root = self.root.take().unwrap_or(Node::new(0, Value::Null));
        (std::mem::take(&mut self.text), root)
    }

    fn event(&mut self, event: Event<'_>, line: usize) -> Result<(), ErrorKind> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.scalar(&text, style == ScalarStyle::Plain, anchor, tag.as_deref(), line)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.open("seq", anchor, tag.as_deref(), line, Content::Sequence(Vec::new()))
            }
            Event::MappingStart(_, anchor, tag) => {
                let content = Content::Mapping { fields: Fields::default(), next: Next::Key, merged: None };
                self.open("map", anchor, tag.as_deref(), line, content)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Alias(anchor) => self.alias(anchor, line),
            Event::UnresolvedAlias(_) => Err(unknown_anchor()),
            Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(..)
            | Event::DocumentEnd
            | Event::Anchor(..)
            | _ => Ok(()),
        }
    }

    fn scalar(
        &mut self,
        text: &str,
        is_plain: bool,
        anchor: usize,
        tag: Option<&Tag>,
        line: usize,
    ) -> Result<(), ErrorKind> {
        if self.next_is_key() {
            if is_plain && tag.is_none() && text == "<<" {
                return self.merge_key();
            }
            match tag {
                None if is_plain => scalar::check_plain_key(text)?,
                Some(tag) if !is_text(tag) => {
                    let tag = tag_text(tag);
                    return Err(ErrorKind::Value(format!(
                        "invalid key `{text}`: expected text, found the tag `{tag}`"
                    )));
                }
                None | Some(_) => {}
            }
            let key = self.text.push(text);
            self.key(key)?;
            self.anchor(anchor, Node::new(line, Value::Text(key)));
            return Ok(());
        }
        let value = match tag {
            None if is_plain => scalar::resolve(text)?,
            None => None,
            Some(tag) => scalar::tagged(text, tag)?,
        };
        let value = value.unwrap_or_else(|| Value::Text(self.text.push(text)));
        self.add(Node::new(line, value), anchor)
    }

    fn next_is_key(&self) -> bool {
        let content = self.open.last().map(|open| &open.content);
        matches!(content, Some(Content::Mapping { next: Next::Key, .. }))
    }

    fn key(&mut self, key: Span) -> Result<(), ErrorKind> {
        if let Some(Open { content: Content::Mapping { fields, next, .. }, .. }) = self.open.last_mut() {
            if !fields.add_key(key, &self.text) {
                return Err(ErrorKind::DuplicateKey(self.text.get(key).to_owned()));
            }
            *next = Next::Value(key);
        }
        Ok(())
    }

    fn merge_key(&mut self) -> Result<(), ErrorKind> {
        if let Some(Open { content: Content::Mapping { next, merged, .. }, .. }) = self.open.last_mut() {
            if merged.is_some() {
                return Err(ErrorKind::DuplicateKey("<<".to_owned()));
            }
            *next = Next::MergedValue;
        }
        Ok(())
    }

    fn open(
        &mut self,
        suffix: &str,
        anchor: usize,
        tag: Option<&Tag>,
        line: usize,
        content: Content,
    ) -> Result<(), ErrorKind> {
        if let Some(tag) = tag.filter(|tag| !is_non_specific(tag) && tag.core_suffix() != Some(suffix)) {
            return Err(scalar::invalid_tag(tag));
        }
        if self.next_is_key() {
            return Err(invalid_key("a mapping or sequence"));
        }
        self.limits.check_depth(self.open.len().saturating_add(1))?;
        self.open.push(Open { anchor, line, content });
        Ok(())
    }

    fn close(&mut self) -> Result<(), ErrorKind> {
        let Some(Open { anchor, line, content }) = self.open.pop() else { return Ok(()) };
        let value = match content {
            Content::Sequence(items) => Value::Sequence(complete(items)),
            Content::Mapping { mut fields, next: _, merged } => {
                if let Some(merged) = merged {
                    self.merge(&mut fields, &merged)?;
                }
                Value::Mapping(complete(fields.list))
            }
        };
        self.add(Node::new(line, value), anchor)
    }

    /// Fields win over merged ones, and what is merged first wins over what is merged later.
    fn merge(&mut self, fields: &mut Fields, merged: &Node) -> Result<(), ErrorKind> {
        let (_, bytes) = merged.cost();
        self.charge(bytes)?;
        for mapping in merged_mappings(merged) {
            let Value::Mapping(merged) = &mapping.value else { continue };
            for (key, value) in merged.iter() {
                if fields.add_key(*key, &self.text) {
                    push(&mut fields.list, (*key, value.clone()));
                }
            }
        }
        Ok(())
    }

    fn alias(&mut self, anchor: usize, line: usize) -> Result<(), ErrorKind> {
        let Some(node) = self.anchors.get(&anchor) else {
            let is_inside = self.open.iter().any(|open| open.anchor == anchor);
            return Err(if is_inside {
                ErrorKind::Value(
                    "invalid alias: expected a complete value, found the one around it".to_owned(),
                )
            } else {
                unknown_anchor()
            });
        };
        // The value stands where it is repeated; what is inside it stays where it was written.
        let node = Node::new(line, node.value.clone());
        let (levels, bytes) = node.cost();
        self.limits.check_depth(self.open.len().saturating_add(levels))?;
        self.charge(bytes)?;
        if !self.next_is_key() {
            return self.add(node, 0);
        }
        let Value::Text(key) = node.value else {
            return Err(invalid_key(&format!("an alias of {}", node.describe())));
        };
        self.key(key)
    }

    /// Keeps a value for its aliases.
    fn anchor(&mut self, id: usize, node: Node) {
        if id != 0 {
            self.anchors.insert(id, node);
        }
    }

    fn charge(&mut self, bytes: usize) -> Result<(), ErrorKind> {
        self.alias_bytes = self.alias_bytes.saturating_add(bytes);
        self.limits.check_alias_bytes(self.alias_bytes)
    }

    /// Puts a complete value where it belongs.
    fn add(&mut self, node: Node, anchor: usize) -> Result<(), ErrorKind> {
        self.anchor(anchor, node.clone());
        match self.open.last_mut().map(|open| &mut open.content) {
            None => self.root = Some(node),
            Some(Content::Sequence(items)) => push(items, node),
            Some(Content::Mapping { fields, next, merged }) => match std::mem::replace(next, Next::Key) {
                // Values are no keys: they were taken as such.
                Next::Key => {}
                Next::Value(key) => push(&mut fields.list, (key, node)),
                Next::MergedValue => {
                    let is_mapping = |node: &&Node| matches!(node.value, Value::Mapping(_));
                    if let Some(other) = merged_mappings(&node).iter().find(|node| !is_mapping(node)) {
                        let found = other.describe();
                        return Err(ErrorKind::Value(format!(
                            "invalid value of `<<`: expected a mapping or a sequence of mappings, found {found}"
                        )));
                    }
                    *merged = Some(node);
                }
            },
        }
        Ok(())
    }
}

/// The value of `<<` is one mapping or a sequence of them.
fn merged_mappings(merged: &Node) -> &[Node] {
    if let Value::Sequence(items) = &merged.value { items } else { slice::from_ref(merged) }
}

fn unknown_anchor() -> ErrorKind {
    ErrorKind::Value("invalid alias: expected one of an anchor in this document".to_owned())
}

fn invalid_key(found: &str) -> ErrorKind {
    ErrorKind::Value(format!("invalid key: expected text, found {found}"))
}
