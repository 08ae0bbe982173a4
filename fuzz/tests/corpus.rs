//! What a fuzzer asks holds for the seeds, for whatever a fuzzer once found, and for damaged seeds.
#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test stops where its assumption fails")]

use std::fs;
use std::panic::catch_unwind;
use std::path::Path;

use fuzz::{TARGETS, Target, mutate};
use serde_json::Value;

/// How many times each seed is damaged. The fuzzers do it for hours.
const DAMAGED: u64 = 8;

/// The files of a target in one of the folders here, sorted.
fn files(folder: &str, target: &Target) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join(target.name);
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<_> = entries
        .map(|entry| entry.expect("it is read").path())
        .map(|path| (path.display().to_string(), fs::read(&path).expect("it is read")))
        .collect();
    files.sort();
    files
}

/// What breaks a law, or nothing; the law itself is printed by the panic.
fn broken(target: &Target, name: &str, data: &[u8]) -> Option<String> {
    let check = target.check;
    let broken = catch_unwind(|| check(data)).is_err();
    broken.then(|| format!("{}: {name}: {}", target.name, String::from_utf8_lossy(data)))
}

#[test]
fn fuzz_targets_pass_on_seeds_and_regressions() {
    let mut all = Vec::new();
    for target in &TARGETS {
        let seeds = files("seeds", target);
        assert!(!seeds.is_empty(), "{} has no seeds", target.name);
        let files = seeds.into_iter().chain(files("regressions", target));
        all.extend(files.filter_map(|(name, data)| broken(target, &name, &data)));
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}

#[test]
fn fuzz_targets_pass_on_mutated_seeds() {
    let mut all = Vec::new();
    for target in &TARGETS {
        for (name, data) in files("seeds", target) {
            let Ok(value) = serde_json::from_slice::<Value>(&data) else { continue };
            all.extend((0..DAMAGED).filter_map(|seed| {
                let damaged = mutate::damaged(value.clone(), seed).to_string();
                broken(target, &format!("{name} damaged by {seed}"), damaged.as_bytes())
            }));
        }
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}

/// The programs are built by `cargo xtask fuzz` alone; what they call is called here.
#[test]
fn every_fuzz_target_has_a_binary() {
    for Target { name, .. } in TARGETS {
        let file = format!("{}/libfuzzer/fuzz_targets/{name}.rs", env!("CARGO_MANIFEST_DIR"));
        let program = fs::read_to_string(file).expect("it has a program");
        let call = format!("fuzz_target!(|data: &[u8]| fuzz::{name}::check(data));\n");
        assert!(program.contains(&call), "{name}: {program}");
    }
}

/// The damage is some, the same for the same seed, and fits or is not done.
#[test]
fn mutation_changes_the_buffer_in_place() {
    let text = br#"{"spec":{"rules":[{"hosts":["a.example.com"]}]}}"#;
    let mut outcomes = std::collections::BTreeSet::new();
    for seed in 0..200 {
        let [mut one, mut other] = [[b' '; 400]; 2];
        one[..text.len()].copy_from_slice(text);
        other[..text.len()].copy_from_slice(text);
        let size = mutate::in_place(&mut one, text.len(), 400, seed);
        assert_eq!(mutate::in_place(&mut other, text.len(), 400, seed), size);
        assert_eq!(one, other);
        if let Some(size) = size {
            serde_json::from_slice::<Value>(&one[..size]).expect("it is JSON still");
            outcomes.insert(one[..size].to_vec());
        }
        assert!(mutate::in_place(&mut other, text.len(), 3, seed).is_none_or(|size| size <= 3));
    }
    assert!(outcomes.len() > 100, "{} different ones", outcomes.len());
    assert_eq!(mutate::in_place(&mut [b'{'; 3], 3, 3, 0), None);
}
