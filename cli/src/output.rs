//! What goes to standard output and standard error.

use std::io::{self, Write};

use gloo_proxy_model::Proxy;
use knative_gloo_manifests::{WriteError, to_yaml_stream};
use knative_gloo_translate::Translation;
use serde::Serialize;

use crate::Status;
use crate::input_arguments::Format;

/// Why nothing can be done, one message for each thing that is wrong.
#[derive(Debug)]
pub(crate) struct Failure(Vec<String>);

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(vec![message.into()])
    }

    pub(crate) fn all(messages: Vec<String>) -> Self {
        Self(messages)
    }

    /// Writes every message to standard error.
    pub(crate) fn report(&self) {
        let Self(messages) = self;
        messages.iter().for_each(|message| say("error", message));
    }
}

/// Both Proxies as `kubectl apply` takes them.
pub(crate) fn proxies(format: Format, translation: &Translation) -> Result<String, WriteError> {
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

/// Writes the whole result at once. A reader that has seen enough (`| head`) is no error.
pub(crate) fn print(stdout: &mut dyn Write, text: &str, status: Status) -> Status {
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            say("error", &format!("standard output: {error}"));
            Status::Unusable
        }
        Ok(()) | Err(_) => status,
    }
}

/// Writes a line to standard error, in which the input can't play with the terminal.
pub(crate) fn say(level: &str, message: &str) {
    let visible: String = message
        .chars()
        .flat_map(|c| if c.is_control() { c.escape_default().collect::<Vec<char>>() } else { vec![c] })
        .collect();
    // There is nobody to tell when it can't be written.
    let _ = writeln!(io::stderr(), "{level}: {visible}");
}
