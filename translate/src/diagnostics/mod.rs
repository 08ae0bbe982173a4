//! What an Ingress's author should know, and the parts that every message is written with.

mod code;
pub(crate) mod diagnostic;
pub(crate) mod field_path;
pub(crate) mod quoted;
mod severity;

pub use code::Code;
pub use diagnostic::Diagnostic;
pub use severity::Severity;
