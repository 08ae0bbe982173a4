use super::context::{Context, PortName};
use super::{TestResult, shape_1};
use crate::checks::failure::ensure;

pub(super) async fn basics(context: Context) -> TestResult {
    let echo = context.echo(PortName::Http1).await?;
    let host = context.host(&echo.name);
    let ingress = context.create_ready(&context.unique(), shape_1(&host, &echo)).await?;
    context.ok(&ingress, &host, "").await?;
    Ok(())
}

pub(super) async fn http2(context: Context) -> TestResult {
    http2_over(context, PortName::H2c).await
}

/// The client speaks HTTP/1.1, the backend's port says HTTP/2.
pub(super) async fn http2_over(context: Context, port: PortName) -> TestResult {
    let service = context.echo(port).await?;
    let host = context.host(&service.name);
    let ingress = context.create_ready(&context.unique(), shape_1(&host, &service)).await?;
    let echo = context.ok(&ingress, &host, "").await?;
    let version = echo.request.proto_major;
    ensure!(version == 2, "the backend was asked over HTTP/{version}, wanted HTTP/2");
    Ok(())
}
