//! What a translation reads beside the Ingresses: Services and the verdicts on TLS Secrets.

pub(crate) mod secrets;
pub(crate) mod services;
#[cfg(feature = "x509")]
mod x509;

pub use secrets::{SecretRef, SecretVerdict, Secrets};
pub use services::{ServiceRef, Services};
