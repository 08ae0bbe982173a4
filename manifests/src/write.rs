use serde::ser::Serialize;
use serde_saphyr::{SerializerOptions, ser_options};

/// A value that can't be written, such as a map whose keys are maps.
#[derive(Debug, thiserror::Error)]
#[error("invalid value: {0}")]
pub struct WriteError(Box<dyn std::error::Error + Send + Sync>);

/// For programs that write the same values as JSON too.
impl From<serde_json::Error> for WriteError {
    fn from(error: serde_json::Error) -> Self {
        WriteError(error.into())
    }
}

/// One YAML document without `---`, ending in a line break; fields in the order in which the value serialises them.
///
/// It is written in kubectl's style. Text that some reader would take for a boolean, number, date or null is quoted, as
/// is text with control characters. Long lines stay whole.
///
/// # Errors
/// [`WriteError`] when the value can't be serialised.
///
/// ```
/// use knative_gloo_manifests::to_yaml;
/// use serde_json::json;
///
/// let text = to_yaml(&json!({"hosts": ["a.example.com", "*.x", "y"], "port": "80", "retries": {}})).unwrap();
/// assert_eq!(text, "hosts:\n- a.example.com\n- \"*.x\"\n- \"y\"\nport: \"80\"\nretries: {}\n");
/// ```
pub fn to_yaml<T: Serialize + ?Sized>(value: &T) -> Result<String, WriteError> {
    let mut out = String::new();
    serde_saphyr::to_fmt_writer_with_options(&mut out, &value, options())
        .map_err(|error| WriteError(error.into()))?;
    Ok(out)
}

fn options() -> SerializerOptions {
    ser_options! { compact_list_indent: true, min_fold_chars: usize::MAX, folded_wrap_chars: usize::MAX }
}

/// A YAML stream: each document begins with a `---` line.
///
/// # Errors
/// [`WriteError`] when a value can't be serialised.
///
/// ```
/// # use knative_gloo_manifests::to_yaml_stream;
/// assert_eq!(to_yaml_stream([&[1, 2][..], &[]]).unwrap(), "---\n- 1\n- 2\n---\n[]\n");
/// ```
pub fn to_yaml_stream<T: Serialize>(values: impl IntoIterator<Item = T>) -> Result<String, WriteError> {
    let mut out = String::new();
    for value in values {
        out.push_str("---\n");
        out.push_str(&to_yaml(&value)?);
    }
    Ok(out)
}
