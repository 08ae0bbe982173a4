use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::{Document, Limits, ManifestError, read};

/// One `NAME.in.yaml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    path: PathBuf,
    name: String,
    bytes: Vec<u8>,
}

impl Input {
    /// Reads a file.
    pub(super) fn read(path: &Path) -> io::Result<Self> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let name = name.strip_suffix(".in.yaml").unwrap_or(&name).to_owned();
        Ok(Input { path: path.to_owned(), name, bytes: fs::read(path)? })
    }

    /// Its name without `.in.yaml`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it stands.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it holds.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What [`read`] makes of it, under the usual limits; errors name the file.
    #[must_use]
    pub fn documents(&self) -> Vec<Result<Document, ManifestError>> {
        read(&self.path.to_string_lossy(), &self.bytes, &Limits::default()).collect()
    }
}
