//! The real Envoy: found or installed, run on loopback, fed through filesystem subscriptions, ended with its owner.

mod admin;
mod binary;
mod bootstrap;
mod gateway;
mod process;
mod subscription;

mod validate;

pub use binary::{ENVOY_VERSION, NoEnvoy, WITHOUT_ENVOY, find, left_out, version};
pub use bootstrap::{move_listener, standalone};
pub use gateway::{EnvoyGateway, Verdict};
pub use validate::validate;

pub(crate) use bootstrap::for_each_manager;
pub(crate) use process::{POLL, Process};

/// What can go wrong with a running Envoy. A configuration that it refuses is a [`Verdict`], not an error.
#[derive(Debug, thiserror::Error)]
pub enum EnvoyError {
    /// There is none to run.
    #[error(transparent)]
    Missing(#[from] NoEnvoy),
    /// A file or process could not be made.
    #[error("cannot run Envoy: {0}")]
    Io(std::io::Error),
    /// Its admin interface does not answer.
    #[error("Envoy's admin interface: {0}")]
    Admin(#[from] crate::testbed::client::ClientError),
    /// It ended by itself.
    #[error("Envoy ended by itself ({status}):\n{log}")]
    Ended {
        /// Its exit status.
        status: String,
        /// The end of its log.
        log: String,
    },
    /// It did not do in a minute what it does in milliseconds.
    #[error("waited a minute for Envoy: {what}\n{log}")]
    TimedOut {
        /// What was waited for.
        what: &'static str,
        /// The end of its log.
        log: String,
    },
}
