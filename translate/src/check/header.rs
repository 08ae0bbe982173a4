//! Header names and values.

/// The most bytes that Envoy takes in the name or the value of a header to set.
pub(crate) const MAX_BYTES: usize = 16_384;

/// Why `name` is no header name; `None` if it is one (RFC 9110 `token`).
pub(crate) fn name_fault(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        return Some("empty");
    }
    if name.len() > MAX_BYTES {
        return Some("longer than 16,384 bytes");
    }
    // Of ASCII, `^` to `z` are ^, _, ` and the small letters, `#` to `'` are #, $, %, & and '.
    let is_of_a_token = |byte: u8| matches!(byte, b'^'..=b'z' | b'A'..=b'Z' | b'-' | b'0'..=b'9' | b'!' | b'#'..=b'\'' | b'*' | b'+' | b'.' | b'|' | b'~');
    let is_token = name.bytes().fold(true, |so_far, byte| so_far & is_of_a_token(byte));
    (!is_token).then_some("not made of letters, digits and !#$%&'*+-.^_`|~ alone")
}

/// Whether `value` has a character that no header value may have: any control character but the tab.
pub(crate) fn has_control(value: &str) -> bool {
    // All of it, whatever is found: a loop without a way out is one over many bytes at a time.
    let is_control = |byte: u8| (byte < 0x20 && byte != b'\t') || byte == 0x7f;
    value.bytes().fold(false, |found, byte| found | is_control(byte))
}

/// Headers of a single connection (RFC 9110 §7.6.1) and of a message's framing: an Ingress that set them would change how
/// Envoy and the backend read the request.
pub(crate) fn is_hop_by_hop(name: &str) -> bool {
    const NAMES: [&str; 10] = [
        "connection",
        "content-length",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ];
    NAMES.iter().any(|known| known.len() == name.len() && name.eq_ignore_ascii_case(known))
}

/// `value` as Envoy's formatter gives it back unchanged: every `%` doubled.
pub(crate) fn escaped(value: &str) -> String {
    if has_percent(value) { value.replace('%', "%%") } else { value.to_owned() }
}

fn has_percent(value: &str) -> bool {
    value.bytes().fold(false, |found, byte| found | (byte == b'%'))
}

/// Length of [`escaped`].
pub(crate) fn escaped_len(value: &str) -> usize {
    value.len().saturating_add(value.bytes().filter(|byte| *byte == b'%').count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert_eq!(name_fault("Knative-Serving-Tag"), None);
        assert_eq!(name_fault(&"x".repeat(MAX_BYTES)), None);
        for bad in ["", ":authority", "a b", "a:", "a\r", "é", "a(b)"] {
            assert!(name_fault(bad).is_some(), "{bad:?}");
        }
        assert!(name_fault(&"x".repeat(MAX_BYTES + 1)).is_some());
    }

    #[test]
    fn values() {
        assert!(!has_control("a\tb é %"));
        assert!(["\r", "\n", "\0", "\x7f", "\x1b"].into_iter().all(has_control));
        assert_eq!(["%", "%%", "a"].map(escaped), ["%%", "%%%%", "a"]);
        assert_eq!(escaped("100%, %ENVIRONMENT(HOME)%"), "100%%, %%ENVIRONMENT(HOME)%%");
        assert_eq!(escaped_len("100%%"), escaped("100%%").len());
    }
}
