//! Who answers a request, from a Proxy alone: what Gloo and Envoy would do with it, without running either.
//!
//! ```
//! use gloo_proxy_model::Proxy;
//! use knative_gloo_simulator::{NotServed, Request, Simulator, Verdict};
//!
//! let simulator = Simulator::new(&Proxy::default());
//! let answer = simulator.answer(&Request::get("shop.example.com", "/cart"));
//! assert_eq!(answer.verdict, Verdict::NotServed(NotServed::NoListener));
//! ```
//!
//! Nothing here knows of Ingresses. Rules that are not written down anywhere were measured with Envoy 1.40; the conformance tests
//! ask a real Envoy the same questions.

#[doc = include_str!("../README.md")]
#[cfg(doctest)]
struct Readme;

mod domains;
mod edges;
mod evaluate;
mod headers;
mod http_model;
mod matcher;
mod pattern;
mod rewrite;
mod route;
mod simulator;
mod tls;
mod trace;

pub use edges::edge_requests;
pub use http_model::{
    Answer, Forward, NotServed, Request, Retries, SecretName, Share, Transport, Verdict, normalize_path,
    without_query,
};
pub use simulator::Simulator;
pub use trace::{Mismatch, PassedOver, Trace, TracedHost};
