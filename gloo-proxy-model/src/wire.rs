//! Protocol Buffers' JSON, as Gloo reads and writes it: one trait for what can stand in a field.
//!
//! A field that is unset or has its default is left out; `null` reads as unset; a 64-bit number is written as text;
//! any whole number may be read quoted. The messages themselves are in the modules named after them, each with a
//! table of its fields for [`message!`](crate::message).

mod collection;
mod field;
mod scalar;
mod value;

pub(crate) use collection::Empty;
pub(crate) use field::{FieldName, FieldNameSeed, FieldSlot, OneOf, OneOfSlot, Spelling};
pub(crate) use value::{Nullable, Wire, Written};
