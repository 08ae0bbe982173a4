use std::collections::BTreeSet;

use knative_ingress_model::Headers;

/// Envoy's limit of a name and of a value in bytes.
const LIMIT: usize = 16_384;

/// How many headers can be set in one place.
const MOST: usize = 999;

/// Headers that belong to one connection and are not set for another.
const HOP_BY_HOP: [&str; 10] = [
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

fn is_token(name: &str) -> bool {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.bytes().all(good)
}

fn has_control(value: &str) -> bool {
    value.bytes().any(|byte| (byte < b' ' && byte != b'\t') || byte == 0x7f)
}

fn check_names<'a>(names: impl Iterator<Item = &'a String>, what: &str, errors: &mut Vec<String>) {
    let mut seen = BTreeSet::new();
    for name in names {
        if !is_token(name) || name.len() > LIMIT {
            errors.push(format!("{what}: invalid header name {name:?}: expected an HTTP token"));
        }
        if !seen.insert(name.to_ascii_lowercase()) {
            errors.push(format!("{what}: duplicate header {name:?}: expected each name in one case"));
        }
    }
}

/// Checks the headers that a path demands.
pub(super) fn check_matches<'a>(
    headers: impl Iterator<Item = (&'a String, &'a str)> + Clone,
    errors: &mut Vec<String>,
) {
    check_names(headers.clone().map(|(name, _)| name), "headers", errors);
    for (name, value) in headers {
        if has_control(value) || value.len() > LIMIT {
            errors.push(format!("headers: invalid value of {name:?}"));
        }
    }
}

/// Checks `appendHeaders`.
pub(super) fn check_appended(headers: &Headers, errors: &mut Vec<String>) {
    if headers.len() > MOST {
        errors.push(format!(
            "appendHeaders: invalid number of headers {}: expected at most {MOST}",
            headers.len()
        ));
    }
    check_names(headers.keys(), "appendHeaders", errors);
    for (name, value) in headers {
        let lower = name.to_ascii_lowercase();
        if lower == "host" || HOP_BY_HOP.contains(&lower.as_str()) {
            errors.push(format!(
                "appendHeaders: invalid header {name:?}: expected one that an Ingress may set"
            ));
        }
        let percents = value.bytes().filter(|byte| *byte == b'%').count();
        if has_control(value) || value.len().saturating_add(percents) > LIMIT {
            errors.push(format!("appendHeaders: invalid value of {name:?}"));
        }
    }
}
