//! The proof of `knative-gloo-translate`: what it emits is lowered to Envoy's configuration as Gloo does it, loaded by
//! the real Envoy, and Knative's own ingress conformance suite is run through that.

#[cfg(feature = "simulator")]
pub mod exchange;
#[cfg(feature = "simulator")]
pub mod explain;
#[cfg(feature = "simulator")]
pub mod explore;
#[cfg(feature = "simulator")]
pub mod lower;
#[cfg(feature = "simulator")]
pub mod oracle;
#[cfg(feature = "simulator")]
pub mod recorded;
#[cfg(feature = "simulator")]
pub mod simulator;

#[cfg(feature = "snapshots")]
pub mod snapshots;

#[cfg(feature = "envoy")]
pub mod agreement;
#[cfg(feature = "envoy")]
pub mod backend;
#[cfg(feature = "envoy")]
pub mod case;
#[cfg(feature = "envoy")]
pub mod client;
#[cfg(feature = "envoy")]
pub mod cluster;
#[cfg(feature = "envoy")]
pub mod envoy;
#[cfg(feature = "envoy")]
mod grpc;
#[cfg(feature = "envoy")]
pub mod poison;
#[cfg(feature = "envoy")]
pub mod report;
#[cfg(feature = "envoy")]
pub mod suite;
#[cfg(feature = "envoy")]
pub mod world;
