//! The path after a rewrite or a redirect.

use gloo_proxy_model::{PathRewrite, RedirectAction};

use crate::http_model::without_query;

/// What becomes of the path in a redirect or on its way to the backend.
pub(crate) fn rewritten(path: &str, prefix: usize, rewrite: &str) -> String {
    let (bare, query) = match path.split_once('?') {
        Some((bare, query)) => (bare, Some(query)),
        None => (path, None),
    };
    let mut out = rewrite.to_owned();
    out.push_str(bare.get(prefix..).unwrap_or_default());
    if let Some(query) = query {
        out.push('?');
        out.push_str(query);
    }
    out
}

/// The path that a redirect leads to.
pub(crate) fn redirect_path(redirect: &RedirectAction, path: &str, prefix: usize) -> String {
    let query = path.split_once('?').map(|(_, query)| query);
    let mut out = match &redirect.path_rewrite {
        Some(PathRewrite::Path(new)) if new.contains('?') => return new.clone(),
        Some(PathRewrite::Path(new)) => match query {
            Some(query) => format!("{new}?{query}"),
            None => new.clone(),
        },
        Some(PathRewrite::Prefix(new)) => rewritten(path, prefix, new),
        Some(PathRewrite::Regex(_)) | None => path.to_owned(),
    };
    if redirect.strip_query {
        let length = without_query(&out).len();
        out.truncate(length);
    }
    out
}
