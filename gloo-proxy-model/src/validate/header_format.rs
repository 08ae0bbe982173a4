//! Envoy's format strings in header values. The commands and the parameters that Envoy 1.40 accepts were found by trying each
//! one.

/// Checks the value of a header: each `%` must be doubled or begin a command that Envoy knows.
pub(super) fn check(value: &str) -> Result<(), &'static str> {
    let mut rest = value;
    while let Some((_, after)) = rest.split_once('%') {
        rest = match after.strip_prefix('%') {
            Some(rest) => rest,
            None => check_command(after)?,
        };
    }
    Ok(())
}

/// Checks `COMMAND%…`, `COMMAND(parameters)%…` or `COMMAND(parameters):length%…`; returns what follows.
fn check_command(text: &str) -> Result<&str, &'static str> {
    const UNESCAPED: &str = "each % to begin a command or to be doubled";
    let end =
        text.find(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')).ok_or(UNESCAPED)?;
    let (name, rest) = text.split_at_checked(end).ok_or(UNESCAPED)?;
    let (parameters, rest) = match rest.strip_prefix('(') {
        Some(rest) => {
            rest.split_once(')').map(|(parameters, rest)| (Some(parameters), rest)).ok_or(UNESCAPED)?
        }
        None => (None, rest),
    };
    let (length, rest) = rest.split_once('%').ok_or(UNESCAPED)?;
    let has_length = length
        .strip_prefix(':')
        .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()));
    if has_length == length.is_empty() {
        return Err(UNESCAPED);
    }
    if fits(name, parameters, has_length) {
        Ok(rest)
    } else {
        Err("commands that Envoy knows, with their parameters")
    }
}

fn fits(name: &str, parameters: Option<&str>, has_length: bool) -> bool {
    match (parameters, has_length) {
        (None, false) => PLAIN.contains(&name) || OPTIONAL.contains(&name) || WHOLE_OR_CUT.contains(&name),
        (None, true) => WHOLE_OR_CUT.contains(&name),
        (Some(""), _) => false,
        (Some(parameters), has_length) => {
            (OPTIONAL.contains(&name) && !has_length)
                || (HEADERS.contains(&name) && names_headers(parameters))
                || (STATES.contains(&name) && names_state(parameters))
                || CUT.contains(&name)
                || (WHOLE.contains(&name) && !has_length)
        }
    }
}

/// A header name, with or without `:` before it, and optionally `?` and an alternative name.
fn names_headers(parameters: &str) -> bool {
    let mut names = parameters.split('?');
    let valid = |name: &str| {
        let name = name.strip_prefix(':').unwrap_or(name);
        !name.is_empty() && name.bytes().all(is_token)
    };
    names.by_ref().take(2).all(valid) && names.next().is_none()
}

/// Whether RFC 9110 allows the character in a header name.
pub(super) fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// The key of an object, and optionally `:` and its format.
fn names_state(parameters: &str) -> bool {
    match parameters.split_once(':') {
        None => true,
        Some((key, how)) => !key.is_empty() && ["PLAIN", "TYPED"].contains(&how),
    }
}

/// With the names of headers; may be cut to a length.
const HEADERS: &[&str] = &["REQ", "RESP", "TRAILER", "REQUEST_HEADER", "RESPONSE_HEADER", "RESPONSE_TRAILER"];

/// With the key of an object; may be cut to a length.
const STATES: &[&str] = &["FILTER_STATE", "UPSTREAM_FILTER_STATE"];

/// With parameters; may be cut to a length.
const CUT: &[&str] = &["DYNAMIC_METADATA", "ENVIRONMENT", "QUERY_PARAM"];

/// With parameters; can't be cut.
const WHOLE: &[&str] = &["CLUSTER_METADATA", "UPSTREAM_METADATA", "PER_REQUEST_STATE"];

/// Without parameters; may be cut to a length.
const WHOLE_OR_CUT: &[&str] = &["QUERY_PARAMS", "PATH"];

/// With or without parameters.
const OPTIONAL: &[&str] = &[
    "DOWNSTREAM_DIRECT_LOCAL_ADDRESS_WITHOUT_PORT",
    "DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT",
    "DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT",
    "DOWNSTREAM_PEER_CERT_V_END",
    "DOWNSTREAM_PEER_CERT_V_START",
    "DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT",
    "EMIT_TIME",
    "RESPONSE_CODE_DETAILS",
    "START_TIME",
    "START_TIME_LOCAL",
    "UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT",
    "UPSTREAM_PEER_CERT_V_END",
    "UPSTREAM_PEER_CERT_V_START",
    "UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT",
];

/// Without parameters.
const PLAIN: &[&str] = &[
    "ACCESS_LOG_TYPE",
    "BYTES_RECEIVED",
    "BYTES_RETRANSMITTED",
    "BYTES_SENT",
    "CONNECTION_ID",
    "CONNECTION_TERMINATION_DETAILS",
    "CUSTOM_FLAGS",
    "DOWNSTREAM_DETECTED_CLOSE_TYPE",
    "DOWNSTREAM_DIRECT_LOCAL_ADDRESS",
    "DOWNSTREAM_DIRECT_LOCAL_PORT",
    "DOWNSTREAM_DIRECT_REMOTE_ADDRESS",
    "DOWNSTREAM_DIRECT_REMOTE_PORT",
    "DOWNSTREAM_HANDSHAKE_DURATION",
    "DOWNSTREAM_HEADER_BYTES_RECEIVED",
    "DOWNSTREAM_HEADER_BYTES_SENT",
    "DOWNSTREAM_LOCAL_ADDRESS",
    "DOWNSTREAM_LOCAL_CLOSE_REASON",
    "DOWNSTREAM_LOCAL_DNS_SAN",
    "DOWNSTREAM_LOCAL_EMAIL_SAN",
    "DOWNSTREAM_LOCAL_IP_SAN",
    "DOWNSTREAM_LOCAL_OTHERNAME_SAN",
    "DOWNSTREAM_LOCAL_PORT",
    "DOWNSTREAM_LOCAL_SUBJECT",
    "DOWNSTREAM_LOCAL_URI_SAN",
    "DOWNSTREAM_PEER_CERT",
    "DOWNSTREAM_PEER_CHAIN_FINGERPRINTS_1",
    "DOWNSTREAM_PEER_CHAIN_FINGERPRINTS_256",
    "DOWNSTREAM_PEER_CHAIN_SERIALS",
    "DOWNSTREAM_PEER_DNS_SAN",
    "DOWNSTREAM_PEER_EMAIL_SAN",
    "DOWNSTREAM_PEER_FINGERPRINT_1",
    "DOWNSTREAM_PEER_FINGERPRINT_256",
    "DOWNSTREAM_PEER_IP_SAN",
    "DOWNSTREAM_PEER_ISSUER",
    "DOWNSTREAM_PEER_OTHERNAME_SAN",
    "DOWNSTREAM_PEER_SERIAL",
    "DOWNSTREAM_PEER_SUBJECT",
    "DOWNSTREAM_PEER_URI_SAN",
    "DOWNSTREAM_REMOTE_ADDRESS",
    "DOWNSTREAM_REMOTE_PORT",
    "DOWNSTREAM_TLS_CIPHER",
    "DOWNSTREAM_TLS_SESSION_ID",
    "DOWNSTREAM_TLS_VERSION",
    "DOWNSTREAM_TRANSPORT_FAILURE_REASON",
    "DOWNSTREAM_WIRE_BYTES_RECEIVED",
    "DOWNSTREAM_WIRE_BYTES_SENT",
    "DURATION",
    "FILTER_CHAIN_NAME",
    "GRPC_STATUS",
    "GRPC_STATUS_NUMBER",
    "HOSTNAME",
    "LOCAL_REPLY_BODY",
    "PACKETS_RETRANSMITTED",
    "PROTOCOL",
    "REQUESTED_SERVER_NAME",
    "REQUEST_DURATION",
    "REQUEST_HEADERS_BYTES",
    "REQUEST_TX_DURATION",
    "RESPONSE_CODE",
    "RESPONSE_DURATION",
    "RESPONSE_FLAGS",
    "RESPONSE_FLAGS_LONG",
    "RESPONSE_HEADERS_BYTES",
    "RESPONSE_TRAILERS_BYTES",
    "RESPONSE_TX_DURATION",
    "ROUNDTRIP_DURATION",
    "ROUTE_NAME",
    "SPAN_ID",
    "STREAM_ID",
    "TLS_JA3_FINGERPRINT",
    "TLS_JA4_FINGERPRINT",
    "TRACE_ID",
    "UNIQUE_ID",
    "UPSTREAM_CLUSTER",
    "UPSTREAM_CLUSTER_RAW",
    "UPSTREAM_CONNECTION_ID",
    "UPSTREAM_CONNECTION_POOL_READY_DURATION",
    "UPSTREAM_DETECTED_CLOSE_TYPE",
    "UPSTREAM_HEADER_BYTES_RECEIVED",
    "UPSTREAM_HEADER_BYTES_SENT",
    "UPSTREAM_HOST",
    "UPSTREAM_HOSTS_ATTEMPTED",
    "UPSTREAM_HOST_NAME",
    "UPSTREAM_HOST_NAME_WITHOUT_PORT",
    "UPSTREAM_LOCAL_ADDRESS",
    "UPSTREAM_LOCAL_CLOSE_REASON",
    "UPSTREAM_LOCAL_DNS_SAN",
    "UPSTREAM_LOCAL_PORT",
    "UPSTREAM_LOCAL_URI_SAN",
    "UPSTREAM_PEER_CERT",
    "UPSTREAM_PEER_DNS_SAN",
    "UPSTREAM_PEER_ISSUER",
    "UPSTREAM_PEER_SUBJECT",
    "UPSTREAM_PEER_URI_SAN",
    "UPSTREAM_PROTOCOL",
    "UPSTREAM_REMOTE_ADDRESS",
    "UPSTREAM_REMOTE_PORT",
    "UPSTREAM_REQUEST_ATTEMPT_COUNT",
    "UPSTREAM_TLS_CIPHER",
    "UPSTREAM_TLS_SESSION_ID",
    "UPSTREAM_TLS_VERSION",
    "UPSTREAM_TRANSPORT_FAILURE_REASON",
    "UPSTREAM_WIRE_BYTES_RECEIVED",
    "UPSTREAM_WIRE_BYTES_SENT",
    "VIRTUAL_CLUSTER_NAME",
];

#[cfg(test)]
mod tests {
    use super::check;

    /// Each of these was put into the configuration of Envoy 1.40.
    #[test]
    fn says_of_each_value_what_envoy_says() {
        let accepted = [
            "",
            "%%",
            "100%%",
            "%START_TIME%",
            "%START_TIME(%Y)%",
            "%REQ(x)%",
            "%REQ(x):10%",
            "%REQ(:path)%",
            "%DOWNSTREAM_REMOTE_ADDRESS%",
            "%START_TIME(%s%%)%",
            "%DYNAMIC_METADATA(a:b)%",
            "%ENVIRONMENT(HOME)%",
            "%FILTER_STATE(x:PLAIN)%",
            "%HOSTNAME%",
            "%UPSTREAM_METADATA([\"x\",\"y\"])%",
            "%PATH%",
            "%TRACE_ID%",
        ];
        for value in accepted {
            assert_eq!(check(value), Ok(()), "{value}");
        }
        let refused = [
            "%",
            "100%",
            "%%%",
            "%NOPE%",
            "%nope%",
            "%REQ%",
            "%REQ()%",
            "%REQ(x",
            "%A(b)c%",
            "a%20b",
            "%REQ(a)",
            "%PROTOCOL%%",
            "%%PROTOCOL%",
            "%PROTOCOL",
            "% %",
            "%(x)%",
            "%REQ(x):%",
            "%REQ(x):a%",
            "%CUSTOM1%",
            "%PROTOCOL(x)%",
            "%HOSTNAME:3%",
        ];
        for value in refused {
            assert!(check(value).is_err(), "{value}");
        }
    }
}
