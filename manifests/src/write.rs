use serde::ser::Serialize;
use serde_saphyr::{SerializerOptions, ser_options};

/// A value that YAML can't hold.
#[derive(Debug, thiserror::Error)]
#[error("no YAML: {0}")]
pub struct WriteError(serde_saphyr::SerializeError);

/// One YAML document without `---`, ending in a line break; fields in the order in which the value serialises them.
///
/// It is written in kubectl's style. Text that some reader would take for a boolean, number, date or null is quoted, as
/// is text with characters that can't be seen.
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
    serde_saphyr::to_fmt_writer_with_options(&mut out, &value, options()).map_err(WriteError)?;
    Ok(out)
}

/// Long lines stay whole.
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
