//! Both Proxies, and lines for people.

use super::args::Format;
use gloo_proxy_model::Proxy;
use knative_gloo_manifests::{WriteError, to_yaml_stream};
use knative_gloo_translate::Translation;
use serde::Serialize;
use std::io::Write;

/// Both Proxies as `kubectl apply` takes them.
pub(crate) fn write(format: Format, translation: &Translation) -> Result<String, WriteError> {
    let items = [&translation.external, &translation.internal];
    match format {
        Format::Yaml => to_yaml_stream(items),
        Format::Json => {
            let mut text = serde_json::to_string_pretty(&List { api_version: "v1", kind: "List", items })?;
            text.push('\n');
            Ok(text)
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct List<'a> {
    api_version: &'static str,
    kind: &'static str,
    items: [&'a Proxy; 2],
}

/// One line, in which the input can't play with the terminal. There is nobody to tell when it can't be written.
pub(crate) fn say(stderr: &mut dyn Write, severity: &str, message: &str) {
    let visible: String = message
        .chars()
        .flat_map(|c| if c.is_control() { c.escape_default().collect::<Vec<char>>() } else { vec![c] })
        .collect();
    let _ = writeln!(stderr, "{severity}: {visible}");
}
