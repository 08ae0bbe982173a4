//! How a route forwards: the host that the backend sees, headers, time limit, retries.

use std::collections::HashSet;

use gloo_proxy_model::{HostRewrite, ProtoDuration, RetryPolicy, Route, RouteOptions};
use knative_ingress_model::{GoDuration, HttpIngressPath, HttpRetry};

use super::{context::Lowering, go_integer::truncated, headers, hosts::Whose};
use crate::{
    Code,
    check::host::{self, Wildcard},
    diagnostics::{field_path::FieldPath, quoted::Quoted},
    options::dialect::{Retries, Timeout},
};

const NANOS_PER_MILLI: i64 = 1_000_000;

/// The longest that Envoy takes: it counts milliseconds in a way that a nanosecond more overflows.
const LONGEST: GoDuration = GoDuration::from_nanos(9_223_372_035_999_999_999);

/// Adds to `route`, whose backends may be gateways, how `path` wants it done.
pub(crate) fn add_options(
    route: Route,
    reaches_gateway: bool,
    path: &HttpIngressPath,
    at: &FieldPath<'_>,
    lowering: &mut Lowering<'_>,
) -> Route {
    let contract = lowering.settings.contract;
    let header_manipulation = headers::set_headers(&path.append_headers, at, lowering);
    if contract.validates {
        report_headers_set_twice(path, at, lowering);
    }
    let host_rewrite = if contract.supports_fields_since_2020 {
        host_rewrite(&path.rewrite_host, reaches_gateway, at, lowering)
    } else {
        None
    };
    let options = RouteOptions {
        timeout: route_timeout(path.timeout, at, lowering),
        retries: route_retries(path.retries.as_ref(), at, lowering).map(Box::new),
        host_rewrite,
        header_manipulation: header_manipulation.map(Box::new),
        ..RouteOptions::default()
    };
    Route { options: Some(options), ..route }
}

/// Knative leaves open which value counts; with Envoy it is the path's, which is set last.
fn report_headers_set_twice(path: &HttpIngressPath, at: &FieldPath<'_>, lowering: &mut Lowering<'_>) {
    if path.append_headers.is_empty() {
        return;
    }
    let splits = at.field("splits");
    let of_path: HashSet<String> = path.append_headers.keys().map(|name| name.to_ascii_lowercase()).collect();
    for (index, split) in path.splits.iter().flatten().enumerate() {
        let at = splits.index(index);
        let at = at.field("appendHeaders");
        for name in split.append_headers.keys() {
            if of_path.contains(&name.to_ascii_lowercase()) {
                let message = "the path sets this header too, and its value wins: expected it in one place";
                lowering.diagnostics.warning(Code::HeaderSetTwice, at.key(name), message);
            }
        }
    }
}

fn host_rewrite(
    rewrite_host: &str,
    reaches_gateway: bool,
    at: &FieldPath<'_>,
    lowering: &mut Lowering<'_>,
) -> Option<HostRewrite> {
    let at = at.field("rewriteHost");
    let settings = lowering.settings;
    let host = host::normalized(rewrite_host);
    let own = lowering.tenant;
    if reaches_gateway {
        // Any other name, a short one of the own namespace too, could be a host of another tenant's whose backend is a
        // gateway again.
        let is_allowed =
            |namespace: &str| !lowering.is_foreign(namespace) || settings.options.allow_foreign_cluster_hosts;
        if !host::service_namespace(&host, &settings.service_suffix).is_some_and(is_allowed) {
            let found = match rewrite_host {
                "" => "missing rewriteHost".to_owned(),
                written => format!("invalid rewriteHost {}", Quoted(written)),
            };
            let message = format_args!(
                "{found} where the backend is a gateway: expected the full name of a service in {}, \
                 \"<service>.{own}{}\"",
                Quoted(own),
                settings.service_suffix
            );
            lowering.diagnostics.error(Code::ForeignRewriteHost, at, message);
            return None;
        }
    }
    if rewrite_host.is_empty() {
        return None;
    }
    if let Some(fault) = host::fault(&host, Wildcard::Refused) {
        let message = format_args!("{} {fault}: expected a DNS name", Quoted(rewrite_host));
        lowering.diagnostics.error(Code::InvalidRewriteHost, at, message);
        return None;
    }
    let foreign = lowering.foreign_namespace(&host).or_else(|| {
        // `a.b` may be a public name, but it may as well be service `a` of namespace `b`.
        host::short_namespace(&host).filter(|namespace| {
            lowering.is_foreign(namespace) && !settings.options.allow_foreign_cluster_hosts
        })
    });
    if let Some(namespace) = foreign {
        let message = format_args!(
            "{} is, or may be, a service of {}: expected one of {}, or a name outside the cluster",
            Quoted(rewrite_host),
            Whose(namespace),
            Quoted(own)
        );
        lowering.diagnostics.error(Code::ForeignRewriteHost, at, message);
        return None;
    }
    Some(HostRewrite::Literal(host.into_owned()))
}

fn route_timeout(
    timeout: Option<GoDuration>,
    at: &FieldPath<'_>,
    lowering: &mut Lowering<'_>,
) -> Option<ProtoDuration> {
    let at = at.field("timeout");
    match (lowering.settings.contract.timeout, timeout) {
        (Timeout::GivenOrNone, None) => Some(ProtoDuration::ZERO),
        (Timeout::GivenOrNone, Some(given)) => Some(checked_timeout(given, &at, lowering)),
        (Timeout::GivenOrEnvoys, given) => given.map(as_proto),
        (Timeout::Envoys, None) => None,
        (Timeout::Envoys, Some(_)) => {
            lowering.ignored(&at);
            None
        }
    }
}

fn route_retries(
    retries: Option<&HttpRetry>,
    at: &FieldPath<'_>,
    lowering: &mut Lowering<'_>,
) -> Option<RetryPolicy> {
    let retries = retries?;
    let at = at.field("retries");
    let HttpRetry { attempts, per_try_timeout, unknown } = retries;
    lowering.unknown(unknown, &at);
    match lowering.settings.contract.retries {
        Retries::Never => {
            lowering.ignored(&at);
            None
        }
        Retries::Unconditional => Some(RetryPolicy {
            num_retries: truncated(*attempts),
            per_try_timeout: per_try_timeout.map(as_proto),
            ..RetryPolicy::default()
        }),
        Retries::OnFailure => {
            let per_try_timeout =
                per_try_timeout.map(|given| checked_timeout(given, &at.field("perTryTimeout"), lowering));
            match u32::try_from(*attempts) {
                Ok(0) => {
                    if per_try_timeout.is_some() {
                        let message = "no effect without attempts, of which there are 0";
                        let at = at.field("perTryTimeout");
                        lowering.diagnostics.warning(Code::ObsoleteField, at, message);
                    }
                    None
                }
                Ok(num_retries) => Some(RetryPolicy {
                    // January 2020's contract retried every 5xx, its conformance test a 500. To Envoy this takes in failed connections.
                    retry_on: "5xx".to_owned(),
                    num_retries,
                    per_try_timeout,
                    ..RetryPolicy::default()
                }),
                Err(_) => {
                    let message = format_args!("{attempts} attempts: expected 0 to {}", u32::MAX);
                    lowering.diagnostics.error(Code::InvalidRetries, at.field("attempts"), message);
                    None
                }
            }
        }
    }
}

fn checked_timeout(given: GoDuration, at: &FieldPath<'_>, lowering: &mut Lowering<'_>) -> ProtoDuration {
    let nanos = given.as_nanos();
    if nanos < 0 {
        let message = format_args!("{given} is negative: expected 0s (none) or more");
        lowering.diagnostics.error(Code::InvalidTimeout, at, message);
    } else if given > LONGEST {
        let message = format_args!("{given} is more than Envoy can count: expected at most {LONGEST}");
        lowering.diagnostics.error(Code::InvalidTimeout, at, message);
    } else if nanos > 0 && nanos < NANOS_PER_MILLI {
        lowering.diagnostics.warning(Code::RoundedTimeout, at, format_args!("{given} is rounded up to 1ms"));
        return ProtoDuration::from_nanos(NANOS_PER_MILLI);
    }
    as_proto(given)
}

const fn as_proto(given: GoDuration) -> ProtoDuration {
    ProtoDuration::from_nanos(given.as_nanos())
}
