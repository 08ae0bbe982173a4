use crate::message::{message, oneof};
use crate::{ResourceRef, UnknownFields};

/// Headers set or removed: `headerManipulation`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeaderManipulation {
    /// Set on the request.
    pub request_headers_to_add: Vec<RequestHeader>,
    /// Removed from the request.
    pub request_headers_to_remove: Vec<String>,
    /// Set on the response.
    pub response_headers_to_add: Vec<ResponseHeader>,
    /// Removed from the response.
    pub response_headers_to_remove: Vec<String>,
    /// Fields that this crate has no name for.
    pub unknown: UnknownFields,
}

message!(HeaderManipulation {
    request_headers_to_add: "requestHeadersToAdd",
    request_headers_to_remove: "requestHeadersToRemove",
    response_headers_to_add: "responseHeadersToAdd",
    response_headers_to_remove: "responseHeadersToRemove",
});

/// A request header: `requestHeadersToAdd[]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestHeader {
    /// Oneof `token`: where name and value come from.
    pub source: Option<HeaderSource>,
    /// Whether it stands beside the client's (unset or true) or replaces it (false).
    pub append: Option<bool>,
    /// Fields that this crate has no name for.
    pub unknown: UnknownFields,
}

message!(RequestHeader { source: oneof HeaderSource, append: "append" });

/// Where a request header comes from: oneof `token`. A plain field `header` before 1.5, the same on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeaderSource {
    /// `header`: as written here.
    Header(HeaderValue),
    /// `headerSecretRef`: from a Secret. Since 1.5.
    SecretRef(ResourceRef),
}

oneof!(HeaderSource as "token" {
    Header(value): "header" "header",
    SecretRef(value): "headerSecretRef" "header_secret_ref",
});

/// A header's name and value. `%` in the value is Envoy's format operator; `%%` is a plain one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeaderValue {
    /// Its name.
    pub key: String,
    /// Its value.
    pub value: String,
    /// Fields that this crate has no name for.
    pub unknown: UnknownFields,
}

impl HeaderValue {
    /// The header of this name and value.
    pub fn new(key: impl Into<String>, value: impl Into<String>) -> Self {
        Self { key: key.into(), value: value.into(), unknown: UnknownFields::default() }
    }
}

message!(HeaderValue { key: "key", value: "value" });

/// A response header: `responseHeadersToAdd[]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResponseHeader {
    /// Name and value.
    pub header: Option<HeaderValue>,
    /// Whether it stands beside the backend's (unset or true) or replaces it (false).
    pub append: Option<bool>,
    /// Fields that this crate has no name for.
    pub unknown: UnknownFields,
}

message!(ResponseHeader { header: "header", append: "append" });
