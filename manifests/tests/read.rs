//! What is read, and what is said of everything that can't be.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use knative_gloo_manifests::{Document, ErrorKind, Limits, ManifestError, read};
use serde_json::{Value, json};

fn results(text: &str) -> Vec<Result<Document, ManifestError>> {
    read("in.yaml", text.as_bytes(), &Limits::default()).collect()
}

fn values(text: &str) -> Vec<Value> {
    results(text)
        .into_iter()
        .map(|result| result.unwrap_or_else(|e| panic!("{e}\n{text}")).into_value())
        .collect()
}

fn errors(text: &str) -> Vec<String> {
    results(text).into_iter().filter_map(Result::err).map(|error| error.to_string()).collect()
}

/// The value of `v` in an object that is otherwise well.
fn field(yaml: &str) -> Value {
    values(&format!("{HEAD}v: {yaml}\n"))[0]["v"].clone()
}

/// The one error of such an object, without its location.
fn field_error(yaml: &str) -> String {
    let errors = errors(&format!("{HEAD}v: {yaml}\n"));
    assert_eq!(errors.len(), 1, "{yaml}: {errors:?}");
    errors[0].split_once("column ").unwrap().1.split_once(": ").unwrap().1.to_owned()
}

const HEAD: &str = "apiVersion: v1\nkind: K\n";

#[test]
fn stream_objects_have_locations() {
    let text = "# comment\n---\n# nothing\n---\napiVersion: v1\nkind: A\nmetadata: {name: one, namespace: ns}\n...\n\
                ---\n~\n--- {kind: B, apiVersion: a/v2}\n";
    let documents: Vec<Document> = results(text).into_iter().map(Result::unwrap).collect();
    let seen: Vec<_> = documents
        .iter()
        .map(|d| {
            (d.location().document, d.location().line, d.api_version(), d.kind(), d.namespace(), d.name())
        })
        .collect();
    assert_eq!(seen, [(2, 5, "v1", "A", Some("ns"), Some("one")), (4, 11, "a/v2", "B", None, None)]);
    assert_eq!(documents[0].location().to_string(), "in.yaml: document 2, line 5");
}

#[test]
fn line_endings_and_byte_order_mark_are_ignored() {
    let unix = "apiVersion: v1\nkind: A\nt: |\n  a\n  b\n---\napiVersion: v1\nkind: B\n";
    for text in [unix.replace('\n', "\r\n"), format!("\u{feff}{unix}")] {
        assert_eq!(values(&text), values(unix));
    }
}

#[test]
fn json_is_read_alone_in_lines_in_lists_and_in_arrays() {
    let one = json!({"apiVersion": "v1", "kind": "A", "emoji": "\u{1f600}"});
    let escaped = r#"{"apiVersion": "v1", "kind": "A", "emoji": "\ud83d\ude00"}"#;
    for (text, count) in [
        (escaped.to_owned(), 1),
        (format!("\n {escaped}\n\n{escaped}{escaped}\n"), 3),
        (format!("[{escaped}, null, {escaped}]").replace("null, ", ""), 2),
        (format!(r#"{{"kind": "List", "apiVersion": "v1", "items": [{escaped}, [{escaped}]]}}"#), 2),
        (format!("{one}\n---\n{one}\n"), 2),
        ("{apiVersion: v1, kind: A, emoji: \u{1f600}}".to_owned(), 1),
    ] {
        assert_eq!(values(&text), vec![one.clone(); count], "{text}");
    }
    let lines: Vec<_> = results(&format!("\n{escaped}\n\n\n{escaped}"))
        .into_iter()
        .map(|result| result.unwrap().location().to_string())
        .collect();
    assert_eq!(lines, ["in.yaml: document 1, line 2", "in.yaml: document 2, line 5"]);
}

#[test]
fn items_of_a_typed_list_take_its_type() {
    let text = "apiVersion: a/v1\nkind: IngressList\nitems:\n- metadata: {name: x}\n- {apiVersion: v1, kind: Service}\n";
    let documents: Vec<Document> = results(text).into_iter().map(Result::unwrap).collect();
    let seen: Vec<_> =
        documents.iter().map(|d| (d.location().item, d.location().line, d.api_version(), d.kind())).collect();
    assert_eq!(seen, [(Some(1), 4, "a/v1", "Ingress"), (Some(2), 5, "v1", "Service")]);
}

#[test]
fn kind_ending_in_list_without_items_is_an_object() {
    assert_eq!(values("apiVersion: v1\nkind: AllowList\nspec: 1\n").len(), 1);
    assert!(values("apiVersion: v1\nkind: ServiceList\nitems: null\n").is_empty());
    assert_eq!(
        errors("apiVersion: v1\nkind: ServiceList\nitems: 5\n"),
        [
            "in.yaml: document 1, line 3: items: invalid value: expected the array of a ServiceList, found a number"
        ]
    );
}

#[test]
fn non_object_documents_are_named() {
    for (text, problem) in [
        ("hello\n", "document 1, line 1: invalid manifest: expected an object, found text"),
        ("80", "document 1, line 1: invalid manifest: expected an object, found a number"),
        ("--- on", "document 1, line 1: invalid manifest: expected an object, found a boolean"),
        ("\n- a\n", "document 1, item 1, line 2: invalid manifest: expected an object, found text"),
        ("[1]", "document 1, item 1, line 1: invalid manifest: expected an object, found a number"),
        ("{}", "document 1, line 1: missing `apiVersion`: expected a Kubernetes object"),
        ("apiVersion: v1\nkind: null", "document 1, line 1: missing `kind`: expected a Kubernetes object"),
        (
            "\n{\"kind\": \"A\", \"apiVersion\": 5}",
            "document 1, line 2: missing `apiVersion`: expected a Kubernetes object",
        ),
        (
            "{\"kind\": \"List\",\n\"items\": [\n[],\n5]}",
            "document 1, item 1, line 4: invalid manifest: expected an object, found a number",
        ),
    ] {
        assert_eq!(errors(text), [format!("in.yaml: {problem}")]);
    }
    for text in ["", "\n\n", "# only\n", "---\n---\n", "null", "{}".trim_matches(['{', '}'])] {
        assert!(results(text).is_empty(), "{text:?}");
    }
}

#[test]
fn invalid_document_does_not_hide_the_next_but_a_syntax_error_ends_the_stream() {
    let text = format!("{HEAD}v: !foo 1\nw: [1]\n---\n{HEAD}---\n- 1\n---\n{HEAD}v: [1\n---\n{HEAD}");
    let results: Vec<Result<String, String>> = results(&text)
        .into_iter()
        .map(|r| {
            r.map(|d| d.kind().to_owned()).map_err(|e| e.to_string().split(": ").nth(1).unwrap().to_owned())
        })
        .collect();
    assert_eq!(
        results,
        [
            Err("document 1, line 3, column 4".to_owned()),
            Ok("K".to_owned()),
            Err("document 3, item 1, line 9".to_owned()),
            Err("document 4, line 13, column 4".to_owned()),
        ]
    );
}

#[test]
fn syntax_errors_have_a_position() {
    assert!(errors("a: 1\n  b: 2\n")[0].starts_with("in.yaml: document 1, line 2, column 4: invalid YAML: "));
    let error = errors("{\"a\": 1,\n \"b\" 2}")[0].clone();
    assert!(
        error.starts_with("in.yaml: document 1, line 2, column 6: invalid JSON: expected `:`"),
        "{error}"
    );
    let error = errors("{\"a\":")[0].clone();
    assert!(error.contains("invalid JSON: EOF while parsing a value"), "{error}");
    assert_eq!(
        read("in.yaml", b"a: 1\nb: \xff\n", &Limits::default()).next().unwrap().unwrap_err().to_string(),
        "in.yaml: line 2: invalid UTF-8"
    );
}

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
fn null_is_not_text() {
    #[derive(Debug, serde::Deserialize)]
    struct Named {
        #[expect(dead_code, reason = "only parsed")]
        name: String,
    }
    for null in ["~", "null", ""] {
        let error =
            results(&format!("{HEAD}name: {null}\n")).remove(0).unwrap().parse::<Named>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "in.yaml: document 1, line 3: name: invalid type: null, expected a string"
        );
    }
}

#[test]
fn field_of_the_wrong_type_is_named_with_its_line() {
    #[derive(Debug, serde::Deserialize)]
    struct Outer {
        #[expect(dead_code, reason = "only parsed")]
        rules: Vec<Inner>,
    }
    #[derive(Debug, serde::Deserialize)]
    struct Inner {
        #[expect(dead_code, reason = "only parsed")]
        port: u16,
    }
    let fails = |text: &str| results(text).remove(0).unwrap().parse::<Outer>().unwrap_err().to_string();
    assert_eq!(
        fails("apiVersion: v1\nkind: K\nrules:\n- port: 1\n- port:\n    no\n"),
        "in.yaml: document 1, line 6: rules[1].port: invalid type: boolean `false`, expected u16"
    );
    assert_eq!(
        fails("apiVersion: v1\nkind: K\nrules:\n- port: 1\n- name: x\n"),
        "in.yaml: document 1, line 5: rules[1]: missing field `port`"
    );
    assert_eq!(
        fails("apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: K\n  rules:\n  - port: 70000\n"),
        "in.yaml: document 1, item 1, line 7: rules[0].port: invalid value: integer `70000`, expected u16"
    );
    assert_eq!(
        fails("\n{\"apiVersion\": \"v1\", \"kind\": \"K\", \"rules\": [\n{\"port\": \"x\"}]}"),
        "in.yaml: document 1, line 3: rules[0].port: invalid type: string \"x\", expected u16"
    );
}

#[test]
fn size_nesting_and_aliases_are_limited() {
    let problem = |text: &str, limits: &Limits| match read("x", text.as_bytes(), limits).last() {
        Some(Err(error)) => error.kind,
        other => panic!("{other:?}"),
    };
    let limits = Limits::default();
    assert_eq!(problem("a: b", &limits.with_bytes(3)), ErrorKind::TooLarge { bytes: 4, limit: 3 });

    // Each of these is 100 kB, and quadratic for a parser that reads a document as a whole.
    for (unit, first) in
        [("[", ""), ("[", "a: "), ("{a: ", ""), ("{\"a\":", ""), ("{a: ", "a: "), ("- ", ""), ("[\n ", "a: ")]
    {
        let text = format!("{first}{}", unit.repeat(100_000 / unit.len()));
        assert_eq!(problem(&text, &limits), ErrorKind::TooDeep { limit: 100 }, "{unit}");
    }
    let indented: String = (0..400).map(|level| format!("{}a:\n", " ".repeat(level))).collect();
    assert_eq!(problem(&indented, &limits), ErrorKind::TooDeep { limit: 100 });
    let nested = |levels: usize| format!("{HEAD}v: {}{}", "[".repeat(levels), "]".repeat(levels));
    assert!(results(&nested(99))[0].is_ok());
    assert_eq!(problem(&nested(100), &limits), ErrorKind::TooDeep { limit: 100 });
    assert_eq!(problem(&nested(120), &limits.with_depth(usize::MAX)), ErrorKind::TooDeep { limit: 120 });
    // Nesting by way of aliases counts too.
    let stairs: String = (1..200).map(|i| format!("a{i}: &a{i} [*a{}]\n", i - 1)).collect();
    assert_eq!(problem(&format!("{HEAD}a0: &a0 []\n{stairs}"), &limits), ErrorKind::TooDeep { limit: 100 });

    let laughs: String =
        (1..20).map(|i| format!("a{i}: &a{i} [*a{0}, *a{0}, *a{0}, *a{0}]\n", i - 1)).collect();
    let too_large = ErrorKind::AliasesTooLarge { limit: 8 << 20 };
    assert_eq!(problem(&format!("{HEAD}a0: &a0 x\n{laughs}"), &limits), too_large);
    let wide = format!("{HEAD}a0: &a0 {}\nv: [{}]\n", "x".repeat(100_000), "*a0, ".repeat(1000));
    assert_eq!(problem(&wide, &limits), too_large);
    assert!(read("x", wide.as_bytes(), &limits.with_alias_bytes(1 << 30)).all(|result| result.is_ok()));
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

/// Any value in which no text is `!`.
#[derive(Debug)]
struct NoMark;

impl<'de> serde::Deserialize<'de> for NoMark {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        match Value::deserialize(deserializer)? {
            value if value == "!" => Err(D::Error::custom("marked")),
            _value => Ok(NoMark),
        }
    }
}

#[test]
fn every_json_value_has_its_line() {
    #[derive(Debug, serde::Deserialize)]
    struct Outer {
        #[expect(dead_code, reason = "only parsed")]
        a: Vec<NoMark>,
        #[expect(dead_code, reason = "only parsed")]
        #[serde(rename = "\u{1f600}")]
        emoji: std::collections::BTreeMap<String, NoMark>,
        #[expect(dead_code, reason = "only parsed")]
        c: NoMark,
    }
    let fill = ["[[]]", "{}", "-2.5e3", "null", "true"];
    for (slot, line) in [(0, 1), (1, 2), (2, 3), (3, 6), (4, 6)] {
        let mut fill = fill;
        fill[slot] = "\"!\"";
        let [a, b, c, d, e] = fill;
        let text = format!(
            "{{\"apiVersion\": \"v1\", \"kind\": \"K\", \"a\": [1, {a},\n {b}, \"x\\\"]\",\n{c}\n], \
             \"\\ud83d\\ude00\"\n: {{\"b\":\n{d}}}, \"c\": {e}}}"
        );
        assert_eq!(
            results(&text).remove(0).unwrap().parse::<Outer>().unwrap_err().location.line,
            line,
            "{text}"
        );
    }
}

#[test]
fn missing_fields_take_the_defaults() {
    #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
    #[serde(deny_unknown_fields, rename_all = "camelCase")]
    struct Settings {
        api_version: String,
        kind: String,
        retries: u32,
        ports: Vec<u16>,
    }
    let defaults =
        Settings { api_version: String::new(), kind: String::new(), retries: 3, ports: vec![80, 443] };
    let parse = |text: &str| {
        let document = results(&format!("{HEAD}{text}")).remove(0).unwrap();
        document.parse_with_defaults(&defaults).map_err(|error| error.to_string())
    };
    let settings = |retries: u32, ports: &[u16]| {
        let (api_version, kind) = ("v1".to_owned(), "K".to_owned());
        Ok(Settings { api_version, kind, retries, ports: ports.to_vec() })
    };
    assert_eq!(parse(""), settings(3, &[80, 443]));
    assert_eq!(parse("retries: 5\n"), settings(5, &[80, 443]));
    assert_eq!(parse("retries: null\nports: []\n"), settings(3, &[]));
    for (text, error) in [
        ("retry: 5\n", "line 3: retry: unknown field `retry`"),
        ("retry: null\n", "line 3: retry: unknown field `retry`"),
        ("retries: 5\nports:\n- 1\n- x\n", "line 6: ports[1]: invalid type: string \"x\", expected u16"),
    ] {
        let found = parse(text).unwrap_err();
        assert!(found.starts_with(&format!("in.yaml: document 1, {error}")), "{found}");
    }
}
