use std::fmt;

use crate::diagnostics::quoted::Shown;

/// Where in an object something stands, built on the stack on the way down and written only for a diagnostic.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FieldPath<'a> {
    parent: Option<&'a FieldPath<'a>>,
    segment: Segment<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Segment<'a> {
    Field(&'a str),
    Index(usize),
    Key(&'a str),
}

impl<'a> FieldPath<'a> {
    /// A field of the object itself.
    pub(crate) const fn root(name: &'a str) -> Self {
        Self { parent: None, segment: Segment::Field(name) }
    }

    /// `….name`
    pub(crate) const fn field(&'a self, name: &'a str) -> Self {
        Self { parent: Some(self), segment: Segment::Field(name) }
    }

    /// `…[index]`
    pub(crate) const fn index(&'a self, index: usize) -> Self {
        Self { parent: Some(self), segment: Segment::Index(index) }
    }

    /// `…[key]`: an entry of a map.
    pub(crate) const fn key(&'a self, key: &'a str) -> Self {
        Self { parent: Some(self), segment: Segment::Key(key) }
    }
}

impl fmt::Display for FieldPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            parent.fmt(f)?;
        }
        match self.segment {
            // Unknown fields have the names that their authors gave them.
            Segment::Field(name) if self.parent.is_none() => write!(f, "{}", Shown(name)),
            Segment::Field(name) => write!(f, ".{}", Shown(name)),
            Segment::Index(index) => write!(f, "[{index}]"),
            Segment::Key(key) => write!(f, "[{}]", Shown(key)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::FieldPath;

    #[test]
    fn field_path_format_matches_knative() {
        let spec = FieldPath::root("spec");
        let rules = spec.field("rules");
        let rule = rules.index(3);
        let headers = rule.field("headers");
        assert_eq!(headers.key("X-\n").to_string(), "spec.rules[3].headers[X-\\n]");
    }
}
