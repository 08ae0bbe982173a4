use std::collections::BTreeMap;

/// The line of every value of a document, in the document's own shape.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lines {
    pub(crate) line: usize,
    pub(crate) below: Below,
}

#[derive(Clone, Debug, Default)]
pub(crate) enum Below {
    #[default]
    Nothing,
    Items(Vec<Lines>),
    Fields(BTreeMap<String, Lines>),
}

/// One step from a value into it.
pub(crate) enum Step<'a> {
    Item(usize),
    Field(&'a str),
}

impl Lines {
    pub(crate) fn scalar(line: usize) -> Self {
        Lines { line, below: Below::Nothing }
    }

    pub(crate) fn step(&self, step: &Step<'_>) -> Option<&Lines> {
        match (&self.below, step) {
            (Below::Items(items), Step::Item(index)) => items.get(*index),
            (Below::Fields(fields), Step::Field(name)) => fields.get(*name),
            (Below::Nothing | Below::Items(_) | Below::Fields(_), Step::Item(_) | Step::Field(_)) => None,
        }
    }

    /// The line of the deepest value on the way that exists: a missing field is reported where it is missed.
    pub(crate) fn line_of<'a>(&self, path: impl IntoIterator<Item = Step<'a>>) -> usize {
        let mut here = self;
        for step in path {
            match here.step(&step) {
                Some(next) => here = next,
                None => break,
            }
        }
        here.line
    }
}
