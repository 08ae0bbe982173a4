//! The committed seeds are those that the fixtures give.
//!
//! `REGENERATE=1 cargo test -p fuzz-targets --test seeds` writes them anew.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test stops where its assumption fails"
)]

#[path = "support/seeds.rs"]
mod seeds;

use std::collections::BTreeMap;
use std::fs;

use fuzz_targets::TARGETS;

#[test]
fn the_seeds_are_those_of_the_fixtures() {
    let mut wanted = seeds::all();
    for target in TARGETS {
        let folder = seeds::repository().join("fuzz/seeds").join(target.name);
        // Named by their number, so that a fixture that comes changes few names.
        let named = |(index, text): (usize, String)| (format!("{index:03}"), text);
        let seeds: BTreeMap<String, String> = wanted
            .remove(target.name)
            .expect("each target has seeds")
            .into_iter()
            .enumerate()
            .map(named)
            .collect();
        assert!(seeds.len() > 20, "{}: {} seeds", target.name, seeds.len());
        if std::env::var_os("REGENERATE").is_some() {
            let _ = fs::remove_dir_all(&folder);
            fs::create_dir_all(&folder).expect("the folder is made");
            for (name, text) in &seeds {
                fs::write(folder.join(name), text).expect("the seed is written");
            }
        }
        let entries =
            fs::read_dir(&folder).expect("the seeds are there").map(|entry| entry.expect("it is read"));
        let committed: BTreeMap<String, String> = entries
            .map(|entry| {
                let text = fs::read_to_string(entry.path()).expect("the seed is read");
                (entry.file_name().to_string_lossy().into_owned(), text)
            })
            .collect();
        assert!(
            committed == seeds,
            "{}: the fixtures give other seeds: REGENERATE=1 cargo test -p fuzz-targets --test seeds",
            target.name
        );
    }
    assert!(wanted.is_empty(), "seeds of no target: {:?}", wanted.keys());
}
