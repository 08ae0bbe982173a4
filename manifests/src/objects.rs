//! The objects of one document: itself, or the items of a `List` or array, however nested.

use crate::document::Document;
use crate::error::{ErrorKind, Location, ManifestError};
use crate::node::{Node, NodeRef, Value};
use crate::text::{Span, Text};
use std::sync::Arc;

/// The objects of one document, one after another.
pub(crate) struct Objects {
    location: Location,
    text: Arc<Text>,
    /// The document itself, as long as it is still to be looked at.
    root: Option<Node>,
    /// The lists that are being read, the innermost last.
    lists: Vec<List>,
    /// How many objects of lists came before.
    items: usize,
}

struct List {
    items: Arc<Vec<Node>>,
    next: usize,
    /// The fields `apiVersion` and `kind` of items that have neither.
    item_type: Option<[(Span, Span); 2]>,
}

/// What a value of a document turns out to be.
enum Found {
    Object(Node),
    List(List),
    Nothing,
}

impl Objects {
    pub(crate) fn new(Document { location, text, root }: Document) -> Self {
        let root = (!matches!(root.value, Value::Null)).then_some(root);
        Objects { location, text, root, lists: Vec::new(), items: 0 }
    }

    fn location(&mut self, line: u32, is_item: bool) -> Location {
        let mut location = self.location.clone();
        location.line = line as usize;
        if is_item {
            self.items = self.items.saturating_add(1);
            location.item = Some(self.items);
        }
        location
    }
}

impl Iterator for Objects {
    type Item = Result<Document, ManifestError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (node, is_item, item_type) = match self.root.take() {
                Some(root) => (root, false, None),
                None => {
                    let list = self.lists.last_mut()?;
                    let Some(item) = list.items.get(list.next).cloned() else {
                        self.lists.pop();
                        continue;
                    };
                    list.next = list.next.saturating_add(1);
                    (item, true, list.item_type)
                }
            };
            match find(node, &self.text, item_type) {
                Ok(Found::Nothing) => {}
                Ok(Found::List(list)) => self.lists.push(list),
                Ok(Found::Object(root)) => {
                    let location = self.location(root.line, is_item);
                    return Some(Ok(Document { location, text: Arc::clone(&self.text), root }));
                }
                Err((line, path, kind)) => {
                    let error = self.location(line, is_item).error(kind);
                    return Some(Err(ManifestError { path: path.to_owned(), ..error }));
                }
            }
        }
    }
}

/// What it is; an error with its line and path.
fn find(
    node: Node,
    text: &Text,
    item_type: Option<[(Span, Span); 2]>,
) -> Result<Found, (u32, &'static str, ErrorKind)> {
    let fields = match &node.value {
        Value::Sequence(items) => {
            return Ok(Found::List(List { items: Arc::clone(items), next: 0, item_type: None }));
        }
        Value::Mapping(fields) => fields,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => {
            let message = format!("invalid manifest: expected an object, found {}", node.describe());
            return Err((node.line, "", ErrorKind::Type(message)));
        }
    };
    let field = |name: &str| fields.iter().find(|(key, _)| text.get(*key) == name);
    let is_absent = |name: &str| {
        field(name).is_none_or(|(_, value)| {
            matches!(value.value, Value::Null) || NodeRef { node: value, text }.as_str() == Some("")
        })
    };
    if let Some(item_type) = item_type.filter(|_| is_absent("apiVersion") && is_absent("kind")) {
        let is_kept = |key: Span| !matches!(text.get(key), "apiVersion" | "kind");
        let kept = fields.iter().filter(|(key, _)| is_kept(*key)).cloned();
        let added = item_type.map(|(key, value)| (key, Node { line: node.line, value: Value::Text(value) }));
        let value = Value::Mapping(Arc::new(kept.chain(added).collect()));
        return find(Node { value, ..node }, text, None);
    }
    let span = |name: &str| match field(name) {
        Some((key, Node { value: Value::Text(span), .. })) if span.len() > 0 => Some((*key, *span)),
        Some(_) | None => None,
    };
    let (api_version, kind) = (span("apiVersion"), span("kind"));
    // A kind of one's own may happen to end in List: without `items` it is an object.
    let item_kind = kind.and_then(|(key, kind)| {
        let name = text.get(kind).strip_suffix("List")?;
        Some((name, (key, kind.without_end("List".len()))))
    });
    if let (Some((item_name, item_kind)), Some((_, items))) = (item_kind, field("items")) {
        return match &items.value {
            Value::Null => Ok(Found::Nothing),
            Value::Sequence(list) => {
                let item_type = api_version.map(|api_version| [api_version, item_kind]);
                let item_type = item_type.filter(|_| !item_name.is_empty());
                Ok(Found::List(List { items: Arc::clone(list), next: 0, item_type }))
            }
            Value::Bool(_) | Value::Number(_) | Value::Text(_) | Value::Mapping(_) => {
                let message = format!(
                    "invalid value: expected the array of a {item_name}List, found {}",
                    items.describe()
                );
                Err((items.line, "items", ErrorKind::Type(message)))
            }
        };
    }
    match (api_version, kind) {
        (None, _) => Err((node.line, "", ErrorKind::Missing("apiVersion"))),
        (Some(_), None) => Err((node.line, "", ErrorKind::Missing("kind"))),
        (Some(_), Some(_)) => Ok(Found::Object(node)),
    }
}
