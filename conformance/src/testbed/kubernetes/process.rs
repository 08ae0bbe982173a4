use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::KubernetesError;

/// A program that is killed when this is dropped. When this process ends in any other way, a shell kills it: it waits for
/// the end of a pipe that only this process holds open.
#[derive(Debug)]
pub(super) struct Guarded {
    program: Child,
    guard: Child,
    log: PathBuf,
}

impl Guarded {
    /// Starts it. What it prints is added to `log`; `directory` goes with it when this process is killed.
    pub(super) fn start(mut command: Command, directory: &Path, log: &Path) -> Result<Self, KubernetesError> {
        use std::os::unix::process::CommandExt;
        let failed = |error: std::io::Error| KubernetesError::Run(format!("{command:?}: {error}"));
        let output = File::options().create(true).append(true).open(log).map_err(failed)?;
        let errors = output.try_clone().map_err(failed)?;
        command.stdin(Stdio::null()).stdout(output).stderr(errors).process_group(0);
        let mut program = command
            .spawn()
            .map_err(|error| KubernetesError::Run(format!("{}: {error}", command.get_program().display())))?;
        let guard = Command::new("/bin/sh")
            .args(["-c", r#"trap '' INT TERM HUP; read -r _; kill -9 "$0"; rm -rf -- "$1""#])
            .arg(program.id().to_string())
            .arg(directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn();
        match guard {
            Ok(guard) => Ok(Self { program, guard, log: log.to_owned() }),
            Err(error) => {
                let _ = program.kill();
                let _ = program.wait();
                Err(KubernetesError::Run(format!("/bin/sh: {error}")))
            }
        }
    }

    /// The number of its process.
    pub(super) fn id(&self) -> u32 {
        self.program.id()
    }

    /// Fails when it has ended by itself.
    pub(super) fn expect_running(&mut self) -> Result<(), KubernetesError> {
        match self.program.try_wait() {
            Ok(None) => Ok(()),
            Ok(Some(status)) => {
                Err(KubernetesError::Run(format!("ended by itself ({status}):\n{}", self.log_tail())))
            }
            Err(error) => Err(KubernetesError::Run(error.to_string())),
        }
    }

    /// The last lines of what it printed.
    pub(super) fn log_tail(&self) -> String {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines.iter().skip(lines.len().saturating_sub(40)).copied().collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        // The guard first: once the program has been waited for, its number may belong to another process.
        for process in [&mut self.guard, &mut self.program] {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// Sends a signal, by its name without `SIG`, to a process that this one has started.
pub(super) fn signal(name: &str, process: u32) -> Result<(), KubernetesError> {
    let status = Command::new("/bin/sh")
        .args(["-c", r#"kill -s "$0" "$1""#, name, &process.to_string()])
        .status()
        .map_err(|error| KubernetesError::Run(format!("/bin/sh: {error}")))?;
    if status.success() { Ok(()) } else { Err(KubernetesError::Run(format!("SIG{name}: {status}"))) }
}
