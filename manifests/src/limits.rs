use crate::error::ErrorKind;

/// What one source may cost. Reading refuses what goes beyond, before it takes time or memory.
///
/// Whatever the source holds, reading it takes at most 40 bytes of memory for each of its bytes, and three for each of
/// [`alias_bytes`](Limits::alias_bytes), beside the source itself and the documents that the caller keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Largest source, in bytes. Default: 64 MiB, forty times etcd's limit for one object. More than 1 GiB counts as
    /// 1 GiB.
    pub bytes: usize,
    /// Deepest nesting of mappings and sequences, aliases expanded. Default: 100. More than 120 counts as 120, which
    /// keeps every recursive reader of the value within its own limits.
    pub depth: usize,
    /// What aliases and merge keys may add in one source, in bytes: each repeated value counts 24 plus the length of
    /// its text. Default: 8 MiB. More than 4 GiB counts as 4 GiB.
    pub alias_bytes: usize,
}

impl Limits {
    /// The same limits with another largest source, in bytes.
    #[must_use]
    pub fn with_bytes(mut self, bytes: usize) -> Self {
        self.bytes = bytes;
        self
    }

    /// The same limits with another deepest nesting.
    #[must_use]
    pub fn with_depth(mut self, depth: usize) -> Self {
        self.depth = depth;
        self
    }

    /// The same limits with another allowance for aliases, in bytes.
    #[must_use]
    pub fn with_alias_bytes(mut self, alias_bytes: usize) -> Self {
        self.alias_bytes = alias_bytes;
        self
    }

    // The caps below keep every count of bytes below 2^32.

    pub(crate) fn check_bytes(&self, bytes: usize) -> Result<(), ErrorKind> {
        let limit = self.bytes.min(1 << 30);
        if bytes > limit { Err(ErrorKind::TooLarge { bytes, limit }) } else { Ok(()) }
    }

    pub(crate) fn check_depth(&self, levels: usize) -> Result<(), ErrorKind> {
        if levels > self.max_depth() { Err(self.too_deep()) } else { Ok(()) }
    }

    pub(crate) fn too_deep(&self) -> ErrorKind {
        ErrorKind::TooDeep { limit: self.max_depth() }
    }

    fn max_depth(&self) -> usize {
        self.depth.min(120)
    }

    pub(crate) fn check_alias_bytes(&self, bytes: usize) -> Result<(), ErrorKind> {
        let limit = self.alias_bytes.min(u32::MAX as usize);
        if bytes > limit { Err(ErrorKind::AliasesTooLarge { limit }) } else { Ok(()) }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Limits { bytes: 64 << 20, depth: 100, alias_bytes: 8 << 20 }
    }
}
