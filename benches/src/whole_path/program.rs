//! The controller as its program.

use std::{
    env,
    error::Error,
    fs,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::Value;
use tempfile::TempDir;

/// As `deploy.yaml` has them, but without probes: there are no gateways that would answer.
const OPTIONS: &str = "\
apiVersion: knative-gloo-translate/v1
kind: TranslateOptions
bindPorts: {http: 8080, https: 8443}
regexMaxProgramSize: 1024
probe: false
";

/// Ticks of the times in `/proc/PID/stat` in a second, whatever the kernel's own.
const TICKS: f64 = 100.0;

/// A controller's process. Dropped, it is killed.
pub(super) struct Program {
    process: Child,
    directory: TempDir,
}

/// Bytes of memory.
#[derive(Clone, Copy, Debug)]
pub(super) struct Memory {
    /// Held now.
    pub(super) held: f64,
    /// Held at most so far.
    pub(super) peak: f64,
}

/// Builds the controller in release, and says where it is.
pub(super) fn build() -> Result<PathBuf, Box<dyn Error>> {
    let built = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["build", "--quiet", "--release", "--package", "knative-gloo-controller", "--manifest-path"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .status()?;
    if !built.success() {
        return Err(format!("the controller can't be built: {built}").into());
    }
    Ok(env::current_exe()?.with_file_name("knative-gloo-controller"))
}

impl Program {
    /// Starts `program` against the API server of `kubeconfig`.
    pub(super) fn start(
        program: &PathBuf,
        kubeconfig: &Value,
        max_plain_bytes: u32,
    ) -> Result<Self, Box<dyn Error>> {
        let directory = tempfile::tempdir()?;
        let [cluster, options, log] =
            ["kubeconfig", "options.yaml", "log"].map(|name| directory.path().join(name));
        fs::write(&cluster, kubeconfig.to_string())?;
        fs::write(&options, OPTIONS)?;
        let process = Command::new(program)
            .arg(format!("--options={}", options.display()))
            // There are no Secrets: each is taken for usable.
            .args(["--listen=127.0.0.1:0", "--no-secrets"])
            .arg(format!("--max-plain-bytes={max_plain_bytes}"))
            // What etcd would take is not asked: all of them are served.
            .arg(format!("--max-proxy-bytes={}", u32::MAX))
            .env("KUBECONFIG", &cluster)
            .env("HOSTNAME", "benchmark")
            .env("RUST_LOG", "info")
            .stdout(Stdio::null())
            .stderr(fs::File::create(log)?)
            .spawn()
            .map_err(|error| format!("{}: {error}", program.display()))?;
        Ok(Self { process, directory })
    }

    /// CPU time of the process so far.
    pub(super) fn cpu(&self) -> Result<Duration, Box<dyn Error>> {
        cpu(self.process.id())
    }

    /// Memory of the process.
    pub(super) fn memory(&self) -> Result<Memory, Box<dyn Error>> {
        let status = proc(self.process.id(), "status")?;
        let bytes = |name: &str| -> Result<f64, Box<dyn Error>> {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let kilobytes = line.and_then(|line| line.split_whitespace().next()).ok_or(name)?;
            Ok(kilobytes.parse::<f64>()? * 1024.0)
        };
        Ok(Memory { held: bytes("VmRSS:")?, peak: bytes("VmHWM:")? })
    }

    /// What it has logged at its end.
    pub(super) fn last_lines(&self) -> String {
        let log = fs::read_to_string(self.directory.path().join("log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines.split_at(lines.len().saturating_sub(20)).1.join("\n")
    }
}

/// CPU time of a process so far, the kernel's on its behalf included. To ten milliseconds.
pub(super) fn cpu(process: u32) -> Result<Duration, Box<dyn Error>> {
    let stat = proc(process, "stat")?;
    // The name, in parentheses, may have blanks.
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks: Vec<f64> = fields.skip(11).take(2).map(str::parse).collect::<Result<_, _>>()?;
    Ok(Duration::from_secs_f64(ticks.iter().sum::<f64>() / TICKS))
}

fn proc(process: u32, file: &str) -> Result<String, Box<dyn Error>> {
    Ok(fs::read_to_string(format!("/proc/{process}/{file}"))?)
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
