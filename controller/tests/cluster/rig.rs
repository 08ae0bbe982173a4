use std::path::PathBuf;

use knative_gloo_conformance::testbed::envoy;
use knative_gloo_conformance::testbed::kubernetes::{Deployment, KubernetesCluster, Setup};
use tokio::sync::{Mutex, MutexGuard};

/// Each test has a cluster of its own, which needs the whole machine.
static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());

/// A cluster that no other test runs beside.
pub struct Rig {
    pub cluster: KubernetesCluster,
    pub turn: MutexGuard<'static, ()>,
}

impl Rig {
    /// As `deploy.yaml` says.
    pub async fn start(namespace: &str) -> Self {
        Self::start_with(namespace, deployment(), &[]).await
    }

    /// With these arguments behind those of `deployment`.
    pub async fn start_with(namespace: &str, deployment: Deployment, arguments: &[&str]) -> Self {
        let turn = ONE_AT_A_TIME.lock().await;
        let cluster = KubernetesCluster::start(setup(namespace, deployment, arguments)).await;
        Self { cluster: cluster.unwrap_or_else(|error| panic!("{error}")), turn }
    }

    /// Nothing of the controller's is there yet.
    pub async fn without_controller(namespace: &str) -> Self {
        let turn = ONE_AT_A_TIME.lock().await;
        let cluster = KubernetesCluster::start_without_controller(setup(namespace, deployment(), &[])).await;
        Self { cluster: cluster.unwrap_or_else(|error| panic!("{error}")), turn }
    }
}

fn setup(namespace: &str, deployment: Deployment, arguments: &[&str]) -> Setup {
    Setup {
        envoy: envoy::find().unwrap(),
        controller: PathBuf::from(env!("CARGO_BIN_EXE_knative-gloo-controller")),
        deployment,
        arguments: arguments.iter().map(|&argument| argument.to_owned()).collect(),
        namespaces: vec![namespace.to_owned()],
    }
}

/// `deploy.yaml`.
pub fn deployment() -> Deployment {
    Deployment::read(include_str!("../../deploy.yaml")).unwrap()
}
