use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use knative_gloo_conformance::testbed::cluster::Cluster;
use knative_gloo_conformance::testbed::envoy;
use knative_gloo_conformance::testbed::{self, Testbed};
use knative_gloo_translate::{Dialect, Gateway, Scheme};
use tokio::signal::unix::{SignalKind, signal};

use super::Error;

/// How often the files are looked at for a change.
const LOOK: Duration = Duration::from_millis(300);

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Files with Ingresses, Services and TranslateOptions, YAML or JSON.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Whose contract the translation follows: knative, gloo-1.3, gloo-1.22.
    #[arg(long, default_value = "knative")]
    dialect: Dialect,
}

/// Serves until it is stopped, and anew whenever a file changes.
pub(crate) async fn run(arguments: Arguments) -> Result<bool, Error> {
    let Arguments { files, dialect } = arguments;
    let binary = envoy::find()?;
    println!("Envoy {}, dialect {dialect}; stop with Ctrl-C", envoy::version(&binary)?);
    let cluster = Cluster::start(&binary, dialect).await?;
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    let mut seen = Vec::new();
    // Kept as long as its backends are to answer.
    let mut _testbed = None;
    loop {
        let now = changes(&files);
        if now != seen {
            seen = now;
            match load(&files).await {
                Err(error) => eprintln!("error: {error}; what was served before stays"),
                Ok(testbed) => {
                    cluster.replace(&testbed).await?;
                    tell(&cluster);
                    _testbed = Some(testbed);
                }
            }
        }
        tokio::select! {
            _ = interrupted.recv() => break,
            _ = terminated.recv() => break,
            () = tokio::time::sleep(LOOK) => {}
        }
    }
    println!("stopped");
    Ok(true)
}

/// When each file was last written.
fn changes(files: &[PathBuf]) -> Vec<Option<SystemTime>> {
    files.iter().map(|file| std::fs::metadata(file).and_then(|data| data.modified()).ok()).collect()
}

async fn load(files: &[PathBuf]) -> Result<Testbed, Error> {
    let mut all = Testbed::default();
    for file in files {
        all.merge(read(file)?);
    }
    all.furnish(&BTreeSet::new()).await?;
    Ok(all)
}

fn read(file: &Path) -> Result<Testbed, Error> {
    let bytes = std::fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(testbed::read(&file.to_string_lossy(), &bytes)?)
}

/// Says what is served where, and how to try it.
fn tell(cluster: &Cluster) {
    let outcome = cluster.outcome();
    for report in outcome.translation.iter().flat_map(|translation| &translation.reports) {
        println!("\n{report}");
        for gateway in Gateway::ALL {
            for scheme in Scheme::ALL {
                for domain in report.domains(gateway, scheme) {
                    println!("  {}", curl(cluster, gateway, scheme, domain));
                }
            }
        }
    }
    for (gateway, served) in &outcome.gateways {
        for report in &served.reports {
            println!("{gateway} gateway: {report}");
        }
    }
    if let Some(refusal) = outcome.refusal() {
        println!("{refusal}");
    }
}

/// A line for the shell. Behind a wildcard stands any name.
fn curl(cluster: &Cluster, gateway: Gateway, scheme: Scheme, domain: &str) -> String {
    let address = cluster.address(gateway, scheme);
    let host = if domain == "*" { "any.example.com".to_owned() } else { domain.replacen('*', "any", 1) };
    let command = match scheme {
        Scheme::Http => format!("curl -H 'Host: {host}' http://{address}/"),
        Scheme::Https => {
            // By name, so that the handshake carries it.
            format!("curl -k --connect-to '{host}:443:{address}' https://{host}/")
        }
    };
    format!("{command}    # {gateway} gateway")
}
