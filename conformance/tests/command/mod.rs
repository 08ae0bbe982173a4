//! The command, as a person runs it.

use std::process::{Command, Output};
use std::sync::Arc;

use knative_gloo_conformance::testbed::envoy::{self, Verdict};
use libtest_mimic::{Failed, Trial};
use tokio::runtime::Runtime;

pub(crate) fn trials(runtime: &Arc<Runtime>) -> Vec<Trial> {
    let runtime = Arc::clone(runtime);
    vec![
        Trial::test("command/envoy_config_prints_what_envoy_accepts", move || {
            envoy_config_prints_what_envoy_accepts(&runtime)
        }),
        Trial::test("command/suite_names_its_tests", suite_names_its_tests),
        Trial::test("command/errors_are_status_2", errors_are_status_2),
    ]
}

fn command(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_knative-gloo-conformance")).args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Proves that the printed bootstrap is one that Envoy loads, with the addresses that were asked for.
fn envoy_config_prints_what_envoy_accepts(runtime: &Runtime) -> Result<(), Failed> {
    let directory = tempfile::tempdir()?;
    let file = directory.path().join("proxy.yaml");
    std::fs::write(
        &file,
        r#"
apiVersion: gloo.solo.io/v1
kind: Proxy
metadata: {name: p, namespace: gloo-system}
spec:
  listeners:
  - name: http
    bindAddress: '::'
    bindPort: 80
    httpListener:
      virtualHosts:
      - name: a
        domains: [a.example.com]
        routes:
        - matchers: [{prefix: /}]
          routeAction: {single: {kube: {ref: {name: a, namespace: team}, port: 80}}}
"#,
    )?;
    let path = file.to_string_lossy();
    let output = command(&[
        "envoy-config",
        &path,
        "--proxy",
        "p",
        "--endpoint",
        "team/a:80=127.0.0.1:9999",
        "--listen",
        "http=127.0.0.1:8088",
    ]);
    let printed = text(&output.stdout);
    assert!(output.status.success(), "{}", text(&output.stderr));
    for wanted in ["kube-svc:team-a-80_team", "9999", "8088"] {
        assert!(printed.contains(wanted), "{wanted} is not in {printed}");
    }
    let bootstrap = serde_yaml::from_str(&printed)?;
    let verdict = runtime.block_on(envoy::validate(super::binary()?, &bootstrap))?;
    assert_eq!(verdict, Verdict::Accepted);
    Ok(())
}

/// Proves that a filter chooses tests, that each is named, and that the status says all is as expected.
fn suite_names_its_tests() -> Result<(), Failed> {
    super::binary()?;
    let output = command(&["suite", "--filter", "headers/tags", "--dialect", "gloo-1.22"]);
    let printed = text(&output.stdout);
    assert!(output.status.success(), "{printed}");
    assert!(printed.contains("expected  headers/tags: "), "{printed}");
    assert!(printed.contains("0 of 1 pass, 1 fail as expected, 0 not as expected"), "{printed}");
    Ok(())
}

/// Proves that what cannot be read is named, and told by the status from a test that fails.
fn errors_are_status_2() -> Result<(), Failed> {
    let output = command(&["envoy-config", "no-such-file.yaml"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("error: no-such-file.yaml: "), "{}", text(&output.stderr));
    Ok(())
}
