use knative_gloo_translate::Scheme;

use super::context::{Context, PortName};
use super::{TestResult, shape_1};
use crate::checks::failure::ensure;
use crate::testbed::client;

/// No gateway may retry on 503.
pub(super) async fn retry(context: Context) -> TestResult {
    let service = context.service(Context::retry_app(), PortName::Http2).await?;
    let host = context.host(&service.name);
    let ingress = context.create_ready(&context.unique(), shape_1(&host, &service)).await?;
    let request = context.request(&ingress, Scheme::Http, &host, "")?;
    for wanted in [503, 200] {
        let status = client::send(&request).await?.status;
        ensure!(status == wanted, "status {status}, wanted {wanted}");
    }
    Ok(())
}
