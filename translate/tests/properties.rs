//! What holds for every set of Ingresses, in every dialect and with all options.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where its assumption fails"
)]

mod support;

use knative_gloo_translate::{Translation, translate};
use proptest::prelude::*;
use support::{ingress, ingresses, options};

fn bytes(translation: &Translation) -> (String, String) {
    (
        serde_json::to_string(&translation.external).unwrap(),
        serde_json::to_string(&translation.internal).unwrap(),
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_the_input_means_nothing(
        options in options(),
        (given, shuffled) in ingresses(0..6).prop_flat_map(|given| (Just(given.clone()), Just(given).prop_shuffle())),
    ) {
        let (first, second) = (translate(&given, &options), translate(&shuffled, &options));
        prop_assert_eq!(bytes(&first), bytes(&second));
        prop_assert_eq!(first.reports, second.reports);
    }

    #[test]
    fn no_input_makes_it_panic_and_every_ingress_has_a_report(
        options in options(),
        given in proptest::collection::vec(ingress(), 0..6),
    ) {
        let translation = translate(&given, &options);
        for ingress in &given {
            prop_assert!(translation.reports.iter().any(|report| report.ingress == ingress.reference()));
        }
        for report in &translation.reports {
            prop_assert!(!report.to_string().is_empty());
        }
    }
}
