//! Differential testing: arbitrary sets of Ingresses and requests near their edges, asked of two sides that must agree.
//!
//! [`generate`] makes sets and requests. [`explore`] asks the contract and the Proxies; [`shrink`] makes what it finds
//! readable, and [`Explored`] keeps it as a fixture. With the feature `envoy`, `envoy` asks the simulator and a real Envoy that
//! serves many sets at once, and `cluster` a whole cluster with one set after the other.

#[cfg(feature = "envoy")]
pub mod cluster;
mod compare;
#[cfg(feature = "envoy")]
pub mod envoy;
mod fixture;
pub mod generate;
mod shrink;

use generate::{Case, Choices, case, request};

use crate::http_model::GatewayRequest;
use knative_gloo_simulator::Verdict;

pub use compare::{Difference, Sides, output_bytes};
pub use fixture::Explored;
pub use shrink::shrink;

/// How many requests each set is asked.
pub const REQUESTS_PER_SET: u64 = 50;

/// What an exploration came to.
#[derive(Clone, Debug, Default)]
pub struct Exploration {
    /// How many pairs of a set and a request were asked.
    pub pairs: u64,
    /// How many sets.
    pub sets: u64,
    /// How many requests reached a backend, were redirected, were not served.
    pub tally: [u64; 3],
    /// The first difference, made small, with its set.
    pub difference: Option<(Case, Difference)>,
}

/// Asks the contract and the Proxies `pairs` questions, the same ones for the same seed, and stops at the first difference.
/// `progress` is called after each set.
pub fn explore(pairs: u64, seed: u64, mut progress: impl FnMut(&Exploration)) -> Exploration {
    let mut exploration = Exploration::default();
    while exploration.pairs < pairs && exploration.difference.is_none() {
        // A seed for each set, so that one alone can be looked at again.
        let mut choices = Choices::seeded(seed.wrapping_add(exploration.sets));
        let set = case(&mut choices);
        exploration.difference =
            differ(&set, &mut choices, &mut exploration).map(|found| shrink(&set, &found));
        exploration.sets = exploration.sets.saturating_add(1);
        progress(&exploration);
    }
    exploration
}

fn differ(set: &Case, choices: &mut Choices, exploration: &mut Exploration) -> Option<Difference> {
    let sides = Sides::new(set);
    if let Some(found) = sides.differ_at_once() {
        return Some(found);
    }
    for _ in 0..REQUESTS_PER_SET {
        let request = question(set, &sides, choices);
        exploration.pairs = exploration.pairs.saturating_add(1);
        if let Some(found) = sides.differ(&request) {
            return Some(found);
        }
        let [forwarded, redirected, refused] = &mut exploration.tally;
        let count = match sides.simulate(&request).verdict {
            Verdict::Forward(_) => forwarded,
            Verdict::Redirect { .. } => redirected,
            Verdict::NotServed(_) | Verdict::Direct(_) => refused,
        };
        *count = count.saturating_add(1);
    }
    None
}

/// A request, most often one that somebody serves.
fn question(set: &Case, sides: &Sides, choices: &mut Choices) -> GatewayRequest {
    let mut asked = request(set, choices);
    for _ in 0..2 {
        match sides.oracle().answer(&asked).verdict {
            Verdict::NotServed(_) => asked = request(set, choices),
            Verdict::Redirect { .. } | Verdict::Direct(_) | Verdict::Forward(_) => break,
        }
    }
    asked
}
