//! The listings of the public API, so that a break is seen in review.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use similar::TextDiff;

use crate::process::{Failure, cargo, command, output, root, run};

/// A listing says how the standard library and the compiler spell things, so it is of one compiler.
const MADE_WITH: &str = "rustdoc 1.95.";

#[derive(Deserialize)]
struct Metadata {
    target_directory: PathBuf,
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: PathBuf,
    /// The registries to which it may go; none at all where `publish = false`.
    publish: Option<Vec<String>>,
}

/// Compares each listing, or writes it.
pub(crate) fn public_api(regenerate: bool) -> Result<(), Failure> {
    let compiler = output(command("rustdoc").arg("--version"))?;
    if !compiler.starts_with(MADE_WITH) {
        let compiler = compiler.trim();
        return Err(Failure::Missing(format!(
            "the listings are those of {MADE_WITH}*, and this is {compiler}"
        )));
    }
    let metadata = output(cargo().args(["metadata", "--format-version", "1", "--no-deps"]))?;
    let Metadata { target_directory, packages } =
        serde_json::from_str(&metadata).map_err(|error| Failure::Told(format!("cargo metadata: {error}")))?;
    run(cargo()
        .args(["doc", "-q", "--workspace", "--lib", "--no-deps", "--all-features"])
        .env("RUSTDOC", root().join("xtask/rustdoc-json"))
        .env("RUSTDOCFLAGS", "-Z unstable-options --output-format json"))?;
    let mut changed = Vec::new();
    for Package { name, manifest_path, publish } in packages {
        if publish.is_some_and(|registries| registries.is_empty()) {
            continue;
        }
        // A command has no API.
        if !manifest_path.with_file_name("src").join("lib.rs").exists() {
            continue;
        }
        let json = target_directory.join("doc").join(name.replace('-', "_")).with_extension("json");
        let listing = listing(&json)?;
        let file = manifest_path.with_file_name("public-api.txt");
        if regenerate {
            fs::write(&file, listing)?;
            continue;
        }
        let written = fs::read_to_string(&file)?;
        if written != listing {
            let (before, after) = (format!("{name}/public-api.txt"), format!("{name} as it is"));
            print!("{}", TextDiff::from_lines(&written, &listing).unified_diff().header(&before, &after));
            changed.push(name);
        }
    }
    if changed.is_empty() {
        return Ok(());
    }
    Err(Failure::Told(format!(
        "the public API of {} changed; if it is meant to: cargo xtask public-api --regenerate, and a line in CHANGELOG.md",
        changed.join(", ")
    )))
}

fn listing(json: &Path) -> Result<String, Failure> {
    let api = public_api::Builder::from_rustdoc_json(json)
        // The same for every type of every crate, or told by its fields.
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .build()
        .map_err(|error| Failure::Told(format!("{}: {error}", json.display())))?;
    Ok(format!("{}\n", api.to_string().trim_end()))
}
