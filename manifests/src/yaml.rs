//! YAML streams, event by event, so that every limit is checked before it is exceeded.

use crate::error::{ManifestError, Place, Problem};
use crate::limits::Limits;
use crate::scalar::{self, Scalar, is_non_specific, is_text, tag_text};
use crate::tree::{Builder, Kind, Tree, u32_of};
use granit_parser::{ErrorKind, Event, Marker, Options, Parser, ScalarStyle, ScanError, StrInput, Tag};
use std::collections::HashMap;

/// The documents of a stream. A bad one does not hide the next; only a syntax error ends the stream.
pub(crate) struct YamlDocuments<'a> {
    source: Place,
    parser: Parser<'a, StrInput<'a>>,
    composer: Composer,
    document: usize,
    /// The first thing wrong with the document, after which the rest of it is only passed over.
    wrong: Option<ManifestError>,
    /// The syntax error that ended the stream.
    syntax_error: Option<ManifestError>,
    ended: bool,
}

impl<'a> YamlDocuments<'a> {
    pub(crate) fn new(source: &Place, text: &'a str, limits: &Limits) -> Self {
        let mut options = Options::default();
        options.emit_unresolved_aliases = true;
        YamlDocuments {
            source: source.clone(),
            parser: Parser::new_from_str_with_options(text, options),
            composer: Composer::new(limits),
            document: 0,
            wrong: None,
            syntax_error: None,
            ended: false,
        }
    }

    fn end(&mut self, error: &ScanError) {
        let (line, column) = position(error.marker());
        let problem = match matches!(error.kind(), ErrorKind::RecursionLimitExceeded) {
            true => self.composer.builder.too_deep(),
            false => Problem::NotYaml(error.kind().to_string()),
        };
        // The parser has a limit of its own, which it meets a little later.
        if self.wrong.as_ref().is_none_or(|first| first.problem != problem) {
            let place = self.source.at(self.document.max(1), line, Some(column));
            self.syntax_error = Some(place.fail(problem));
        }
        self.ended = true;
    }
}

impl Iterator for YamlDocuments<'_> {
    type Item = Result<(Place, Tree), ManifestError>;

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
            match event {
                Event::DocumentStart(..) => {
                    self.document = self.document.saturating_add(1);
                    self.composer.start_document();
                }
                Event::DocumentEnd => {
                    let tree = self.composer.builder.finish();
                    if let Some(error) = self.wrong.take() {
                        return Some(Err(error));
                    }
                    let line = tree.node(0).line();
                    return Some(Ok((self.source.at(self.document, line, None), tree)));
                }
                event @ (Event::Scalar(..)
                | Event::SequenceStart(..)
                | Event::SequenceEnd
                | Event::MappingStart(..)
                | Event::MappingEnd
                | Event::Alias(_)
                | Event::UnresolvedAlias(_)) => {
                    if self.wrong.is_none()
                        && let Err(problem) = self.composer.event(event, line)
                    {
                        self.wrong = Some(self.source.at(self.document, line, Some(column)).fail(problem));
                        self.composer.start_document();
                    }
                }
                Event::StreamStart | Event::StreamEnd | Event::Anchor(..) | _ => {}
            }
        }
        self.ended = true;
        self.wrong.take().or_else(|| self.syntax_error.take()).map(Err)
    }
}

/// Line and column from 1.
fn position(marker: &Marker) -> (usize, usize) {
    (marker.line(), marker.col().saturating_add(1))
}

/// Makes a tree of events: anchors, aliases, tags and merge keys are for it, the rest for the builder.
struct Composer {
    builder: Builder,
    open: Vec<Open>,
    anchors: HashMap<usize, Anchor>,
    alias_bytes: usize,
    alias_limit: usize,
}

/// A sequence or mapping that is not yet complete.
struct Open {
    anchor: usize,
    start: usize,
    /// Levels of mappings and sequences in it so far.
    height: usize,
    next: Next,
    /// The value of `<<`.
    merged: Option<usize>,
}

/// What comes next in a sequence or mapping.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Item,
    Key,
    Value,
    MergedValue,
}

/// A value that aliases may repeat.
#[derive(Clone, Copy)]
struct Anchor {
    start: usize,
    height: usize,
}

impl Composer {
    fn new(limits: &Limits) -> Self {
        Composer {
            builder: Builder::new(limits),
            open: Vec::new(),
            anchors: HashMap::new(),
            alias_bytes: 0,
            alias_limit: limits.effective_alias_bytes(),
        }
    }

    fn start_document(&mut self) {
        self.builder.finish();
        self.open.clear();
        self.anchors.clear();
    }

    fn event(&mut self, event: Event<'_>, line: usize) -> Result<(), Problem> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.scalar(&text, style == ScalarStyle::Plain, anchor, tag.as_deref(), line)
            }
            Event::SequenceStart(_, anchor, tag) => self.open(anchor, tag.as_deref(), line, Next::Item),
            Event::MappingStart(_, anchor, tag) => self.open(anchor, tag.as_deref(), line, Next::Key),
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Alias(anchor) => self.alias(anchor, line),
            Event::UnresolvedAlias(_) => Err(Problem::UnknownAnchor),
            Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(..)
            | Event::DocumentEnd
            | Event::Anchor(..)
            | _ => Ok(()),
        }
    }

    fn next_is_key(&self) -> bool {
        self.open.last().is_some_and(|open| open.next == Next::Key)
    }

    fn scalar(
        &mut self,
        text: &str,
        is_plain: bool,
        anchor: usize,
        tag: Option<&Tag>,
        line: usize,
    ) -> Result<(), Problem> {
        let start = self.builder.tree.nodes.len();
        if self.next_is_key() {
            self.key(text, is_plain, tag, line)?;
            self.anchor(anchor, Anchor { start, height: 0 });
            return Ok(());
        }
        let scalar = match tag {
            None if is_plain => scalar::resolve(text).map_err(Problem::Scalar)?,
            None => Scalar::Text,
            Some(tag) => scalar::tagged(text, tag)?,
        };
        self.builder.scalar(line, &scalar, text);
        self.anchor(anchor, Anchor { start, height: 0 });
        self.added(start, 0)
    }

    fn key(&mut self, text: &str, is_plain: bool, tag: Option<&Tag>, line: usize) -> Result<(), Problem> {
        let Some(open) = self.open.last_mut() else { return Ok(()) };
        match tag {
            None if is_plain && text == "<<" => {
                if open.merged.is_some() {
                    return Err(Problem::DuplicateKey(text.to_owned()));
                }
                open.next = Next::MergedValue;
                self.builder.merge_key(line);
                return Ok(());
            }
            None if is_plain => check_plain_key(text)?,
            Some(tag) if !is_text(tag) => {
                let tag = tag_text(tag);
                return Err(Problem::Key(format!(
                    "invalid key `{text}`: expected text, found the tag `{tag}`"
                )));
            }
            None | Some(_) => {}
        }
        open.next = Next::Value;
        self.builder.key(line, text)
    }

    fn open(&mut self, anchor: usize, tag: Option<&Tag>, line: usize, next: Next) -> Result<(), Problem> {
        let is_sequence = next == Next::Item;
        let suffix = if is_sequence { "seq" } else { "map" };
        let fits = |tag: &Tag| is_non_specific(tag) || tag.core_suffix() == Some(suffix);
        if let Some(tag) = tag.filter(|tag| !fits(tag)) {
            return Err(Problem::Tag(tag_text(tag)));
        }
        if self.next_is_key() {
            return Err(Problem::Key("invalid key: expected text, found a mapping or sequence".to_owned()));
        }
        let start = self.builder.tree.nodes.len();
        match is_sequence {
            true => self.builder.open_sequence(line)?,
            false => self.builder.open_mapping(line)?,
        }
        self.open.push(Open { anchor, start, height: 1, next, merged: None });
        Ok(())
    }

    fn close(&mut self) -> Result<(), Problem> {
        let Some(Open { anchor, start, height, next: _, merged }) = self.open.pop() else { return Ok(()) };
        if let Some(merged) = merged {
            self.merge(merged)?;
        }
        self.builder.close();
        self.anchor(anchor, Anchor { start, height });
        self.added(start, height)
    }

    /// Fields win over merged ones, and what is merged first wins over what is merged later.
    fn merge(&mut self, merged: usize) -> Result<(), Problem> {
        self.charge(self.builder.tree.weight(merged))?;
        match self.builder.tree.nodes.get(merged).map(|node| node.kind) {
            Some(Kind::Sequence { .. }) => {
                let end = merged.saturating_add(self.builder.tree.span(merged));
                let mut item = merged.saturating_add(1);
                while item < end {
                    self.builder.merge(item);
                    item = item.saturating_add(self.builder.tree.span(item));
                }
            }
            _ => self.builder.merge(merged),
        }
        Ok(())
    }

    fn alias(&mut self, anchor: usize, line: usize) -> Result<(), Problem> {
        let Some(Anchor { start: from, height }) = self.anchors.get(&anchor).copied() else {
            let inside = self.open.iter().any(|open| open.anchor == anchor);
            return Err(if inside { Problem::AliasOfItself } else { Problem::UnknownAnchor });
        };
        self.builder.check_depth(height)?;
        self.charge(self.builder.tree.weight(from))?;
        if self.next_is_key() {
            let Some(text) = self.builder.tree.text_at(from).map(str::to_owned) else {
                let found = self.builder.tree.node(from).describe();
                return Err(Problem::Key(format!("invalid key: expected text, found an alias of {found}")));
            };
            return self.key(&text, false, None, line);
        }
        let start = self.builder.tree.nodes.len();
        self.builder.tree.repeat(from..from.saturating_add(self.builder.tree.span(from)));
        // The value stands where it is repeated; what is inside it stays where it was written.
        if let Some(root) = self.builder.tree.nodes.get_mut(start) {
            root.line = u32_of(line);
        }
        self.added(start, height)
    }

    /// Keeps a value for its aliases.
    fn anchor(&mut self, id: usize, anchor: Anchor) {
        if id != 0 {
            self.anchors.insert(id, anchor);
        }
    }

    fn charge(&mut self, bytes: usize) -> Result<(), Problem> {
        self.alias_bytes = self.alias_bytes.saturating_add(bytes);
        let limit = self.alias_limit;
        if self.alias_bytes > limit { Err(Problem::AliasesTooLarge { limit }) } else { Ok(()) }
    }

    /// A value of the innermost sequence or mapping is complete.
    fn added(&mut self, start: usize, height: usize) -> Result<(), Problem> {
        let Some(parent) = self.open.last_mut() else { return Ok(()) };
        parent.height = parent.height.max(height.saturating_add(1));
        match parent.next {
            // Collections are no keys, and scalars were taken as such.
            Next::Item | Next::Key => {}
            Next::Value => parent.next = Next::Key,
            Next::MergedValue => {
                (parent.next, parent.merged) = (Next::Key, Some(start));
                let value = self.builder.tree.node(start);
                let is_sequence = matches!(value.kind(), Kind::Sequence { .. });
                let merged = value.items().chain((!is_sequence).then_some(value));
                let wrong = { merged }.find(|value| !matches!(value.kind(), Kind::Mapping { .. }));
                if let Some(wrong) = wrong {
                    return Err(Problem::Merge(wrong.describe()));
                }
            }
        }
        Ok(())
    }
}

/// A plain key is text, or a scalar that every reader prints as it is written: `80` and `true`, not `on` or `0x50`.
fn check_plain_key(text: &str) -> Result<(), Problem> {
    let printed =
        match scalar::resolve(text).map_err(|message| Problem::Key(format!("invalid key: {message}")))? {
            Scalar::Text => return Ok(()),
            Scalar::Null => "null".to_owned(),
            Scalar::Bool(value) => format!("`{value}`"),
            Scalar::Number(value) => format!("`{value}`"),
        };
    if printed.strip_prefix('`').and_then(|printed| printed.strip_suffix('`')) == Some(text) {
        return Ok(());
    }
    Err(Problem::Key(format!("invalid key `{text}`: it is read as {printed}, quote it if it is text")))
}
