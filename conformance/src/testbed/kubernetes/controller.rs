use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::process::Guarded;
use super::{Deployment, KubeApiServer, KubernetesError, User};

/// The controller's program, as `deploy.yaml` starts it: its options and arguments, and no more rights than its account has.
#[derive(Debug)]
pub struct ControllerProcess {
    process: Guarded,
    log: PathBuf,
}

impl ControllerProcess {
    /// Starts it. `further` arguments stand behind those of `deploy.yaml`.
    pub(super) fn start(
        program: &Path,
        server: &KubeApiServer,
        deployment: &Deployment,
        further: &[String],
    ) -> Result<Self, KubernetesError> {
        let directory = server.directory();
        let (kubeconfig, options) = (directory.join("controller.kubeconfig"), directory.join("options.yaml"));
        fs::write(&kubeconfig, server.kubeconfig(User::Controller).to_string())?;
        fs::write(&options, deployment.options())?;
        let log = directory.join("controller.log");
        let mut command = Command::new(program);
        command
            .args(deployment.arguments(&options))
            // There is one, and another runs beside it on the same machine.
            .args(["--no-lease", "--listen=127.0.0.1:0"])
            .args(further)
            .env("KUBECONFIG", &kubeconfig)
            .env("RUST_LOG", "info");
        Ok(Self { process: Guarded::start(command, directory, &log)?, log })
    }

    /// Fails when it has ended by itself.
    ///
    /// # Errors
    /// Tells the end of its log.
    pub fn expect_running(&mut self) -> Result<(), KubernetesError> {
        self.process.expect_running()
    }

    /// All that it has printed, that of its predecessors in the same cluster too.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}
