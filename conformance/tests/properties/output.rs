//! What the two Proxies are made of: valid, escaped, bounded, and the same whatever the order of the input.

use std::collections::BTreeMap;

use gloo_proxy_model::ValidationLimits;
use knative_gloo_conformance::checks::differential::output_bytes;
use knative_gloo_translate::{Code, Gateway, Outcome, translate};
use knative_ingress_model::{Ingress, IngressRef};
use proptest::prelude::*;

use crate::sets::{Set, bytes, config, sets, translated};
use crate::walk::{Text, texts};

proptest! {
    #![proptest_config(config())]

    /// Both Proxies pass the checks of Gloo and Envoy.
    #[test]
    fn translated_proxies_are_valid(set in sets()) {
        let Set(case, _) = set;
        let limits = ValidationLimits::default().with_max_program_size(case.translate_options().regex_max_program_size);
        let translation = translated(&case);
        for gateway in Gateway::ALL {
            prop_assert_eq!(translation.proxy(gateway).validate_with(&limits), Vec::new());
        }
    }

    /// No header value has an unescaped `%`, no header that routing depends on is set, and no text contains a line break.
    #[test]
    fn header_values_are_escaped(set in sets()) {
        let translation = translated(&set.0);
        for gateway in Gateway::ALL {
            for text in texts(translation.proxy(gateway)) {
                match text {
                    Text::Header { name, value } => {
                        prop_assert!(!value.replace("%%", "").contains('%'), "{name}: {value}");
                        prop_assert!(!name.starts_with(':') && !name.eq_ignore_ascii_case("host"), "{name}");
                    }
                    Text::Any(text) => prop_assert!(!text.contains(['\r', '\n', '\0']), "{text:?}"),
                }
            }
        }
    }

    /// The order of the input does not matter.
    #[test]
    fn translation_is_independent_of_input_order(set in sets(), shift in 0_usize..5) {
        let Set(mut case, _) = set;
        // Keep the last of several objects with one name: among those the order does matter.
        let latest: BTreeMap<IngressRef, Ingress> =
            case.ingresses.iter().map(|ingress| (ingress.reference(), ingress.clone())).collect();
        case.ingresses = latest.into_values().collect();
        let one = translated(&case);
        case.ingresses.reverse();
        let length = case.ingresses.len();
        case.ingresses.rotate_left(shift.min(length));
        let other = translated(&case);
        prop_assert_eq!(bytes(&one.external), bytes(&other.external));
        prop_assert_eq!(bytes(&one.internal), bytes(&other.internal));
        prop_assert_eq!(one.reports, other.reports);
    }

    /// Exactly the Ingresses whose output is larger than the limit are rejected.
    #[test]
    fn max_output_bytes_is_exact(set in sets(), which in any::<prop::sample::Index>()) {
        let Set(mut case, _) = set;
        case.options.max_output_bytes = Some(usize::MAX);
        let options = case.translate_options();
        let latest: BTreeMap<IngressRef, &Ingress> =
            case.ingresses.iter().map(|ingress| (ingress.reference(), ingress)).collect();
        let sizes: BTreeMap<IngressRef, usize> = latest.iter().map(|(reference, ingress)| {
            let alone = translate([*ingress], &options);
            let bytes = Gateway::ALL.map(|gateway| output_bytes(alone.proxy(gateway)));
            (reference.clone(), bytes.into_iter().max().unwrap())
        }).collect();
        let unlimited = translated(&case);
        let some = *sizes.values().nth(which.index(sizes.len())).unwrap();
        for most in [some, some.saturating_sub(1)] {
            case.options.max_output_bytes = Some(most);
            for (report, limited) in unlimited.reports.iter().zip(&translated(&case).reports) {
                let is_too_large = sizes[&report.ingress] > most;
                let wanted = if is_too_large { Outcome::Rejected } else { report.outcome };
                prop_assert_eq!(limited.outcome, wanted, "{} with {}", limited, most);
                let found = limited.diagnostics.iter().any(|found| found.code == Code::OutputTooLarge);
                prop_assert_eq!(found, is_too_large);
            }
        }
    }
}
