//! Properties: what is written is read back the same, and no bytes make the reader panic.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::expect_used)]

use knative_gloo_manifests::{Limits, read, to_yaml, to_yaml_stream};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// Text near everything that YAML treats specially.
fn text() -> impl Strategy<Value = String> {
    let special = prop::sample::select(vec![
        "y",
        "n",
        "Yes",
        "no",
        "On",
        "off",
        "true",
        "null",
        "~",
        "",
        " ",
        "12:30:45",
        "2026-01-02",
        "0x1f",
        "0o17",
        "0b1",
        "1_000",
        ".inf",
        "-.INF",
        ".nan",
        "80",
        "1e3",
        "-1",
        "+1",
        "1.5",
        "017",
        "08",
        "<<",
        "=",
        "- a",
        "? a",
        ": a",
        "a: b",
        "a:",
        "a #b",
        "#a",
        "*a",
        "&a",
        "!a",
        "|",
        ">",
        "%a",
        "@a",
        "`a",
        "[a]",
        "{a}",
        "'a'",
        "\"a\"",
        "a\nb",
        "a\nb\n",
        "a\n\nb",
        "\na",
        "a\n\n",
        " a\nb",
        "a \nb",
        "a\tb",
        "\ta",
        "a\r\nb",
        "---",
        "...",
        "--- a",
        "a\n---\nb",
        "a\n# b\n",
        "\u{85}",
        "\u{2028}",
        "\u{feff}",
        "\u{0}",
        "\u{7f}",
        "\u{1f600}",
        "\u{e9}",
        "\u{fffe}",
        "\\",
        "a,b",
        "10m0s",
        "600s",
        "0600s",
        "2001-12-14t21:59:43.10-05:00",
        "0.",
        "e1",
        "1e",
        "nan",
        "a\u{a0}b",
        "\u{301}a",
    ]);
    prop_oneof![
        4 => special.prop_map(str::to_owned),
        2 => "[ -~\n]{0,20}",
        2 => "\\PC{0,10}",
        1 => any::<String>(),
        1 => "[0-9a-fxo_:.eE+-]{1,8}",
        1 => (900_usize..1100).prop_map(|length| "k".repeat(length)),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (-1000_i32..1000).prop_map(|n| Value::from(f64::from(n))),
        text().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    scalar.prop_recursive(6, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((text(), inner), 0..5)
                .prop_map(|fields| Value::Object(fields.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

fn object(value: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "K", "value": value})
}

fn back(text: &str) -> Vec<Value> {
    read("written", text.as_bytes(), &Limits::default())
        .map(|result| result.unwrap_or_else(|error| panic!("{error}\n{text}")).into_value())
        .collect()
}

/// Another reader's view: libyaml's grammar, YAML 1.2's scalars.
fn back_elsewhere(text: &str) -> Value {
    serde_yaml::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn yaml_round_trip(value in value()) {
        let object = object(&value);
        let text = to_yaml(&object).unwrap();
        prop_assert_eq!(back(&text), vec![object.clone()]);
        prop_assert_eq!(back_elsewhere(&text), object.clone());
        let json = serde_json::to_string(&object).unwrap();
        prop_assert_eq!(back(&json), vec![object]);
    }

    #[test]
    fn yaml_stream_round_trip(values in prop::collection::vec(value(), 0..4)) {
        let objects: Vec<Value> = values.iter().map(object).collect();
        prop_assert_eq!(back(&to_yaml_stream(&objects).unwrap()), objects);
    }

    #[test]
    fn arbitrary_bytes_do_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read("any", &bytes, &Limits::default());
    }

    #[test]
    fn text_near_yaml_does_not_panic(
        parts in prop::collection::vec(prop::sample::select(vec![
            "apiVersion: v1\n", "kind: List\n", "items:\n", "- ", "? ", ": ", "\n", "  ", " ", "\t", "&a ", "*a", "!t ", "!!str ",
            "<<: ", "[", "]", "{", "}", ",", "'", "\"", "\\", "|", ">-", "|2\n", "#", "---\n", "...\n", "%YAML 1.2\n", "%TAG ! x\n",
            "a", "1", "on", "~", "\u{feff}", "\u{0}", "\r", "\u{85}", "\u{1f600}", "\\ud83d", "null",
        ]), 0..40)
    ) {
        let _ = read("near", parts.concat().as_bytes(), &Limits::default());
    }
}
