//! Laws that hold for every set of Ingresses.
#![allow(clippy::unwrap_used, clippy::panic)]

use knative_gloo_conformance::explore::{Explored, explore};

/// The contract and the Proxies give the same answer to every request near the edges of every set.
#[test]
fn the_proxies_answer_as_the_contract_says() {
    let pairs = std::env::var("EXPLORE_PAIRS").ok().and_then(|text| text.parse().ok()).unwrap_or(20_000);
    let seed = std::env::var("EXPLORE_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    let exploration = explore(pairs, seed, |_| {});
    println!("{:?}", (exploration.pairs, exploration.sets, exploration.tally));
    if let Some((case, difference)) = &exploration.difference {
        let fixture = serde_yaml::to_string(&Explored::of(case, difference)).unwrap();
        panic!("{difference}\n{fixture}");
    }
}
