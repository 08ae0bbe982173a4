//! What Knative's validation lets through and a gateway can't take.

pub(crate) mod header;
pub(crate) mod host;
pub(crate) mod name;
