//! The checks: each runs the translation's output against something that knows better.

#[cfg(feature = "envoy")]
pub mod adversarial;
#[cfg(feature = "envoy")]
pub mod cases;
#[cfg(feature = "simulator")]
pub mod differential;
#[cfg(feature = "envoy")]
mod failure;
#[cfg(feature = "simulator")]
pub mod recordings;
#[cfg(feature = "envoy")]
pub mod report;
#[cfg(feature = "envoy")]
pub mod suite;

#[cfg(feature = "envoy")]
pub use failure::Failure;
