mod envoy_config;
mod explore;
mod files;
mod report;
mod serve;
mod suite;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tokio::runtime::Builder;

/// Proves knative-gloo-translate on the real Envoy.
#[derive(Parser)]
#[command(version)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs Knative's ingress conformance suite through a real Envoy.
    Suite(suite::Arguments),
    /// Prints the Envoy bootstrap of a Proxy, as Gloo would configure it.
    EnvoyConfig(envoy_config::Arguments),
    /// Translates Ingresses and serves them on loopback, with an echo backend for every destination.
    Serve(serve::Arguments),
    /// Asks the contract and the Proxies the same questions near the edges of arbitrary sets of Ingresses; with --envoy the
    /// Proxies and a real Envoy.
    Explore(explore::Arguments),
    /// Runs everything and writes the report, as Markdown and as HTML.
    Report(report::Arguments),
}

/// Whatever stops a command.
type Error = Box<dyn std::error::Error>;

/// Runs a command. Status 0: all well; 1: what was looked at is not as it should be; 2: it could not be looked at.
pub(crate) fn main(arguments: Arguments) -> ExitCode {
    let runtime = match Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error.into()),
    };
    let done = runtime.block_on(async {
        match arguments.command {
            Command::Suite(arguments) => suite::run(arguments).await,
            Command::EnvoyConfig(arguments) => envoy_config::run(arguments),
            Command::Serve(arguments) => serve::run(arguments).await,
            Command::Explore(arguments) => explore::run(arguments).await,
            Command::Report(arguments) => report::run(arguments).await,
        }
    });
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => failed(&error),
    }
}

fn failed(error: &Error) -> ExitCode {
    eprintln!("error: {error}");
    ExitCode::from(2)
}
