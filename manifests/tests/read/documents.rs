//! Streams and their documents, in YAML and JSON, and the limits on them.

use knative_gloo_manifests::{Document, ErrorKind, Limits, read};
use serde_json::json;

use crate::{HEAD, errors, results, values};

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
