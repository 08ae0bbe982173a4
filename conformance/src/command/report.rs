use std::path::{Path, PathBuf};

use knative_gloo_conformance::checks::report::{Sources, collect, markdown};
use knative_gloo_conformance::testbed::envoy;

use super::Error;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Where report.md goes; this crate's directory unless it is given.
    #[arg(long)]
    to: Option<PathBuf>,
}

pub(crate) async fn run(arguments: Arguments) -> Result<bool, Error> {
    let conformance = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sources = Sources { conformance, fixtures: &conformance.join("../fixtures") };
    let report = collect(&envoy::find()?, sources, |progress| eprintln!("{progress}")).await?;
    let to = arguments.to.as_deref().unwrap_or(conformance);
    std::fs::write(to.join("report.md"), markdown(&report))?;
    let (passed, all) = report.passed();
    println!("{passed:?} of {all} tests pass, by dialect; written to {}", to.display());
    Ok(report.is_good())
}
