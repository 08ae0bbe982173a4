pub mod hops;
pub mod walk;
