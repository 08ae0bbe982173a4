//! Prints the public API that a rustdoc JSON file describes, one item a line: `api-listing FILE`.

use std::error::Error;
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn Error>> {
    let file: PathBuf = std::env::args_os().nth(1).ok_or("usage: api-listing FILE")?.into();
    let api = public_api::Builder::from_rustdoc_json(file)
        // The same for every type of every crate, or told by its fields.
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .build()?;
    print!("{api}");
    Ok(())
}
