//! `knative-gloo`: translates Knative Ingresses to Gloo Proxies, and says who answers a request and why.

mod arguments;
mod ask;
mod explain;
mod input;
mod input_arguments;
mod objects;
mod output;
mod shell;
mod translate;

use std::io;
use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command};

/// How the command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    /// All is well: status 0.
    Good,
    /// Some Ingress was rejected, or nobody serves the request: status 1.
    Bad,
    /// The input or the arguments can't be used, and nothing was written to standard output: status 2.
    Unusable,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(match status {
            Status::Good => 0,
            Status::Bad => 1,
            Status::Unusable => 2,
        })
    }
}

fn main() -> ExitCode {
    let Arguments { command } = Arguments::parse();
    let result = match command {
        Command::Translate(arguments) => translate::run(&arguments),
        Command::Ask(arguments) => ask::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Completions(arguments) => Ok((shell::completions(&arguments), Status::Good)),
        Command::Man => shell::man(),
    };
    let status = match result {
        Ok((text, status)) => output::print(&mut io::stdout().lock(), &text, status),
        Err(error) => {
            error.report();
            Status::Unusable
        }
    };
    status.into()
}
