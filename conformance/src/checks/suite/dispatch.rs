use knative_gloo_translate::Scheme;
use knative_ingress_model::{HttpIngressPath, IngressBackendSplit, IngressSpec, Visibility};

use super::context::{Context, PortName, ok};
use super::ingress::{one_header, public};
use super::shares::{is_share, observe};
use super::{TestResult, backend, path, rule};
use crate::checks::Failure;
use crate::checks::failure::ensure;
use crate::testbed::client::Request;

pub(super) const WHICH: &str = "Which-Backend";
const HEADER: &str = "Foo-Bar-Baz";

/// The shares of the suite's percentage tests.
const PERCENTAGES: [i64; 10] = [1, 2, 4, 8, 16, 32, 37, 0, 0, 0];

/// Paths and the names of their backends, the one without a path last.
pub(super) async fn four_paths(
    context: &Context,
) -> Result<(Vec<HttpIngressPath>, Vec<(&'static str, String)>), Failure> {
    let (mut paths, mut expected) = (Vec::new(), Vec::new());
    for prefix in ["/foo", "/bar", "/baz", ""] {
        let service = context.echo(PortName::Http1).await?;
        paths.push(path(prefix, vec![backend(&service, 100, Some((WHICH, &service.name)))]));
        expected.push((prefix, service.name.clone()));
        if prefix.is_empty() {
            expected.push(("/asdf", service.name));
        }
    }
    Ok((paths, expected))
}

/// Asks for each path and looks who answers.
pub(super) async fn each_answers(request: &Request, expected: &[(&'static str, String)]) -> TestResult {
    for (path, wanted) in expected {
        let mut request = request.clone();
        request.path = if path.is_empty() { "/".to_owned() } else { (*path).to_owned() };
        let echo = ok(&request).await?;
        let seen = echo.header(WHICH);
        ensure!(seen == Some(wanted), "{path:?} went to {seen:?}, wanted {wanted}");
    }
    Ok(())
}

pub(super) async fn by_path(context: Context) -> TestResult {
    let (paths, expected) = four_paths(&context).await?;
    let host = context.host(&context.unique());
    let ingress = context.create_ready(&context.unique(), public(std::slice::from_ref(&host), paths)).await?;
    each_answers(&context.request(&ingress, Scheme::Http, &host, "")?, &expected).await
}

/// Ten backends of very different shares, each with a header that names it.
pub(super) async fn ten_shares(
    context: &Context,
) -> Result<(Vec<IngressBackendSplit>, Vec<(String, i64)>), Failure> {
    let (mut splits, mut expected) = (Vec::new(), Vec::new());
    for percent in PERCENTAGES {
        let service = context.echo(PortName::Http1).await?;
        splits.push(backend(&service, percent, Some((HEADER, &service.name))));
        expected.push((service.name, percent));
    }
    Ok((splits, expected))
}

/// 1000 requests, so many at a time; every share within so many points.
pub(super) async fn shares_hold(
    request: &Request,
    expected: &[(String, i64)],
    workers: usize,
    margin: f64,
) -> TestResult {
    let seen = observe(request, HEADER, 1000, workers).await?;
    for (name, wanted) in expected {
        let times = seen.get(name).copied().unwrap_or_default();
        ensure!(is_share(times, 1000, *wanted, margin), "{name} answered {times} of 1000, wanted {wanted} %");
    }
    Ok(())
}

pub(super) async fn percentage(context: Context) -> TestResult {
    let (splits, expected) = ten_shares(&context).await?;
    let host = context.host(&context.unique());
    let spec = public(std::slice::from_ref(&host), vec![path("", splits)]);
    let ingress = context.create_ready(&context.unique(), spec).await?;
    shares_hold(&context.request(&ingress, Scheme::Http, &host, "")?, &expected, 8, 10.0).await
}

pub(super) async fn path_and_percentage(context: Context) -> TestResult {
    halves_of_a_path(context, 1000, 8, 150).await
}

/// A path of two halves beside one of another backend; `count` requests for the first, each half within `margin`.
pub(super) async fn halves_of_a_path(
    context: Context,
    count: u32,
    workers: usize,
    margin: u32,
) -> TestResult {
    let mut halves = Vec::new();
    let mut names = Vec::new();
    for _ in 0..2 {
        let service = context.echo(PortName::Http1).await?;
        halves.push(backend(&service, 50, Some((WHICH, &service.name))));
        names.push(service.name);
    }
    let rest = context.echo(PortName::Http1).await?;
    let paths = vec![path("/foo", halves), path("", vec![backend(&rest, 100, Some((WHICH, &rest.name)))])];
    let host = context.host(&context.unique());
    let ingress = context.create_ready(&context.unique(), public(std::slice::from_ref(&host), paths)).await?;
    let request = context.request(&ingress, Scheme::Http, &host, "/foo")?;
    let seen = observe(&request, WHICH, usize::try_from(count).unwrap_or_default(), workers).await?;
    let half = count.checked_div(2).unwrap_or_default();
    for (name, times) in seen {
        ensure!(names.contains(&name), "{name:?} answered for /foo");
        ensure!(
            times.abs_diff(half) <= margin,
            "{name} answered {times} of {count}, wanted {half} ± {margin}"
        );
    }
    Ok(())
}

pub(super) async fn by_rule(context: Context) -> TestResult {
    let mut rules = Vec::new();
    let mut expected = Vec::new();
    for label in ["foo", "bar"] {
        let service = context.echo(PortName::Http1).await?;
        let host = context.host(&format!("{label}-{}", context.unique()));
        let path = HttpIngressPath {
            append_headers: one_header(HEADER, &service.name),
            ..path("", vec![backend(&service, 100, None)])
        };
        rules.push(rule(std::slice::from_ref(&host), Visibility::ExternalIp, vec![path]));
        expected.push((host, service.name));
    }
    let spec = IngressSpec { rules, ..IngressSpec::default() };
    let ingress = context.create_ready(&context.unique(), spec).await?;
    for (host, wanted) in expected {
        let echo = context.ok(&ingress, &host, "").await?;
        let seen = echo.header(HEADER);
        ensure!(seen == Some(&wanted), "{host} went to {seen:?}, wanted {wanted}");
    }
    Ok(())
}
