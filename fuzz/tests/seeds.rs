//! The committed seeds reach all that the fixtures reach.
//!
//! `cargo xtask regenerate` makes them anew, the same ones from the same fixtures.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test stops where its assumption fails"
)]

#[path = "support/seeds.rs"]
mod seeds;

use std::fs;

use fuzz::TARGETS;
use seeds::Features;

/// Of what a text says, so that one more changes no other's name.
fn name(text: &str) -> String {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}

#[test]
fn seeds_cover_what_the_fixtures_cover() {
    let sources = seeds::sources();
    assert!(sources.iter().all(|source| TARGETS.iter().any(|target| target.name == source.target)));
    assert_eq!(sources.len(), TARGETS.len());
    for source in sources {
        let (target, reached) = (source.target, source.reached);
        let folder = seeds::repository().join("fuzz/seeds").join(target);
        let chosen = source.chosen();
        if std::env::var_os("INSTA_UPDATE").is_some_and(|value| value == "force") {
            let _ = fs::remove_dir_all(&folder);
            fs::create_dir_all(&folder).expect("the folder is made");
            for text in &chosen {
                fs::write(folder.join(name(text)), text).expect("the seed is written");
            }
        }
        let entries = fs::read_dir(&folder).expect("the seeds are there");
        let files = entries.map(|entry| fs::read_to_string(entry.expect("it is read").path()));
        let committed: Features = files.flat_map(|text| reached(&text.expect("it is read"))).collect();
        let wanted: Features = chosen.iter().flat_map(|text| reached(text)).collect();
        let missed: Vec<&String> = wanted.difference(&committed).collect();
        assert!(wanted.len() > 20, "{target}: {wanted:?}");
        assert!(missed.is_empty(), "{target}: no seed reaches {missed:?}: cargo xtask regenerate");
    }
}
