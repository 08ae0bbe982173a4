use std::collections::BTreeSet;

use knative_gloo_translate::Scheme;
use knative_ingress_model::keys::{HASH_HEADER, HASH_OVERRIDE, PROBE_HEADER, PROBE_VALUE, TAG_HEADER};
use knative_ingress_model::{HeaderMatch, Headers, HttpIngressPath, Ingress};

use super::context::{Context, PortName, ok};
use super::ingress::{one_header, public};
use super::{TestResult, backend, path, shape_1};
use crate::checks::failure::ensure;
use crate::testbed::client;

const HEADER: &str = "Foo-Bar-Baz";

/// Set, not appended: what the client sends is gone.
pub(super) async fn pre_split(context: Context) -> TestResult {
    let service = context.echo(PortName::Http1).await?;
    let host = context.host(&service.name);
    let paths = vec![HttpIngressPath {
        append_headers: one_header(HEADER, &service.name),
        ..path("", vec![backend(&service, 100, None)])
    }];
    let ingress = context.create_ready(&context.unique(), public(std::slice::from_ref(&host), paths)).await?;
    let plain = context.request(&ingress, Scheme::Http, &host, "")?;
    for request in [plain.clone(), plain.header(HEADER, "bogus")] {
        let echo = ok(&request).await?;
        let seen = echo.header(HEADER);
        ensure!(seen == Some(&service.name), "{HEADER} is {seen:?}, wanted {}", service.name);
    }
    Ok(())
}

pub(super) async fn post_split(context: Context) -> TestResult {
    let (ingress, host, names) = split_evenly(&context, 4).await?;
    for incoming in [None, Some("bogus")] {
        let seen = values_seen(&context, &ingress, &host, incoming, &names).await?;
        ensure!(seen == names, "100 requests, and {HEADER} was {seen:?}, wanted {names:?}");
    }
    Ok(())
}

/// So many echo backends of equal shares, each with a header that names it.
pub(super) async fn split_evenly(
    context: &Context,
    count: u8,
) -> Result<(Ingress, String, BTreeSet<String>), crate::checks::Failure> {
    let share = 100_i64.checked_div(i64::from(count)).unwrap_or_default();
    let (mut splits, mut names) = (Vec::new(), BTreeSet::new());
    for _ in 0..count {
        let service = context.echo(PortName::Http1).await?;
        splits.push(backend(&service, share, Some((HEADER, &service.name))));
        names.insert(service.name.clone());
    }
    let host = context.host(&context.unique());
    let spec = public(std::slice::from_ref(&host), vec![path("", splits)]);
    Ok((context.create_ready(&context.unique(), spec).await?, host, names))
}

/// The values that up to 100 requests come with; no more requests once all are seen.
pub(super) async fn values_seen(
    context: &Context,
    ingress: &Ingress,
    host: &str,
    incoming: Option<&str>,
    wanted: &BTreeSet<String>,
) -> Result<BTreeSet<String>, crate::checks::Failure> {
    let mut request = context.request(ingress, Scheme::Http, host, "")?;
    if let Some(incoming) = incoming {
        request = request.header(HEADER, incoming);
    }
    let mut seen = BTreeSet::new();
    for _ in 0..100 {
        let echo = ok(&request).await?;
        seen.extend(echo.header(HEADER).map(str::to_owned));
        if seen == *wanted {
            break;
        }
    }
    Ok(seen)
}

pub(super) async fn probe(context: Context) -> TestResult {
    let service = context.echo(PortName::Http1).await?;
    let host = context.host(&service.name);
    let ingress = context.create_ready(&context.unique(), shape_1(&host, &service)).await?;
    let hash = ingress.hash();
    let other = "2701a1b24b5f4a9a3a1a1e7a39e1a6d7c1b0a9f8e7d6c5b4a3928170605f4e3d";
    for (sent, wanted) in [(HASH_OVERRIDE, hash.as_str()), (other, other)] {
        let request = context.request(&ingress, Scheme::Http, &host, "")?;
        let request = request.header(PROBE_HEADER, PROBE_VALUE).header(HASH_HEADER, sent);
        let response = client::send(&request).await?;
        ensure!(response.status == 200, "a probe was answered {}, wanted 200", response.status);
        let seen = response.header(HASH_HEADER);
        ensure!(seen == Some(wanted), "{HASH_HEADER}: {sent} came back as {seen:?}, wanted {wanted}");
    }
    Ok(())
}

pub(super) async fn tags(context: Context) -> TestResult {
    const WHICH: &str = "Which-Backend";
    let service = context.echo(PortName::Http1).await?;
    let host = context.host(&service.name);
    let tag = HeaderMatch { exact: "the-tag".to_owned(), ..HeaderMatch::default() };
    let with = |value: &str| HttpIngressPath {
        append_headers: one_header(WHICH, value),
        ..path("", vec![backend(&service, 100, None)])
    };
    let tagged = HttpIngressPath { headers: Headers::from([(TAG_HEADER.to_owned(), tag)]), ..with("tag") };
    let spec = public(std::slice::from_ref(&host), vec![tagged, with("no-tag")]);
    let ingress = context.create_ready(&context.unique(), spec).await?;
    for (sent, wanted) in
        [(Some("the-tag"), "tag"), (None, "no-tag"), (Some(""), "no-tag"), (Some("not-the-tag"), "no-tag")]
    {
        let mut request = context.request(&ingress, Scheme::Http, &host, "")?;
        if let Some(sent) = sent {
            request = request.header(TAG_HEADER, sent);
        }
        let echo = ok(&request).await?;
        let seen = echo.header(WHICH);
        ensure!(seen == Some(wanted), "{TAG_HEADER}: {sent:?} went to {seen:?}, wanted {wanted}");
    }
    Ok(())
}
