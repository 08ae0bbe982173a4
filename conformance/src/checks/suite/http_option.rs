use knative_gloo_translate::Scheme;
use knative_ingress_model::HttpOption;

use super::TestResult;
use super::context::{Context, ok};
use super::tls::{https, with_certificate};
use crate::checks::failure::ensure;
use crate::testbed::client;

/// Two Ingresses live at once: one serves plain HTTP, one redirects it.
pub(super) async fn http_option(context: Context) -> TestResult {
    let mut both = Vec::new();
    for (option, wanted) in [(HttpOption::Enabled, 200), (HttpOption::Redirected, 301)] {
        let (spec, host, certificate) = with_certificate(&context, Some(option)).await?;
        both.push((context.create_ready(&context.unique(), spec).await?, host, certificate, wanted));
    }
    for (ingress, host, certificate, wanted) in both {
        ok(&https(&context, &ingress, &host, &certificate)?).await?;
        let status = client::send(&context.request(&ingress, Scheme::Http, &host, "")?).await?.status;
        ensure!(status == wanted, "http://{host}: status {status}, wanted {wanted}");
    }
    Ok(())
}
