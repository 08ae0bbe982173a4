//! Translates files of Ingresses on the command line: `cargo run -q --example translate -- --help`.

mod cli;

use std::io;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = std::env::args_os().skip(1).collect();
    cli::run(arguments, &mut io::stdin().lock(), &mut io::stdout().lock(), &mut io::stderr().lock()).into()
}
