//! The text of a document's keys and values, in one piece: a value holds where its own stands.

use std::hash::{BuildHasher as _, RandomState};

#[derive(Clone, Debug, Default)]
pub(crate) struct Text {
    all: String,
    hasher: RandomState,
}

/// Where a key or value stands in a [`Text`]; [`Limits`](crate::Limits) keep both numbers below 2^32.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    start: u32,
    length: u32,
}

impl Text {
    pub(crate) fn push(&mut self, text: &str) -> Span {
        let number = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        let span = Span { start: number(self.all.len()), length: number(text.len()) };
        self.all.push_str(text);
        span
    }

    pub(crate) fn get(&self, Span { start, length }: Span) -> &str {
        let from = self.all.get(start as usize..).unwrap_or_default();
        from.get(..length as usize).unwrap_or_default()
    }

    pub(crate) fn hash(&self, span: Span) -> u64 {
        self.hasher.hash_one(self.get(span))
    }
}

impl Span {
    pub(crate) fn len(self) -> usize {
        self.length as usize
    }

    /// Without its last bytes.
    pub(crate) fn without_end(self, bytes: usize) -> Self {
        let length = self.len().saturating_sub(bytes);
        Span { length: u32::try_from(length).unwrap_or(self.length), ..self }
    }
}
