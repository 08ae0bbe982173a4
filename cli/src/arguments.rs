//! The command line.

use clap::{Args, Parser, Subcommand};

use crate::input_arguments::{Format, Input};
use crate::{ask, explain};

/// Translates Knative Ingresses to Gloo Proxies, and says who answers a request and why.
#[derive(Debug, Parser)]
#[command(name = "knative-gloo", version)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Translate Ingresses to the external and the internal Proxy.
    ///
    /// Both Proxies go to standard output, diagnostics to standard error. Exit status: 0 all translated; 1 some Ingress was
    /// rejected, the others are translated; 2 the input can't be used, and nothing was written.
    Translate(Translate),
    /// Say who answers a request, and why.
    ///
    /// Exit status: 0 somebody answers; 1 nobody serves the request; 2 the input or the request can't be used.
    Ask(ask::Ask),
    /// Show which requests are answered differently between two dialects, sets of options or Proxies.
    Explain(explain::Explain),
    /// Print a completion script for a shell.
    Completions(Completions),
    /// Print the man page.
    Man,
}

#[derive(Args, Debug)]
pub(crate) struct Translate {
    #[command(flatten)]
    pub(crate) input: Input,
    /// A YAML stream, the external Proxy first, or one JSON List.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) output: Format,
}

#[derive(Args, Debug)]
pub(crate) struct Completions {
    /// The shell.
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}
