use gloo_proxy_model::{HeaderManipulation, HeaderSource, HeaderValue, RequestHeader, ResponseHeader};
use serde_json::{Map, Value, json};

use super::report::{ReportKind, Reports};

/// Puts a header manipulation beside the fields of a route or a weighted cluster. One header that Gloo refuses takes
/// the whole manipulation with it.
pub(crate) fn apply(
    manipulation: &HeaderManipulation,
    to: &mut Map<String, Value>,
    at: &str,
    reports: &mut Reports,
) {
    let HeaderManipulation {
        request_headers_to_add,
        request_headers_to_remove,
        response_headers_to_add,
        response_headers_to_remove,
        unknown,
    } = manipulation;
    reports.unsupported(at, &[], unknown);
    let added = request_headers_to_add.iter().map(request_header).collect::<Result<Vec<_>, _>>().and_then(
        |request| {
            Ok((request, response_headers_to_add.iter().map(response_header).collect::<Result<_, _>>()?))
        },
    );
    let (request, response): (Vec<Value>, Vec<Value>) = match added {
        Ok(both) => both,
        Err(reason) => return reports.add(ReportKind::ProcessingError, format!("{at}: {reason}")),
    };
    let mut put = |name: &str, values: Vec<Value>| {
        if !values.is_empty() {
            to.insert(name.to_owned(), Value::Array(values));
        }
    };
    let names = |list: &[String]| list.iter().map(|name| json!(name)).collect();
    put("requestHeadersToAdd", request);
    put("requestHeadersToRemove", names(request_headers_to_remove));
    put("responseHeadersToAdd", response);
    put("responseHeadersToRemove", names(response_headers_to_remove));
}

fn request_header(header: &RequestHeader) -> Result<Value, String> {
    let RequestHeader { source, append, unknown: _ } = header;
    match source {
        Some(HeaderSource::Header(header)) => value_option(header, *append),
        Some(HeaderSource::SecretRef(secret)) => Err(format!(
            "header from Secret {}.{}: only plain headers are supported",
            secret.namespace, secret.name
        )),
        None => Err("header without a value".to_owned()),
    }
}

fn response_header(header: &ResponseHeader) -> Result<Value, String> {
    let ResponseHeader { header, append, unknown: _ } = header;
    value_option(header.as_ref().ok_or("header without a value")?, *append)
}

fn value_option(header: &HeaderValue, append: Option<bool>) -> Result<Value, String> {
    let HeaderValue { key, value, unknown: _ } = header;
    if key.starts_with(':') || key.eq_ignore_ascii_case("host") {
        return Err(format!(":-prefixed or host headers may not be modified: {key}"));
    }
    let mut pair = json!({ "key": key });
    if let (Some(pair), false) = (pair.as_object_mut(), value.is_empty()) {
        pair.insert("value".to_owned(), json!(value));
    }
    // Unset and true are Envoy's zero value, which Gloo does not write.
    Ok(match append {
        Some(false) => json!({ "header": pair, "appendAction": "OVERWRITE_IF_EXISTS_OR_ADD" }),
        Some(true) | None => json!({ "header": pair }),
    })
}
