use futures_util::future::try_join_all;
use knative_gloo_translate::Scheme;
use knative_ingress_model::Ingress;

use super::context::{Context, NAMESPACE, PortName};
use super::dispatch::{each_answers, four_paths, shares_hold, ten_shares};
use super::ingress::private;
use super::{TestResult, backend, path};
use crate::checks::failure::ensure;
use crate::testbed::client;

/// Each spelling of an in-cluster name, each of its own Service.
pub(super) async fn visibility(context: Context) -> TestResult {
    let service = context.echo(PortName::Http1).await?;
    let hosts =
        [".svc.cluster.local", ".svc", ""].map(|end| format!("{}.{NAMESPACE}{end}", context.unique()));
    let spec = private(&hosts, vec![path("", vec![backend(&service, 100, None)])]);
    let ingress = context.create_ready(&context.unique(), spec).await?;
    for host in &hosts {
        not_public(&context, &ingress, host, "").await?;
    }
    let through_proxy = |host: &String| {
        let (context, ingress, host) = (&context, &ingress, host.clone());
        async move {
            let public = context.host(&format!("{}.publicproxy", context.unique()));
            let (_, proxy) = context.proxy_to(ingress, &host, &public).await?;
            context.ok(&proxy, &public, "").await
        }
    };
    try_join_all(hosts.iter().map(through_proxy)).await?;
    Ok(())
}

/// The public gateway answers 404, or refuses the connection.
async fn not_public(context: &Context, ingress: &Ingress, host: &str, path: &str) -> TestResult {
    match client::send(&context.request(ingress, Scheme::Http, host, path)?).await {
        Ok(response) => {
            let status = response.status;
            ensure!(status == 404, "the public gateway answers {status} for http://{host}{path}, wanted 404");
            Ok(())
        }
        Err(error) if error.is_dial_error() => Ok(()),
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn split(context: Context) -> TestResult {
    let (splits, expected) = ten_shares(&context).await?;
    let host = context.private_host(&context.unique());
    let spec = private(std::slice::from_ref(&host), vec![path("", splits)]);
    let ingress = context.create_ready(&context.unique(), spec).await?;
    not_public(&context, &ingress, &host, "").await?;
    let public = context.host(&context.unique());
    let (_, proxy) = context.proxy_to(&ingress, &host, &public).await?;
    shares_hold(&context.request(&proxy, Scheme::Http, &public, "")?, &expected, 8, 10.0).await
}

pub(super) async fn by_path(context: Context) -> TestResult {
    let (paths, expected) = four_paths(&context).await?;
    let host = context.private_host(&context.unique());
    let ingress =
        context.create_ready(&context.unique(), private(std::slice::from_ref(&host), paths)).await?;
    for path in ["", "/foo", "/bar", "/baz"] {
        not_public(&context, &ingress, &host, path).await?;
    }
    let public = context.host(&context.unique());
    let (_, proxy) = context.proxy_to(&ingress, &host, &public).await?;
    each_answers(&context.request(&proxy, Scheme::Http, &public, "")?, &expected).await
}
