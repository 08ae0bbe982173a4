//! The controller against a small API server on loopback. Each test ends with a testbed in which nothing is lost, the Proxies
//! and statuses being what follows from the Ingresses and Services that are left, and nothing has been written twice.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

mod changes;
mod command;
mod failures;
mod gloo;
mod operations;
mod others;
mod pauses;
mod probers;
mod probing;
mod replicas;
mod restarts;
mod room;
mod scale;
mod secrets;
mod settle;
#[path = "../support/mod.rs"]
mod support;
mod telemetry;

use serde_json::Value;

fn shop() -> Value {
    support::ingress("team-a", "shop", "shop.example.com", "shop-1")
}

fn blog() -> Value {
    support::ingress("team-b", "blog", "blog.example.com", "blog-1")
}
