//! What is read, and what is said of everything that can't be.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod documents;
mod fields;
mod values;

use knative_gloo_manifests::{Document, Limits, ManifestError, read};
use serde_json::Value;

fn results(text: &str) -> Vec<Result<Document, ManifestError>> {
    read("in.yaml", text.as_bytes(), &Limits::default()).collect()
}

fn values(text: &str) -> Vec<Value> {
    results(text)
        .into_iter()
        .map(|result| result.unwrap_or_else(|e| panic!("{e}\n{text}")).into_value())
        .collect()
}

fn errors(text: &str) -> Vec<String> {
    results(text).into_iter().filter_map(Result::err).map(|error| error.to_string()).collect()
}

/// The value of `v` in an object that is otherwise well.
fn field(yaml: &str) -> Value {
    values(&format!("{HEAD}v: {yaml}\n"))[0]["v"].clone()
}

/// The one error of such an object, without its location.
fn field_error(yaml: &str) -> String {
    let errors = errors(&format!("{HEAD}v: {yaml}\n"));
    assert_eq!(errors.len(), 1, "{yaml}: {errors:?}");
    errors[0].split_once("column ").unwrap().1.split_once(": ").unwrap().1.to_owned()
}

const HEAD: &str = "apiVersion: v1\nkind: K\n";
