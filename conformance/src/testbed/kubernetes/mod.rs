//! A cluster on a real kube-apiserver: Ingresses, Services, EndpointSlices and Secrets are stored there, the controller runs
//! as its program with `deploy.yaml`'s rights and options, and a stand-in for Gloo's control plane configures two real
//! Envoys with Gloo's clock.
//!
//! An API server takes no loopback address as that of an endpoint. So all runs in a network of its own, which
//! `cargo xtask cluster` makes and nothing outside can reach: it has one more address, and pods listen there, each on ports of
//! its own, as pods in the host's network do.

mod api_server;
mod cluster;
mod controller;
mod definitions;
mod deployment;
mod error;
mod gateway_pod;
mod gloo;
mod objects;
mod process;
mod under_test;

pub use api_server::{KubeApiServer, User, programs};
pub use cluster::{KubernetesCluster, Setup};
pub use controller::ControllerProcess;
pub use definitions::{define, define_all};
pub use deployment::Deployment;
pub use error::KubernetesError;
pub use gateway_pod::GatewayPod;
pub use gloo::GlooControlPlane;

/// The namespace of the gateways and their Proxies.
const GATEWAY_NAMESPACE: &str = "gloo-system";
