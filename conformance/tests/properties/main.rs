//! Laws that hold for every set of Ingresses, grouped by what they are about.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod coverage;
mod hops;
mod hosts;
mod neighbours;
mod oracle;
mod output;
mod rejection;
mod secrets;
mod sets;
mod tenants;
mod visibility;
mod walk;
