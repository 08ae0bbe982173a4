use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use super::EnvoyError;

/// How long Envoy may take for anything that it normally does in milliseconds.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// How often a condition is looked at while it is waited for.
pub(crate) const POLL: Duration = Duration::from_millis(5);

/// A running Envoy with its directory. Both go when it is dropped, and also when this process ends in any other way:
/// a guard process waits for the end of a pipe that only this process holds open.
pub(crate) struct Process {
    envoy: Child,
    guard: Child,
    directory: TempDir,
    admin: SocketAddr,
    log: Log,
}

/// What Envoy has written to its standard error, line by line.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    /// How many lines there are.
    pub(crate) fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// The lines after the first `seen`.
    pub(crate) fn since(&self, seen: usize) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().skip(seen).cloned().collect()
    }

    fn tail(&self) -> String {
        let lines = self.since(self.len().saturating_sub(20));
        lines.join("\n")
    }
}

impl Process {
    /// Starts Envoy in `directory` and waits until its admin interface answers `LIVE`.
    pub(crate) async fn start(
        binary: &Path,
        directory: TempDir,
        bootstrap: &Value,
    ) -> Result<Self, EnvoyError> {
        let config = directory.path().join("bootstrap.json");
        let address_file = directory.path().join("admin-address");
        fs::write(&config, bootstrap.to_string()).map_err(EnvoyError::Io)?;
        let mut envoy = Command::new(binary)
            .arg("--config-path")
            .arg(&config)
            .arg("--admin-address-path")
            .arg(&address_file)
            // No shared memory between Envoys: many run at once, and a killed one leaves nothing behind.
            .args(["--disable-hot-restart", "--concurrency", "1", "--log-level", "warning"])
            .args(["--log-format", "[%l][%n] %v", "--drain-time-s", "1", "--drain-strategy", "immediate"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .map_err(EnvoyError::Io)?;
        let guard = match guard(envoy.id(), directory.path()) {
            Ok(guard) => guard,
            Err(error) => {
                let _ = envoy.kill();
                let _ = envoy.wait();
                return Err(EnvoyError::Io(error));
            }
        };
        let log = Log::default();
        if let Some(stderr) = envoy.stderr.take() {
            let log = log.clone();
            std::thread::spawn(move || {
                let lines = BufReader::new(stderr).lines().map_while(Result::ok);
                // Gloo uses fields that Envoy has deprecated; their warnings say nothing of the configuration at hand.
                for line in lines.filter(|line| !line.contains("Using deprecated option")) {
                    log.0.lock().unwrap_or_else(PoisonError::into_inner).push(line);
                }
            });
        }
        let unknown = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut process = Self { envoy, guard, directory, admin: unknown, log };
        let give_up = deadline();
        loop {
            process.check(give_up, "its admin interface")?;
            let address = fs::read_to_string(&address_file).ok().and_then(|text| text.trim().parse().ok());
            if let Some(address) = address {
                process.admin = address;
                break;
            }
            sleep(POLL).await;
        }
        while !super::admin::is_live(process.admin).await {
            process.check(give_up, "its admin interface")?;
            sleep(POLL).await;
        }
        Ok(process)
    }

    pub(crate) fn id(&self) -> u32 {
        self.envoy.id()
    }

    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn admin(&self) -> SocketAddr {
        self.admin
    }

    pub(crate) fn log(&self) -> &Log {
        &self.log
    }

    /// Fails when Envoy has ended by itself, and when `give_up` has passed.
    pub(crate) fn check(&mut self, give_up: Instant, what: &'static str) -> Result<(), EnvoyError> {
        if let Some(status) = self.envoy.try_wait().map_err(EnvoyError::Io)? {
            return Err(EnvoyError::Ended { status: status.to_string(), log: self.log.tail() });
        }
        if Instant::now() >= give_up {
            return Err(EnvoyError::TimedOut { what, log: self.log.tail() });
        }
        Ok(())
    }
}

/// The moment at which to stop waiting.
pub(crate) fn deadline() -> Instant {
    let now = Instant::now();
    now.checked_add(PATIENCE).unwrap_or(now)
}

/// Kills Envoy and removes its directory as soon as this process is gone, however it went. It ignores the signals
/// that a terminal sends to everybody at once, and stands in a process group of its own.
fn guard(envoy: u32, directory: &Path) -> std::io::Result<Child> {
    let script = r#"trap '' INT TERM HUP; read -r _; kill -9 "$0" 2>/dev/null; rm -rf -- "$1""#;
    Command::new("/bin/sh")
        .args(["-c", script])
        .arg(envoy.to_string())
        .arg(directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
}

impl Drop for Process {
    fn drop(&mut self) {
        // The guard first: once Envoy has been waited for, its number may belong to another process.
        let _ = self.guard.kill();
        let _ = self.guard.wait();
        let _ = self.envoy.kill();
        let _ = self.envoy.wait();
    }
}
