use std::path::Path;
use std::time::Duration;

use knative_gloo_conformance::testbed::kubernetes;
pub use knative_gloo_conformance::testbed::kubernetes::User;
use kube::Client;

/// How long a program may take for what it normally does in seconds.
pub const PATIENCE: Duration = Duration::from_secs(120);
/// How often a condition is looked at while it is waited for.
pub const POLL: Duration = Duration::from_millis(50);

/// The API server of the testbed; a test stops where it can't be run.
pub struct KubeApiServer(kubernetes::KubeApiServer);

impl KubeApiServer {
    /// Starts one with an etcd of its own.
    pub async fn start() -> Self {
        Self(kubernetes::KubeApiServer::start().await.unwrap_or_else(|error| panic!("{error}")))
    }

    /// The same with these arguments beside its own.
    pub async fn start_with(arguments: Vec<String>) -> Self {
        let server = kubernetes::KubeApiServer::start_with(arguments).await;
        Self(server.unwrap_or_else(|error| panic!("{error}")))
    }

    /// Another one on the same etcd, as where the control plane has several.
    pub async fn start_beside(&self) -> Self {
        Self(self.0.start_beside().await.unwrap_or_else(|error| panic!("{error}")))
    }

    /// Ends it as a power cut would. What etcd holds stays.
    pub fn kill(&mut self) {
        self.0.kill();
    }

    /// Starts it again on the port that it had.
    pub async fn restart(&mut self) {
        self.0.restart().await.unwrap_or_else(|error| panic!("{error}"));
    }

    /// How this user reaches it.
    pub fn kubeconfig(&self, user: User) -> serde_json::Value {
        self.0.kubeconfig(user)
    }

    /// How whoever has the token in this file reaches it.
    pub fn kubeconfig_with_token_file(&self, file: &Path) -> serde_json::Value {
        self.0.kubeconfig_with_token_file(file)
    }

    /// A client for this user.
    pub async fn client(&self, user: User) -> Client {
        self.0.client(user).await.unwrap_or_else(|error| panic!("{error}"))
    }
}
