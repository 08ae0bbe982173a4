use crate::ResourceRef;

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
}

/// A request header: `requestHeadersToAdd[]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestHeader {
    /// Oneof `value`.
    pub source: Option<HeaderSource>,
    /// Whether it stands beside the client's (unset or true) or replaces it (false).
    pub append: Option<bool>,
}

/// Where a request header comes from: oneof `value`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HeaderSource {
    /// `header`: as written here.
    Header(HeaderValue),
    /// `headerSecretRef`: from a Secret. Since 1.5.
    SecretRef(ResourceRef),
}

/// A header's name and value. `%` in the value is Envoy's format operator; `%%` is a plain one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeaderValue {
    /// Its name.
    pub key: String,
    /// Its value.
    pub value: String,
}

/// A response header: `responseHeadersToAdd[]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResponseHeader {
    /// Name and value.
    pub header: Option<HeaderValue>,
    /// As for requests.
    pub append: Option<bool>,
}
