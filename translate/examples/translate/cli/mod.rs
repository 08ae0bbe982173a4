//! The command line: arguments and files in, both Proxies and the diagnostics out.

pub(crate) mod args;
pub(crate) mod input;
pub(crate) mod output;

use args::{Command, Invocation};
use knative_gloo_translate::{ClassFilter, Code, Options, Outcome, translate};
use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::process::ExitCode;

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// Every Ingress is translated.
    Translated,
    /// Some Ingress was rejected; the others are translated.
    SomeRejected,
    /// The input or the arguments can't be used, and nothing was written to standard output.
    Unusable,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        ExitCode::from(match status {
            Status::Translated => 0,
            Status::SomeRejected => 1,
            Status::Unusable => 2,
        })
    }
}

/// Runs the command with the arguments that follow the program's name.
pub(crate) fn run(
    arguments: Vec<OsString>,
    stdin: &mut dyn Read,
    stdout: &mut dyn Write,
    stderr: &mut dyn Write,
) -> Status {
    match args::parse(arguments) {
        Ok(Command::Help) => finish(stdout, stderr, args::HELP, Status::Translated),
        Ok(Command::Translate(invocation)) => translate_files(*invocation, stdin, stdout, stderr),
        Err(message) => {
            output::say(stderr, "error", &message);
            output::say(stderr, "usage", args::USAGE);
            Status::Unusable
        }
    }
}

fn translate_files(
    invocation: Invocation,
    stdin: &mut dyn Read,
    stdout: &mut dyn Write,
    stderr: &mut dyn Write,
) -> Status {
    let Invocation { flags, services, format, files } = invocation;
    let given_services = !services.is_empty();
    let mut input = input::Input::default();
    for file in &files {
        input.add_file(file, stdin);
    }
    input.only_services = true;
    for file in &services {
        input.add_file(file, stdin);
    }
    let input::Input { ingresses, services, options, warnings, errors, .. } = input;
    for warning in &warnings {
        output::say(stderr, "warning", warning);
    }
    for error in &errors {
        output::say(stderr, "error", error);
    }
    if !errors.is_empty() {
        return Status::Unusable;
    }
    if ingresses.is_empty() {
        output::say(stderr, "warning", "there is no Knative Ingress in the input");
    }

    let given = options.unwrap_or_default().over(Options::default().with_class(ClassFilter::Any));
    let mut options = flags.over(given);
    if given_services || !services.is_empty() {
        options = options.with_services(services.into_iter().collect());
    }
    let translation = translate(&ingresses, &options);
    let mut status = Status::Translated;
    for report in &translation.reports {
        for diagnostic in &report.diagnostics {
            // Said already, with the files and lines of both.
            if diagnostic.code != Code::Replaced {
                output::say(
                    stderr,
                    diagnostic.severity.as_str(),
                    &format!("{}: {diagnostic}", report.ingress),
                );
            }
        }
        match report.outcome {
            Outcome::Rejected => status = Status::SomeRejected,
            Outcome::Translated | Outcome::Skipped => {}
        }
    }
    match output::write(format, &translation) {
        Ok(text) => finish(stdout, stderr, &text, status),
        Err(error) => {
            output::say(stderr, "error", &error.to_string());
            Status::Unusable
        }
    }
}

/// Writes the whole result at once. A reader that has seen enough (`| head`) is no error.
fn finish(stdout: &mut dyn Write, stderr: &mut dyn Write, text: &str, status: Status) -> Status {
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            output::say(stderr, "error", &format!("standard output: {error}"));
            Status::Unusable
        }
        Ok(()) | Err(_) => status,
    }
}
