//! The Proxies that Gloo itself has printed or been given: `fixtures/recorded/`.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::path::Path;

use serde_json::Value;

/// A case of `fixtures/recorded/lower/`.
pub struct Lowered {
    pub name: String,
    pub case: Value,
}

fn recorded() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/recorded")
}

fn yaml_files(folder: &str) -> Vec<(String, Value)> {
    let mut files: Vec<_> = std::fs::read_dir(recorded().join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .collect();
    files.sort();
    let read = |path: std::path::PathBuf| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (name, serde_yaml::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap())
    };
    files.into_iter().map(read).collect()
}

/// All cases of `fixtures/recorded/lower/`.
pub fn lowered() -> Vec<Lowered> {
    yaml_files("lower").into_iter().map(|(name, case)| Lowered { name, case }).collect()
}

/// Every recorded Proxy with where it is from.
pub fn proxies() -> Vec<(String, Value)> {
    let mut proxies: Vec<_> = lowered()
        .into_iter()
        .map(|Lowered { name, case }| (format!("lower/{name}"), case["proxy"].clone()))
        .collect();
    let mut outputs = yaml_files("translate");
    let random = std::fs::read_to_string(recorded().join("translate-random.jsonl")).unwrap();
    outputs.extend(
        random
            .lines()
            .enumerate()
            .map(|(line, text)| (format!("random/{line}"), serde_json::from_str(text).unwrap())),
    );
    for (name, output) in outputs {
        for gloo in ["gloo-1.3", "gloo-1.22"] {
            for side in ["external", "internal"] {
                if let Some(proxy) = output[gloo].get(side) {
                    proxies.push((format!("{name} {gloo} {side}"), proxy.clone()));
                }
            }
        }
    }
    proxies
}
