//! Against a real kube-apiserver with etcd, which `cargo xtask kube-apiserver` provides. Not run unless asked for:
//!
//! `cargo test -p knative-gloo-controller --test apiserver -- --ignored`
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test stops where its assumption fails"
)]

mod account;
mod arbitrary;
mod definitions;
mod deployment;
mod objects;
mod order;
mod ownership;
mod replica;
mod replicas;
mod request;
mod restart;
mod room;
mod server;
mod takeover;
mod throttling;
mod upgrade;
