//! `knative-gloo explain`: which requests are answered differently.

mod cause;
mod compare;

use std::path::{Path, PathBuf};

use clap::Args;
use gloo_proxy_model::Proxy;
use knative_gloo_manifests::{Limits, read};
use knative_gloo_translate::{Dialect, Options};

use crate::Status;
use crate::input::{Input, read_file};
use crate::input_arguments::dialect;
use crate::output::{Failure, say};
use compare::{Pair, explain};

#[derive(Args, Debug)]
pub(crate) struct Explain {
    /// Files with Ingresses, Services and TranslateOptions; or, without any option, two files with Proxies: before, after.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Whose contract holds before [default: knative].
    #[arg(long, value_name = "DIALECT", value_parser = dialect())]
    from: Option<Dialect>,
    /// Whose contract holds after [default: knative].
    #[arg(long, value_name = "DIALECT", value_parser = dialect())]
    to: Option<Dialect>,
    /// A file with the TranslateOptions of before, over those of FILE.
    #[arg(long, value_name = "FILE")]
    from_options: Option<PathBuf>,
    /// A file with the TranslateOptions of after, over those of FILE.
    #[arg(long, value_name = "FILE")]
    to_options: Option<PathBuf>,
}

/// What changes. There being a change is no failure.
pub(crate) fn run(arguments: &Explain) -> Result<(String, Status), Failure> {
    let Explain { files, from, to, from_options, to_options } = arguments;
    let between_options = from.is_some() || to.is_some() || from_options.is_some() || to_options.is_some();
    let (before, after) = match files.as_slice() {
        _ if between_options => {
            let input = Input::load(files, &[])?;
            let before = translated(&input, *from, from_options.as_deref(), "before")?;
            (before, translated(&input, *to, to_options.as_deref(), "after")?)
        }
        [before, after] => (Pair::of(proxies(before)?), Pair::of(proxies(after)?)),
        _ => {
            return Err(Failure::new(
                "expected --from or --to with files of Ingresses, or two files with Proxies",
            ));
        }
    };
    Ok((explain(&before, &after).to_string(), Status::Good))
}

/// The Proxies of one side; its diagnostics go to standard error.
fn translated(
    input: &Input,
    dialect: Option<Dialect>,
    options: Option<&Path>,
    side: &str,
) -> Result<Pair, Failure> {
    let mut chosen = input.options().with_dialect(dialect.unwrap_or_default());
    if let Some(file) = options {
        let said = options_of(file, &chosen)?;
        let dialect = dialect.unwrap_or(said.dialect);
        chosen = input.with_objects(said.with_dialect(dialect));
    }
    let translation = input.translate(&chosen);
    for report in translation.reports.iter().filter(|report| !report.diagnostics.is_empty()) {
        for diagnostic in &report.diagnostics {
            say(side, &format!("{}: {}: {diagnostic}", diagnostic.severity, report.ingress));
        }
    }
    Ok(Pair::from(&translation))
}

/// `defaults` with what the TranslateOptions of a file say.
fn options_of(file: &Path, defaults: &Options) -> Result<Options, Failure> {
    let (name, bytes) = read_file(file).map_err(Failure::new)?;
    let mut found = None;
    for document in read(&name, &bytes, &Limits::default()) {
        let document = document.map_err(|error| Failure::new(error.to_string()))?;
        if document.kind() != Options::KIND {
            let (location, kind) = (document.location(), document.kind());
            return Err(Failure::new(format!("{location}: invalid kind {kind}: expected {}", Options::KIND)));
        }
        if found.is_some() {
            return Err(Failure::new(format!("{}: a second {}", document.location(), Options::KIND)));
        }
        found =
            Some(document.parse_with_defaults(defaults).map_err(|error| Failure::new(error.to_string()))?);
    }
    found.ok_or_else(|| Failure::new(format!("{name}: no {}", Options::KIND)))
}

/// The Proxies of a file; anything else in it is skipped with a warning.
fn proxies(file: &Path) -> Result<Vec<Proxy>, Failure> {
    let (name, bytes) = read_file(file).map_err(Failure::new)?;
    let mut proxies = Vec::new();
    for document in read(&name, &bytes, &Limits::default()) {
        let document = document.map_err(|error| Failure::new(error.to_string()))?;
        if document.kind() == "Proxy" {
            proxies.push(document.parse().map_err(|error| Failure::new(error.to_string()))?);
        } else {
            say("warning", &format!("{}: skipped: {} is not a Proxy", document.location(), document.kind()));
        }
    }
    if proxies.is_empty() { Err(Failure::new(format!("{name}: no Proxy"))) } else { Ok(proxies) }
}
