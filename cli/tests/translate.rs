//! `knative-gloo translate`: what it writes where, and what it says of every kind of bad input.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test stops where its assumption fails"
)]

mod support;

use gloo_proxy_model::Proxy;
use knative_gloo_manifests::{Limits, read};
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;
use std::process::Stdio;
use support::{Outcome, file, program, repository};

const INGRESS: &str = "apiVersion: networking.internal.knative.dev/v1alpha1
kind: Ingress
metadata:
  name: shop
  namespace: team-a
spec:
  rules:
  - hosts: [shop.example.com]
    visibility: ExternalIP
    http:
      paths:
      - splits:
        - serviceNamespace: team-a
          serviceName: shop-00001
          servicePort: 80
          percent: 100
";

const SERVICE: &str = "apiVersion: v1
kind: Service
metadata: {name: shop-00001, namespace: team-a}
spec:
  ports:
  - {name: http, port: 8012}
";

/// Runs the command with this standard input.
fn run(arguments: &[&str], stdin: &str) -> Outcome {
    let outcome = support::run(&[&["translate"], arguments].concat(), stdin.as_bytes());
    if outcome.status == 2 {
        assert_eq!(outcome.stdout, "", "never half a Proxy: {}", outcome.stderr);
        assert!(outcome.stderr.contains("error: "), "{}", outcome.stderr);
    }
    outcome
}

/// The lines that `stdin` gets on standard error, for unusable input.
fn refused(stdin: &str) -> String {
    let outcome = run(&["-"], stdin);
    assert_eq!(outcome.status, 2, "{}", outcome.stderr);
    outcome.stderr
}

fn proxies(text: &str) -> Vec<Proxy> {
    read("stdout", text.as_bytes(), &Limits::default()).map(|d| d.unwrap().parse().unwrap()).collect()
}

fn with_port(port: &str) -> String {
    INGRESS.replace("servicePort: 80", &format!("servicePort: {port}"))
}

#[test]
fn proxies_are_printed_external_first_in_yaml_and_json() {
    let yaml = run(&["-"], INGRESS);
    assert_eq!((yaml.status, yaml.stderr.as_str()), (0, ""));
    let json = run(&["--output", "json", "-"], INGRESS);
    assert_eq!((json.status, json.stderr.as_str()), (0, ""));

    let list: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!((list["apiVersion"].as_str(), list["kind"].as_str()), (Some("v1"), Some("List")));
    let names: Vec<_> =
        list["items"].as_array().unwrap().iter().map(|item| item["metadata"]["name"].clone()).collect();
    assert_eq!(names, ["knative-external-proxy", "knative-internal-proxy"]);
    assert_eq!(proxies(&yaml.stdout), proxies(&json.stdout));
    assert!(yaml.stdout.contains("shop.example.com"));
}

#[test]
fn yaml_streams_lists_json_and_files_are_combined() {
    let one = |name: &str| INGRESS.replace("shop", name);
    let (a, b, c) = (one("a"), one("b"), one("c"));
    let whole = run(&["-"], &format!("{a}---\n{b}---\n{c}")).stdout;
    let values: Vec<Value> = read("in", format!("{a}---\n{b}---\n{c}").as_bytes(), &Limits::default())
        .map(|document| document.unwrap().into_value())
        .collect();
    let list = serde_json::json!({"apiVersion": "v1", "kind": "List", "items": values}).to_string();
    assert_eq!(run(&["-"], &list).stdout, whole);
    let lines: String = values.iter().map(|value| format!("{value}\n")).collect();
    assert_eq!(run(&["-"], &lines).stdout, whole);
    let (first, second) = (file("several-1.yaml", &c), file("several-2.json", &values[0].to_string()));
    assert_eq!(run(&[&first, "-", &second], &b).stdout, whole);
    assert_eq!(run(&["--", "-"], &lines).stdout, whole);
}

#[test]
fn services_are_read_from_input_and_files() {
    let named = with_port("http");
    let without = run(&["-"], &named);
    assert_eq!(without.status, 1);
    assert!(
        without.stderr.starts_with("error: team-a/shop: spec.rules[0].http.paths[0].splits[0].servicePort: "),
        "{}",
        without.stderr
    );
    let mixed = run(&["-"], &format!("{named}---\n{SERVICE}"));
    assert_eq!((mixed.status, mixed.stderr.as_str()), (0, ""));
    assert!(mixed.stdout.contains("port: 8012"));
    let services = file("services.yaml", SERVICE);
    assert_eq!(run(&["--services", &services, "-"], &named).stdout, mixed.stdout);
    assert_eq!(run(&["-", &format!("--services={services}")], &named).stdout, mixed.stdout);

    let ingress = file("services-ingress.yaml", INGRESS);
    let other = run(&["--services", &ingress, "-"], INGRESS);
    let skipped = format!("warning: {ingress}: document 1, line 1: skipped: ");
    assert!(other.stderr.starts_with(&skipped), "{}", other.stderr);
    assert!(other.stderr.contains("is not a Service\n"), "{}", other.stderr);
    assert!(
        other.stderr.contains("[service-not-found]"),
        "none is known, and that is what was said: {}",
        other.stderr
    );
}

#[test]
fn rejected_ingress_exits_1_and_keeps_the_others() {
    let bad = with_port("0").replace("shop", "bad");
    let both = run(&["-"], &format!("{bad}---\n{INGRESS}"));
    assert_eq!(both.status, 1);
    assert!(both.stderr.starts_with("error: team-a/bad: spec.rules[0]"), "{}", both.stderr);
    // The other is as it is alone; beside it stands only what keeps the hosts of the rejected one from others.
    let alone = run(&["-"], INGRESS).stdout;
    let mut lines = both.stdout.lines();
    for line in alone.lines() {
        assert!(lines.any(|of_both| of_both == line), "{line} is missing:\n{}", both.stdout);
    }
    assert!(both.stdout.contains("name: team-a.bad-reserved\n"), "{}", both.stdout);
    assert_eq!(both.stdout.matches("routes:").count(), alone.matches("routes:").count());
}

#[test]
fn flags_override_the_options_document() {
    let option = |fields: &str| {
        format!("apiVersion: knative-gloo-translate/v1\nkind: TranslateOptions\n{fields}\n---\n{INGRESS}")
    };
    for (flags, fields) in [
        (&["--dialect", "gloo-1.22"][..], "dialect: gloo-1.22"),
        (&["--dialect=gloo-1.3"], "dialect: [gloo-1.3, knative]"),
        (&["--class", "other"], "class: other"),
        (&["--cluster-domain", "corp.internal"], "clusterDomain: corp.internal"),
        (&["--probe"], "probe: true"),
    ] {
        let by_flag = run(&[flags, &["-"]].concat(), INGRESS);
        let by_file = run(&["-"], &option(fields));
        assert_ne!(by_flag.status, 2, "{}", by_flag.stderr);
        assert_eq!((&by_flag.stdout, &by_flag.stderr), (&by_file.stdout, &by_file.stderr), "{fields}");
        // A cluster domain shows in in-cluster hosts only.
        if !fields.starts_with("clusterDomain") {
            assert_ne!(
                (by_flag.stdout, by_flag.stderr),
                (run(&["-"], INGRESS).stdout, String::new()),
                "{fields}"
            );
        }
    }
    let won = run(&["--dialect", "gloo-1.3", "-"], &option("dialect: gloo-1.22"));
    assert_eq!(won.stdout, run(&["--dialect", "gloo-1.3", "-"], INGRESS).stdout);

    let all = option(
        "proxyNamespace: edge\nhostPorts: any\nbindPorts: {http: 8080, https: 8443}\ngateways: []\n\
         regexMaxProgramSize: 1024\nallowForeignBackends: true\nallowForeignSecrets: true\nallowForeignClusterHosts: true",
    );
    let all = run(&["-"], &all);
    assert_eq!((all.status, all.stderr.as_str()), (0, ""));
    for text in ["namespace: edge", "bindPort: 8080", "shop.example.com:*"] {
        assert!(all.stdout.contains(text), "{text}: {}", all.stdout);
    }
    let fixed = run(&["-"], &option("hostPorts: {http: 31080, https: 31443}"));
    assert!(fixed.stdout.contains("shop.example.com:31080"), "{}", fixed.stdout);

    for (fields, error) in [
        ("dialekt: knative", "line 3: dialekt: unknown field `dialekt`"),
        ("dialect: gloo-2", "line 3: dialect: unknown dialect \"gloo-2\""),
        ("dialect: []", "line 3: dialect: an empty list of dialects"),
        ("dialect: 5", "line 3: dialect: a dialect or a list of dialects"),
        ("probe: 1", "line 3: probe: invalid type: integer `1`, expected a boolean"),
        ("hostPorts: some", "line 3: hostPorts: `standard`, `any`, or `{http: PORT, https: PORT}`"),
        ("bindPorts: {http: 80}", "line 3: bindPorts: missing field `https`"),
        ("gateways:\n- {name: x}", "line 4: gateways[0]: missing field `namespace`"),
    ] {
        let stderr = refused(&option(fields));
        assert!(stderr.starts_with(&format!("error: standard input: document 1, {error}")), "{stderr}");
    }
    let twice = refused(&format!("{0}---\n{0}", option("probe: true")));
    assert!(twice.contains("document 3, line 22: a second TranslateOptions"), "{twice}");
}

#[test]
fn unknown_kinds_are_skipped_with_a_warning() {
    let stream = format!(
        "apiVersion: v1\nkind: ConfigMap\n---\napiVersion: networking.k8s.io/v1\nkind: Ingress\n---\n{INGRESS}---\n\
         apiVersion: serving.knative.dev/v1\nkind: Service\n"
    );
    let outcome = run(&["-"], &stream);
    assert_eq!(outcome.status, 0);
    assert_eq!(outcome.stdout, run(&["-"], INGRESS).stdout);
    assert_eq!(
        outcome.stderr,
        "warning: standard input: document 1, line 1: skipped: ConfigMap of v1 is not an Ingress of Knative, a Service or a Secret
warning: standard input: document 2, line 4: skipped: Ingress of networking.k8s.io/v1 is not an Ingress of Knative, a Service or a Secret
warning: standard input: document 4, line 24: skipped: Service of serving.knative.dev/v1 is not an Ingress of Knative, a Service or a Secret
"
    );
}

#[test]
fn empty_input_is_reported() {
    let outcome = run(&["-"], "# nothing\n");
    assert_eq!(outcome.status, 0);
    assert_eq!(outcome.stderr, "warning: there is no Knative Ingress in the input\n");
    assert_eq!(proxies(&outcome.stdout).len(), 2);
}

#[test]
fn duplicate_objects_are_reported_with_both_positions() {
    let first = file("twice.yaml", INGRESS);
    let outcome =
        run(&[&first, "-"], &format!("---\n{}", INGRESS.replace("shop.example.com", "later.example.com")));
    assert_eq!(outcome.status, 0);
    assert_eq!(
        outcome.stderr,
        format!(
            "warning: standard input: document 1, line 2: Ingress team-a/shop replaces the one of {first}: document 1, line 1\n"
        )
    );
    assert!(outcome.stdout.contains("later.example.com") && !outcome.stdout.contains("shop.example.com"));
}

#[test]
fn parse_errors_name_file_document_line_and_field() {
    for (input, error) in [
        ("hello", "document 1, line 1: invalid manifest: expected an object, found text"),
        ("- 1", "document 1, item 1, line 1: invalid manifest: expected an object, found a number"),
        ("a: 1\n b: 2\n", "document 1, line 2, column 3: invalid YAML: "),
        ("{\"a\": }", "document 1, line 1, column 7: invalid JSON: expected value"),
        ("a: 1\na: 2\n", "document 1, line 2, column 1: duplicate key `a`"),
        ("kind: Ingress\n", "document 1, line 1: missing `apiVersion`: expected a Kubernetes object"),
        (
            &"[".repeat(100_000),
            "document 1, line 1, column 256: invalid nesting: expected at most 100 levels",
        ),
        (&format!("a: {}", "{a: ".repeat(25_000)), "document 1, line 1, column "),
        (
            &format!("a: &a {}\nb: [{}]", "x".repeat(10_000), "*a, ".repeat(10_000)),
            "document 1, line 2, column 3349: invalid aliases: expected them to add at most 8388608 bytes",
        ),
        (
            &format!("---\n{SERVICE}---\n{}", INGRESS.replace("percent: 100", "percent: many")),
            "document 2, line 24: spec.rules[0].http.paths[0].splits[0].percent: ",
        ),
        (
            &INGRESS.replace("hosts: [shop.example.com]", "hosts: shop.example.com"),
            "document 1, line 8: spec.rules[0].hosts: ",
        ),
        (
            &INGRESS.replace("hosts: [shop.example.com]", "hosts: [on]"),
            "document 1, line 8: spec.rules[0].hosts[0]: ",
        ),
        (&INGRESS.replace("name: shop\n", "name: 5\n"), "document 1, line 4: metadata.name: "),
        (&SERVICE.replace("8012", "http"), "document 1, line 6: spec.ports[0].port: "),
    ] {
        let stderr = refused(input);
        assert!(stderr.starts_with(&format!("error: standard input: {error}")), "{error}\n{stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
    }
    // Bytes that are no text, and more of them than anybody has Ingresses.
    let binary = file("binary.yaml", "");
    std::fs::write(&binary, b"a: \xff\n").unwrap();
    let outcome = run(&[&binary], "");
    assert_eq!(outcome.stderr, format!("error: {binary}: line 1: invalid UTF-8\n"));
    let endless = run(&["-"], &" ".repeat((64 << 20) + 100_000));
    assert_eq!(endless.status, 2);
    assert_eq!(
        endless.stderr,
        "error: standard input: invalid size of 67108865 bytes: expected at most 67108864\n"
    );
}

#[test]
fn every_invalid_document_is_reported() {
    let stderr = refused(&format!("- 1\n---\n{INGRESS}---\n{SERVICE}spec: 5\n---\ntrue\n"));
    assert_eq!(stderr.lines().count(), 3, "{stderr}");
}

#[test]
fn missing_file_is_reported() {
    let missing = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("no-such-file.yaml");
    let outcome = run(&[missing.to_str().unwrap(), "-"], INGRESS);
    assert_eq!(outcome.status, 2);
    assert!(outcome.stderr.starts_with(&format!("error: {}: ", missing.display())), "{}", outcome.stderr);
    let outcome = run(&[env!("CARGO_TARGET_TMPDIR")], "");
    assert!(
        outcome.stderr.starts_with(&format!("error: {}: ", env!("CARGO_TARGET_TMPDIR"))),
        "{}",
        outcome.stderr
    );
}

#[test]
fn invalid_arguments_print_the_usage() {
    for (arguments, error) in [
        (&[][..], "the following required arguments were not provided:\n  <FILE>..."),
        (&["--dialect"], "a value is required for '--dialect <DIALECT>' but none was supplied"),
        (&["--dialect", "gloo", "-"], "invalid value 'gloo' for '--dialect <DIALECT>'"),
        (&["--class=", "-"], "a value is required for '--class <NAME|any>' but none was supplied"),
        (&["--output", "xml", "-"], "invalid value 'xml' for '--output <FORMAT>'"),
        (&["--probe=yes", "-"], "unexpected value 'yes' for '--probe' found; no more were expected"),
        (&["--no-such-option", "-"], "unexpected argument '--no-such-option' found"),
        (&["-x"], "unexpected argument '-x' found"),
        (&["-", "-"], "standard input (`-`) can be read only once"),
        (&["--services", "-", "-"], "standard input (`-`) can be read only once"),
    ] {
        let outcome = run(arguments, INGRESS);
        assert_eq!(outcome.status, 2);
        assert!(outcome.stderr.starts_with(&format!("error: {error}")), "{}", outcome.stderr);
    }
    let outcome = run(&["--dialect", "gloo", "-"], INGRESS);
    assert!(outcome.stderr.contains("[possible values: knative, gloo-1.3, gloo-1.22]"), "{}", outcome.stderr);
}

/// The words in `text` that begin with two hyphens, each once.
fn flags(text: &str) -> BTreeSet<&str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
        .filter(|word| word.strip_prefix("--").is_some_and(|rest| rest.starts_with(char::is_alphabetic)))
        .collect()
}

const OPTIONS: &str = include_str!("../../translate/guide/options.md");

/// Proves that `--help` and the guide's chapter on options name the same options.
#[test]
fn help_lists_the_options_of_the_guide() {
    let outcome = run(&["--help"], "");
    assert_eq!((outcome.status, outcome.stderr.as_str()), (0, ""));
    let mut named = flags(&outcome.stdout);
    assert!(named.remove("--output") && named.remove("--help") && named.remove("--services"), "{named:?}");
    let mut guide = flags(OPTIONS);
    for other in ["--output", "--help", "--services"] {
        guide.remove(other);
    }
    assert_eq!(named, guide);
    assert!(outcome.stdout.contains("TranslateOptions"), "{}", outcome.stdout);
}

/// Proves that what the chapter shows of a file is read, and that nothing in it is unknown.
#[test]
fn options_document_of_the_guide_is_accepted() {
    let (_, rest) = OPTIONS.split_once("```yaml\n").unwrap();
    let outcome = run(&["-"], rest.split_once("```").unwrap().0);
    assert_eq!(outcome.status, 0);
    assert_eq!(outcome.stderr, "warning: there is no Knative Ingress in the input\n");
}

#[test]
fn messages_escape_control_characters() {
    let stderr = refused("\"\\e[31m\": 1\n\"\\e[31m\": 2\n");
    assert_eq!(stderr, "error: standard input: document 1, line 2, column 1: duplicate key `\\u{1b}[31m`\n");
}

/// A reader that has seen enough is no error.
#[test]
fn closed_stdout_ends_quietly() {
    let mut child = program(&["translate", "-"]).stdin(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    child.stdin.take().unwrap().write_all(INGRESS.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0));
}

#[cfg(target_os = "linux")]
#[test]
fn full_stdout_is_an_error() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let input = file("full.yaml", INGRESS);
    let output = program(&["translate", &input]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stderr.starts_with(b"error: standard output: "));
}

/// Proves that Secrets in a file are looked at, and that nothing of their keys is shown.
#[test]
fn secrets_in_the_input_are_checked() {
    let file = repository("fixtures/translate/tls/secret-usable-and-too-small.in.yaml");
    let outcome = run(&[&file], "");
    assert_eq!(outcome.status, 0);
    assert!(
        outcome.stdout.contains("good.example.com:443") && !outcome.stdout.contains("bad.example.com:443")
    );
    assert_eq!(
        outcome.stderr,
        "warning: team-b/bad: spec.tls[0].secretName: unusable Secret team-b/bad: tls.crt: certificate 1: RSA key of 1024 bits: \
         expected 2048 to 8192: the hosts of this certificate have no https [unusable-secret]\n"
    );
}
