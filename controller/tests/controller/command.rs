//! The command, in a process of its own.

use std::process::{Command, Stdio};

use crate::shop;
use crate::support::World;

#[tokio::test]
async fn the_command_runs_until_it_is_terminated() {
    let mut world = World::new().await;
    world.put(shop());
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("kubeconfig");
    let kubeconfig = serde_json::json!({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "test",
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
        "clusters": [{"name": "test", "cluster": {"server": world.server.uri()}}],
        "users": [{"name": "test", "user": {}}],
    });
    std::fs::write(&file, kubeconfig.to_string()).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_knative-gloo-controller"));
    command
        .env("KUBECONFIG", &file)
        .args(["--debounce=5", "--no-lease", "--listen=127.0.0.1:0"])
        .stderr(Stdio::piped());
    let controller = command.spawn().unwrap();
    world.settle().await;
    let kill = Command::new("kill").arg(controller.id().to_string()).status().unwrap();
    assert!(kill.success());
    let ended = tokio::task::spawn_blocking(|| controller.wait_with_output()).await.unwrap().unwrap();
    let log = String::from_utf8(ended.stderr).unwrap();
    assert!(ended.status.success(), "{log}");
    for line in ["the lists are complete", "applied", "rejected", "stopping"] {
        assert!(log.contains(line), "{line} is not in\n{log}");
    }
}
