//! From `appendHeaders` to the headers that a route or a destination sets.

use std::collections::BTreeMap;

use gloo_proxy_model::{HeaderManipulation, HeaderSource, HeaderValue, RequestHeader};
use knative_ingress_model::Headers;

use super::context::Lowering;
use crate::{
    Code,
    check::header,
    diagnostics::{field_path::FieldPath, quoted::Quoted},
    options::dialect::AppendHeaders,
};

/// What `appendHeaders` sets; `None` if it is empty.
pub(crate) fn set_headers(
    headers: &Headers,
    at: &FieldPath<'_>,
    lowering: &mut Lowering<'_>,
) -> Option<HeaderManipulation> {
    if headers.is_empty() {
        return None;
    }
    match lowering.settings.contract.append_headers {
        AppendHeaders::Append => Some(HeaderManipulation {
            request_headers_to_add: headers.iter().map(|(name, value)| appended(name, value)).collect(),
            ..HeaderManipulation::default()
        }),
        AppendHeaders::Set => {
            let at = at.field("appendHeaders");
            check(headers, &at, lowering);
            let mut manipulation = HeaderManipulation::default();
            manipulation.request_headers_to_add.reserve_exact(headers.len());
            for (name, value) in headers {
                if value.is_empty() {
                    // Envoy passes over a header to set whose value is empty, and would leave the client's in its
                    // place; removing the client's is as near to an empty one as it comes.
                    manipulation.request_headers_to_remove.push(name.clone());
                } else {
                    manipulation.request_headers_to_add.push(set(name, header::escaped(value)));
                }
            }
            Some(manipulation)
        }
    }
}

/// A header that replaces the client's.
pub(crate) fn set(name: &str, value: String) -> RequestHeader {
    RequestHeader {
        source: Some(HeaderSource::Header(HeaderValue::new(name, value))),
        append: Some(false),
        ..RequestHeader::default()
    }
}

/// Name of a header to add; empty if a Secret holds it.
pub(crate) fn name(header: &RequestHeader) -> &str {
    match &header.source {
        Some(HeaderSource::Header(header)) => &header.key,
        Some(HeaderSource::SecretRef(_)) | None => "",
    }
}

/// Whether `header` goes by `name`, in whatever case.
pub(crate) fn is_named(header: &RequestHeader, wanted: &str) -> bool {
    name(header).eq_ignore_ascii_case(wanted)
}

fn appended(name: &str, value: &str) -> RequestHeader {
    RequestHeader {
        source: Some(HeaderSource::Header(HeaderValue::new(name, value))),
        ..RequestHeader::default()
    }
}

/// The most headers that Envoy sets in one place are 1,000; the prober's may come on top.
const MAX_HEADERS: usize = 999;

fn check(headers: &Headers, at: &FieldPath<'_>, lowering: &mut Lowering<'_>) {
    let diagnostics = &mut lowering.diagnostics;
    if headers.len() > MAX_HEADERS {
        let message = format_args!("{} headers: expected at most {MAX_HEADERS}", headers.len());
        diagnostics.error(Code::TooManyHeaders, at, message);
        return;
    }
    for (name, value) in headers {
        let at = at.key(name);
        if name.starts_with(':') || name.eq_ignore_ascii_case("host") {
            let message = "the host and `:` headers can't be set: expected another header, or `rewriteHost`";
            diagnostics.error(Code::ForbiddenHeader, at, message);
        } else if let Some(fault) = header::name_fault(name) {
            diagnostics.error(
                Code::InvalidHeaderName,
                at,
                format_args!("the name is {fault}: expected an HTTP header name"),
            );
        } else if header::is_hop_by_hop(name) {
            let message = "a header of the connection or of message framing: expected another header";
            diagnostics.error(Code::ForbiddenHeader, at, message);
        }
        if header::has_control(value) {
            let message = format_args!("{} has a control character: expected printable text", Quoted(value));
            diagnostics.error(Code::InvalidHeaderValue, at, message);
        } else if value.len() > header::MAX_BYTES / 2 && header::escaped_len(value) > header::MAX_BYTES {
            let message = format_args!(
                "the value has {} bytes, counting `%` twice: expected at most {}",
                header::escaped_len(value),
                header::MAX_BYTES
            );
            diagnostics.error(Code::InvalidHeaderValue, at, message);
        }
    }
    duplicates(headers, at, lowering);
}

/// Reports names that differ in case alone.
pub(crate) fn duplicates<V>(headers: &Headers<V>, at: &FieldPath<'_>, lowering: &mut Lowering<'_>) {
    // Comparing a few is faster than sorting them, until it is not.
    const FEW: usize = 8;
    if headers.len() <= FEW && are_distinct(headers.keys()) {
        return;
    }
    let mut lower: BTreeMap<String, &str> = BTreeMap::new();
    for name in headers.keys() {
        if let Some(first) = lower.insert(name.to_ascii_lowercase(), name) {
            let message = format_args!("the same header as {}: expected each header once", Quoted(first));
            lowering.diagnostics.error(Code::DuplicateHeader, at.key(name), message);
        }
    }
}

fn are_distinct<'a>(mut names: impl Iterator<Item = &'a String> + Clone) -> bool {
    while let Some(name) = names.next() {
        if names.clone().any(|other| other.eq_ignore_ascii_case(name)) {
            return false;
        }
    }
    true
}
