//! The stages of a translation, in their order: admit, lower, resolve, assemble. What lies between the second and the third is a
//! [`Fragment`](fragment::Fragment).

pub(crate) mod admit;
pub(crate) mod assemble;
pub(crate) mod fragment;
pub(crate) mod lower;
pub(crate) mod resolve;
