//! The program, run as a person runs it.
#![allow(dead_code, reason = "each test takes what it needs")]

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

/// What the program wrote, and its exit status.
pub(crate) struct Outcome {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Outcome {
    fn from(output: Output) -> Self {
        Self {
            status: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// The program with these arguments, which hears and tells nobody.
pub(crate) fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_knative-gloo"));
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs the program with this standard input. One that stops reading early is no fault of the test.
pub(crate) fn run(arguments: &[&str], stdin: &[u8]) -> Outcome {
    let mut child = program(arguments).stdin(Stdio::piped()).spawn().unwrap();
    let (mut input, bytes) = (child.stdin.take().unwrap(), stdin.to_vec());
    let writer = std::thread::spawn(move || {
        let _ = input.write_all(&bytes);
    });
    let outcome = child.wait_with_output().unwrap().into();
    writer.join().unwrap();
    outcome
}

/// A file of the tests.
pub(crate) fn file(name: &str, text: &str) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// A file of the repository.
pub(crate) fn repository(path: &str) -> String {
    format!("{}/../{path}", env!("CARGO_MANIFEST_DIR"))
}
