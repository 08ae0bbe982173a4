use crate::document::Document;
use crate::error::{ManifestError, Place, Problem};
use crate::limits::Limits;
use crate::{json, yaml};

/// Reads every object of a source; `source` is its name in messages.
///
/// - A source whose first character is `{` or `[` is JSON, one value or several one after another; should it be no JSON
///   but valid YAML in flow style, it is read as that. Everything else is a YAML stream. A leading byte order mark is ignored.
/// - Arrays and kinds that end in `List` with `items` give their items, which take the list's `apiVersion` and kind
///   where they have none. Empty documents, comments and `null` give nothing.
/// - A bad document is one error, and reading goes on with the next. Only after a syntax error nothing more is read.
///
/// The results stand in the order of the source.
///
/// # Errors
/// One [`ManifestError`] for each unusable document or item; [`Problem`] lists the reasons.
///
/// ```
/// use knative_gloo_manifests::{Limits, read};
///
/// let text = "kind: List\napiVersion: v1\nitems:\n- {kind: Service, apiVersion: v1}\n- 5\n";
/// let results: Vec<String> = read("-", text.as_bytes(), &Limits::default())
///     .into_iter()
///     .map(|result| match result {
///         Ok(document) => document.kind().to_owned(),
///         Err(error) => error.to_string(),
///     })
///     .collect();
/// assert_eq!(results, ["Service", "-: document 1, item 2, line 5: a number where an object is wanted"]);
/// ```
#[must_use]
pub fn read(source: &str, bytes: &[u8], limits: &Limits) -> Vec<Result<Document, ManifestError>> {
    let source = Place::of_source(source);
    if bytes.len() > limits.bytes {
        let problem = Problem::TooLarge { bytes: bytes.len(), limit: limits.bytes };
        return vec![Err(source.fail(problem))];
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text),
        Err(error) => {
            let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let line = valid.iter().filter(|byte| **byte == b'\n').count().saturating_add(1);
            return vec![Err(source.at(0, line, None).fail(Problem::NotUtf8))];
        }
    };
    if !text.trim_start().starts_with(['{', '[']) {
        return yaml::read(&source, text, limits);
    }
    let as_json = json::read(&source, text, limits);
    let is_json = |result: &Result<Document, ManifestError>| {
        !matches!(result, Err(ManifestError { problem: Problem::NotJson(_), .. }))
    };
    if as_json.iter().all(is_json) {
        return as_json;
    }
    let as_yaml = yaml::read(&source, text, limits);
    if as_yaml.iter().all(Result::is_ok) { as_yaml } else { as_json }
}
