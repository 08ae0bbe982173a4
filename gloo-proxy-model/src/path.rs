/// What Gloo since 1.14 wants of a prefix, an exact path or a redirect's path and does not find in `path`, as
/// "without //"; `None` if it takes it. Regular expressions are not held to this.
///
/// ```
/// use gloo_proxy_model::path_fault;
///
/// assert_eq!(path_fault("/a/b"), None);
/// assert_eq!(path_fault("/a//b"), Some("without //"));
/// ```
pub fn path_fault(path: &str) -> Option<&'static str> {
    if path.contains("//") {
        Some("without //")
    } else if path.contains("/./") || path.contains("/../") || path.ends_with("/.") || path.ends_with("/..") {
        Some("without the segments . and ..")
    } else if path.contains("%2f") || path.contains("%2F") {
        Some("without %2f")
    } else if !has_path_characters(path) {
        Some("of the characters that RFC 3986 allows in one")
    } else {
        None
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
