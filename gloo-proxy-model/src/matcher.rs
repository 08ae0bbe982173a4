use crate::UnknownFields;
use crate::message::{message, oneof};

/// Which requests match: `matchers[]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matcher {
    /// The path. Gloo reports an error if it is unset.
    pub path: Option<PathSpecifier>,
    /// Whether prefix and exact paths are case-sensitive; unset means true. Since 1.6.
    pub case_sensitive: Option<bool>,
    /// Headers that must all match.
    pub headers: Vec<HeaderMatcher>,
    /// Query parameters that must all match.
    pub query_parameters: Vec<QueryParameterMatcher>,
    /// The methods that match; empty means any.
    pub methods: Vec<String>,
    /// Unknown fields.
    pub unknown: UnknownFields,
}

message!(Matcher {
    path: oneof PathSpecifier,
    case_sensitive: "caseSensitive",
    headers: "headers",
    query_parameters: "queryParameters",
    methods: "methods",
});

/// The path of a [`Matcher`]: oneof `path_specifier`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathSpecifier {
    /// `prefix`: the path starts with this, byte by byte (`/foo` matches `/foobar`).
    Prefix(String),
    /// `exact`: the path without its query equals this.
    Exact(String),
    /// `regex`: this RE2 expression matches the whole path without its query.
    Regex(String),
    /// `connectMatcher`: the request is a CONNECT. Since 1.14.
    Connect,
}

oneof!(PathSpecifier as "path_specifier" {
    Prefix(value): "prefix" "prefix",
    Exact(value): "exact" "exact",
    Regex(value): "regex" "regex",
    Connect: "connectMatcher" "connect_matcher",
});

/// A header of a [`Matcher`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeaderMatcher {
    /// Its name; the host is `:authority`.
    pub name: String,
    /// Its value; empty matches any value.
    pub value: String,
    /// Whether `value` is an RE2 expression for the whole value.
    pub regex: bool,
    /// Whether the header must not match.
    pub invert_match: bool,
    /// Unknown fields.
    pub unknown: UnknownFields,
}

message!(HeaderMatcher { name: "name", value: "value", regex: "regex", invert_match: "invertMatch" });

/// A query parameter of a [`Matcher`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueryParameterMatcher {
    /// Its name.
    pub name: String,
    /// Its value; empty matches any value.
    pub value: String,
    /// Whether `value` is an RE2 expression for the whole value.
    pub regex: bool,
    /// Unknown fields.
    pub unknown: UnknownFields,
}

message!(QueryParameterMatcher { name: "name", value: "value", regex: "regex" });
