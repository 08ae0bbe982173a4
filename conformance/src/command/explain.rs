use std::path::{Path, PathBuf};

use knative_gloo_conformance::explain::{Pair, explain};
use knative_gloo_conformance::testbed::{self, Testbed};
use knative_gloo_manifests::{Document, Limits};
use knative_gloo_translate::{Dialect, Options, translate};

use super::{Error, files};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Files with Ingresses, Services and TranslateOptions. Or, with neither --from nor --to, two files with Proxies: before, after.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Whose contract holds before: knative, gloo-1.3, gloo-1.22. With --to alone: knative.
    #[arg(long, value_name = "DIALECT")]
    from: Option<Dialect>,
    /// Whose contract holds after. With --from alone: knative.
    #[arg(long, value_name = "DIALECT")]
    to: Option<Dialect>,
    /// A file with the TranslateOptions of before, beside what FILES say.
    #[arg(long, value_name = "FILE")]
    from_options: Option<PathBuf>,
    /// A file with the TranslateOptions of after.
    #[arg(long, value_name = "FILE")]
    to_options: Option<PathBuf>,
}

/// Prints what changes. There being a change is no failure.
pub(crate) fn run(arguments: Arguments) -> Result<bool, Error> {
    let Arguments { files, from, to, from_options, to_options } = arguments;
    let between_options = from.is_some() || to.is_some() || from_options.is_some() || to_options.is_some();
    let (before, after) = match files.as_slice() {
        _ if between_options => {
            let mut testbed = Testbed::default();
            for file in &files {
                testbed.merge(testbed::read(&file.to_string_lossy(), &read(file)?)?);
            }
            let before = translated(&testbed, from, from_options.as_deref(), "before")?;
            (before, translated(&testbed, to, to_options.as_deref(), "after")?)
        }
        [before, after] => (Pair::of(files::proxies(before)?), Pair::of(files::proxies(after)?)),
        _ => return Err("wanted --from or --to with files of Ingresses, or two files with Proxies".into()),
    };
    print!("{}", explain(&before, &after));
    Ok(true)
}

fn read(file: &Path) -> Result<Vec<u8>, Error> {
    Ok(std::fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?)
}

/// The Proxies of one side; what the translator has to say of it goes to standard error.
fn translated(
    testbed: &Testbed,
    dialect: Option<Dialect>,
    options: Option<&Path>,
    side: &str,
) -> Result<Pair, Error> {
    let mut chosen: Options = testbed.options.clone().with_dialect(dialect.unwrap_or_default());
    if let Some(file) = options {
        for document in
            knative_gloo_manifests::read(&file.to_string_lossy(), &read(file)?, &Limits::default())
        {
            let document: Document = document?;
            chosen = testbed::with_document(chosen, document.parse()?);
        }
    }
    // Without any, none is missing.
    if !testbed.services.is_empty() {
        chosen = chosen.with_services(testbed.services.iter().map(|exposed| &exposed.service).collect());
    }
    let translation = translate(&testbed.ingresses, &chosen);
    for report in translation.reports.iter().filter(|report| !report.diagnostics.is_empty()) {
        eprintln!("{side}: {report}");
    }
    Ok(Pair::from(&translation))
}
