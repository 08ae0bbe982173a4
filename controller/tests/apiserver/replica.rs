//! A controller as its program.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;
use tokio::time::sleep;

use crate::server::{PATIENCE, POLL};

/// Ready is what is stored: there are no gateways.
pub const OPTIONS: &str = "apiVersion: knative-gloo-translate/v1\nkind: TranslateOptions\nprobe: false\n";

/// A controller's process. Dropped, it is killed.
pub struct Replica {
    process: Child,
    telemetry: SocketAddr,
    directory: TempDir,
}

impl Replica {
    /// As the user of this kubeconfig, with this file of options and further arguments.
    pub fn start(name: &str, kubeconfig: &Value, options: &str, further: &[&str]) -> Self {
        let program = Path::new(env!("CARGO_BIN_EXE_knative-gloo-controller"));
        Self::start_program(program, name, kubeconfig, options, further)
    }

    /// The same of another program.
    pub fn start_program(
        program: &Path,
        name: &str,
        kubeconfig: &Value,
        options: &str,
        further: &[&str],
    ) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let file = |name: &str| directory.path().join(name);
        std::fs::write(file("kubeconfig"), kubeconfig.to_string()).unwrap();
        std::fs::write(file("options.yaml"), options).unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let telemetry = listener.local_addr().unwrap();
        drop(listener);
        let process = Command::new(program)
            .arg(format!("--options={}", file("options.yaml").display()))
            .arg(format!("--listen={telemetry}"))
            .args(["--settle=0", "--lease-duration=3"])
            .args(further)
            .env("KUBECONFIG", file("kubeconfig"))
            .env("HOSTNAME", name)
            .env("RUST_LOG", "info")
            .stderr(std::fs::File::create(file("log")).unwrap())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Self { process, telemetry, directory }
    }

    pub fn signal(&self, signal: &str) {
        let sent = Command::new("kill").arg(signal).arg(self.process.id().to_string()).status().unwrap();
        assert!(sent.success(), "{signal}");
    }

    /// Tells it to stop, and waits until it has.
    pub async fn stop(mut self) -> ExitStatus {
        self.signal("-TERM");
        let start = Instant::now();
        loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                return status;
            }
            assert!(start.elapsed() < PATIENCE, "it doesn't stop");
            sleep(POLL).await;
        }
    }

    /// The answer to a request, if there is one.
    fn get(&self, path: &str) -> Option<String> {
        let mut stream = TcpStream::connect(self.telemetry).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
        write!(stream, "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        Some(answer)
    }

    pub fn is_ready(&self) -> bool {
        self.get("/readyz").is_some_and(|answer| answer.starts_with("HTTP/1.1 200 "))
    }

    pub fn metric(&self, name: &str) -> f64 {
        let answer = self.get("/metrics").unwrap();
        let line = answer.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("no {name} in\n{answer}")).parse().unwrap()
    }

    /// Proxies and statuses that it has asked the API server to write.
    pub fn writes(&self) -> f64 {
        ["proxy", "status"]
            .map(|kind| self.metric(&format!("knative_gloo_writes_total{{kind=\"{kind}\"}}")))
            .iter()
            .sum()
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.directory.path().join("log")).unwrap()
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        if std::thread::panicking() {
            eprintln!("{}", self.log());
        }
    }
}

pub async fn until(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let start = Instant::now();
    while !condition().await {
        assert!(start.elapsed() < PATIENCE, "still not so: {what}");
        sleep(POLL).await;
    }
}
