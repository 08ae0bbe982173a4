use crate::message::{message, oneof};
use crate::{ResourceRef, UnknownFields};

/// Headers to set or remove: `headerManipulation`.
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
    /// Unknown fields.
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
    /// Whether it is appended to the client's (unset or true) or replaces it (false).
    pub append: Option<bool>,
    /// Unknown fields.
    pub unknown: UnknownFields,
}

message!(RequestHeader { source: oneof HeaderSource, append: "append" });

/// The source of a request header: oneof `token`. Before 1.5 a plain field `header`, which is the same on the wire.
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

/// The name and the value of a header. In the value `%` is Envoy's format operator; `%%` is a literal `%`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeaderValue {
    /// Its name.
    pub key: String,
    /// Its value.
    pub value: String,
    /// Unknown fields.
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
    /// Whether it is appended to the backend's (unset or true) or replaces it (false).
    pub append: Option<bool>,
    /// Unknown fields.
    pub unknown: UnknownFields,
}

message!(ResponseHeader { header: "header", append: "append" });
