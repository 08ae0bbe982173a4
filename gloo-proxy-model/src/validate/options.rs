use super::headers;
use super::validator::Validator;
use super::violation::ViolationKind;
use crate::{
    HostRewrite, HttpConnectionManagerSettings, MaxStreamDuration, ProtoDuration, ProtocolUpgrade,
    RegexPattern, RegexRewrite, RetryBackOff, RetryPolicy, RouteOptions, UpgradeType, VirtualHostOptions,
};

pub(super) fn check_route<'p>(at: &mut Validator<'p>, options: &'p RouteOptions) {
    let RouteOptions {
        timeout,
        retries,
        prefix_rewrite,
        regex_rewrite,
        host_rewrite,
        append_x_forwarded_host: _,
        header_manipulation,
        upgrades,
        max_stream_duration,
        idle_timeout,
        unknown: _,
    } = options;
    at.duration("timeout", timeout.as_ref());
    at.optional("retries", retries.as_deref(), check_retries);
    at.optional("prefixRewrite", prefix_rewrite.as_ref(), |at, prefix| at.url_path(prefix));
    at.optional("regexRewrite", regex_rewrite.as_deref(), check_regex_rewrite);
    if regex_rewrite.is_some() && prefix_rewrite.as_ref().is_some_and(|prefix| !prefix.is_empty()) {
        at.report(
            ViolationKind::Conflict,
            "invalid options prefixRewrite and regexRewrite: expected one of them",
        );
    }
    match host_rewrite {
        Some(HostRewrite::Literal(host)) => at.field("hostRewrite", |at| at.one_line(host)),
        Some(HostRewrite::Header(header)) => at.field("hostRewriteHeader", |at| at.one_line(header)),
        Some(HostRewrite::PathRegex(rewrite)) => {
            at.field("hostRewritePathRegex", |at| check_regex_rewrite(at, rewrite));
        }
        Some(HostRewrite::Auto(_)) | None => {}
    }
    at.optional("headerManipulation", header_manipulation.as_deref(), headers::check);
    check_upgrades(at, upgrades);
    at.optional("maxStreamDuration", max_stream_duration.as_deref(), |at, limits| {
        let MaxStreamDuration {
            max_stream_duration,
            grpc_timeout_header_max,
            grpc_timeout_header_offset,
            unknown: _,
        } = limits;
        at.duration("maxStreamDuration", max_stream_duration.as_ref());
        at.duration("grpcTimeoutHeaderMax", grpc_timeout_header_max.as_ref());
        at.duration("grpcTimeoutHeaderOffset", grpc_timeout_header_offset.as_ref());
    });
    at.duration("idleTimeout", idle_timeout.as_ref());
}

pub(super) fn check_virtual_host<'p>(at: &mut Validator<'p>, options: &'p VirtualHostOptions) {
    let VirtualHostOptions {
        retries,
        header_manipulation,
        include_request_attempt_count: _,
        include_attempt_count_in_response: _,
        unknown: _,
    } = options;
    at.optional("retries", retries.as_deref(), check_retries);
    at.optional("headerManipulation", header_manipulation.as_deref(), headers::check);
}

fn check_retries<'p>(at: &mut Validator<'p>, retries: &'p RetryPolicy) {
    let RetryPolicy {
        retry_on: _,
        num_retries: _,
        per_try_timeout,
        retry_back_off,
        priority_predicate: _,
        retriable_status_codes: _,
        unknown: _,
    } = retries;
    at.duration("perTryTimeout", per_try_timeout.as_ref());
    at.optional("retryBackOff", retry_back_off.as_deref(), |at, wait| {
        let RetryBackOff { base_interval, max_interval, unknown: _ } = wait;
        let base = base_interval.unwrap_or_default();
        if base <= ProtoDuration::ZERO {
            at.field("baseInterval", |at| {
                at.report(
                    ViolationKind::InvalidNumber,
                    format_args!("invalid duration {base}: expected more than 0s"),
                );
            });
        }
        if let Some(max) = max_interval.filter(|max| *max < base || *max <= ProtoDuration::ZERO) {
            at.field("maxInterval", |at| {
                let message = format!(
                    "invalid duration {max}: expected more than 0s and at least baseInterval ({base})"
                );
                at.report(ViolationKind::InvalidNumber, message);
            });
        }
    });
}

pub(super) fn check_regex_rewrite<'p>(at: &mut Validator<'p>, rewrite: &'p RegexRewrite) {
    let RegexRewrite { pattern, substitution, unknown: _ } = rewrite;
    match pattern {
        Some(RegexPattern { regex, google_re2, unknown: _ }) => at.field("pattern", |at| {
            let own = google_re2.as_ref().and_then(|re2| re2.max_program_size);
            let limit = own.unwrap_or(at.limits.max_program_size);
            at.field("regex", |at| at.regex_within(regex, limit));
        }),
        None => at.report(ViolationKind::MissingValue, "missing pattern: expected a regular expression"),
    }
    at.field("substitution", |at| at.one_line(substitution));
}

pub(super) fn check_connection_manager<'p>(
    at: &mut Validator<'p>,
    settings: &'p HttpConnectionManagerSettings,
) {
    let HttpConnectionManagerSettings {
        use_remote_address: _,
        xff_num_trusted_hops: _,
        stream_idle_timeout,
        request_timeout,
        idle_timeout,
        max_stream_duration,
        upgrades,
        strip_any_host_port: _,
        merge_slashes: _,
        normalize_path: _,
        codec_type: _,
        accept_http_10: _,
        proxy_100_continue: _,
        unknown: _,
    } = settings;
    at.duration("streamIdleTimeout", stream_idle_timeout.as_ref());
    at.duration("requestTimeout", request_timeout.as_ref());
    at.duration("idleTimeout", idle_timeout.as_ref());
    at.duration("maxStreamDuration", max_stream_duration.as_ref());
    check_upgrades(at, upgrades);
}

/// Envoy accepts each upgrade once. `connect` and `connectTerminate` are the same upgrade.
fn check_upgrades<'p>(at: &mut Validator<'p>, upgrades: &'p [ProtocolUpgrade]) {
    let (mut websocket, mut connect) = (false, false);
    at.each("upgrades", upgrades, |at, upgrade| {
        let ProtocolUpgrade { upgrade_type, unknown: _ } = upgrade;
        let (name, seen) = match upgrade_type {
            Some(UpgradeType::Websocket(_)) => ("websocket", &mut websocket),
            Some(UpgradeType::Connect(_) | UpgradeType::ConnectTerminate(_)) => ("CONNECT", &mut connect),
            None => return,
        };
        if std::mem::replace(seen, true) {
            at.report(ViolationKind::Conflict, format_args!("invalid upgrade {name}: expected at most once"));
        }
    });
}
