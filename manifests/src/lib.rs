//! Kubernetes manifests in and out, for programs that are given files by people.
//!
//! [`read`] takes YAML streams, JSON (one value, several, or one a line) and Kubernetes `List` kinds, and gives one
//! [`Document`] for each object, or a [`ManifestError`] that names the file, the document, the line and what is wrong.
//! It is guarded: size, nesting and alias expansion have [`Limits`], duplicate keys are refused, and no input makes it
//! panic or take long.
//!
//! Plain YAML scalars are read as `kubectl` reads them, so that what this crate sees is what an API server would get:
//! a bare `on` is the boolean `true`, `0777` is 511, and a bare date stays text. Merge keys (`<<`) are applied. Where a
//! guess could change data (tags of one's own, integers beyond 64 bits, a bare `on` as a *key*) it refuses.
//!
//! [`to_yaml`] writes any serialisable value in the order in which it serialises, quoted such that YAML 1.1 and YAML
//! 1.2 readers see the same data.
//!
//! ```
//! use knative_gloo_manifests::{Limits, read, to_yaml};
//!
//! let text = "apiVersion: v1\nkind: Service\nmetadata: {name: y, namespace: shop}\n";
//! let documents = read("shop.yaml", text.as_bytes(), &Limits::default());
//! let error = documents.into_iter().find_map(Result::err);
//! assert!(error.is_none());
//!
//! let text = "apiVersion: v1\nkind: Service\nmetadata:\n  name: 1\n  name: 2\n";
//! let documents = read("shop.yaml", text.as_bytes(), &Limits::default());
//! let error = documents.into_iter().find_map(Result::err).unwrap();
//! assert_eq!(error.to_string(), "shop.yaml: document 1, line 5, column 3: duplicate key `name`");
//!
//! assert_eq!(to_yaml(&serde_json::json!({"name": "on"})).unwrap(), "name: \"on\"\n");
//! ```

mod document;
mod error;
mod json;
mod limits;
mod node;
mod objects;
mod read;
mod scalar;
mod text;
mod write;
mod yaml;

pub use document::Document;
pub use error::{ErrorKind, Location, ManifestError};
pub use limits::Limits;
pub use read::{Documents, read};
pub use write::{WriteError, to_yaml, to_yaml_stream};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
