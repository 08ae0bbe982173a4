use futures_util::future::try_join_all;
use knative_gloo_translate::Scheme;
use knative_ingress_model::Ingress;

use super::context::{Context, PortName};
use super::{TestResult, shape_1};
use crate::checks::failure::ensure;
use crate::testbed::backend::App;
use crate::testbed::client;

pub(super) async fn timeout(context: Context) -> TestResult {
    let service = context.service(App::Timeout, PortName::Http1).await?;
    let host = context.host(&service.name);
    let ingress = context.create_ready(&context.unique(), shape_1(&host, &service)).await?;
    let cases = [(0, 0, 200), (10_000, 0, 200), (0, 10_000, 200)];
    all_answer(&context, &ingress, &host, &cases).await
}

/// Milliseconds before the headers, milliseconds before the body, the status; all at once.
pub(super) async fn all_answer(
    context: &Context,
    ingress: &Ingress,
    host: &str,
    cases: &[(u32, u32, u16)],
) -> TestResult {
    let one = |(headers, body, wanted): &(u32, u32, u16)| {
        let path = format!("/?initialTimeout={headers}&timeout={body}");
        let (wanted, request) = (*wanted, context.request(ingress, Scheme::Http, host, &path));
        async move {
            let status = client::status(&request?).await?;
            ensure!(status == wanted, "{path}: status {status}, wanted {wanted}");
            Ok(())
        }
    };
    try_join_all(cases.iter().map(one)).await?;
    Ok(())
}
