//! Scalars, keys, tags and aliases of YAML.

use serde_json::json;

use crate::{HEAD, errors, field, field_error};

#[test]
fn duplicate_keys_are_named() {
    let error = ["in.yaml: document 1, line 4, column 1: duplicate key `a`"];
    assert_eq!(errors(&format!("{HEAD}a: 1\na: 2\n")), error);
    assert_eq!(errors(&format!("{HEAD}a: 1\n\"a\": 2\n")), error);
    assert_eq!(
        errors("{\"a\": {\"b\": 1,\n\"b\": 2}}"),
        ["in.yaml: document 1, line 2, column 3: duplicate key `b`"]
    );
    assert_eq!(field_error("{1: x, '1': y}"), "duplicate key `1`");
}

#[test]
fn anchors_aliases_and_merge_keys_are_applied() {
    assert_eq!(field("[&a {b: 1}, *a, &c x, *c]"), json!([{"b": 1}, {"b": 1}, "x", "x"]));
    assert_eq!(field("[&k key, {*k : 1}]"), json!(["key", {"key": 1}]));
    assert_eq!(field("[&a {b: 1, c: 1}, {<<: *a, c: 2}]"), json!([{"b": 1, "c": 1}, {"b": 1, "c": 2}]));
    assert_eq!(field("[&a {b: 1}, &c {b: 2, d: 2}, {<<: [*a, *c]}]")[2], json!({"b": 1, "d": 2}));
    assert_eq!(field("{'<<': 1}"), json!({"<<": 1}));
    assert_eq!(
        field_error("{<<: 1}"),
        "invalid value of `<<`: expected a mapping or a sequence of mappings, found a number"
    );
    assert_eq!(
        field_error("{<<: [1]}"),
        "invalid value of `<<`: expected a mapping or a sequence of mappings, found a number"
    );
    assert_eq!(field_error("{<<: {}, <<: {}}"), "duplicate key `<<`");
    assert_eq!(field_error("&a [*a]"), "invalid alias: expected a complete value, found the one around it");
    assert_eq!(field_error("*nowhere"), "invalid alias: expected one of an anchor in this document");
    assert_eq!(
        errors(&format!("{HEAD}v: &a 1\n---\n{HEAD}v: *a")),
        ["in.yaml: document 2, line 7, column 4: invalid alias: expected one of an anchor in this document"]
    );
}

#[test]
fn keys_are_text_and_never_change_unseen() {
    assert_eq!(
        field("{1: a, true: b, -1: c, '': d, 1.5: e}"),
        json!({"1": "a", "true": "b", "-1": "c", "": "d", "1.5": "e"})
    );
    for (yaml, message) in [
        ("{on: 1}", "invalid key `on`: expected text, found `true` (quote it if it is text)"),
        ("{0x10: 1}", "invalid key `0x10`: expected text, found `16` (quote it if it is text)"),
        ("{~: 1}", "invalid key `~`: expected text, found `null` (quote it if it is text)"),
        ("{[a]: 1}", "invalid key: expected text, found a mapping or sequence"),
        ("{? {a: b} : 1}", "invalid key: expected text, found a mapping or sequence"),
        ("[&a 1, {*a : 1}]", ""),
        ("{!!int 1: x}", "invalid key `1`: expected text, found the tag `!!int`"),
    ] {
        if message.is_empty() {
            assert!(
                errors(&format!("{HEAD}v: {yaml}\n"))[0]
                    .contains("expected text, found an alias of a number")
            );
        } else {
            assert_eq!(field_error(yaml), message);
        }
    }
}

#[test]
fn custom_yaml_tags_are_rejected() {
    assert_eq!(
        field("[!!str 80, !!int '80', !!bool 'on', !!float 1, !!null '', ! 80, !!map {}, !!seq []]"),
        json!(["80", 80, true, 1, null, "80", {}, []])
    );
    for (yaml, message) in [
        ("!foo 1", "invalid tag `!foo`: expected one of YAML\'s own that fits the value"),
        ("!foo {}", "invalid tag `!foo`: expected one of YAML\'s own that fits the value"),
        ("!!binary aGk=", "invalid tag `!!binary`: expected one of YAML\'s own that fits the value"),
        ("!!set {}", "invalid tag `!!set`: expected one of YAML\'s own that fits the value"),
        ("!!int x", "invalid value `x`: expected one of the tag `!!int`"),
        ("!!seq {}", "invalid tag `!!seq`: expected one of YAML\'s own that fits the value"),
    ] {
        assert_eq!(field_error(yaml), message);
    }
}

#[test]
fn numbers_that_json_cannot_hold_are_rejected() {
    assert_eq!(
        field_error("18446744073709551616"),
        "invalid integer `18446744073709551616`: expected one that JSON holds in 64 bits (quote it if it is text)"
    );
    assert_eq!(
        field_error(".inf"),
        "invalid number `.inf`: expected one that JSON holds in 64 bits (quote it if it is text)"
    );
}

#[test]
fn plain_scalars_parse_like_kubectl() {
    for (text, value) in [
        ("", json!(null)),
        ("~", json!(null)),
        ("Null", json!(null)),
        ("y", json!(true)),
        ("OFF", json!(false)),
        ("yEs", json!("yEs")),
        ("80", json!(80)),
        ("-80", json!(-80)),
        ("+80", json!(80)),
        ("0", json!(0)),
        ("-0", json!(0)),
        ("0777", json!(511)),
        ("08", json!(8.0)),
        ("0x1f", json!(31)),
        ("0o17", json!(15)),
        ("-0b11", json!(-3)),
        ("1_000", json!(1000)),
        ("18446744073709551615", json!(u64::MAX)),
        ("-9223372036854775808", json!(i64::MIN)),
        ("1e3", json!(1000.0)),
        ("1.", json!(1.0)),
        (".5", json!(0.5)),
        ("-1.5E-7", json!(-1.5e-7)),
        (".", json!(".")),
        ("1e", json!("1e")),
        ("0x", json!("0x")),
        ("1.2.3", json!("1.2.3")),
        ("10m0s", json!("10m0s")),
        ("12:30:45", json!("12:30:45")),
        ("2026-01-02", json!("2026-01-02")),
        ("infinity", json!("infinity")),
    ] {
        assert_eq!(field(text), value, "{text:?}");
    }
    for text in [".inf", "-.INF", ".nan", "18446744073709551616", "-9223372036854775809", "1e999"] {
        assert!(!field_error(text).is_empty(), "{text:?}");
    }
}
