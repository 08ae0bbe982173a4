use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use libtest_mimic::Failed;

/// The command, which is killed whatever becomes of the test.
struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Proves that no Envoy outlives a process that was killed without a chance to end its own.
pub(super) async fn ends_with_its_owner() -> Result<(), Failed> {
    super::super::binary()?;
    let directory = tempfile::tempdir()?;
    let file = directory.path().join("ingress.yaml");
    let ingress = r#"{"apiVersion": "networking.internal.knative.dev/v1alpha1", "kind": "Ingress",
        "metadata": {"name": "a", "namespace": "team"},
        "spec": {"rules": [{"hosts": ["a.example.com"], "http": {"paths": [
            {"splits": [{"serviceNamespace": "team", "serviceName": "a", "servicePort": 80, "percent": 100}]}]}}]}}"#;
    std::fs::write(&file, ingress)?;
    let child = Command::new(env!("CARGO_BIN_EXE_knative-gloo-conformance"))
        .arg("serve")
        .arg(&file)
        .stdout(Stdio::piped())
        .spawn()?;
    let mut served = Served(child);
    let lines = BufReader::new(served.0.stdout.take().unwrap()).lines();
    let curl = lines.map_while(Result::ok).find(|line| line.contains("curl")).ok_or("it serves nothing")?;
    let url = curl.split_once("http://").and_then(|(_, rest)| rest.split('/').next());
    let address: SocketAddr = url.ok_or("no address")?.parse()?;
    TcpStream::connect(address)?;
    served.0.kill()?;
    let started = Instant::now();
    while TcpStream::connect(address).is_ok() {
        if started.elapsed() > Duration::from_secs(30) {
            return Err(Failed::from("its Envoy still listens"));
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}
