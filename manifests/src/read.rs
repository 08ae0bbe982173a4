use crate::document::Document;
use crate::error::{ErrorKind, Location, ManifestError};
use crate::json::{self, JsonDocuments};
use crate::limits::Limits;
use crate::objects::Objects;
use crate::yaml::YamlDocuments;
use std::fmt;
use std::iter;

/// Reads every object of a source; `source` is its name in messages.
///
/// - A source whose first character is `{` or `[` is JSON, one value or several one after another; should it be no JSON
///   but valid YAML in flow style, it is read as that. Everything else is a YAML stream. A leading byte order mark is ignored.
/// - Arrays and kinds that end in `List` with `items` give their items, which take the list's `apiVersion` and kind
///   where they have none. Empty documents, comments and `null` give nothing.
/// - A bad document is one error, and reading goes on with the next. Only after a syntax error nothing more is read.
///
/// The results come in the order of the source, each when it is asked for.
///
/// # Errors
/// One [`ManifestError`] for each unusable document or item; [`ErrorKind`] lists the reasons.
///
/// ```
/// use knative_gloo_manifests::{Limits, read};
///
/// let text = "kind: List\napiVersion: v1\nitems:\n- {kind: Service, apiVersion: v1}\n- 5\n";
/// let results: Vec<String> = read("-", text.as_bytes(), &Limits::default())
///     .map(|result| match result {
///         Ok(document) => document.kind().to_owned(),
///         Err(error) => error.to_string(),
///     })
///     .collect();
/// assert_eq!(results, ["Service", "-: document 1, item 2, line 5: invalid manifest: expected an object, found a number"]);
/// ```
pub fn read<'a>(source: &str, bytes: &'a [u8], limits: &Limits) -> Documents<'a> {
    let source = Location::of_source(source);
    let documents = match text(&source, bytes, limits) {
        Ok(text) => documents(&source, text, limits),
        Err(error) => Box::new(iter::once(Err(error))),
    };
    Documents { documents, objects: None }
}

fn text<'a>(source: &Location, bytes: &'a [u8], limits: &Limits) -> Result<&'a str, ManifestError> {
    limits.check_bytes(bytes.len()).map_err(|kind| source.error(kind))?;
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(text)),
        Err(error) => {
            let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let line = valid.iter().filter(|byte| **byte == b'\n').count().saturating_add(1);
            Err(source.at(0, line, None).error(ErrorKind::NotUtf8))
        }
    }
}

fn documents<'a>(source: &Location, text: &'a str, limits: &Limits) -> Box<Results<'a>> {
    let yaml = || Box::new(YamlDocuments::new(source, text, limits));
    if !text.trim_start().starts_with(['{', '[']) {
        return yaml();
    }
    if !json::is_json(text) {
        let error = Documents { documents: yaml(), objects: None }.find_map(Result::err);
        if error.is_none_or(|error| matches!(error.kind, ErrorKind::TooDeep { .. })) {
            return yaml();
        }
    }
    Box::new(JsonDocuments::new(source, text, limits))
}

/// Documents of any kind, whose objects are yet to be found.
type Results<'a> = dyn Iterator<Item = Result<Document, ManifestError>> + 'a;

/// The objects of a source, read when they are asked for: see [`read`].
#[must_use = "nothing is read before it is asked for"]
pub struct Documents<'a> {
    documents: Box<Results<'a>>,
    objects: Option<Objects>,
}

impl Iterator for Documents<'_> {
    type Item = Result<Document, ManifestError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(object) = self.objects.as_mut().and_then(Objects::next) {
                return Some(object);
            }
            self.objects = None;
            match self.documents.next()? {
                Ok(document) => self.objects = Some(Objects::new(document)),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

impl fmt::Debug for Documents<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Documents").finish_non_exhaustive()
    }
}
