//! Cases that a person can read and add to: files under `conformance/cases`, each with Ingresses, requests and the
//! answers that the contract asks for. They cover what Knative's own suite does not look at.

mod expect;
mod run;
mod schema;
mod shares;

pub use run::run;
pub use schema::{Case, UnreadableCase};
