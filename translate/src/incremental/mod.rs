//! A set of Ingresses and its translation, kept up to date.

mod change;
mod change_recorder;
mod dependents;
pub(crate) mod entries;
pub(crate) mod host_index;
mod precedence;
#[cfg(feature = "json")]
mod proxy_json;
pub(crate) mod serving_state;
mod source;
mod translator;

pub use change::{Change, ListenerChange, ProxyChange, SslConfigChange, VirtualHostChange};
#[cfg(feature = "json")]
pub use proxy_json::ProxyJson;
pub use translator::{Translator, load::translate};
