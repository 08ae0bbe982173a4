//! The oracle reads Ingresses, the simulator reads Proxies: both give every request the same answer.

use knative_gloo_conformance::checks::differential::generate::request;
use knative_gloo_conformance::checks::differential::{Explored, Sides, explore, shrink};
use knative_gloo_conformance::http_model::GatewayRequest;
use proptest::prelude::*;

use crate::sets::{Set, config, sets};

/// Many sets from one seed, with many requests for each.
#[test]
fn simulator_agrees_with_the_oracle() {
    let exploration = explore(20_000, 1, |_| {});
    if let Some((case, difference)) = &exploration.difference {
        panic!("{difference}\n{}", serde_yaml::to_string(&Explored::of(case, difference)).unwrap());
    }
    // Agreement proves little unless there is enough of each kind of answer.
    let [forwarded, redirected, refused] = exploration.tally;
    assert!(forwarded > 5_000 && redirected > 100 && refused > 2_000, "{:?}", exploration.tally);
}

/// The same seed gives the same sets and requests.
#[test]
fn exploration_is_reproducible() {
    let [one, other] = [7, 7].map(|seed| explore(1_000, seed, |_| {}));
    assert_eq!((one.sets, one.tally), (other.sets, other.tally));
    assert_ne!(one.tally, explore(1_000, 1_007, |_| {}).tally);
}

/// Every difference that was once found is a fixture, and stays fixed.
#[test]
fn explored_regressions_pass() {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/explored");
    let mut count = 0;
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            let fixture: Explored = serde_yaml::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
            assert_eq!(fixture.failures(), Vec::<String>::new(), "{}", path.display());
            count += 1;
        }
    }
    assert!(count > 0, "no fixtures in {directory}");
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn simulator_agrees_with_the_oracle_on_arbitrary_sets(set in sets()) {
        let Set(case, mut choices) = set;
        let sides = Sides::new(&case);
        let requests: Vec<GatewayRequest> = (0..20).map(|_| request(&case, &mut choices)).collect();
        let found = sides.differ_at_once().or_else(|| requests.iter().find_map(|request| sides.differ(request)));
        if let Some(found) = found {
            let (case, found) = shrink(&case, &found);
            let fixture = serde_yaml::to_string(&Explored::of(&case, &found)).unwrap();
            prop_assert!(false, "{found}\n{fixture}");
        }
    }
}
