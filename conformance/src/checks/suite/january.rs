//! The tests that were others in January 2020 (knative/serving 0.12). Ingresses are created as they are: defaults and
//! validation were the webhook's, `httpOption` did not exist.
//!
//! Three of them look at few requests and narrow margins: a gateway that shares out perfectly fails one in some hundred
//! runs. Another gives a busy machine a tenth of a second. Each of these may therefore be repeated twice.

use futures_util::future::try_join_all;
use knative_gloo_translate::Scheme;
use knative_ingress_model::{GoDuration, HttpIngressPath, HttpRetry};
use std::sync::atomic::AtomicU64;

use super::context::{Context, PortName, ok};
use super::dispatch::{halves_of_a_path, shares_hold, ten_shares};
use super::headers::{split_evenly, values_seen};
use super::ingress::public;
use super::tls::{https, with_certificate};
use super::{TestResult, backend, path};
use crate::checks::failure::ensure;
use crate::testbed::backend::App;
use crate::testbed::client;

pub(super) async fn http2(context: Context) -> TestResult {
    super::basics::http2_over(context, PortName::Http2).await
}

/// Ten backends of a tenth each; a hundred requests must reach all.
pub(super) async fn post_split(context: Context) -> TestResult {
    let once = || post_split_once(&context);
    up_to_three_times(once).await
}

async fn post_split_once(context: &Context) -> TestResult {
    let (ingress, host, names) = split_evenly(context, 10).await?;
    let seen = values_seen(context, &ingress, &host, None, &names).await?;
    ensure!(seen == names, "100 requests reached {} of 10 backends", seen.len());
    Ok(())
}

pub(super) async fn multiple_hosts(context: Context) -> TestResult {
    let hosts = [
        "foo.com",
        "www.foo.com",
        "a-b-1.something-really-really-long.knative.dev",
        "add.your.interesting.domain.here.io",
    ];
    super::hosts::all_answer(context, &hosts.map(str::to_owned)).await
}

/// One request after the other, within five points.
pub(super) async fn percentage(context: Context) -> TestResult {
    let (splits, expected) = ten_shares(&context).await?;
    let host = context.host(&context.unique());
    let spec = public(std::slice::from_ref(&host), vec![path("", splits)]);
    let ingress = context.apply_ready(context.build_2020(&context.unique(), spec)).await?;
    let request = context.request(&ingress, Scheme::Http, &host, "")?;
    let once = || shares_hold(&request, &expected, 1, 5.0);
    up_to_three_times(once).await
}

pub(super) async fn path_and_percentage(context: Context) -> TestResult {
    let once = || halves_of_a_path(context.clone(), 100, 1, 15);
    up_to_three_times(once).await
}

/// Plain first, then TLS: a certificate adds TLS and takes nothing away.
pub(super) async fn tls(context: Context) -> TestResult {
    let (spec, host, certificate) = with_certificate(&context, None).await?;
    let ingress = context.apply_ready(context.build_2020(&context.unique(), spec)).await?;
    ok(&context.request(&ingress, Scheme::Http, &host, "")?).await?;
    ok(&https(&context, &ingress, &host, &certificate)?).await?;
    Ok(())
}

/// A backend that answers every i-th request: with i - 1 retries every client is served, with one less every other.
pub(super) async fn retry(context: Context) -> TestResult {
    let cases = (2..11_u8).flat_map(|period| [(period, true), (period, false)]);
    let one = |(period, enough): (u8, bool)| {
        let context = context.clone();
        async move {
            let app = App::Flaky { period: period.into(), seen: AtomicU64::new(0) };
            let service = context.service(app, PortName::Http1).await?;
            let host = context.host(&service.name);
            let attempts = i64::from(period).saturating_sub(if enough { 1 } else { 2 });
            let retries = HttpRetry { attempts, ..HttpRetry::default() };
            let path =
                HttpIngressPath { retries: Some(retries), ..path("", vec![backend(&service, 100, None)]) };
            let spec = public(std::slice::from_ref(&host), vec![path]);
            let ingress = context.apply_ready(context.build_2020(&context.unique(), spec)).await?;
            let request = context.request(&ingress, Scheme::Http, &host, "")?;
            let wanted = if enough { [200; 5] } else { [500, 200, 500, 200, 500] };
            for wanted in wanted {
                let status = client::send(&request).await?.status;
                ensure!(
                    status == wanted,
                    "{attempts} retries where every {period}. request is answered: status {status}, wanted {wanted}"
                );
            }
            Ok(())
        }
    };
    try_join_all(cases.map(one)).await?;
    Ok(())
}

/// One second for the answer to begin; its body may take longer.
pub(super) async fn timeout(context: Context) -> TestResult {
    let service = context.service(App::Timeout, PortName::Http1).await?;
    let host = context.host(&service.name);
    let timeout = GoDuration::from_nanos(1_000_000_000);
    let path = HttpIngressPath { timeout: Some(timeout), ..path("", vec![backend(&service, 100, None)]) };
    let spec = public(std::slice::from_ref(&host), vec![path]);
    let ingress = context.apply_ready(context.build_2020(&context.unique(), spec)).await?;
    let cases = [(0, 0, 200), (0, 2000, 200), (900, 0, 200), (1100, 0, 504)];
    let once = || super::timeout::all_answer(&context, &ingress, &host, &cases);
    up_to_three_times(once).await
}

async fn up_to_three_times<F: Future<Output = TestResult>>(once: impl Fn() -> F) -> TestResult {
    if once().await.is_ok() || once().await.is_ok() { Ok(()) } else { once().await }
}
