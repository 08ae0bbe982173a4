//! `knative-gloo ask`: who answers a request, and why, as text and as JSON. `cargo xtask regenerate` writes the snapshots anew.
#![allow(clippy::unwrap_used, reason = "a test stops where its assumption fails")]

mod support;

use support::{file, repository, run};

/// Asks from the repository's root, so that places are the same everywhere.
fn ask(arguments: &[&str]) -> support::Outcome {
    let mut command = support::program(&[&["ask"], arguments].concat());
    command.current_dir(repository("")).output().unwrap().into()
}

/// Compares text and JSON of an answer with its snapshots.
fn snapshot(name: &str, status: i32, arguments: &[&str]) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("ask");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_description(format!("knative-gloo ask {}", arguments.join(" ")));
    settings.bind(|| {
        let text = ask(arguments);
        assert_eq!(text.status, status, "{}{}", text.stdout, text.stderr);
        insta::assert_snapshot!(format!("{name}.txt"), text.stdout);
        let json = ask(&[arguments, &["--output", "json"]].concat());
        assert_eq!(json.status, status, "{}", json.stderr);
        serde_json::from_str::<serde_json::Value>(&json.stdout).unwrap();
        insta::assert_snapshot!(format!("{name}.json"), json.stdout);
    });
}

const SHOP: &str = "cli/tests/ask/shop.yaml";

#[test]
fn ask_prints_shares_headers_and_source_field() {
    snapshot("shares", 0, &[SHOP, "http://shop.example.com/cart", "-H", "K-Other: x"]);
}

#[test]
fn ask_follows_a_header_match() {
    snapshot("tag", 0, &[SHOP, "http://shop.example.com/cart", "-H", "K-Tag: blue"]);
}

#[test]
fn ask_explains_a_redirect() {
    snapshot("redirect", 0, &[SHOP, "http://secure.example.com/account?x=1"]);
}

#[test]
fn ask_over_tls_prints_certificate_timeout_and_retries() {
    snapshot("tls", 0, &[SHOP, "https://secure.example.com/account"]);
}

#[test]
fn ask_names_the_gateway_of_a_private_host() {
    snapshot("private-outside", 1, &[SHOP, "http://admin.team-a.svc.cluster.local/"]);
    snapshot("private-inside", 0, &[SHOP, "http://admin.team-a/", "--via", "internal"]);
}

#[test]
fn ask_explains_404_for_an_unknown_host() {
    snapshot("no-host", 1, &[SHOP, "http://other.example.com/"]);
}

#[test]
fn ask_explains_404_for_an_unmatched_path() {
    snapshot("no-route", 1, &[SHOP, "http://shop.example.com/other"]);
}

#[test]
fn ask_names_a_rejected_ingress_and_its_error() {
    snapshot("rejected", 1, &[SHOP, "http://broken.example.com/"]);
}

#[test]
fn ask_names_the_loser_of_a_domain_conflict() {
    snapshot("conflict", 0, &[SHOP, "http://shop.example.com/cart/1"]);
}

#[test]
fn ask_explains_a_wrong_port() {
    snapshot("port", 1, &[SHOP, "http://shop.example.com:8080/cart"]);
}

#[test]
fn ask_explains_a_missing_certificate() {
    snapshot("no-certificate", 1, &[SHOP, "https://secure.example.com/", "--sni", "other.example.com"]);
}

#[test]
fn ask_explains_the_hello_world_fixture() {
    let fixture = "fixtures/translate/helloworld.in.yaml";
    snapshot("helloworld", 0, &[fixture, "http://helloworld-go.default.example.com/"]);
    snapshot(
        "helloworld-gloo",
        0,
        &[fixture, "http://helloworld-go.default.example.com/", "--dialect", "gloo-1.3"],
    );
}

#[test]
fn ask_rejects_invalid_requests() {
    for (arguments, error) in [
        (
            &["shop"][..],
            "invalid URL \"shop\": unknown scheme, expected http://HOST/PATH or https://HOST/PATH",
        ),
        (&["ftp://a/"], "invalid URL \"ftp://a/\": unknown scheme"),
        (&["/cart"], "invalid URL \"/cart\": no host"),
        (&["http://u@a/"], "invalid URL \"http://u@a/\": a user name is not sent to a gateway"),
        (&["http://a b/"], "invalid URL \"http://a b/\": "),
        (&["http://a/", "-H", "x"], "invalid header \"x\": expected NAME: VALUE"),
        (&["http://a/", "-H", "a b: c"], "invalid header \"a b: c\": expected NAME: VALUE"),
        (&["http://a/", "-X", "GET IT"], "invalid method \"GET IT\""),
        (&["http://a/", "--sni", "a"], "--sni needs an https URL"),
        (&["http://a/", "--via", "nobody"], "invalid value 'nobody' for '--via <GATEWAY>'"),
    ] {
        let outcome = ask(&[&[SHOP], arguments].concat());
        assert_eq!((outcome.status, outcome.stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(outcome.stderr.starts_with(&format!("error: {error}")), "{}", outcome.stderr);
    }
}

#[test]
fn ask_names_invalid_files() {
    let outcome = ask(&["no-such-file.yaml", "http://a/"]);
    assert_eq!((outcome.status, outcome.stdout.as_str()), (2, ""));
    assert!(outcome.stderr.starts_with("error: no-such-file.yaml: "), "{}", outcome.stderr);
    let bad = file("ask-bad.yaml", "hello\n");
    assert_eq!(ask(&[&bad, "http://a/"]).status, 2);
    assert_eq!(ask(&["http://a/"]).status, 2, "a request without files");
}

/// `Host` is the host; standard input is a file like any other.
#[test]
fn ask_host_header_overrides_the_url() {
    let shop = std::fs::read(repository(SHOP)).unwrap();
    let by_header = run(&["ask", "-", "http://10.0.0.1/cart", "-H", "Host: shop.example.com"], &shop);
    let by_url = run(&["ask", "-", "http://shop.example.com/cart"], &shop);
    assert_eq!((by_header.status, by_header.stdout), (0, by_url.stdout));
}
