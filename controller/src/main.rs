//! The controller as a command.

use std::{error::Error, time::Duration};

use clap::Parser;
use knative_gloo_controller::{Config, run};
use knative_gloo_translate::{ClassFilter, Dialect, Options};
use tokio::signal::unix::{SignalKind, signal};

/// Translates the cluster's Knative Ingresses to Gloo's Proxies, and keeps both up to date.
///
/// The cluster is the one of the current kubeconfig, or the one that it runs in. What is logged is chosen by RUST_LOG.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Class of the Ingresses that are translated.
    #[arg(long, default_value = ClassFilter::GLOO)]
    class: String,
    /// Whose contract the Proxies follow: knative, gloo-1.3 or gloo-1.22.
    #[arg(long, default_value_t)]
    dialect: Dialect,
    /// The cluster's DNS domain.
    #[arg(long, default_value = "cluster.local")]
    cluster_domain: String,
    /// Namespace of both Proxies.
    #[arg(long, default_value = "gloo-system")]
    proxy_namespace: String,
    /// Store the Proxies compressed: above about a thousand Ingresses they don't fit into etcd otherwise.
    #[arg(long)]
    compress: bool,
    /// Never call an Ingress ready: something else probes the gateways.
    #[arg(long)]
    leave_waiting: bool,
    /// Milliseconds for which changes are gathered before they are written.
    #[arg(long, default_value_t = 50)]
    gather: u64,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let Arguments { class, dialect, cluster_domain, proxy_namespace, compress, leave_waiting, gather } =
        Arguments::parse();
    let filter = tracing_subscriber::EnvFilter::builder()
        .with_default_directive(tracing_subscriber::filter::LevelFilter::INFO.into())
        .from_env()?;
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();

    let options = Options::default()
        .with_class(ClassFilter::named(class))
        .with_dialect(dialect)
        .with_cluster_domain(cluster_domain)
        .with_proxy_namespace(proxy_namespace);
    let mut config = Config { compress, gather: Duration::from_millis(gather), ..Config::new(options) };
    if leave_waiting {
        config.addresses = None;
    }
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let stop = async {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    let mut cluster = kube::Config::infer().await?;
    // A watch may be silent for five minutes; what is silent for longer is dead.
    cluster.read_timeout = Some(Duration::from_secs(400));
    run(kube::Client::try_from(cluster)?, config, stop).await;
    Ok(())
}
