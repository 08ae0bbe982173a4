//! The proof of `knative-gloo-translate`, in four parts:
//!
//! - the model: [`http_model`] is a request to a gateway, [`oracle`] answers it from the Ingresses by the contract's
//!   words alone, and `knative-gloo-simulator` answers it from a Proxy alone;
//! - [`envoy_config`] is what Gloo makes of a Proxy: Envoy's listeners, routes and clusters;
//! - [`testbed`] runs the real Envoy, with backends, clients and a small cluster around it;
//! - [`checks`] hold one against the other: Knative's conformance suite, the cases, the adversarial corpus, the recordings of the
//!   real Gloo, and arbitrary sets of Ingresses.

#[cfg(feature = "simulator")]
pub mod checks;
#[cfg(feature = "simulator")]
pub mod envoy_config;
#[cfg(feature = "simulator")]
pub mod http_model;
#[cfg(feature = "simulator")]
pub mod oracle;
#[cfg(feature = "envoy")]
pub mod testbed;
