//! The small API server of the controller's tests.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "it is held to the rules of tests, which use all of it"
)]

#[path = "../../../controller/tests/support/answer.rs"]
mod answer;
#[path = "../../../controller/tests/support/meter.rs"]
pub(crate) mod meter;
#[path = "../../../controller/tests/support/server.rs"]
pub(crate) mod server;
#[path = "../../../controller/tests/support/store.rs"]
pub(crate) mod store;
#[path = "../../../controller/tests/support/watches.rs"]
mod watches;
