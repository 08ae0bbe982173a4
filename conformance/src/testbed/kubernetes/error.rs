/// What can go wrong in the rig itself.
#[derive(Debug, thiserror::Error)]
pub enum KubernetesError {
    /// A program cannot be run, or has ended.
    #[error("cannot run it: {0}")]
    Run(String),
    /// A file cannot be read or written.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// The API server refuses something, or is not there.
    #[error("API server: {0}")]
    Api(#[from] Box<kube::Error>),
    /// The credentials that were made for the API server cannot be used.
    #[error("kubeconfig: {0}")]
    Kubeconfig(String),
    /// A gateway cannot be run.
    #[error(transparent)]
    Envoy(#[from] crate::testbed::envoy::EnvoyError),
    /// The controller's manifests are not what they should be.
    #[error("deploy.yaml: {0}")]
    Deployment(String),
    /// What was waited for has not come.
    #[error("waited {seconds} s for {what}")]
    TimedOut {
        /// How long.
        seconds: u64,
        /// What for.
        what: String,
    },
}

impl From<kube::Error> for KubernetesError {
    fn from(error: kube::Error) -> Self {
        Self::Api(Box::new(error))
    }
}

impl From<rcgen::Error> for KubernetesError {
    fn from(error: rcgen::Error) -> Self {
        Self::Kubeconfig(error.to_string())
    }
}

impl From<KubernetesError> for crate::testbed::cluster::ClusterError {
    fn from(error: KubernetesError) -> Self {
        Self::ApiServer(error.to_string())
    }
}
