use std::fmt;
use std::path::{Path, PathBuf};

use similar::TextDiff;

/// Lines of one diff that are printed; the rest is in the `.new` file.
const LINES: usize = 80;

/// Everything that is wrong with a folder of snapshots. Its `Debug` is what a test that returns it prints.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failures {
    /// What is wrong: inputs in the order of their names, then outputs without an input. Never empty.
    pub failures: Vec<Failure>,
    /// The command that makes the outputs anew.
    pub command: String,
}

/// One thing that is wrong with a folder of snapshots.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failure {
    /// The output is not what the input gives.
    Changed {
        /// The output.
        path: PathBuf,
        /// What it holds.
        current: String,
        /// What it should hold.
        wanted: String,
        /// The file in which that was left, if it could be written.
        pending: Option<PathBuf>,
    },
    /// There is no output.
    Missing {
        /// Where it should be.
        path: PathBuf,
        /// The file in which it was left, if it could be written.
        pending: Option<PathBuf>,
    },
    /// An output, or what was left beside it, has no input.
    Orphaned {
        /// The output.
        path: PathBuf,
    },
    /// The program could make nothing of an input.
    Unusable {
        /// The input.
        path: PathBuf,
        /// What it said.
        message: String,
    },
    /// There is no `NAME.in.yaml`.
    NoInputs {
        /// The folder.
        folder: PathBuf,
    },
    /// A file or the folder can't be read or written.
    File {
        /// It.
        path: PathBuf,
        /// What the operating system says.
        message: String,
    },
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Changed { path, current, wanted, pending } => {
                writeln!(f, "{}: changed", path.display())?;
                diff(f, path, current, wanted)?;
                left(f, path, pending.as_deref())
            }
            Failure::Missing { path, pending } => {
                writeln!(f, "{}: missing", path.display())?;
                left(f, path, pending.as_deref())
            }
            Failure::Orphaned { path } => write!(f, "{}: has no input; delete it", path.display()),
            // An error of reading names the file already.
            Failure::Unusable { path, message } if message.starts_with(&*path.to_string_lossy()) => {
                f.write_str(message)
            }
            Failure::Unusable { path, message } | Failure::File { path, message } => {
                write!(f, "{}: {message}", path.display())
            }
            Failure::NoInputs { folder } => {
                write!(f, "{}: no NAME.in.yaml is in this folder", folder.display())
            }
        }
    }
}

fn diff(f: &mut fmt::Formatter<'_>, path: &Path, current: &str, wanted: &str) -> fmt::Result {
    let diff = TextDiff::from_lines(current, wanted);
    let (before, after) = (path.display().to_string(), format!("{}.new", path.display()));
    let text = diff.unified_diff().header(&before, &after).to_string();
    for line in text.lines().take(LINES) {
        writeln!(f, "  {line}")?;
    }
    match text.lines().count().saturating_sub(LINES) {
        0 => Ok(()),
        more => writeln!(f, "  … and {more} lines more"),
    }
}

fn left(f: &mut fmt::Formatter<'_>, path: &Path, pending: Option<&Path>) -> fmt::Result {
    match pending {
        Some(pending) => {
            // Cargo runs tests in the package's folder, where the reader need not be.
            let whole = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
            write!(f, "  To accept it: mv {} {}", whole(pending).display(), whole(path).display())
        }
        None => f.write_str("  What it should be could not be written beside it."),
    }
}

impl fmt::Display for Failures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Failures { failures, command } = self;
        for failure in failures {
            writeln!(f, "{failure}\n")?;
        }
        let (count, plural) = (failures.len(), if failures.len() == 1 { "" } else { "s" });
        write!(f, "{count} failure{plural}. To make all outputs anew: {command}")
    }
}

impl fmt::Debug for Failures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\n{self}")
    }
}

impl std::error::Error for Failures {}
