//! Documents as types: what is said of a field, and where.

use serde_json::Value;

use crate::{HEAD, results};

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
