//! Sets of Ingresses, and requests near their edges.
//!
//! [`case`] makes a set and [`request`] a request near one of its edges, out of [`Choices`]: of a seed for long runs, of a
//! list for proptest.

mod case;
mod choices;
mod pools;
mod requests;
mod sets;

pub use case::{Case, Switches};
pub use choices::Choices;
pub use requests::request;
pub use sets::{case, colluding, ingress};
