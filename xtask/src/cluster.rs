//! The controller's tests on a cluster, in a network of their own.

use crate::process::{Failure, cargo, command, root, run};

/// Runs the tests that have all these words in their names, or all of them.
pub(crate) fn run_tests(words: &[String]) -> Result<(), Failure> {
    let own_network = root().join("xtask/own-network");
    // It says itself what is missing.
    run(command(&own_network).arg("true"))?;
    // What needs the outer network: the API server's modules, and the Envoy that one test installs.
    crate::script("kube-apiserver", None::<&str>)?;
    run(cargo().args([
        "test",
        "-q",
        "--workspace",
        "--all-features",
        "--test",
        "envoy",
        "--",
        "suite/knative/basics",
    ]))?;
    let runner = format!("CARGO_TARGET_{}_RUNNER", host()?.to_uppercase().replace(['-', '.'], "_"));
    // The features of all other tests, so that nothing is built twice. A test of the command's, of which none is run, so that the command
    // is built: the first hour needs it.
    let tests = ["--test", "cluster", "--test", "ask"];
    let arguments =
        ["test", "--workspace", "--all-features"].iter().chain(&tests).chain(&["--", "--ignored"]);
    run(cargo().args(arguments).args(words).env(runner, own_network))
}

/// The target that cargo builds for unless told otherwise.
fn host() -> Result<String, Failure> {
    let about = crate::process::output(command("rustc").arg("-vV"))?;
    let host = about.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| Failure::Told("rustc -vV names no host".to_owned()))
}
