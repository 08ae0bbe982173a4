use gloo_proxy_model::{HostRewrite, Matcher, RetryPolicy, Route, RouteOptions};
use serde_json::{Map, Value, json};

use super::report::Reports;
use super::{Environment, action, duration, headers, matcher};

/// The Envoy routes of one Gloo route: one for each matcher, in their order.
pub(crate) fn build(
    route: &Route,
    virtual_host: &str,
    index: usize,
    environment: &Environment,
    reports: &mut Reports,
) -> Vec<Value> {
    let Route { matchers, action, options, name, metadata: _, unknown } = route;
    let mut base = format!("{virtual_host}-route-{index}");
    if !name.is_empty() {
        base.push('-');
        base.push_str(name);
    }
    reports.unsupported(&base, &[], unknown);
    // A route without an action: Gloo says nothing of it, Envoy refuses it.
    let mut common = Map::new();
    let action = action.as_ref().and_then(|action| action::build(action, &base, environment, reports));
    if let Some((field, value)) = action {
        common.insert(field.to_owned(), value);
    }
    if let Some(options) = options {
        apply_options(options, &mut common, &base, reports);
    }
    if matchers.is_empty() {
        // Gloo's default matcher is every request; such a route goes without a name.
        common.insert("match".to_owned(), json!({ "prefix": "/" }));
        return vec![Value::Object(common)];
    }
    let named = |(index, matcher): (usize, &Matcher)| {
        let name = format!("{base}-matcher-{index}");
        let mut out = common.clone();
        out.insert(
            "match".to_owned(),
            matcher::build(matcher, environment.regex_max_program_size, &name, reports),
        );
        out.insert("name".to_owned(), json!(name));
        Value::Object(out)
    };
    matchers.iter().enumerate().map(named).collect()
}

fn apply_options(options: &RouteOptions, route: &mut Map<String, Value>, at: &str, reports: &mut Reports) {
    let RouteOptions {
        timeout,
        retries,
        prefix_rewrite,
        regex_rewrite,
        host_rewrite,
        append_x_forwarded_host,
        header_manipulation,
        upgrades,
        max_stream_duration,
        idle_timeout,
        unknown,
    } = options;
    let mut forwarding = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            forwarding.insert(name.to_owned(), value);
        }
    };
    put("timeout", timeout.map(duration));
    put("retryPolicy", retries.as_ref().map(|policy| retry_policy(policy, at, reports)));
    put(
        "prefixRewrite",
        prefix_rewrite.as_ref().filter(|prefix| !prefix.is_empty()).map(|prefix| json!(prefix)),
    );
    put("appendXForwardedHost", append_x_forwarded_host.filter(|append| *append).map(|append| json!(append)));
    put("idleTimeout", idle_timeout.map(duration));
    let mut path_regex = false;
    match host_rewrite {
        Some(HostRewrite::Literal(host)) => put("hostRewriteLiteral", Some(json!(host))),
        Some(HostRewrite::Auto(auto)) => put("autoHostRewrite", Some(json!(auto))),
        Some(HostRewrite::Header(header)) => put("hostRewriteHeader", Some(json!(header))),
        Some(HostRewrite::PathRegex(_)) => path_regex = true,
        None => {}
    }
    if let Some(action) = route.get_mut("route").and_then(Value::as_object_mut) {
        action.extend(forwarding);
    }
    let left_out = [
        ("regexRewrite", regex_rewrite.is_some()),
        ("hostRewritePathRegex", path_regex),
        ("upgrades", !upgrades.is_empty()),
        ("maxStreamDuration", max_stream_duration.is_some()),
    ];
    reports.unsupported(at, &left_out, unknown);
    if let Some(manipulation) = header_manipulation {
        headers::apply(manipulation, route, at, reports);
    }
}

fn retry_policy(policy: &RetryPolicy, at: &str, reports: &mut Reports) -> Value {
    let RetryPolicy {
        retry_on,
        num_retries,
        per_try_timeout,
        retry_back_off,
        priority_predicate,
        retriable_status_codes,
        unknown,
    } = policy;
    let left_out =
        [("retryBackOff", retry_back_off.is_some()), ("previousPriorities", priority_predicate.is_some())];
    reports.unsupported(at, &left_out, unknown);
    let mut out = Map::from_iter([("numRetries".to_owned(), json!((*num_retries).max(1)))]);
    if !retry_on.is_empty() {
        out.insert("retryOn".to_owned(), json!(retry_on));
    }
    if let Some(limit) = per_try_timeout {
        out.insert("perTryTimeout".to_owned(), duration(*limit));
    }
    if !retriable_status_codes.is_empty() {
        out.insert("retriableStatusCodes".to_owned(), json!(retriable_status_codes));
    }
    Value::Object(out)
}
