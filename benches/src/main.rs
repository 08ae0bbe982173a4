//! What translating costs: measured and written down, or counted and compared with what was written down.

#![allow(clippy::arithmetic_side_effects, reason = "sizes of benchmarks are far from any limit")]

mod counts;
mod report;
mod whole_path;

use std::{error::Error, path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

use benches::hostile::{Shape, Way};
use counts::{Counted, Mode, Verdict};

#[derive(Parser)]
#[command(about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measures everything, and writes docs/speed.md and docs/speed.svg.
    Report {
        /// The largest number of Ingresses.
        #[arg(long, default_value_t = 100_000)]
        largest: usize,
        /// The directory to write to.
        #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs"))]
        to: PathBuf,
    },
    /// Measures what a change costs in a cluster: the controller's own program against a small API server.
    WholePath(whole_path::Settings),
    /// Counts instructions under valgrind.
    Counts {
        /// Fails where a count is out of the margin around the committed one, with status 3 where they are of other tools.
        #[arg(long, conflicts_with = "write")]
        check: bool,
        /// Writes the counts into benches/counts.json, to be committed.
        #[arg(long)]
        write: bool,
    },
    /// What valgrind runs: one thing that is counted.
    #[command(hide = true)]
    Counted { what: Counted },
    /// What valgrind runs: a hostile shape.
    #[command(hide = true)]
    Hostile { shape: Shape, way: Way, size: usize },
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(Verdict::Good) => ExitCode::SUCCESS,
        Ok(Verdict::Bad) => ExitCode::FAILURE,
        Ok(Verdict::NotComparable) => ExitCode::from(3),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<Verdict, Box<dyn Error>> {
    match command {
        Command::Report { largest, to } => report::report(largest, &to)?,
        Command::WholePath(settings) => whole_path::run(settings)?,
        Command::Counts { check, write } => {
            let verdict = counts::counts(match (check, write) {
                (true, _) => Mode::Check,
                (_, true) => Mode::Write,
                (false, false) => Mode::Print,
            });
            return verdict.map_err(|failure| -> Box<dyn Error> { failure });
        }
        Command::Counted { what } => {
            what.run().map_err(|failure| -> Box<dyn Error> { failure })?;
        }
        Command::Hostile { shape, way, size } => counts::hostile(shape, way, size),
    }
    Ok(Verdict::Good)
}
