use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use knative_gloo_translate::{Gateway, Scheme};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::{KubernetesError, process};
use crate::envoy_config::EnvoyConfig;
use crate::testbed::envoy::{EnvoyError, EnvoyGateway, Verdict};

/// A pod of a gateway: an Envoy that serves what the control plane says. It ends when this is dropped.
#[derive(Debug)]
pub struct GatewayPod {
    name: String,
    http: SocketAddr,
    https: SocketAddr,
    process: u32,
    served: watch::Receiver<Option<Verdict>>,
    task: JoinHandle<()>,
}

impl GatewayPod {
    /// Starts it, and waits until it serves what there is to serve.
    pub(super) async fn start(
        envoy: &Path,
        ip: IpAddr,
        gateway: Gateway,
        number: usize,
        configuration: watch::Receiver<Arc<EnvoyConfig>>,
    ) -> Result<Self, KubernetesError> {
        let role = format!("{}~{}", super::GATEWAY_NAMESPACE, gateway.proxy_name());
        let envoy = EnvoyGateway::start_on(ip, envoy, &role).await?;
        let address = |scheme: Scheme| {
            let address = envoy.address(scheme.as_str());
            address.ok_or_else(|| KubernetesError::Run(format!("the gateway has no port for {scheme}")))
        };
        let (http, https, process) = (address(Scheme::Http)?, address(Scheme::Https)?, envoy.process_id());
        let (sender, mut served) = watch::channel(None);
        let task = tokio::spawn(serve(envoy, configuration, sender));
        // The task ends with an error of Envoy's alone.
        let _ = served.wait_for(Option::is_some).await;
        Ok(Self { name: format!("{}-{number}", gateway.proxy_name()), http, https, process, served, task })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it listens.
    pub fn address(&self, scheme: Scheme) -> SocketAddr {
        match scheme {
            Scheme::Http => self.http,
            Scheme::Https => self.https,
        }
    }

    /// What its Envoy said to the last configuration.
    pub fn verdict(&self) -> Option<Verdict> {
        self.served.borrow().clone()
    }

    /// Stops its process where it is: it takes connections, and answers nothing.
    ///
    /// # Errors
    /// When it has ended.
    pub fn hang(&self) -> Result<(), KubernetesError> {
        process::signal("STOP", self.process)
    }

    /// Lets it go on after [`hang`](Self::hang).
    ///
    /// # Errors
    /// When it has ended.
    pub fn wake(&self) -> Result<(), KubernetesError> {
        process::signal("CONT", self.process)
    }
}

impl Drop for GatewayPod {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Hands each configuration over, the newest first. What Envoy refuses it refuses whole, and keeps what it had.
async fn serve(
    mut envoy: EnvoyGateway,
    mut configuration: watch::Receiver<Arc<EnvoyConfig>>,
    served: watch::Sender<Option<Verdict>>,
) {
    loop {
        let config = Arc::clone(&configuration.borrow_and_update());
        match envoy.push(&config).await {
            Ok(verdict) => {
                served.send_replace(Some(verdict));
            }
            // It hangs, as it may: it gets the same again when it is back.
            Err(EnvoyError::TimedOut { .. } | EnvoyError::Admin(_)) => continue,
            Err(EnvoyError::Missing(_) | EnvoyError::Io(_) | EnvoyError::Ended { .. }) => return,
        }
        if configuration.changed().await.is_err() {
            // The control plane is gone; what is served stays.
            std::future::pending::<()>().await;
        }
    }
}
