//! A TLS Secret that is missing or unusable.

use std::collections::BTreeSet;

use knative_gloo_conformance::checks::differential::Sides;
use knative_gloo_conformance::checks::differential::generate::{Case, request};
use knative_gloo_translate::{Code, Gateway};
use proptest::prelude::*;

use crate::sets::{Set, config, sets, translated};
use crate::walk;

proptest! {
    #![proptest_config(config())]

    /// A missing or unusable Secret disables https for its own hosts. Every other Ingress and certificate stays the same.
    #[test]
    fn unusable_secret_does_not_affect_other_hosts(set in sets(), pick in any::<prop::sample::Index>(), missing in any::<bool>()) {
        let Set(mut case, mut choices) = set;
        let named: BTreeSet<String> = Gateway::ALL.into_iter().flat_map(|gateway| {
            let translation = translated(&case);
            let of = walk::certificates(translation.proxy(gateway));
            of.into_iter().map(|(_, secret)| format!("{}/{}", secret.namespace, secret.name)).collect::<Vec<_>>()
        }).collect();
        prop_assume!(!named.is_empty());
        let bad = named.iter().nth(pick.index(named.len())).unwrap().clone();
        let known = case.secrets.get_or_insert_with(|| named.iter().map(|name| (name.clone(), true)).collect());
        let mut after = known.clone();
        if missing { after.remove(&bad); } else { after.insert(bad.clone(), false); }
        let after = Case { secrets: Some(after), ..case.clone() };
        let (was, is) = (Sides::new(&case), Sides::new(&after));
        for (before, now) in was.translation().reports.iter().zip(&is.translation().reports) {
            // With its https an Ingress may be too large, without it not.
            prop_assume!(before.outcome == now.outcome);
            let is_told = |code| now.diagnostics.iter().filter(|known| known.code == code).count();
            let was_told = |code| before.diagnostics.iter().filter(|known| known.code == code).count();
            let is_hit = [Code::SecretNotFound, Code::UnusableSecret].into_iter().any(|code| is_told(code) > was_told(code));
            prop_assert!(is_hit || before == now, "{before}\n{now}");
        }
        for gateway in Gateway::ALL {
            let left = walk::certificates(was.translation().proxy(gateway)).into_iter();
            let left: Vec<_> = left.filter(|(_, secret)| format!("{}/{}", secret.namespace, secret.name) != bad).collect();
            prop_assert_eq!(left, walk::certificates(is.translation().proxy(gateway)));
        }
        for _ in 0..20 {
            let asked = request(&after, &mut choices);
            prop_assert_eq!(is.simulate(&asked), is.oracle().answer(&asked));
        }
    }
}
