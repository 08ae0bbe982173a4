//! Realistic Ingresses from a seed, and what translating them costs.

#![allow(clippy::arithmetic_side_effects, reason = "sizes of benchmarks are far from any limit")]

pub mod events;
pub mod hostile;
pub mod mix;
pub mod whole;
