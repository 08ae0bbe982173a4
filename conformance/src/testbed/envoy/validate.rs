use std::path::Path;

use serde_json::Value;

use super::{EnvoyError, Verdict};

/// Asks Envoy whether it would load this bootstrap; nothing is bound or served.
///
/// # Errors
/// When Envoy cannot be run.
pub async fn validate(binary: &Path, bootstrap: &Value) -> Result<Verdict, EnvoyError> {
    let directory = tempfile::tempdir().map_err(EnvoyError::Io)?;
    let config = directory.path().join("bootstrap.json");
    std::fs::write(&config, bootstrap.to_string()).map_err(EnvoyError::Io)?;
    let output = tokio::process::Command::new(binary)
        .args(["--mode", "validate", "--disable-hot-restart", "--log-level", "error", "--config-path"])
        .arg(&config)
        .kill_on_drop(true)
        .output()
        .await
        .map_err(EnvoyError::Io)?;
    if output.status.success() {
        return Ok(Verdict::Accepted);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Ok(Verdict::Rejected(said.trim().to_owned()))
}
