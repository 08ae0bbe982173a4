//! The controller as its program on a real kube-apiserver, with a stand-in for Gloo's control plane and two real Envoys:
//! `knative_gloo_conformance::testbed::kubernetes`. Not run unless asked for:
//!
//! `cargo xtask cluster`
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test stops where its assumption fails"
)]

mod bad_days;
mod first_hour;
mod load;
mod revisions;
mod rig;
mod serving;
mod suite;
