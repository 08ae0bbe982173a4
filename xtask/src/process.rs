//! Other programs, run in the repository.

use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::process::{Command, ExitCode, ExitStatus};

/// Why a task did not succeed.
pub(crate) enum Failure {
    /// What is wrong.
    Told(String),
    /// What this machine lacks.
    Missing(String),
    /// A program has said what is wrong, and ended with this status.
    Status(u8),
}

impl Failure {
    pub(crate) fn status(&self) -> ExitCode {
        ExitCode::from(match self {
            Failure::Told(_) => 1,
            Failure::Missing(_) => 3,
            Failure::Status(status) => *status,
        })
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Failure::Told(error.to_string())
    }
}

/// The directory of the repository.
pub(crate) fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// A program that runs in the repository's directory.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    command
}

/// The cargo that runs this program.
pub(crate) fn cargo() -> Command {
    command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Runs it to its end, with the standard streams of this program.
pub(crate) fn run(command: &mut Command) -> Result<(), Failure> {
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command.status().map_err(|error| Failure::Told(format!("{program}: {error}")))?;
    ended(status)
}

/// What it prints on standard output.
pub(crate) fn output(command: &mut Command) -> Result<String, Failure> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.stderr(std::process::Stdio::inherit()).output();
    let output = output.map_err(|error| Failure::Told(format!("{program}: {error}")))?;
    ended(output.status)?;
    String::from_utf8(output.stdout).map_err(|error| Failure::Told(format!("{program}: {error}")))
}

fn ended(status: ExitStatus) -> Result<(), Failure> {
    if status.success() {
        return Ok(());
    }
    // A program that a signal ended has no status.
    Err(Failure::Status(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)))
}
