//! A set of Ingresses and its translation, kept up to date.

mod change;
mod change_recorder;
mod dependents;
pub(crate) mod entries;
pub(crate) mod host_index;
mod precedence;
pub(crate) mod serving_state;
mod source;
mod translator;

pub use change::{Change, ListenerChange, ProxyChange, SslConfigChange, VirtualHostChange};
pub use translator::{
    Translator,
    batch::translate,
    json::{JsonTranslation, translate_to_json},
};
