//! The command, in a process of its own.

use std::process::{Command, Stdio};

use serde_json::Value;

use crate::shop;
use crate::support::Testbed;

/// What the command logs about one Ingress, until it is terminated.
async fn log_of(arguments: &[&str]) -> String {
    let mut testbed = Testbed::new().await;
    testbed.put(shop());
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("kubeconfig");
    let kubeconfig = serde_json::json!({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "test",
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
        "clusters": [{"name": "test", "cluster": {"server": testbed.server.uri()}}],
        "users": [{"name": "test", "user": {}}],
    });
    std::fs::write(&file, kubeconfig.to_string()).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_knative-gloo-controller"));
    command.env("KUBECONFIG", &file).args(["--debounce=5", "--listen=127.0.0.1:0"]).args(arguments);
    let controller = command.stderr(Stdio::piped()).spawn().unwrap();
    testbed.settle().await;
    let kill = Command::new("kill").arg(controller.id().to_string()).status().unwrap();
    assert!(kill.success());
    let ended = tokio::task::spawn_blocking(|| controller.wait_with_output()).await.unwrap().unwrap();
    let log = String::from_utf8(ended.stderr).unwrap();
    assert!(ended.status.success(), "{log}");
    log
}

#[tokio::test]
async fn command_runs_until_sigterm() {
    let log = log_of(&["--no-lease"]).await;
    for line in ["the lists are complete", "applied", "rejected", "stopping"] {
        assert!(log.contains(line), "{line} is not in\n{log}");
    }
}

#[tokio::test]
async fn json_log_lines_have_level_and_fields() {
    let log = log_of(&["--log-format=json"]).await;
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for line in &lines {
        for field in ["timestamp", "level", "target"] {
            assert!(line[field].is_string(), "{field}: {line}");
        }
        assert!(line["fields"]["message"].is_string(), "{line}");
    }
    let find = |message: &str| lines.iter().find(|line| line["fields"]["message"] == message).unwrap();
    assert!(find("applied")["fields"]["proxy"].as_str().unwrap().contains("proxy"));
    let span = &find("rejected")["span"];
    assert_eq!(span["kind"], "Ingress");
    assert_eq!((&span["namespace"], &span["generation"]), (&Value::from("barrier"), &Value::from(1)));
    assert!(span["object"].as_str().unwrap().starts_with("barrier-"), "{span}");
    assert_eq!(find("gave the lease back")["fields"]["lease"], "knative-gloo-controller");
}
