use super::validator::Validator;
use super::violation::ViolationKind;
use crate::{HeaderMatcher, Matcher, PathSpecifier, QueryParameterMatcher};

pub(super) fn check<'p>(at: &mut Validator<'p>, matcher: &'p Matcher) {
    let Matcher { path, case_sensitive: _, headers, query_parameters, methods, unknown: _ } = matcher;
    match path {
        Some(PathSpecifier::Prefix(prefix)) => at.field("prefix", |at| at.url_path(prefix)),
        Some(PathSpecifier::Exact(exact)) => at.field("exact", |at| at.url_path(exact)),
        Some(PathSpecifier::Regex(regex)) => at.field("regex", |at| at.regex(regex)),
        Some(PathSpecifier::Connect) => {}
        None => {
            at.report(ViolationKind::InvalidMatcherError, "missing path: expected prefix, exact or regex")
        }
    }
    at.each("headers", headers, |at, header| {
        let HeaderMatcher { name, value, regex, invert_match: _, unknown: _ } = header;
        at.field("name", |at| {
            at.not_empty(name);
            at.one_line(name);
        });
        check_value(at, value, *regex);
    });
    at.each("queryParameters", query_parameters, |at, parameter| {
        let QueryParameterMatcher { name, value, regex, unknown: _ } = parameter;
        at.field("name", |at| {
            at.not_empty(name);
            at.at_most(1024, name);
        });
        check_value(at, value, *regex);
    });
    // Gloo joins them into one regular expression.
    if !methods.is_empty() {
        at.field("methods", |at| at.regex(&methods.join("|")));
    }
}

/// An empty value only asks for presence, so it is no regular expression.
fn check_value(at: &mut Validator, value: &str, regex: bool) {
    if regex && !value.is_empty() {
        at.field("value", |at| at.regex(value));
    }
}
