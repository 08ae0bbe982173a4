//! What a change, a release or a nightly run needs beside cargo's own commands: `cargo xtask --help`.
//!
//! Exit status 3: this machine lacks what the command needs. `.ci/run` then goes on without it, and says so.

mod api;
mod cluster;
mod faults;
mod fuzz;
mod mutants;
mod process;
mod snapshots;

use std::path::Path;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use process::{Failure, run};

#[derive(Parser)]
#[command(
    name = "cargo xtask",
    about = "What a change, a release or a nightly run needs beside cargo's own commands"
)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Write all snapshots and all pages that are made from code anew, to be reviewed as a diff.
    Regenerate,
    /// Compare the public API of each published crate with its public-api.txt.
    PublicApi {
        /// Write the listings anew.
        #[arg(long)]
        regenerate: bool,
    },
    /// Check licences, bans and sources, and what comes along with each library by docs/dependencies.txt.
    SupplyChain {
        /// Write docs/dependencies.txt anew.
        #[arg(long)]
        regenerate: bool,
    },
    /// Hold the container file to hadolint's rules.
    Hadolint,
    /// Build each published crate from its package, also with the lowest versions that its manifest allows.
    Package,
    /// Build the libraries for wasm32-unknown-unknown.
    Wasm,
    /// Build kube-apiserver, etcd and kubectl once, and print the directory that holds them.
    KubeApiserver {
        /// `update VERSION` writes xtask/kube/go.mod and go.sum for another Kubernetes.
        arguments: Vec<String>,
    },
    /// Run the controller on a real kube-apiserver with two Envoys, in a network of its own: Knative's suite, the life of a service, bad days, the first hour.
    Cluster {
        /// Only the tests whose names hold one of these words.
        words: Vec<String>,
    },
    /// Fuzz one target from the committed seeds on. Needs cargo-fuzz, but no nightly compiler.
    Fuzz(fuzz::Arguments),
    /// Put each fault of conformance/faults.toml into a copy of the translator, and run the tests that must notice it.
    Faults {
        /// Only the faults whose names hold all these words.
        words: Vec<String>,
    },
    /// Run cargo-mutants over the translator and both models, and report survivors that xtask/accepted-mutants.toml does not accept. All
    /// of them, some 2,700, take more than a day on two cores: a night has time for `--shard 0/8`, the next one for `1/8`.
    Mutants(mutants::Arguments),
}

fn main() -> ExitCode {
    let Arguments { task } = Arguments::parse();
    let result = match task {
        Task::Regenerate => snapshots::regenerate(),
        Task::PublicApi { regenerate } => api::public_api(regenerate),
        Task::SupplyChain { regenerate } => script("supply-chain", regenerate.then_some("--regenerate")),
        Task::Hadolint => script("hadolint", None::<&str>),
        Task::Package => script("package", None::<&str>),
        Task::Wasm => script("wasm", None::<&str>),
        Task::KubeApiserver { arguments } => script("kube-apiserver", arguments),
        Task::Cluster { words } => cluster::run_tests(&words),
        Task::Fuzz(arguments) => fuzz::run(&arguments),
        Task::Faults { words } => faults::run(&words),
        Task::Mutants(arguments) => mutants::run(&arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if let Failure::Told(message) | Failure::Missing(message) = &failure {
                eprintln!("{message}");
            }
            failure.status()
        }
    }
}

/// A shell script beside this crate's manifest: what mostly runs other programs is a shell script.
fn script(
    name: &str,
    arguments: impl IntoIterator<Item = impl AsRef<std::ffi::OsStr>>,
) -> Result<(), Failure> {
    run(process::command(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).args(arguments))
}
