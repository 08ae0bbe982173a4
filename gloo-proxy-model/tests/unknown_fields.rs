//! What can be asked of the fields that the model doesn't know.
#![allow(clippy::unwrap_used)]

use std::cmp::Ordering;

use gloo_proxy_model::UnknownFields;
use serde_json::{Value, json};

fn fields(value: &Value) -> UnknownFields {
    value.as_object().unwrap().clone().into()
}

#[test]
fn unknown_fields_are_found_by_name() {
    let some = fields(&json!({"b": [1], "a": null}));
    assert_eq!((some.get("a"), some.get("b"), some.get("c")), (Some(&json!(null)), Some(&json!([1])), None));
    assert_eq!(some.iter().collect::<Vec<_>>(), [("a", &json!(null)), ("b", &json!([1]))]);
    assert!(!some.is_empty());
    let none = fields(&json!({}));
    assert!(none.is_empty() && none.get("a").is_none() && none.iter().next().is_none());
}

#[test]
fn unknown_fields_are_ordered_by_their_json() {
    let sorted = [json!({}), json!({"a": 1}), json!({"a": 2}), json!({"b": 1})].map(|value| fields(&value));
    for (place, one) in sorted.iter().enumerate() {
        for (other_place, other) in sorted.iter().enumerate() {
            let expected: Ordering = place.cmp(&other_place);
            assert_eq!((one.cmp(other), one.partial_cmp(other)), (expected, Some(expected)));
        }
    }
}
