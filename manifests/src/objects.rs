//! The objects of one document: itself, or the items of a `List` or array, however nested.

use crate::document::Document;
use crate::error::{ManifestError, Place, Problem};
use crate::node::NodeRef;
use crate::tree::{Kind, Tree};

/// The objects of one document, one after another.
pub(crate) struct Objects {
    place: Place,
    tree: Tree,
    /// The lists that are being read, the innermost last.
    lists: Vec<List>,
    /// How many objects of lists came before.
    items: usize,
    /// The document itself is still to be looked at.
    is_new: bool,
}

/// The items of a list that are still to come.
struct List {
    next: usize,
    end: usize,
    item_type: Option<ItemType>,
}

/// apiVersion and kind of a typed list's items, which may leave them out.
#[derive(Clone)]
struct ItemType {
    api_version: String,
    kind: String,
}

/// What a value of a document turns out to be.
enum Found {
    Object(Option<ItemType>),
    /// The sequence at this place.
    List(usize, Option<ItemType>),
    Nothing,
}

impl Objects {
    pub(crate) fn new(place: Place, tree: Tree) -> Self {
        Objects { place, tree, lists: Vec::new(), items: 0, is_new: true }
    }

    fn open(&mut self, sequence: usize, item_type: Option<ItemType>) {
        let end = sequence.saturating_add(self.tree.span(sequence));
        self.lists.push(List { next: sequence.saturating_add(1), end, item_type });
    }

    /// The value at this place, which belongs to a list or is the document.
    fn value(
        &mut self,
        at: usize,
        is_item: bool,
        item_type: Option<ItemType>,
    ) -> Option<Result<Document, ManifestError>> {
        match find(&self.tree, at, item_type) {
            Ok(Found::Nothing) => None,
            Ok(Found::List(sequence, item_type)) => {
                self.open(sequence, item_type);
                None
            }
            Ok(Found::Object(added)) => {
                let place = self.place_of(at, is_item);
                let mut tree = if is_item { self.tree.extract(at) } else { std::mem::take(&mut self.tree) };
                if let Some(ItemType { api_version, kind }) = added {
                    tree.set_field("apiVersion", &api_version);
                    tree.set_field("kind", &kind);
                }
                Some(Ok(Document { place, tree }))
            }
            Err(Wrong { at, path, problem }) => {
                let error = self.place_of(at, is_item).fail(problem);
                Some(Err(ManifestError { path: path.to_owned(), ..error }))
            }
        }
    }

    fn place_of(&mut self, at: usize, is_item: bool) -> Place {
        let mut place = self.place.clone();
        place.line = self.tree.node(at).line();
        if is_item {
            self.items = self.items.saturating_add(1);
            place.item = Some(self.items);
        }
        place
    }
}

impl Iterator for Objects {
    type Item = Result<Document, ManifestError>;

    fn next(&mut self) -> Option<Self::Item> {
        if std::mem::take(&mut self.is_new) && !matches!(self.tree.node(0).kind(), Kind::Null) {
            let found = self.value(0, false, None);
            if found.is_some() {
                return found;
            }
        }
        while let Some(list) = self.lists.last_mut() {
            let at = list.next;
            if at >= list.end {
                self.lists.pop();
                continue;
            }
            list.next = at.saturating_add(self.tree.span(at));
            let item_type = list.item_type.clone();
            let found = self.value(at, true, item_type);
            if found.is_some() {
                return found;
            }
        }
        None
    }
}

/// What is wrong with a value, and where.
struct Wrong {
    at: usize,
    path: &'static str,
    problem: Problem,
}

fn find(tree: &Tree, at: usize, item_type: Option<ItemType>) -> Result<Found, Wrong> {
    let node = tree.node(at);
    if matches!(node.kind(), Kind::Sequence { .. }) {
        return Ok(Found::List(at, None));
    }
    if !matches!(node.kind(), Kind::Mapping { .. }) {
        return Err(Wrong { at, path: "", problem: Problem::NotAnObject(node.describe()) });
    }
    let is_absent = |value: Option<NodeRef<'_>>| {
        value.is_none_or(|value| matches!(value.kind(), Kind::Null) || value.as_str() == Some(""))
    };
    let added = item_type.filter(|_| is_absent(node.field("apiVersion")) && is_absent(node.field("kind")));
    let text = |field: &str| node.field(field).and_then(NodeRef::as_str).unwrap_or_default();
    let (api_version, kind) = match &added {
        Some(ItemType { api_version, kind }) => (api_version.as_str(), kind.as_str()),
        None => (text("apiVersion"), text("kind")),
    };
    // A kind of one's own may happen to end in List: without `items` it is an object.
    if let (Some(item_kind), Some(items)) = (kind.strip_suffix("List"), node.field("items")) {
        if matches!(items.kind(), Kind::Null) {
            return Ok(Found::Nothing);
        }
        if !matches!(items.kind(), Kind::Sequence { .. }) {
            let message = format!("expected the array of a {kind}, found {}", items.describe());
            return Err(Wrong { at: items.at, path: "items", problem: Problem::Type(message) });
        }
        let item_type = ItemType { api_version: api_version.to_owned(), kind: item_kind.to_owned() };
        return Ok(Found::List(items.at, (!item_kind.is_empty()).then_some(item_type)));
    }
    match (api_version.is_empty(), kind.is_empty()) {
        (true, _) => Err(Wrong { at, path: "", problem: Problem::Missing("apiVersion") }),
        (false, true) => Err(Wrong { at, path: "", problem: Problem::Missing("kind") }),
        (false, false) => Ok(Found::Object(added)),
    }
}
