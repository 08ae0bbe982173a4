//! Protocol Buffers' JSON, as Gloo reads and writes it.
//!
//! A field that is unset or has its default is left out. `null` means unset. 64-bit numbers are written quoted, and any whole
//! number may be quoted when read. The messages are in the modules named after them, each with a table of its fields for
//! [`message!`](crate::message).

mod collection;
mod field;
mod scalar;
mod value;

pub(crate) use collection::Empty;
pub(crate) use field::{FieldName, FieldNameSeed, FieldSlot, OneOf, OneOfSlot, Spelling};
pub(crate) use value::{Nullable, Wire, Written};
