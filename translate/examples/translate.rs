//! Translates a JSON list of Ingresses from standard input: `cargo run --example translate < ingresses.json`.

use std::io::{stdin, stdout};

use knative_gloo_translate::{ClassFilter, Options, translate};
use knative_ingress_model::Ingress;

fn main() -> serde_json::Result<()> {
    let ingresses: Vec<Ingress> = serde_json::from_reader(stdin())?;
    let translation = translate(&ingresses, &Options::default().with_class(ClassFilter::Any));
    translation.reports.iter().for_each(|report| eprintln!("{report}"));
    serde_json::to_writer_pretty(stdout(), &[&translation.external, &translation.internal])
}
