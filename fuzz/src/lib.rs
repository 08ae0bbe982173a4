//! What must hold for any bytes whatever: the bodies of the fuzz targets.
//!
//! Each is a function of bytes that panics where a law does not hold. They live here and not in `libfuzzer/`, so that the
//! ordinary tests run them over the seeds, the regressions and damaged seeds with any compiler.
//! The bytes are texts that a person can read and write: JSON, or for durations the text itself.
#![allow(
    clippy::panic,
    clippy::expect_used,
    reason = "a law that does not hold stops the program: that is how a fuzzer learns of it"
)]

mod change;
pub mod durations;
pub mod ingress;
pub mod lowering;
pub mod mutate;
pub mod proxy;
pub mod set;
pub mod translate;
pub mod updates;
mod whole_seconds;

/// A fuzz target.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name: that of the program in `libfuzzer/fuzz_targets` and of its folders of seeds and regressions.
    pub name: &'static str,
    /// Panics where a law does not hold.
    pub check: fn(&[u8]),
}

/// All of them.
pub const TARGETS: [Target; 6] = [
    Target { name: "ingress", check: ingress::check },
    Target { name: "proxy", check: proxy::check },
    Target { name: "translate", check: translate::check },
    Target { name: "updates", check: updates::check },
    Target { name: "durations", check: durations::check },
    Target { name: "lowering", check: lowering::check },
];
