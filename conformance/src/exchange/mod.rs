//! A request to a gateway and its answer, as the oracle, the simulator and the real Envoy all give it.

mod answer;
mod path;
mod request;

pub use answer::{Answer, Forward, NotServed, Retries, SecretName, Share, Verdict};
pub use path::{normalize_path, without_query};
pub use request::{Request, Transport};
