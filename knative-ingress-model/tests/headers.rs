//! Headers as a map: sorted by name, each name once.

use knative_ingress_model::Headers;

fn list(pairs: &[(&str, u8)]) -> Vec<(String, u8)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect()
}

fn entries(headers: &Headers<u8>) -> Vec<(String, u8)> {
    headers.iter().map(|(name, value)| (name.clone(), *value)).collect()
}

#[test]
fn later_of_two_headers_of_one_name_counts() {
    for (given, kept) in [
        (&[("a", 1), ("b", 2)][..], &[("a", 1), ("b", 2)][..]),
        (&[("b", 2), ("a", 1)], &[("a", 1), ("b", 2)]),
        (&[("a", 1), ("a", 2)], &[("a", 2)]),
        (&[("a", 1), ("b", 2), ("b", 3)], &[("a", 1), ("b", 3)]),
        (&[("b", 1), ("a", 2), ("b", 3)], &[("a", 2), ("b", 3)]),
    ] {
        assert_eq!(entries(&Headers::from(list(given))), list(kept));
        let mut extended = Headers::new();
        extended.extend(list(given));
        assert_eq!(entries(&extended), list(kept));
    }
    let array = Headers::from([("b".to_owned(), 1), ("a".to_owned(), 2)]);
    assert_eq!(entries(&array), list(&[("a", 2), ("b", 1)]));
}

#[test]
fn cleared_headers_are_empty() {
    let mut headers = Headers::from(list(&[("a", 1)]));
    headers.clear();
    assert!(headers.is_empty());
}
