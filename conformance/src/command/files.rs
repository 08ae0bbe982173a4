use std::path::Path;

use gloo_proxy_model::Proxy;
use knative_gloo_manifests::{Document, Limits, read};
use serde_json::Value;

use super::Error;

/// The Proxies of a file; anything else in it is passed over, saying so.
pub(crate) fn proxies(file: &Path) -> Result<Vec<Proxy>, Error> {
    let bytes = std::fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let mut proxies = Vec::new();
    for document in read(&file.to_string_lossy(), &bytes, &Limits::default()) {
        let document: Document = document?;
        if document.kind() == "Proxy" {
            proxies.push(document.parse()?);
        } else {
            eprintln!("{}: passed over: kind {}", document.location(), document.kind());
        }
    }
    if proxies.is_empty() { Err(format!("{}: no Proxy", file.display()).into()) } else { Ok(proxies) }
}

/// YAML for a person.
pub(crate) fn yaml(value: &Value) -> Result<String, Error> {
    Ok(knative_gloo_manifests::to_yaml(value)?)
}
