use super::header_format::{self, is_token};
use super::validator::Validator;
use super::violation::ViolationKind;
use crate::{HeaderManipulation, HeaderSource, HeaderValue, RequestHeader, ResponseHeader};

/// Envoy's limits for a header's name and value in bytes, and for the number of headers added.
const MAX_BYTES: usize = 16_384;
const MAX_HEADERS: usize = 1000;

pub(super) fn check<'p>(at: &mut Validator<'p>, manipulation: &'p HeaderManipulation) {
    let HeaderManipulation {
        request_headers_to_add,
        request_headers_to_remove,
        response_headers_to_add,
        response_headers_to_remove,
        unknown: _,
    } = manipulation;
    at.each("requestHeadersToAdd", request_headers_to_add, |at, header| {
        let RequestHeader { source, append: _, unknown: _ } = header;
        match source {
            Some(HeaderSource::Header(header)) => at.field("header", |at| check_header(at, header)),
            // Name and value are in the Secret.
            Some(HeaderSource::SecretRef(_)) => {}
            None => {
                at.report(ViolationKind::MissingValue, "missing header: expected header or headerSecretRef")
            }
        }
    });
    check_count(at, "requestHeadersToAdd", request_headers_to_add.len());
    at.each("requestHeadersToRemove", request_headers_to_remove, |at, name| check_removed(at, name));
    at.each("responseHeadersToAdd", response_headers_to_add, |at, header| {
        let ResponseHeader { header, append: _, unknown: _ } = header;
        match header {
            Some(header) => at.field("header", |at| check_header(at, header)),
            None => at.report(ViolationKind::MissingValue, "missing header: expected a name and a value"),
        }
    });
    check_count(at, "responseHeadersToAdd", response_headers_to_add.len());
    at.each("responseHeadersToRemove", response_headers_to_remove, |at, name| check_removed(at, name));
}

fn check_count(at: &mut Validator, name: &'static str, count: usize) {
    if count > MAX_HEADERS {
        at.field(name, |at| {
            at.report(
                ViolationKind::InvalidNumber,
                format_args!("invalid number of headers {count}: expected at most {MAX_HEADERS}"),
            );
        });
    }
}

fn is_protected(name: &str) -> bool {
    name.starts_with(':') || name.eq_ignore_ascii_case("host")
}

fn check_header(at: &mut Validator, header: &HeaderValue) {
    let HeaderValue { key, value, unknown: _ } = header;
    at.field("key", |at| {
        at.not_empty(key);
        at.at_most(MAX_BYTES, key);
        if is_protected(key) {
            at.report(
                ViolationKind::ProcessingError,
                format_args!(
                    "invalid header name {key:?}: expected neither host nor a name that begins with :"
                ),
            );
        } else if !key.bytes().all(is_token) {
            at.report(
                ViolationKind::ProcessingError,
                format_args!("invalid header name {key:?}: expected letters, digits and !#$%&'*+-.^_`|~"),
            );
        }
    });
    at.field("value", |at| {
        at.one_line(value);
        at.at_most(MAX_BYTES, value);
        if let Err(expected) = header_format::check(value) {
            at.report(
                ViolationKind::HeaderFormat,
                format_args!("invalid header value {value:?}: expected {expected}"),
            );
        }
    });
}

fn check_removed(at: &mut Validator, name: &str) {
    at.not_empty(name);
    at.one_line(name);
    if is_protected(name) {
        at.report(
            ViolationKind::ProtectedHeader,
            format_args!("invalid header name {name:?}: expected neither host nor a name that begins with :"),
        );
    }
}
