//! Golden files: a folder of `NAME.in.yaml`, each of which must give exactly its `NAME.out.yaml`.
//!
//! What a program makes of each input is compared with the output beside it, and every difference is told at once, as a
//! diff. Beside an output that is wrong or missing its successor is left as `NAME.out.yaml.new`, to be looked at:
//! renaming it accepts it, and so does `REGENERATE=1` for all of them. An output whose input is gone is told as well.
//!
//! ```
//! use knative_gloo_manifests::snapshots::{Failures, Snapshots};
//!
//! # fn main() -> Result<(), Failures> { names_of_objects() }
//! // With `#[test]` above it:
//! fn names_of_objects() -> Result<(), Failures> {
//!     Snapshots::of("tests/snapshots").check(|input| {
//!         let documents = input.documents().into_iter().collect::<Result<Vec<_>, _>>()?;
//!         let names = documents.iter().map(|document| document.name().map(str::to_owned));
//!         Ok::<_, Box<dyn std::error::Error>>(names.collect::<Vec<_>>())
//!     })
//! }
//! ```
//!
//! This module alone of the crate reads and writes files and looks at the environment; it is for tests, and behind the
//! feature `snapshots`.

mod failure;
mod folder;
mod input;

use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::{fs, io};

use serde::Serialize;

pub use failure::{Failure, Failures};
pub use input::Input;

use crate::to_yaml;
use folder::Folder;

/// A folder of inputs and outputs.
#[derive(Clone, Debug)]
#[must_use = "nothing is compared before `check`"]
pub struct Snapshots {
    folder: PathBuf,
    mode: Mode,
    maker: String,
    command: String,
}

/// What is done with outputs that are not as they should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// They are told, and what they should be is left beside them as `NAME.out.yaml.new`.
    Compare,
    /// They are written anew. Outputs without an input are told all the same: nothing is ever deleted but `.new` files.
    Regenerate,
}

impl Mode {
    /// [`Mode::Regenerate`] where the environment has `REGENERATE=1`, else [`Mode::Compare`].
    #[must_use]
    pub fn of_environment() -> Self {
        match std::env::var_os("REGENERATE") {
            Some(value) if value == "1" => Mode::Regenerate,
            Some(_) | None => Mode::Compare,
        }
    }
}

impl Snapshots {
    /// The inputs directly in this folder. A relative path starts at the package's root, where cargo runs tests.
    pub fn of(folder: impl Into<PathBuf>) -> Self {
        Snapshots {
            folder: folder.into(),
            mode: Mode::of_environment(),
            maker: "its test".to_owned(),
            command: "REGENERATE=1 cargo test".to_owned(),
        }
    }

    /// What is done with differences. Default: [`Mode::of_environment`].
    pub fn with_mode(self, mode: Mode) -> Self {
        Snapshots { mode, ..self }
    }

    /// What makes the outputs, and the command that makes them anew, as the first line of each output says it.
    /// Default: `its test` and `REGENERATE=1 cargo test`.
    pub fn made_by(self, maker: impl Into<String>, command: impl Into<String>) -> Self {
        Snapshots { maker: maker.into(), command: command.into(), ..self }
    }

    /// The inputs in the order of their names, for tests that ask something else of them.
    ///
    /// # Errors
    /// A folder or an input that can't be read, and a folder without inputs.
    pub fn inputs(&self) -> Result<Vec<Input>, Failures> {
        let fail = |failure| Failures { failures: vec![failure], command: self.command.clone() };
        let Folder { inputs, orphans: _ } =
            Folder::read(&self.folder).map_err(|error| fail(unreachable_file(&self.folder, &error)))?;
        if inputs.is_empty() {
            return Err(fail(Failure::NoInputs { folder: self.folder.clone() }));
        }
        let read = |path: &PathBuf| Input::read(path).map_err(|error| fail(unreachable_file(path, &error)));
        inputs.iter().map(read).collect()
    }

    /// Compares what `make` gives for each input, as YAML, with the output beside it; inputs in the order of their names.
    ///
    /// # Errors
    /// Every difference, input that `make` can't use, output without an input and file that can't be read or written;
    /// and a folder without inputs, which would prove nothing.
    pub fn check<T: Serialize, E: Display>(
        &self,
        mut make: impl FnMut(&Input) -> Result<T, E>,
    ) -> Result<(), Failures> {
        let mut failures = Vec::new();
        match Folder::read(&self.folder) {
            Err(error) => failures.push(unreachable_file(&self.folder, &error)),
            Ok(Folder { inputs, orphans }) => {
                if inputs.is_empty() {
                    failures.push(Failure::NoInputs { folder: self.folder.clone() });
                }
                for path in &inputs {
                    failures.extend(self.check_one(path, &mut make).err());
                }
                failures.extend(orphans.into_iter().map(|path| Failure::Orphaned { path }));
            }
        }
        match failures.is_empty() {
            true => Ok(()),
            false => Err(Failures { failures, command: self.command.clone() }),
        }
    }

    fn check_one<T: Serialize, E: Display>(
        &self,
        path: &Path,
        make: &mut impl FnMut(&Input) -> Result<T, E>,
    ) -> Result<(), Failure> {
        let unusable = |message: String| Failure::Unusable { path: path.to_owned(), message };
        let input = Input::read(path).map_err(|error| unreachable_file(path, &error))?;
        let made = make(&input).map_err(|error| unusable(error.to_string()))?;
        let body = to_yaml(&made).map_err(|error| unusable(error.to_string()))?;
        let Snapshots { folder: _, mode, maker, command } = self;
        let wanted =
            format!("# Made from {}.in.yaml by {maker}. To make it anew: {command}\n{body}", input.name());
        let output = path.with_file_name(format!("{}.out.yaml", input.name()));
        let current = read_if_there(&output).map_err(|error| unreachable_file(&output, &error))?;
        let pending = path.with_file_name(format!("{}.out.yaml.new", input.name()));
        if current.as_ref() == Some(&wanted) {
            return remove_if_there(&pending).map_err(|error| unreachable_file(&pending, &error));
        }
        match (mode, current) {
            (Mode::Regenerate, _) => {
                fs::write(&output, wanted).map_err(|error| unreachable_file(&output, &error))?;
                remove_if_there(&pending).map_err(|error| unreachable_file(&pending, &error))
            }
            (Mode::Compare, current) => {
                // Where nothing can be written, in a read-only checkout, the difference is told all the same.
                let pending = fs::write(&pending, &wanted).is_ok().then_some(pending);
                Err(match current {
                    None => Failure::Missing { path: output, pending },
                    Some(current) => Failure::Changed { path: output, current, wanted, pending },
                })
            }
        }
    }
}

fn unreachable_file(path: &Path, error: &io::Error) -> Failure {
    Failure::File { path: path.to_owned(), message: error.to_string() }
}

/// Its text, line breaks as everywhere but on Windows.
fn read_if_there(path: &Path) -> io::Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text.replace("\r\n", "\n"))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}
