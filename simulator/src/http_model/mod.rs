//! A request to a gateway and what becomes of it.

mod answer;
mod path;
mod request;

pub use answer::{Answer, Forward, NotServed, Retries, SecretName, Share, Verdict};
pub use path::{normalize_path, without_query};
pub use request::{Request, Transport};
