//! The simulator against the real Envoy: the same requests, over the config Proxies of arbitrary sets.
#![cfg(feature = "envoy")]
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use knative_gloo_conformance::checks::differential::envoy::{EnvoyExploration, explore};
use knative_gloo_conformance::testbed::envoy as real;
use tokio::runtime::Builder;

/// What Envoy does with a few thousand requests is what the simulator says.
#[test]
fn simulator_agrees_with_envoy() {
    if real::left_out() {
        println!("LEFT OUT: the simulator against Envoy, because {} is set", real::WITHOUT_ENVOY);
        return;
    }
    let requests = std::env::var("EXPLORE_REQUESTS").ok().and_then(|text| text.parse().ok()).unwrap_or(4_000);
    let binary = real::find().unwrap();
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let explored: EnvoyExploration = runtime.block_on(explore(&binary, requests, 1, |_| {})).unwrap();
    println!("{} requests, {:?}, {} Envoys", explored.requests, explored.tally, explored.envoys);
    let mut kinds = BTreeSet::new();
    for different in &explored.differences {
        if kinds.insert(different.envoy.split(':').next()) {
            let case = serde_yaml::to_string(&different.case).unwrap();
            let (request, simulator) = (&different.request, &different.simulator);
            println!("{request:?}\nsimulator: {simulator:?}\nenvoy: {}\n{case}", different.envoy);
        }
    }
    assert_eq!(explored.differences.len(), 0);
    assert_eq!(explored.wrong_shares(), Vec::new());
    let [backends, gateways, none] = explored.tally;
    assert!(
        backends > requests / 4 && gateways > requests / 20 && none > requests / 50,
        "{:?}",
        explored.tally
    );
}
