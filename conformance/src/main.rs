//! The command of the proof: runs the suite, prints Envoy configurations, serves Ingresses for a person to try, writes the report.

mod command;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    command::main(command::Arguments::parse())
}
