//! Allocations and bytes, counted by a program of its own.

use std::{env, error::Error, process::Command};

use benches::hostile::Shape;
use serde_json::Value;

/// What the program `memory` counted with one number of Ingresses; each of it for each Ingress.
pub(super) struct Memory {
    pub(super) count: usize,
    counts: Value,
}

impl Memory {
    pub(super) fn of(&self, key: &str) -> f64 {
        self.counts.get(key).and_then(Value::as_f64).unwrap_or(f64::NAN)
    }
}

/// Counts with that many Ingresses.
pub(super) fn memory(count: usize) -> Result<Memory, Box<dyn Error>> {
    Ok(Memory { count, counts: counts(&["mix", &count.to_string()])? })
}

/// Bytes at the peak of translating the hostile shape.
pub(super) fn peak(shape: Shape, size: usize) -> Result<f64, Box<dyn Error>> {
    let counts = counts(&["shape", &shape.argument(), &size.to_string()])?;
    counts.get("peakBytes").and_then(Value::as_f64).ok_or_else(|| "no peak was told".into())
}

fn counts(arguments: &[&str]) -> Result<Value, Box<dyn Error>> {
    let output = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["run", "--quiet", "--release", "--package", "benches", "--bin", "memory", "--manifest-path"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .arg("--")
        .args(arguments)
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}
