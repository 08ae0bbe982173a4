/// Why Gloo refuses a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PathError {
    /// It contains `//`.
    #[error("expected no //")]
    DoubleSlash,
    /// It contains a segment `.` or `..`.
    #[error("expected no segment . or ..")]
    DotSegment,
    /// It contains `%2f`, an encoded slash.
    #[error("expected no %2f")]
    EncodedSlash,
    /// It contains a character that RFC 3986 doesn't allow in a path, or a `%` without two hex digits.
    #[error("expected the characters that RFC 3986 allows")]
    InvalidCharacter,
}

/// Checks a prefix, an exact path or the path of a redirect by the rules of Gloo since 1.14. They don't apply to regular
/// expressions.
///
/// # Errors
/// The first rule that the path breaks.
///
/// ```
/// use gloo_proxy_model::{PathError, validate_path};
///
/// assert_eq!(validate_path("/a/b"), Ok(()));
/// assert_eq!(validate_path("/a//b"), Err(PathError::DoubleSlash));
/// ```
pub fn validate_path(path: &str) -> Result<(), PathError> {
    if path.contains("//") {
        Err(PathError::DoubleSlash)
    } else if path.contains("/./") || path.contains("/../") || path.ends_with("/.") || path.ends_with("/..") {
        Err(PathError::DotSegment)
    } else if path.contains("%2f") || path.contains("%2F") {
        Err(PathError::EncodedSlash)
    } else if !has_path_characters(path) {
        Err(PathError::InvalidCharacter)
    } else {
        Ok(())
    }
}

fn has_path_characters(path: &str) -> bool {
    let mut bytes = path.bytes();
    while let Some(byte) = bytes.next() {
        let allowed = match byte {
            b'%' => {
                [bytes.next(), bytes.next()].iter().all(|next| next.is_some_and(|b| b.is_ascii_hexdigit()))
            }
            _ => byte.is_ascii_alphanumeric() || b"/:@-._~!$&'()*+,;=".contains(&byte),
        };
        if !allowed {
            return false;
        }
    }
    true
}
