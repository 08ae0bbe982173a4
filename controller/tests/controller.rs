//! The controller against a small API server on loopback. Each test ends with a world in which nothing is lost, the Proxies
//! and statuses being what follows from the Ingresses and Services that are left, and nothing has been written twice.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::string_slice
)]

mod support;

use support::{World, ingress};

fn shop() -> serde_json::Value {
    ingress("team-a", "shop", "shop.example.com", "shop-1")
}

fn blog() -> serde_json::Value {
    ingress("team-b", "blog", "blog.example.com", "blog-1")
}

#[tokio::test]
async fn start() {
    let world = World::with([shop(), blog()]).await;
    println!("{:?}", world.writes());
}
