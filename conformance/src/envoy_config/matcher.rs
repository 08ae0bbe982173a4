use gloo_proxy_model::{HeaderMatcher, Matcher, PathSpecifier, QueryParameterMatcher};
use serde_json::{Map, Value, json};

use super::report::{ReportKind, Reports};

/// A route's `match`.
pub(crate) fn build(matcher: &Matcher, regex_limit: Option<u32>, at: &str, reports: &mut Reports) -> Value {
    let Matcher { path, case_sensitive, headers, query_parameters, methods, unknown } = matcher;
    reports.unsupported(at, &[], unknown);
    let mut out = Map::new();
    match path {
        Some(PathSpecifier::Prefix(prefix)) => {
            check_path(prefix, at, reports);
            out.insert("prefix".to_owned(), json!(prefix));
        }
        Some(PathSpecifier::Exact(exact)) => {
            check_path(exact, at, reports);
            out.insert("path".to_owned(), json!(exact));
        }
        Some(PathSpecifier::Regex(regex)) => {
            out.insert("safeRegex".to_owned(), safe_regex(regex, regex_limit));
        }
        Some(PathSpecifier::Connect) => {
            out.insert("connectMatcher".to_owned(), json!({}));
        }
        None => reports.add(ReportKind::InvalidMatcherError, format!("{at}: no path specifier provided")),
    }
    if let Some(case_sensitive) = case_sensitive {
        out.insert("caseSensitive".to_owned(), json!(case_sensitive));
    }
    let mut header_matches: Vec<Value> =
        headers.iter().map(|header| header_matcher(header, regex_limit)).collect();
    if !methods.is_empty() {
        header_matches.push(
            json!({ "name": ":method", "safeRegexMatch": safe_regex(&methods.join("|"), regex_limit) }),
        );
    }
    if !header_matches.is_empty() {
        out.insert("headers".to_owned(), Value::Array(header_matches));
    }
    if !query_parameters.is_empty() {
        let all = query_parameters.iter().map(|parameter| query_parameter(parameter, regex_limit)).collect();
        out.insert("queryParameters".to_owned(), Value::Array(all));
    }
    Value::Object(out)
}

fn header_matcher(matcher: &HeaderMatcher, regex_limit: Option<u32>) -> Value {
    let HeaderMatcher { name, value, regex, invert_match, unknown: _ } = matcher;
    let mut out = Map::new();
    out.insert("name".to_owned(), json!(name));
    let (how, what) = match (value.is_empty(), regex) {
        (true, _) => ("presentMatch", json!(true)),
        (false, true) => ("safeRegexMatch", safe_regex(value, regex_limit)),
        (false, false) => ("exactMatch", json!(value)),
    };
    out.insert(how.to_owned(), what);
    if *invert_match {
        out.insert("invertMatch".to_owned(), json!(true));
    }
    Value::Object(out)
}

fn query_parameter(matcher: &QueryParameterMatcher, regex_limit: Option<u32>) -> Value {
    let QueryParameterMatcher { name, value, regex, unknown: _ } = matcher;
    match (value.is_empty(), regex) {
        (true, _) => json!({ "name": name, "presentMatch": true }),
        (false, true) => {
            json!({ "name": name, "stringMatch": { "safeRegex": safe_regex(value, regex_limit) } })
        }
        (false, false) => json!({ "name": name, "stringMatch": { "exact": value } }),
    }
}

fn safe_regex(regex: &str, limit: Option<u32>) -> Value {
    let engine = match limit {
        Some(limit) => json!({ "maxProgramSize": limit }),
        None => json!({}),
    };
    // An empty regex is protobuf's unset one; Envoy refuses both.
    if regex.is_empty() {
        json!({ "googleRe2": engine })
    } else {
        json!({ "googleRe2": engine, "regex": regex })
    }
}

/// What Gloo has asked of a prefix and of an exact path since 1.14. It still hands the path on to Envoy.
fn check_path(path: &str, at: &str, reports: &mut Reports) {
    if path.is_empty() {
        return;
    }
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=:@/".contains(&byte);
    let reason = if let Some(found) =
        ["//", "/./", "/../", "%2f", "%2F", "#"].iter().find(|bad| path.contains(**bad))
    {
        format!("must not contain {found:?}")
    } else if path.ends_with("/..") || path.ends_with("/.") {
        "must not end with /. or /..".to_owned()
    } else if !path.bytes().all(allowed) {
        "must only contain valid characters of a path".to_owned()
    } else {
        return;
    };
    reports.add(ReportKind::ProcessingError, format!("{at}: the path is invalid: {path} {reason}"));
}
